#!/bin/sh
# Rows of the requirement list (scenarios/REQUIREMENTS.md) that no other script checks. Each is also run with what would break
# it, and must then look otherwise: a check that can't fail checks nothing.
set -u
. tests/end_to_end/lib/checks.sh

report=$work/run/report.json
run() { # SCENARIO KEY=VALUE ...
    scenario=scenarios/requirements/$1.ini
    shift
    rm -rf "$work/run"
    set -- "$@" --
    while [ "$1" != -- ]; do
        set -- "$@" --set "$1"
        shift
    done
    shift
    run_polynic 0 run "$scenario" --out "$work/run" --no-page "$@"
    check_json "$report" '.accounting == "ok" and .payload.mismatched_bytes == 0'
}
whole() {
    check_json "$report" '.payload.verified and .connections.finished == .connections.in_capture and .frames.dropped == 0'
}
of() { jq ".parts[] | select(.name == \"$1\") | .statistics.$2" "$report"; }
is() { # WHAT FOUND OPERATOR EXPECTED
    [ "$2" "$3" "$4" ] || fail "$1: found $2, expected $3 $4"
}
sessions() { # REMOTE PROCESSOR
    tail -n +2 "$work/run/connections.csv" | grep -c "^$1,[^,]*,[^,]*,[^,]*,[^,]*,$2,"
}
stage_ns() { jq ".latency.receive.stages.$1.mean_ns | floor" "$report"; }

# 1, 11, 31 and 4, 5, 14, 15, 34, 35: both processors execute, and both serve sessions of the one port.
run two-stacks
whole
for pp in pp0 pp1; do is "instructions of $pp" "$(of $pp instructions)" -gt 1000000; done
is "sessions of pp0" "$(sessions '[^,]*' 0)" -gt 50
is "sessions of pp1" "$(sessions '[^,]*' 1)" -gt 50
is "sessions" "$(($(sessions '[^,]*' 0) + $(sessions '[^,]*' 1)))" -eq 192
is "ports" "$(jq '[.parts[] | select(.kind == "port")] | length' "$report")" -eq 1
run two-stacks "dispatch.rx.indirection=list 0"
is "sessions of pp1 with a table for pp0" "$(sessions '[^,]*' 1)" -eq 0

# 6, 16, 36: a processor for each remote system.
run two-remotes
whole
is "sessions of the first at pp0" "$(sessions 10.2.0.1 0)" -eq 1
is "sessions of the second at pp1" "$(sessions 10.2.0.2 1)" -eq 1
is "frames of pp0" "$(of pp0 frames)" -gt 100
run two-remotes "dispatch.rx.rule.2=src host 10.2.0.2 -> pp0"
is "sessions of the second at pp0 by another rule" "$(sessions 10.2.0.2 0)" -eq 1

