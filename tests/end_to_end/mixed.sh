#!/bin/sh
# Stacks of different protocols on one card: requirements 41, 42, 43. Each frame goes to a processor that speaks its protocol.
set -u
. tests/end_to_end/lib/checks.sh

report=$work/run/report.json
mixed=scenarios/requirements/mixed-stacks.ini
of_dispatch() { jq ".parts[] | select(.kind == \"dispatch\") | .statistics.$1" "$report"; }
of_processor() { jq ".parts[] | select(.name == \"$1\") | .statistics.$2" "$report"; }
equals() { # WHAT FOUND EXPECTED
    [ "$2" = "$3" ] || fail "$1: found $2, expected $3"
}
# Sessions by local address and processor.
sessions() { tail -n +2 "$work/run/connections.csv" | grep -c "^[^,]*,[^,]*,$1,[^,]*,[^,]*,$2,"; }

run_polynic 0 run $mixed --no-page --out "$work/run"
check_json "$report" '.accounting == "ok" and .payload.verified and .connections.finished == 160 and
    .frames.dropped == 0 and (.warnings | length) == 0'
equals "TCP over IPv4 at the first two" "$(sessions 10.0.0.2 '[01]')" 100
[ "$(sessions 10.0.0.2 0)" -gt 20 ] || fail "the hash gave too few sessions to pp0"
[ "$(sessions 10.0.0.2 1)" -gt 20 ] || fail "the hash gave too few sessions to pp1"
equals "TCP over IPv6 at v60" "$(sessions fd00::3 2)" 60
equals "datagrams at dg0" "$(of_processor dg0 frames)" 500
equals "frames that found no stack" "$(of_dispatch no_stack)" 0
for processor in pp0 pp1 v60 dg0; do
    equals "$processor dropped for their protocol" "$(of_processor $processor dropped_protocol)" 0
done

# What nobody speaks is dropped by name, and counted: IPv4 at a card of IPv6.
run_polynic 0 run scenarios/quickstart/card.ini --no-page --out "$work/run" --set processor.pp.firmware=tcp6 \
    --set traffic.clients.refuse_after=1ms --set traffic.clients.linger=1ms
check_json "$report" '.accounting == "ok" and .frames.delivered == 0 and
    ([.drops[] | select(.reason == "no_stack") | .frames] | add) > 1000'

# A mixed capture at the four protocols' images: UDP at the image without TCP, the rest at dual.
cat >"$work/two.ini" <<EOF
[scenario]
base = $PWD/scenarios/quickstart/dual.ini
[processor pp]
count = 2
speaks = tcp4 tcp6
[processor dg]
count = 2
firmware = udp
[traffic clients]
capture = $PWD/traces/samples/mix.pcap
EOF
run_polynic 0 run "$work/two.ini" --no-page --out "$work/run"
check_json "$report" '.accounting == "ok" and .payload.verified and .connections.finished == .connections.in_capture'
[ "$(of_processor dg0 frames)" -gt 0 ] && [ "$(of_processor dg1 frames)" -gt 0 ] || fail "no datagrams at the UDP stacks"
[ "$(sessions '[^,]*' '[23]')" = 0 ] || fail "a session at a UDP stack"

# Said before the run, with the line of the traffic.
check() { # KEY=VALUE TEXT
    run_polynic 2 check $mixed --set "$1"
    says "$2"
}
check processor.v6.speaks=udp6 "mixed-stacks.ini:"
check processor.dg.speaks=udp4 "no processor speaks UDP over IPv6"
check processor.dg.speaks=udp5 "'udp5': expected auto, or some of tcp4 tcp6 udp4 udp6"

finish
