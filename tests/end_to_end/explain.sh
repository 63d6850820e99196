#!/bin/sh
# polynic explain: the limit is named, and what it says would come true comes true.
set -u
. tests/end_to_end/lib/checks.sh

upload="--capture traces/samples/upload.pcap --set traffic.clients.topspeed=yes --set traffic.clients.copies=32"
simulate() { # FOLDER KEY=VALUE ...
    folder=$work/$1
    shift
    sets=
    for key; do sets="$sets --set $key"; done
    # shellcheck disable=SC2086
    run_polynic 0 run scenarios/quickstart/card.ini $upload --no-page --out "$folder" $sets
    run_polynic 0 explain "$folder"
}

# A processor is the limit: twice as fast, the rate grows as much as was said, within a tenth.
simulate slow processor.pp.count=1 processor.pp.clock=200MHz
grep -q 'processor pp0: in use >*9' "$work/out" || fail "the processor is not named as the limit"
grows=$(sed -n 's/.*would allow \([0-9.]*\) times the rate.*/\1/p' "$work/out")
before=$(jq .throughput.application_bits_per_s "$work/slow/report.json")
simulate fast processor.pp.count=1 processor.pp.clock=400MHz
after=$(jq .throughput.application_bits_per_s "$work/fast/report.json")
awk "BEGIN { up = $after / $before; exit !(up > 0.9 * $grows && up < 1.1 * $grows) }" ||
    fail "$before to $after bit/s: $grows times was said"

# Another part: the wire.
simulate wire port.eth0.speed=100Mbit/s
grep -q 'port eth0: in use >*9' "$work/out" || fail "the wire is not named as the limit"
# None.
run_polynic 0 run scenarios/quickstart/card.ini --no-page --out "$work/idle"
run_polynic 0 explain "$work/idle"
grep -q 'None of the parts' "$work/out" || fail "a limit where there is none"
grep -q '4 processors have 1.000 MiB of local memory, 8.39 Mbit' "$work/out" || fail "the memory is not told"

run_polynic 2 explain "$work/nowhere"
mkdir "$work/evil"
for text in '' '[]' '{}' '{"parts":5,"drops":[1],"processors":[null],"latency":{"receive":[]}}' '{"parts":[{"utilisation":1}]}'; do
    printf '%s' "$text" >"$work/evil/report.json"
    "$POLYNIC" explain "$work/evil" >/dev/null 2>&1
    [ $? -le 2 ] || fail "polynic explain fell over $text"
done
finish
