#!/bin/sh
# capacity.sh - the highest offered rate without loss, by bisection, for several processor counts; `make capacity`.
#
#     capacity.sh CAPTURE COPIES LOOP [KEY=VALUE ...]
#
# Offered load as RFC 2544 has it (section 26.1): open loop at a constant rate (mbps), no flow control. Without loss: no
# frame dropped, none repaired, every connection finished, every byte right, and the rate asked for was reached within
# a hundredth. The part in use most at that rate is named; it is what saturates beyond it.
set -u
POLYNIC=${POLYNIC:-build/polynic}
capture=$1 copies=$2 loop=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sets=
for key; do sets="$sets --set $key"; done

# offered PROCESSORS MBPS: true if nothing is lost
offered() {
    # shellcheck disable=SC2086
    "$POLYNIC" run scenarios/quickstart/card.ini --capture "$capture" --quiet --no-page --out "$work/run" \
        --set traffic.clients.copies="$copies" --set traffic.clients.loop="$loop" \
        --set traffic.clients.mbps="$2" --set processor.pp.count="$1" $sets >/dev/null 2>&1 || return 1
    jq -e '.drops == [] and .frames.repaired == 0 and .payload.verified and .connections.finished == .connections.in_capture
        and .rates[0].reached_mbps > 0.99 * .rates[0].asked' "$work/run/report.json" >/dev/null || return 1
    cp "$work/run/report.json" "$work/best.json"
}

printf '%s, %s copies, %s passes %s\n' "$(basename "$capture")" "$copies" "$loop" "$*"
printf '  processors   Mbit/s offered   frames/s   application Mbit/s   most in use\n'
for processors in ${PROCESSORS:-1 2 4 8}; do
    low=0 high=${HIGHEST:-20000}
    rm -f "$work/best.json"
    while [ $((high - low)) -gt $((low / 50 + 1)) ]; do
        middle=$(((low + high) / 2))
        [ $low = 0 ] && [ $middle -gt 400 ] && middle=$((high / 8)) # most of the range is too high
        if offered "$processors" $middle; then low=$middle; else high=$middle; fi
    done
    if [ -e "$work/best.json" ]; then
        jq -r --arg n "$processors" '(.parts | map(select(.utilisation != null)) | max_by(.utilisation)) as $p
            | "\(.rates[0])" as $unused
            | [$n, (.rates[0].reached_mbps | round), (.rates[0].reached_pps | round),
               (.throughput.application_bits_per_s / 1e6 | round), "\($p.name) \($p.utilisation * 1000 | round / 10) %"] | @tsv' "$work/best.json" |
            awk -F '\t' '{ printf "  %10s %16s %10s %20s   %s\n", $1, $2, $3, $4, $5 }'
    else
        printf '  %10s   loss at any rate from 1 Mbit/s on\n' "$processors"
    fi
done
