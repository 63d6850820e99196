#!/bin/sh
# One integrated circuit against several, on the same trace: requirement 23.
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
    check_json "$work/$name/report.json" '.accounting == "ok" and .payload.verified and
        .connections.finished == .connections.in_capture'
}
of() { jq ".parts[] | select(.name == \"$2\") | .statistics.$3" "$work/$1/report.json"; }
dma1_min_ps() { jq '.latency.receive.stages.dma1.min_ns * 1000 | floor' "$work/$1/report.json"; }
is() { # WHAT FOUND OPERATOR EXPECTED
    [ "$2" "$3" "$4" ] || fail "$1: found $2, expected $3 $4"
}

run one one-chip
run several several-chips

# The first DMA of the smallest segments that carry data, undisturbed, against the rule of models/chip.h. A frame of n bytes
# with the 2 before it, at 2 ns a bus cycle of 16 bytes: X = (8 + n + 2) * 8 bits at 25.6 Gbit/s (the card's pins), and its
# descriptor X = 24 * 8 bits at 12.8 Gbit/s (the processors' pins): 15 ns; L = 5 + 5 ns each.
n=174 # the smallest request of traces/samples/web.pcap
frame_ps=$(((8 + n + 2) * 8 * 1000 * 10 / 256))
beats=$(((n + 2 + 15) / 16))
extra_frame=$((((frame_ps + 10000 + 1999) / 2000 - 1 - beats) * 2000))
extra_descriptor=$((((15000 + 10000 + 1999) / 2000 - 2) * 2000))
is "what the crossings add to the first DMA" "$(($(dma1_min_ps several) - $(dma1_min_ps one)))" -eq $((extra_frame + extra_descriptor))

# Processors far from packet memory wait longer for each load.
for pp in pp0 pp1; do
    is "stalls of $pp" "$(of several $pp stall_cycles)" -gt $((2 * $(of one $pp stall_cycles)))
done
is "transactions through the memory's pins" "$(of several chip-memory transactions)" -gt 10000
is "the host's crossings" "$(of one chip-host transactions)" -gt 1000
run_polynic 0 compare "$work/one" "$work/several"
grep -q "processor.pp.chip: card -> processors" "$work/out" || fail "compare does not say which chip changed"

# Chips that cost nothing change nothing but the chips' own figures.
run free several-chips chip.card.latency=0 chip.card.pins=0 chip.host.latency=0 chip.host.pins=0 \
    chip.processors.latency=0 chip.processors.pins=0 chip.memory.latency=0 chip.memory.pins=0
run plain two-stacks
for file in one free plain; do
    jq 'del(.scenario, .scenario_hash, .title, .parameters) | .parts |= map(select(.kind != "chip"))
        | del(.description, .seed, .scenario_name)' "$work/$file/report.json" >"$work/$file.json"
done
cmp -s "$work/free.json" "$work/plain.json" || {
    fail "chips without latency and with all pins changed the run"
    diff "$work/free.json" "$work/plain.json" | head -5
}
cmp -s "$work/one.json" "$work/plain.json" && fail "the crossing to the host cost nothing"

# Exact under run-ahead.
run slowly several-chips sim.run_ahead=no
for file in several slowly; do
    jq 'del(.parameters, .scenario_hash)' "$work/$file/report.json" >"$work/$file.json"
done
cmp -s "$work/several.json" "$work/slowly.json" || fail "run_ahead = no gave other results"

run_polynic 2 check scenarios/requirements/several-chips.ini --set processor.pp.chip=procesors
says "no part is on it: expected chip = processors"

finish
