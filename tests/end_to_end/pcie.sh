#!/bin/sh
# A PCI Express link between the card and its host: [bridge] link = pcie.
set -u
. tests/end_to_end/lib/checks.sh

run() { # NAME SET ...
    name=$1
    shift
    run_polynic 0 run scenarios/sweeps/pcie.ini --out "$work/$name" --no-page --set traffic.clients.copies=16 "$@"
    check_json "$work/$name/report.json" '.accounting == "ok" and .payload.verified and
        .connections.finished == .connections.in_capture'
}
link() { jq "[.parts[] | select(.kind == \"bridge\")][0] | $2" "$work/$1/report.json"; }
median() { jq '.latency.receive.p50_ns | floor' "$work/$1/report.json"; }

run wide
run narrow --set bridge.hbi.generation=1 --set bridge.hbi.lanes=1
[ "$(median narrow)" -gt "$(median wide)" ] || fail "a narrow link is as fast as a wide one"
[ "$(link wide '.utilisation < 0.2')" = true ] || fail "the wide link is in use $(link wide .utilisation)"
[ "$(link narrow '.utilisation > 0.5')" = true ] || fail "the narrow link is in use $(link narrow .utilisation) only"
grep -q "hbi *bridge" "$work/out" || fail "the report does not show the link among the parts"

# Its bytes: what the card writes, with 24 bytes a TLP; what it reads, with 20 a completion.
[ "$(link wide '.statistics | .up_bytes >= .written_bytes + 24 * .up_tlps and .down_bytes > .read_bytes + 20 * (.down_tlps / 2)')" = true ] ||
    fail "bytes of the link: $(link wide '.statistics | [.up_bytes, .written_bytes, .up_tlps]')"

# Few tags: reads wait, and are right all the same.
run tags --set bridge.hbi.tags=1 --set traffic.clients.capture="$PWD/traces/samples/web.pcap"
[ "$(link tags .statistics.tag_waits)" -gt 100 ] || fail "no read waited for the only tag"
[ "$(link tags .statistics.tags_max)" = 1 ] || fail "more tags than there are"

# Without run-ahead the same.
run step --set sim.run_ahead=no
for name in wide step; do
    jq 'del(.scenario)' "$work/$name/report.json" >"$work/$name.json"
done
cmp -s "$work/wide.json" "$work/step.json" || fail "running ahead changes the result with PCI Express"

# What is wrong is told, all of it.
run_polynic 2 run scenarios/sweeps/pcie.ini --out "$work/bad" --set bridge.hbi.lanes=3 --set bridge.hbi.mps=300 \
    --set bridge.hbi.credits=128 --set bridge.hbi.mrrs=1000
says "3: expected 1, 2, 4, 8, 12, 16 or 32"
says "300 bytes: expected a power of two"
says "credits: 128 bytes: expected at least mps"

finish