# 7, 17, 37 and 24, 25: headers to the stacks, payload to the host by two DMAs, and no payload byte read by a processor.
run receive
whole
payload=$(jq .payload.delivered_bytes "$report")
for pp in pp0 pp1; do
    is "sessions of $pp" "$(sessions '[^,]*' "${pp#pp}")" -ge 1
    is "packet memory loads of $pp" "$(of $pp packet_reads)" -gt 500
    is "payload loads of $pp" "$(of $pp payload_reads)" -eq 0
done
is "frames of the first DMA" "$(of rxdma frames)" -eq "$(jq .frames.offered "$report")"
is "bytes of the second DMA" "$(of hostdma written_bytes)" -eq "$payload"
is "bytes that the host read" "$(of server payload_bytes)" -eq "$payload"
is "the stack's time before the second DMA" "$(stage_ns stack)" -gt 1000
run receive port.eth0.rx_checksum=no
is "payload loads with software checksums" "$(of pp0 payload_reads)" -gt 1000

# 8, 18, 38: payload by DMA from the host, headers by the stacks, all through the one port.
run transmit
whole
sent=$((60 * 40000))
is "bytes by DMA from the host" "$(of hostdma read_bytes)" -eq $sent
is "bytes that the application sent" "$(of server sent_bytes)" -eq $sent
is "frames of the port" "$(of eth0 tx_frames)" -gt $((sent / 1460))
is "payload loads" "$(($(of pp0 payload_reads) + $(of pp1 payload_reads)))" -eq 0
for processor in 0 1; do
    is "bytes sent by sessions of processor $processor" \
        "$(tail -n +2 "$work/run/connections.csv" | awk -F, "\$6 == $processor { sum += \$8 } END { print sum + 0 }")" -gt 500000
done
run transmit port.eth0.tx_checksum=no
is "payload loads with software checksums" "$(of pp0 payload_reads)" -gt 10000

# 9, 19, 39: line rate to the frame, at several speeds.
for pair in "10Gbit/s 14880952" "25Gbit/s 37202380" "100Mbit/s 148809"; do
    run ethernet "port.eth0.speed=${pair% *}"
    check_json "$report" "(.rates[0].reached_pps / ${pair#* } - 1 | fabs) < 1e-5"
    is "frames that came" "$(of eth0 rx_frames)" -eq 10000
done

# 10, 20, 27, 28, 40: another function, other fields, other tables, other processors.
run receive-dispatch
whole
is "pp1 has three parts of four" "$(sessions '[^,]*' 1)" -gt "$((2 * $(sessions '[^,]*' 0)))"
cut -d, -f1-6 "$work/run/connections.csv" >"$work/first"
run receive-dispatch dispatch.rx.hash=toeplitz
cut -d, -f1-6 "$work/run/connections.csv" | cmp -s - "$work/first" && fail "another function gave the same processors"
run receive-dispatch "dispatch.rx.indirection=weight 3 1"
is "now pp0 has" "$(sessions '[^,]*' 0)" -gt "$((2 * $(sessions '[^,]*' 1)))"

# 21, 26: a portion runs dry by name, and the neighbours' are not touched for it.
run portions
is "frames without a buffer at small0" "$(jq '[.drops[] | select(.place == "small0" and .reason == "no_buffer") | .frames] | add' "$report")" -gt 1000
is "places with drops" "$(jq '.drops | length' "$report")" -eq 1
is "fewest free buffers of small0" "$(of small0 rx_lowest_free)" -eq 0
for pp in pp0 pp1 pp2; do is "fewest free buffers of $pp" "$(of $pp rx_lowest_free)" -gt 200; done
run portions processor.small.rx_buffers=4096 processor.small.rx_queue=4096
is "drops with a larger portion" "$(jq .frames.dropped "$report")" -eq 0

# 22: what goes to the host crosses the second bus into its memory, where the host's processor reads it.
run two-buses
whole
payload=$(jq .payload.delivered_bytes "$report")
is "bytes written on the host's bus" "$(of pci written_bytes)" -gt "$payload"
is "bytes read on the host's bus" "$(of pci read_bytes)" -gt "$payload"
is "bytes read of host memory" "$(of hostmem read_bytes)" -gt "$payload"
is "bytes through the host bus interface" "$(of hbi written_bytes)" -gt "$payload"
host_ns=$(stage_ns host)
dma1_ns=$(stage_ns dma1)
run two-buses bus.pci.clock=10MHz
is "the host's stage on a slow host bus" "$(stage_ns host)" -gt $((2 * host_ns))
is "the first DMA beside a slow host bus" "$(stage_ns dma1)" -le $((2 * dma1_ns))

# Wiring that can't work is said with file and line.
cat >"$work/wrong.ini" <<EOF
[scenario]
base = $PWD/scenarios/quickstart/card.ini
[processor pp]
memory = nowhere
[memory second]
bus = card
base = 0x80000000
size = 1MiB
EOF
run_polynic 2 check "$work/wrong.ini"
says "wrong.ini:4:"
says "memory = nowhere: no part of that name"
run_polynic 2 check "$work/wrong.ini" --set processor.pp.memory=packet --set "dispatch.rx.rule.1=udp -> nobody"
says "'nobody' is no processor of this dispatch"
cat >"$work/overlap.ini" <<EOF
[scenario]
base = $PWD/scenarios/quickstart/card.ini
[memory packet]
base = 0x40000000
EOF
run_polynic 2 check "$work/overlap.ini"
says "overlap"
says "overlap.ini:"

finish
