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
grep -q '^scenario.hash: .* -> ' "$work/out" || fail "another scenario is not told"
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
