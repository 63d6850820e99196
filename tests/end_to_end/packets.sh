#!/bin/sh
# Packets that the host has built: requirement 29. The transmit dispatch assigns them by their headers.
set -u
. tests/end_to_end/lib/checks.sh

report=$work/run/report.json
packets=scenarios/requirements/host-packets.ini
run() { # KEY=VALUE ...
    rm -rf "$work/run"
    set -- "$@" --
    while [ "$1" != -- ]; do
        set -- "$@" --set "$1"
        shift
    done
    shift
    run_polynic 0 run "$packets" --out "$work/run" --no-page --tx-pcap "$work/tx.pcap" "$@"
    check_json "$report" '.accounting == "ok" and .payload.verified and .frames.dropped == 0'
}
of() { jq ".parts[] | select(.name == \"$1\") | .statistics.$2" "$report"; }
is() { # WHAT FOUND OPERATOR EXPECTED
    [ "$2" "$3" "$4" ] || fail "$1: found $2, expected $3 $4"
}

run
is "packets of the host" "$(of server packets_sent)" -eq "$(of server datagrams_sent)"
is "packets at the dispatch" "$(of tx packets)" -eq "$(of server datagrams_sent)"
is "bad packets" "$(of tx bad_packets)" -eq 0
is "frames sent" "$(of eth0 tx_frames)" -eq "$(of server datagrams_sent)"
host_cycles=$(of server work_cycles)
if command -v tshark >/dev/null; then
    fields() { tshark -r "$work/tx.pcap" -T fields -e ip.src -e udp.srcport -e ip.dst -e udp.dstport -e data.data 2>/dev/null | sort; }
    wrong=$(tshark -r "$work/tx.pcap" -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE \
        -Y "ip.checksum.status == 0 || udp.checksum.status == 0 || _ws.malformed" 2>/dev/null | wc -l)
    is "wrong checksums" "$wrong" -eq 0
    fields >"$work/by-host"
    run host.server.tx=sessions
    fields | cmp -s - "$work/by-host" || fail "the packets that the host built differ from those of the stacks"
else
    echo "SKIPPED: what is in the frames (no tshark)"
    run host.server.tx=sessions
fi
is "packets of a host that leaves headers to the card" "$(of server packets_sent)" -eq 0
is "cycles of that host" "$(of server work_cycles)" -lt "$host_cycles"

# Both dispatches agree: with a table that leads to the last processor all packets are its own.
run "dispatch.rx.indirection=list 3"
for pp in pp0 pp1 pp2; do is "requests at $pp: LISTENs only" "$(of $pp requests_max)" -le 2; done
is "requests at pp3" "$(of pp3 requests_max)" -gt 0

# IPv6, and packets that don't fit: those are left to the card.
run processor.pp.firmware=dual traffic.clients.network=ipv6 traffic.clients.sizes=80:7,594:4,1400
is "packets of the host, IPv6" "$(of server packets_sent)" -eq "$(of server datagrams_sent)"
run host.server.mtu=600
is "packets below the MTU" "$(of server packets_sent)" -lt "$(of server datagrams_sent)"
is "packets below the MTU" "$(of server packets_sent)" -gt 1000

# A host of a whole run of TCP is not touched by it.
run_polynic 0 run scenarios/quickstart/card.ini --set host.server.tx=packets --out "$work/run" --no-page
check_json "$report" '.accounting == "ok" and .payload.verified and .connections.finished == 192'

finish
