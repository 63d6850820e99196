#!/bin/sh
# The same input gives the same report, byte for byte: twice, without running ahead, with the smallest
# windows of the world outside.
set -u
. tests/end_to_end/lib/checks.sh

same() { # NAME CAPTURE
    run_polynic 0 run scenarios/quickstart/card.ini --capture "$2" --out "$work/$1-a"
    run_polynic 0 run scenarios/quickstart/card.ini --capture "$2" --out "$work/$1-b"
    run_polynic 0 run scenarios/quickstart/card.ini --capture "$2" --out "$work/$1-slow" \
        --set sim.run_ahead=no
    run_polynic 0 run scenarios/quickstart/card.ini --capture "$2" --out "$work/$1-small" \
        --set sim.window=smallest
    for other in b slow small; do
        cmp "$work/$1-a/report.json" "$work/$1-$other/report.json" || fail "$1: $other differs"
    done
}

same web traces/samples/web.pcap
same mix traces/samples/mix.pcap
have_captures && same clients $CAPTURES/own/own-dev-clients-256.pcap
finish
