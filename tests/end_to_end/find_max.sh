#!/bin/sh
# polynic find-max: what it finds is taken, and a little more is not.
set -u
. tests/end_to_end/lib/checks.sh

upload="scenarios/quickstart/card.ini --capture traces/samples/upload.pcap --set traffic.clients.copies=16 --set processor.pp.count=1"
# shellcheck disable=SC2086
run_polynic 0 find-max $upload --from 100 --to 20000 --resolution 0.02 --out "$work/max"
load=$(sed -n 's/^\([0-9.]*\) is taken.*/\1/p' "$work/out")
check_json "$work/max/report.json" '.drops == [] and .payload.verified and .rates[0].reached_mbps > 0.99 * .rates[0].asked'
[ "$(awk -F, '$2 == "yes" { print $1 }' "$work/max/search.csv" | sort -n | tail -1 | cut -c1-5)" = "$(echo "$load" | cut -c1-5)" ] ||
    fail "not the highest load that was taken"
least=$(awk -F, '$2 == "no" { print $1 }' "$work/max/search.csv" | sort -n | head -1)
awk "BEGIN { exit !($least / $load < 1.021) }" || fail "the range is not narrow: $load is taken, $least is not"
[ -z "$(find "$work/max" -name '.*' -type d)" ] || fail "a trial stays"
[ -s "$work/max/report.html" ] || fail "no page of the best run"

# Bounds of latency and of loss move it.
# shellcheck disable=SC2086
run_polynic 0 find-max $upload --from 100 --to 20000 --resolution 0.1 --latency p99=20us --out "$work/fast"
check_json "$work/fast/report.json" '.latency.receive.p99_ns <= 20000'
fast=$(sed -n 's/^\([0-9.]*\) is taken.*/\1/p' "$work/out")
awk "BEGIN { exit !($fast < 0.5 * $load) }" || fail "a bound of latency does not lower the load: $fast of $load"
# shellcheck disable=SC2086
run_polynic 1 find-max $upload --from 15000 --to 20000 --out "$work/none"
grep -q "Even 15000 is too much" "$work/out" || fail "it is not said that nothing is taken"

# Every point of a sweep.
run_polynic 0 sweep scenarios/quickstart/card.ini --capture traces/samples/upload.pcap --set traffic.clients.copies=16 \
    --vary processor.pp.count=1,2 --find-max --from 500 --to 20000 --resolution 0.1 --out "$work/sweep"
[ "$(sqlite3 "$work/sweep/table.sqlite" "SELECT max(value) > 1.7 * min(value) FROM results WHERE name = 'rates.0.asked'")" = 1 ] ||
    fail "two processors don't take nearly twice the load of one"

# A window with a cooldown ends the run with frames under way: that is no reason to refuse a load.
printf '[scenario]\nbase = %s\n[processor pp]\ncount = 2\n[traffic clients]\npps = 0\nmbps = 100\narrivals = constant\n[measure]\nwarmup = 1ms\nduration = 3ms\ncooldown = 100us\n' \
    "$PWD/scenarios/generate/imix.ini" >"$work/window.ini"
run_polynic 0 find-max "$work/window.ini" --resolution 0.1 --out "$work/window"
check_json "$work/window/report.json" '.ended == "cooldown over" and .rates[0].asked > 500'

run_polynic 2 find-max scenarios/quickstart/card.ini --from 10 --to 5 --latency p98=1us --loss x --out "$work/x"
for text in "--from 10 --to 5" "--latency p98=1us" "--loss x"; do says "$text"; done
run_polynic 2 find-max scenarios/quickstart/card.ini --key traffic.clients.speed --out "$work/x"
says "unknown key 'speed'"
run_polynic 2 sweep scenarios/quickstart/card.ini --vary sim.seed=1 --loss 1 --out "$work/x"
says "only with --find-max"
finish
