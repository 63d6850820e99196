#!/bin/sh
# What offload saves the host: a plain card, whose stacks run on the host's cores, against an offloading one, same traces.
set -u
. tests/end_to_end/lib/checks.sh

plain=scenarios/requirements/plain-card.ini
offload=scenarios/quickstart/card.ini
same() { # KEY=VALUE ...: both cards, with that
    for kind in plain offload; do
        [ $kind = plain ] && scenario=$plain || scenario=$offload
        set -- "$@" --
        while [ "$1" != -- ]; do
            set -- "$@" --set "$1"
            shift
        done
        shift
        run_polynic 0 run "$scenario" --out "$work/$kind" "$@"
        cp "$work/out" "$work/$kind.txt"
        check_json "$work/$kind/report.json" '.accounting == "ok" and .payload.verified and .payload.delivered_bytes > 0 and
            .connections.finished == .connections.in_capture and .frames.dropped == 0 and (.warnings | length) == 0'
        # Back to the keys alone.
        kept=
        while [ $# -gt 0 ]; do
            kept="$kept $2"
            shift 2
        done
        # shellcheck disable=SC2086
        set -- $kept
    done
}
host() { jq ".hosts[0].$2" "$work/$1/report.json"; }
statistic() { jq "[.parts[] | select(.kind == \"$2\") | .statistics.$3] | add" "$work/$1/report.json"; }
holds() { # WHAT JQ-EXPRESSION
    jq -ne "$2" >/dev/null || fail "$1: not true: $2"
}

for capture in web upload; do
    same traffic.clients.capture=traces/samples/$capture.pcap
    # The same work was done for the application.
    for figure in payload_bytes connections; do
        [ "$(host plain $figure)" = "$(host offload $figure)" ] ||
            fail "$capture: $figure: plain $(host plain $figure), offload $(host offload $figure)"
    done
    # Offload leaves the stack to the card, plain pays for it: with what the cores themselves say.
    [ "$(host offload stack_cycles)" = 0 ] || fail "$capture: the offloading card costs the host cycles of a stack"
    holds "$capture: cycles a byte are higher on the plain card" \
        "$(host plain cycles_per_byte) > 1.2 * $(host offload cycles_per_byte)"
    holds "$capture: cycles a connection are higher on the plain card" \
        "$(host plain cycles_per_connection) > 1.2 * $(host offload cycles_per_connection)"
    busy=$(jq '[.processors[].busy_cycles] | add' "$work/plain/report.json")
    holds "$capture: the stack's cycles are its cores' busy cycles" \
        "($(host plain stack_cycles) - $busy | fabs) < 20"
    holds "$capture: they are at least the instructions of the stack" \
        "$(host plain stack_cycles) > $(statistic plain processor instructions)"
    # No frame but through host memory: the first DMA's bytes cross the host's bus, and nothing is bridged.
    holds "$capture: frames cross the host's bus" \
        "$(statistic plain bus written_bytes) > $(statistic plain receive_dma bytes)"
    [ "$(statistic plain bridge writes)" = 0 ] || fail "$capture: the plain card posts writes through a bridge"
    holds "$capture: the offloading card does" "$(statistic offload bridge writes) > 0"
    grep -q 'protocol stack is on the card' "$work/offload.txt" || fail "the report does not say where the stack is"
    tr -s '\n ' '  ' <"$work/plain.txt" | grep -q '% of them in the protocol stack' ||
        fail "the report does not say what the stack costs the host"
    grep -q '>Host cost<' "$work/plain/report.html" || fail "the page does not tell what the host paid"
done

# In cycles of the host's clock, whatever the cores' own is: half the clock, twice the host's cycles for each of theirs.
same traffic.clients.capture=traces/samples/web.pcap processor.pp.clock=1500MHz
busy=$(jq '[.processors[].busy_cycles] | add' "$work/plain/report.json")
holds "other clocks" "($(host plain stack_cycles) - 2 * $busy | fabs) < 20"

# UDP and answers, which count as payload too.
same traffic.clients.mode=generate traffic.clients.pps=50k traffic.clients.limit=500 traffic.clients.answers=yes
holds "datagrams received and answered" "$(host plain payload_bytes) ==
    $(statistic plain host payload_bytes) + $(statistic plain host datagrams_sent_bytes) and
    $(statistic plain host datagrams_sent_bytes) > 0"
holds "datagrams cost more on the plain card" "$(host plain cycles_per_byte) > 1.2 * $(host offload cycles_per_byte)"
[ "$(host plain cycles_per_connection)" = null ] || fail "cycles a connection without connections"

# The same, bit for bit, again, with a measured window, and with run_ahead off.
run_polynic 0 run $plain --out "$work/a"
run_polynic 0 run $plain --out "$work/b"
cmp "$work/a/report.json" "$work/b/report.json" || fail "two runs differ"
run_polynic 0 run $plain --out "$work/b" --set sim.run_ahead=no
cmp "$work/a/report.json" "$work/b/report.json" || fail "without running ahead the run differs"
run_polynic 0 run $plain --out "$work/b" --set measure.warmup=10ms --set measure.duration=10ms
holds "a window holds a part of it" "$(jq '.hosts[0].cycles' "$work/b/report.json") < $(jq '.hosts[0].cycles' "$work/a/report.json")"

finish
