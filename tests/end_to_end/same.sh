#!/bin/sh
# The same input gives the same report, byte for byte: twice, without running ahead, with the smallest
# windows of the world outside.
set -u
. tests/end_to_end/lib/checks.sh

same() { # NAME CAPTURE [ARGUMENT ...]
    name=$1
    capture=$2
    shift 2
    run_polynic 0 run scenarios/quickstart/card.ini --capture "$capture" "$@" --out "$work/$name-a"
    run_polynic 0 run scenarios/quickstart/card.ini --capture "$capture" "$@" --out "$work/$name-b"
    run_polynic 0 run scenarios/quickstart/card.ini --capture "$capture" "$@" --out "$work/$name-slow" \
        --set sim.run_ahead=no
    run_polynic 0 run scenarios/quickstart/card.ini --capture "$capture" "$@" --out "$work/$name-small" \
        --set sim.window=smallest
    for other in b slow small; do
        cmp "$work/$name-a/report.json" "$work/$name-$other/report.json" || fail "$name: $other differs"
    done
}

same web traces/samples/web.pcap
same mix traces/samples/mix.pcap --set processor.pp.firmware=dual
same pause traces/samples/upload.pcap --set traffic.clients.topspeed=yes --set traffic.clients.copies=4 \
    --set processor.pp.clock=100MHz --set processor.pp.rx_buffers=32 --set port.eth0.rx_fifo=48KiB
check_json "$work/pause-a/report.json" '[.parts[] | select(.name == "eth0")][0].statistics.tx_pause > 0'
same rate traces/samples/web.pcap --set traffic.clients.pps=400000 --set traffic.clients.loop=2 --set traffic.clients.duration=2ms

# Other cards: several hosts, opened sessions, hardware threads, chips, other stacks.
for scenario in two-hosts active-opens host-packets mixed-stacks threads several-chips plain-card own-firmware; do
    for keys in sim.seed=1 sim.run_ahead=no sim.window=smallest; do
        set -- --set $keys
        [ $scenario = active-opens ] && set -- "$@" --set traffic.clients.connections=300
        run_polynic 0 run scenarios/requirements/$scenario.ini --no-page "$@" --out "$work/$scenario-$keys"
        cmp "$work/$scenario-sim.seed=1/report.json" "$work/$scenario-$keys/report.json" || fail "$scenario: $keys differs"
    done
done
if have_captures; then
    same clients $CAPTURES/own/own-dev-clients-256.pcap
    same bulk $CAPTURES/own/own-dev-bulk-up.pcap --set processor.pp.count=1 # with drops and repair
fi
finish
