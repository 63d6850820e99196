#!/bin/sh
# polynic compare: what changed, largest first, and conditions for scripts.
set -u
. tests/end_to_end/lib/checks.sh

run_polynic 0 run scenarios/quickstart/card.ini --no-page --out "$work/a"
run_polynic 0 run scenarios/quickstart/card.ini --no-page --out "$work/same"
run_polynic 0 run scenarios/quickstart/card.ini --no-page --set processor.pp.clock=400MHz --out "$work/slow"
run_polynic 0 compare "$work/a" "$work/same"
grep -q '^0 numbers changed' "$work/out" || fail "the same run has changed"
run_polynic 0 compare "$work/a" "$work/slow"
[ "$(head -1 "$work/out")" = "processor.pp.clock: 800MHz -> 400MHz" ] || fail "the parameter that changed is not told first"
run_polynic 0 run "$work/slow/scenario.ini" --no-page --out "$work/again"
run_polynic 0 compare "$work/slow" "$work/again"
grep -q '^0 numbers changed' "$work/out" || fail "the scenario in the folder is not the one that was run"
run_polynic 0 compare "$work/a" "$work/slow" --json
cp "$work/out" "$work/json"
check_json "$work/json" '.parameters == [{"name": "processor.pp.clock", "a": "800MHz", "b": "400MHz"}]'
check_json "$work/json" '[.changes[] | select(.name == "latency.receive.stages.stack.mean_ns") | .change] | .[0] > 0.5'
run_polynic 0 compare "$work/a" "$work/slow"
[ "$(grep -c ' %$' "$work/out")" -gt 10 ] || fail "a slower clock changes nothing"
sorted=$(sed -n 's/.* \([+-][0-9.]*\) %$/\1/p' "$work/out" | tr -d '+-' | sort -rnc 2>&1)
[ -z "$sorted" ] || fail "not the largest change first"
# the stack takes about twice as long at half the clock
run_polynic 0 compare "$work/a" "$work/slow" --only 'latency.receive.stages.stack.mean_ns' \
    --fail-if 'latency.receive.stages.stack.mean_ns < +60%' --fail-if 'latency.receive.stages.stack.mean_ns > 140%'
[ "$(grep -c ' %$' "$work/out")" = 1 ] || fail "--only shows other names"
run_polynic 1 compare "$work/a" "$work/slow" --fail-if 'latency.receive.p99_ns > +5%' --fail-if 'frames.dropped > 0'
says "latency.receive.p99_ns > +5% holds"
run_polynic 0 compare "$work/a" "$work/same" --fail-if '*_ns > 0%' --fail-if 'frames.dropped > 0'
run_polynic 1 compare "$work/a" "$work/same" --fail-if 'frames.offered >= 1'

# --- sweeps: points with the same values, in whatever order the keys are
run_polynic 0 sweep scenarios/quickstart/card.ini --vary processor.pp.count=1,2 --vary dispatch.rx.hash=toeplitz,xor --out "$work/s1"
run_polynic 0 sweep scenarios/quickstart/card.ini --vary dispatch.rx.hash=toeplitz,xor --vary processor.pp.count=2,4 \
    --set processor.pp.clock=400MHz --out "$work/s2"
run_polynic 0 compare "$work/s1" "$work/s1"
grep -q '^0 numbers changed at some point' "$work/out" || fail "the same sweep has changed"
run_polynic 1 compare "$work/s1" "$work/s2" --fail-if 'latency.receive.stages.stack.mean_ns > +40%'
says "holds at dispatch.rx.hash=toeplitz, processor.pp.count=2: latency.receive.stages.stack.mean_ns is"
[ "$(grep -c '^only in [AB]: ' "$work/out")" = 4 ] || fail "points without another are not told"
grep -q '^processor.pp.clock: 800MHz -> 400MHz' "$work/out" || fail "the parameter of all points is not told"
run_polynic 0 compare "$work/s1" "$work/s2" --json --only 'throughput.*'
cp "$work/out" "$work/json"
check_json "$work/json" '(.points | length) == 2 and (.only_in_a | length) == 2 and (.points[0].changes | length) > 0'
run_polynic 2 compare "$work/s1" "$work/a"
says "is a sweep, and the other is not"
printf '{"points": [{"id": "../../a", "values": 5}, {"id": 7}, 3]}' >"$work/s1/sweep.json"
run_polynic 2 compare "$work/s1" "$work/s2"

run_polynic 2 compare "$work/a"
run_polynic 2 compare "$work/a" "$work/nowhere"
says "expected a folder of polynic run --out"
run_polynic 2 compare "$work/a" "$work/same" --fail-if 'frames.dropped' --fail-if 'x > y' --fail-if '> 5'
[ "$(grep -c 'expected NAME' "$work/err")" = 3 ] || fail "not all conditions that are none are said"
run_polynic 2 compare "$work/a" "$work/same" --fail-if 'frames.droped > 0'
says "no number of the reports has this name"
mkdir "$work/evil"
for text in '' '[]' '{' '{"a":[{"name":5},{"name":"x","y":1e999}],"b":{"c":null}}'; do
    printf '%s' "$text" >"$work/evil/report.json"
    "$POLYNIC" compare "$work/a" "$work/evil" >/dev/null 2>&1
    [ $? -le 2 ] || fail "polynic compare fell over $text"
done
finish
