#!/bin/sh
# The on-card bus: pipelined, as a crossbar, and what each master had of it.
set -u
. tests/end_to_end/lib/checks.sh

run() { # NAME SET ...
    name=$1
    shift
    run_polynic 0 run scenarios/sweeps/bus.ini --out "$work/$name" --no-page --set bus.card.width=32 \
        --set traffic.clients.copies=16 "$@"
    check_json "$work/$name/report.json" '.accounting == "ok" and .payload.verified and
        .connections.finished == .connections.in_capture'
}
wait_of() { jq '[.masters[] | select(.bus == "card") | .mean_wait_ns * .requests] | add / 1000 | floor' "$work/$1/report.json"; }

run shared
run pipelined --set bus.card.pipelined=yes
run crossbar --set bus.card.topology=crossbar
run both --set bus.card.topology=crossbar --set bus.card.pipelined=yes
[ "$(wait_of pipelined)" -lt "$(wait_of shared)" ] || fail "pipelined waits $(wait_of pipelined) us, without $(wait_of shared)"
[ "$(wait_of crossbar)" -lt "$(wait_of shared)" ] || fail "the crossbar waits $(wait_of crossbar) us, the shared bus $(wait_of shared)"

# The masters account for all that their bus counted.
for name in shared pipelined crossbar both; do
    check_json "$work/$name/report.json" '. as $r | [.parts[] | select(.kind == "bus")] | length == 2 and all(
        .name as $bus | .statistics.requests == ([$r.masters[] | select(.bus == $bus).requests] | add) and
        ((.statistics.wait_ps / 1000 / ([$r.masters[] | select(.bus == $bus and .requests > 0) | .mean_wait_ns * .requests] | add) - 1) |
            fabs) < 0.001)'
done
grep -q "^  card  *rxdma  *[0-9]" "$work/out" || fail "no masters in the report"

# Without run-ahead the same.
for kind in shared crossbar; do
    run step --set sim.run_ahead=no --set bus.card.topology=$kind --set bus.card.pipelined=yes --set traffic.clients.copies=2
    run ahead --set bus.card.topology=$kind --set bus.card.pipelined=yes --set traffic.clients.copies=2
    for name in step ahead; do
        jq 'del(.scenario)' "$work/$name/report.json" >"$work/$name.json"
    done
    cmp -s "$work/step.json" "$work/ahead.json" || fail "running ahead changes the result with $kind"
done

finish
