#!/bin/sh
# How a stack finds the connection of a segment: lookup = list | hash. The same in everything but the cycles.
set -u
. tests/end_to_end/lib/checks.sh

lookup=scenarios/requirements/connection-lookup.ini
run() { # NAME KEY=VALUE ...
    name=$1
    shift
    set -- "$@" --
    while [ "$1" != -- ]; do
        set -- "$@" --set "$1"
        shift
    done
    shift
    run_polynic 0 run "$scenario" --out "$work/$name" --no-page "$@"
    check_json "$work/$name/report.json" '.accounting == "ok" and .payload.verified and
        .connections.finished == .connections.in_capture and .connections.reset == 0'
}
cycles() { jq '.processors[0].cycles_per_frame | floor' "$work/$1/report.json"; }

# With 500 connections the walk along the list is more than half of the work.
scenario=$lookup
run hash
run list processor.pp.lookup=list
[ "$(cycles hash)" -lt $(($(cycles list) * 6 / 10)) ] || fail "500 connections: $(cycles hash) cycles a frame with hash, $(cycles list) with list"
for name in hash list; do
    check_json "$work/$name/report.json" '.processors[0] | .connections_most == 500 and .connection_heap_bytes > 300 and
        .connections_fit > 2000 and .connections_fit * .connection_heap_bytes < 2097152'
done
# The frames are the same.
[ "$(jq .frames.offered "$work/hash/report.json")" = "$(jq .frames.offered "$work/list/report.json")" ] ||
    fail "another number of frames"

# Both ways, IPv6, several processors with sessions that reach the wrong one, sessions that the host opens.
scenario=scenarios/quickstart/card.ini
run random processor.pp.lookup=hash dispatch.rx.hash=random
scenario=scenarios/quickstart/dual.ini
run dual processor.pp.lookup=hash traffic.clients.capture="$PWD/traces/samples/mix.pcap"
scenario=scenarios/requirements/active-opens.ini
run opens processor.pp.lookup=hash traffic.clients.connections=2000
run opens6 processor.pp.lookup=hash processor.pp.firmware=dual traffic.clients.network=ipv6 traffic.clients.connections=300

# A sweep that gains by shorter lists says so; one with buckets has nothing to say.
for kind in list hash; do
    run_polynic 0 sweep $lookup --vary processor.pp.count=1,4 --set processor.pp.lookup=$kind --out "$work/sweep-$kind"
    cp "$work/err" "$work/err-$kind"
done
grep -q "part of the speed-up comes from shorter lists" "$work/err-list" || fail "no warning of shorter lists"
grep -q "shorter lists" "$work/err-hash" && fail "a warning of lists with lookup = hash"

# So does the stack's own suite, natively and on the simulated core.
for suite in build/tests/stacks/test_tcp build/tests/stacks/test_ip build/tests/stacks/test_fuzz build/tests/image/test_tcp \
    build/tests/image-dual/test_tcp build/tests/image-dual/test_ip; do
    [ -x $suite ] || {
        echo "SKIPPED: $suite is not built"
        continue
    }
    LOOKUP_HASH=1 POLYNIC_FIRMWARE=build/firmware timeout 300 $suite >"$work/suite" 2>&1 || {
        fail "$suite with lookup = hash"
        grep ':[EF]:' "$work/suite" | head -5
    }
done

finish
