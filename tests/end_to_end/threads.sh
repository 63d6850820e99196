#!/bin/sh
# Hardware threads: two cores with two threads each, beside four cores and two, on the same traffic: requirements 2, 12, 32.
set -u
. tests/end_to_end/lib/checks.sh

run() { # NAME SCENARIO KEY=VALUE ...
    name=$1
    scenario=scenarios/requirements/$2.ini
    shift 2
    set -- "$@" --
    while [ "$1" != -- ]; do
        set -- "$@" --set "$1"
        shift
    done
    shift
    run_polynic 0 run "$scenario" --out "$work/$name" --no-page "$@"
    check_json "$work/$name/report.json" '.accounting == "ok" and .payload.verified and .frames.dropped == 0 and
        .connections.finished == 200'
}
time_us() { jq '.simulated_time_ns / 1000 | floor' "$work/$1/report.json"; }
sum() { jq "[.parts[] | select(.kind == \"processor\") | .statistics.$2] | add" "$work/$1/report.json"; }
is() { # WHAT FOUND OPERATOR EXPECTED
    [ "$2" "$3" "$4" ] || fail "$1: found $2, expected $3 $4"
}

run two two-cores
run threads threads
run four four-cores

# The second thread of a core uses what the first one waits: more than two cores do, not as much as four.
is "time with threads against two cores" "$(time_us threads)" -lt "$(time_us two)"
is "time with threads against four cores" "$(time_us threads)" -gt "$(time_us four)"
is "cycles that threads waited for their core" "$(sum threads core_wait_cycles)" -gt 100000
is "cycles that cores of their own made stacks wait" "$(sum four core_wait_cycles)" -eq 0
# A core is never in use more than all the time, and both of its threads serve sessions.
check_json "$work/threads/report.json" '[.parts[] | select(.kind == "processor") | .utilisation] |
    .[0] + .[1] <= 1 and .[2] + .[3] <= 1 and all(. > 0.1)'
check_json "$work/threads/report.json" '[.processors[].sessions] | length == 4 and min > 20'

# A switch costs what it costs; with a memory that answers at once a thread is no use.
run slow threads processor.pp.switch_cycles=50
is "time with a slow switch" "$(time_us slow)" -gt "$(time_us threads)"

# The same, however far a thread runs ahead; and a thread alone on its core is a processor.
run steps threads sim.run_ahead=no
for name in threads steps; do
    jq 'del(.parameters, .scenario_hash, .scenario)' "$work/$name/report.json" >"$work/$name.json"
done
cmp -s "$work/threads.json" "$work/steps.json" || fail "run_ahead = no gave other results"

run_polynic 2 check scenarios/requirements/threads.ini --set processor.pp.count=3
says "expected a count that is a multiple of it"

finish
