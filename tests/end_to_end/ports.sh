#!/bin/sh
# Several ports on one card, and what a port does with frames: requirements 44 and 45, equal addresses on two ports,
# latency, cut-through, damaged frames, jumbo frames.
set -u
. tests/end_to_end/lib/checks.sh

report=$work/run/report.json
card() { # SCENARIO KEY=VALUE ...
    scenario=$1
    shift
    rm -rf "$work/run"
    set -- "$@" --
    while [ "$1" != -- ]; do
        set -- "$@" --set "$1"
        shift
    done
    shift
    run_polynic 0 run "$scenario" --out "$work/run" "$@"
}
whole() {
    check_json "$report" '.accounting == "ok" and .payload.verified and .payload.delivered_bytes > 0 and
        .connections.finished == .connections.in_capture and (.warnings | length) == 0'
}
of_port() { jq ".parts[] | select(.kind == \"port\" and .name == \"$1\") | .statistics.$2" "$report"; }
equals() { # WHAT FOUND EXPECTED
    [ "$2" = "$3" ] || fail "$1: found $2, expected $3"
}
less() { # WHAT SMALLER LARGER
    [ "$2" -lt "$3" ] || fail "$1: $2 is not below $3"
}
# Sessions by a local address (or all: .) at a processor, and by an interface.
sessions() { tail -n +2 "$work/run/connections.csv" | grep -c "^[^,]*,[^,]*,$1,[^,]*,[^,]*,$2,.*,$3,[^,]*\$"; }
receive_mean_ps() { jq '.latency.receive.mean_ns * 1000 | floor' "$report"; }

quickstart=scenarios/quickstart/card.ini

# 44: one stack serves the sessions of two ports, and answers each by its own.
card scenarios/requirements/two-ports-one-stack.ini
whole
equals "sessions of eth0 at pp0" "$(sessions 10.0.0.2 0 eth0)" 100
equals "sessions of eth1 at pp0" "$(sessions 10.0.0.3 0 eth1)" 100
check_json "$report" '.connections.in_capture == 200'
if command -v tshark >/dev/null; then
    # All ports together: as many frames from each address as its port sent, and from its port's MAC address.
    run_polynic 0 run scenarios/requirements/two-ports-one-stack.ini --out "$work/run" --tx-pcap "$work/tx.pcap"
    for i in 0 1; do
        from="ip.src == 10.0.0.$((i + 2)) && eth.src == 02:00:5e:00:00:0$((i + 1))"
        equals "frames from the address of eth$i" "$(tshark -r "$work/tx.pcap" -Y "$from" 2>/dev/null | wc -l)" \
            "$(of_port eth$i tx_frames)"
    done
else
    echo "SKIPPED: what left by which port (no tshark)"
fi

# 45: a further port's sessions are at both.
card scenarios/requirements/two-ports-two-stacks.ini
whole
equals "sessions of eth0 at pp0" "$(sessions 10.0.0.2 0 eth0)" 100
equals "sessions of eth1 at pp0" "$(sessions 10.0.0.3 0 eth1)" 100
less "sessions of eth2 at pp0" 20 "$(sessions 10.0.0.4 0 eth2)"
less "sessions of eth2 at pp1" 20 "$(sessions 10.0.0.4 1 eth2)"
for port in eth0 eth1 eth2; do
    less "frames sent by $port" 500 "$(of_port $port tx_frames)"
done

# The same capture at two ports: the same clients, two sessions each. Also where frames reach the wrong processor.
cat >"$work/twice.ini" <<EOF
[scenario]
base = $PWD/$quickstart
[port eth1]
[traffic clients]
port = eth0
[traffic again]
port = eth1
capture = $PWD/traces/samples/web.pcap
EOF
for keys in dispatch.rx.hash=toeplitz dispatch.rx.hash=random \
    "dispatch.rx.hash=least-loaded dispatch.rx.sessions=50"; do
    # shellcheck disable=SC2086
    card "$work/twice.ini" $keys
    whole
    check_json "$report" '.connections.in_capture == 384'
    equals "sessions of eth0" "$(sessions '[^,]*' '[0-9]*' eth0)" 192
    equals "sessions of eth1" "$(sessions '[^,]*' '[0-9]*' eth1)" 192
done

# Four ports with different protocols at dual stacks.
cat >"$work/four.ini" <<EOF
[scenario]
base = $PWD/scenarios/quickstart/dual.ini
[port eth1]
[port eth2]
speed = 1Gbit/s
[port eth3]
speed = 25Gbit/s
[traffic clients]
port = eth0
[traffic tcp6]
port = eth1
mode = generate
protocol = tcp
network = ipv6
connections = 50
[traffic udp4]
port = eth2
mode = generate
pps = 50k
limit = 500
answers = yes
[traffic udp6]
port = eth3
mode = generate
network = ipv6
sizes = 128
pps = 50k
limit = 500
answers = yes
EOF
card "$work/four.ini"
whole
equals "datagrams at eth2" "$(of_port eth2 rx_frames)" 500
equals "datagrams at eth3" "$(of_port eth3 rx_frames)" 500
less "answers by eth2" 490 "$(of_port eth2 tx_frames)"
less "answers by eth3" 490 "$(of_port eth3 tx_frames)"
equals "sizes at eth3" "$(of_port eth3 rx_128_255)" 500

# Latency of MAC and PHY: on receive in each frame's latency. 40 us apart, so that nothing else changes.
apart="traffic.clients.mode=generate traffic.clients.pps=25k traffic.clients.limit=200 traffic.clients.sizes=1518"
# shellcheck disable=SC2086
card $quickstart $apart
whole
store_ps=$(receive_mean_ps)
# shellcheck disable=SC2086
card $quickstart $apart port.eth0.mac_latency=300ns port.eth0.phy_latency=200ns
whole
equals "latency of MAC and PHY in us * 100" "$((($(receive_mean_ps) - store_ps + 5000) / 10000))" 50
# shellcheck disable=SC2086
card $quickstart $apart port.eth0.forwarding=cut-through
whole
less "mean latency with cut-through, ps" "$(($(receive_mean_ps) + 150000))" "$store_ps"
check_json "$report" '.latency.receive.stages | .port.max_ns == 0 and .dma1.max_ns > 0 and .dma1.max_ns < 1000'

# Damaged frames are dropped by name and counted as hardware does; what was lost is repaired (a SYN that was lost twice
# after 3 s).
damage="traffic.clients.fcs_errors=0.05 traffic.clients.runts=0.05 traffic.clients.refuse_after=20s"
for forwarding in store cut-through; do
    # shellcheck disable=SC2086
    card $quickstart port.eth0.forwarding=$forwarding $damage
    whole
    for reason in bad_fcs:rx_crc_errors runt:rx_fragments; do
        count=$(jq "[.drops[] | select(.place == \"eth0\" and .reason == \"${reason%:*}\") | .frames] | add" "$report")
        less "frames dropped as ${reason%:*}" 30 "$count"
        equals "${reason#*:}" "$(of_port eth0 "${reason#*:}")" "$count"
    done
    check_json "$report" '.frames.repaired > 20'
    cp "$report" "$work/$forwarding.json"
    # shellcheck disable=SC2086
    card $quickstart port.eth0.forwarding=$forwarding $damage
    cmp "$report" "$work/$forwarding.json" || fail "damage is not decided by the seed"
done
card $quickstart traffic.clients.mode=generate traffic.clients.network=ipv4 traffic.clients.protocol=tcp \
    traffic.clients.connections=1 traffic.clients.pad=no
less "undersize" 0 "$(of_port eth0 rx_undersize)"
run_polynic 2 run $quickstart --set traffic.clients.fcs_errors=0.3 --set traffic.clients.runts=0.3
says "expected 0.5 at most together"

# Jumbo frames, both ways, in several buffers or in one; and without, in fragments.
jumbo="processor.pp.mtu=9000 traffic.clients.mtu=9000 traffic.clients.mode=generate"
for buffers in "processor.pp.rx_buffer=2KiB" "processor.pp.rx_buffer=9088B processor.pp.rx_buffers=64"; do
    # shellcheck disable=SC2086
    card $quickstart $jumbo $buffers traffic.clients.sizes=9018 traffic.clients.pps=20k traffic.clients.limit=100 \
        traffic.clients.answers=yes
    whole
    equals "jumbo frames received" "$(of_port eth0 rx_1519_max)" 100
    less "jumbo frames sent" 97 "$(of_port eth0 tx_1519_max)"
    # shellcheck disable=SC2086
    card $quickstart $jumbo $buffers traffic.clients.protocol=tcp traffic.clients.connections=10 \
        traffic.clients.request=100kB traffic.clients.response=100kB
    whole
    less "jumbo segments received" 100 "$(of_port eth0 rx_1519_max)"
    less "jumbo segments sent" 100 "$(of_port eth0 tx_1519_max)"
done
# shellcheck disable=SC2086
card $quickstart $jumbo port.eth0.max_frame=9013B traffic.clients.sizes=9018 traffic.clients.pps=20k \
    traffic.clients.limit=100
equals "oversize" "$(of_port eth0 rx_oversize)" 100
check_json "$report" '.accounting == "ok" and .drops == [{"place": "eth0", "reason": "oversize", "frames": 100}]'

finish
