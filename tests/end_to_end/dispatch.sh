#!/bin/sh
# The receive dispatch as a user sets it: functions, tables, rules, sessions, programs. Whatever it does, nothing is lost.
set -u
. tests/end_to_end/lib/checks.sh

report=$work/run/report.json
card() { # SCENARIO KEY=VALUE ...; `capture` is replayed
    scenario=$1
    shift
    rm -rf "$work/run"
    set -- "$@" --
    while [ "$1" != -- ]; do
        set -- "$@" --set "$1"
        shift
    done
    shift
    run_polynic 0 run "$scenario" --capture "$capture" --out "$work/run" "$@"
}
whole() {
    check_json "$report" '.accounting == "ok" and .payload.verified and .connections.finished == .connections.in_capture'
}
of_rx() { jq ".parts[] | select(.name == \"rx\") | .statistics.$1" "$report"; }
sessions_of() { tail -n +2 "$work/run/connections.csv" | cut -d, -f1-4,6 | sort; }

quickstart=scenarios/quickstart/card.ini
rx=dispatch.rx
capture=traces/samples/web.pcap

# Each function: everything arrives; what keeps sessions together forwards nothing, what does not forwards much.
for function in toeplitz symmetric-xor symmetric-or-xor crc32c xor jenkins fnv1a sum least-loaded program; do
    card $quickstart $rx.hash=$function
    whole
    check_json "$report" '.frames.forwarded == 0'
    [ $function = toeplitz ] && sessions_of >"$work/toeplitz"
    [ $function = program ] && sessions_of >"$work/program"
done
cmp "$work/toeplitz" "$work/program" || fail "the example program is not Toeplitz"
[ "$(of_rx program_cycles)" -gt 100000 ] || fail "the program took no time"
for function in round-robin random; do
    card $quickstart $rx.hash=$function
    whole
    check_json "$report" '.frames.forwarded > .frames.offered / 2'
    card $quickstart $rx.hash=$function $rx.sessions=1000
    whole
    check_json "$report" '.frames.forwarded == 0'
done
says_forwarded=$("$POLYNIC" run $quickstart --set $rx.hash=random | grep -c 'handed a frame')
[ "$says_forwarded" = 1 ] || fail "the report does not tell of strays"

# A sample with fragments, ICMP, VLANs and UDP: nothing is lost either.
capture=traces/samples/mix.pcap
for function in round-robin random least-loaded program; do
    card $quickstart $rx.hash=$function processor.pp.firmware=dual
    whole
done
card $quickstart processor.pp.firmware=dual
whole
sent=$(jq .frames.sent "$report")
card $quickstart processor.pp.firmware=dual $rx.processors="pp1 pp3" # without processor 0 somebody answers ARP, too
whole
[ "$(jq .frames.sent "$report")" = "$sent" ] || fail "other processors send other frames"
capture=traces/samples/web.pcap

# A table that is rewritten: sessions that exist stay with their owner.
card scenarios/dispatch/rewrite.ini
whole
check_json "$report" '.frames.forwarded > 0'
[ "$(sessions_of | grep -c ',[01]$')" -gt 20 ] || fail "no session began before the table was rewritten"
[ "$(awk -F, '$2 == "table" { print $5 }' "$work/run/dispatch.csv" | sort -u | tr '\n' ' ')" = "pp2 pp3 " ] ||
    fail "dispatch.csv shows another table"

# So do frames of several buffers, and resets.
capture=traces/samples/upload.pcap
card $quickstart processor.pp.rx_buffer=512 "$rx.at.1=1ms set table list 3 2 1 0"
whole
check_json "$report" '.frames.forwarded > 0'
capture=traces/samples/web.pcap

# Rules, contexts, weights.
card scenarios/dispatch/rules.ini
whole
[ "$(awk -F, '$2 == "rule" && $3 == 2 { print $6 }' "$work/run/dispatch.csv")" = "$(of_rx frames)" ] ||
    fail "rule.2 did not match all frames of web servers"
check_json "$report" '[.parts[] | select(.kind == "processor") | .statistics.frames] | .[2] == 0 and .[3] == 0 and .[0] > 2 * .[1]'
card $quickstart "$rx.rule.1=tcp -> pp3" $rx.fields.tcp4=r
whole
card $quickstart "$rx.rule.1=tcp[13] & 8 != 0 -> pp3" $rx.sessions=1000
whole
check_json "$report" '.frames.forwarded > 0' # to its owner: the rule sends there whatever has data
card $quickstart "$rx.rule.1=tcp -> drop"
check_json "$report" '.accounting == "ok" and .connections.opened == 0 and .drops[0].place == "rx" and .drops[0].reason == "discarded"'
card $quickstart "$rx.rule.1=tcp -> pp3"
whole
check_json "$report" '[.parts[] | select(.kind == "processor") | .statistics.frames] | .[0] + .[1] + .[2] == 0'
card $quickstart $rx.fields.tcp4=s $rx.table=1 $rx.indirection="list 2"
whole
check_json "$report" '[.parts[] | select(.kind == "processor") | .statistics.frames] | .[2] > 0 and .[0] + .[1] + .[3] == 0'
card $quickstart $rx.fields.all=none $rx.default_processor=1
whole
[ "$(of_rx unhashed)" = "$(of_rx frames)" ] || fail "something was hashed without fields"

# A match table that is too small evicts; the owners are found nevertheless.
card scenarios/dispatch/sessions.ini
whole
[ "$(of_rx match_evicted)" -gt 0 ] || fail "nothing was evicted"
card $quickstart $rx.hash=random $rx.sessions=10 $rx.session_eviction=none
whole
[ "$(of_rx match_refused)" -gt 0 ] || fail "no session was refused"

# What a function costs: a slow one is the bottleneck, and the report names it.
card $quickstart $rx.interval=20000
whole
card $quickstart $rx.interval=20000 traffic.clients.topspeed=yes
whole
check_json "$report" '[.parts[] | select(.name == "rx")][0].utilisation > 0.9'
check_json "$report" '.frames.offered * 40000 < .simulated_time_ns' # 20,000 cycles of 2 ns a frame

# All that is wrong, at once.
cat >"$work/wrong.ini" <<END
[scenario]
base = $PWD/$quickstart
[dispatch rx]
key = 6d5
rule.1 = tcp prt 80 -> pp0
rule.2 = udp -> pp9
rule.3 = udp -> context 7
context.1 = weight 0 0
at.1 = 2ms set tabel equal 2
fields.tcp4 = sdx
fields.raw = 10
END
run_polynic 2 check "$work/wrong.ini"
for text in "key: 6d5:" "wrong.ini:5: dispatch rx: rule.1" "'pp9' is no processor" "there is no context.7" \
    "weight 0 0" "'table' or 'context N'" "'x': expected letters" "OFFSET/MASK"; do
    says "$text"
done
run_polynic 2 check $quickstart --set $rx.table=5000
says "allowed 1 .. 4096"
run_polynic 2 run $quickstart --set $rx.hash=program --set $rx.program=/dev/null/x.elf
says "no hash program"
run_polynic 2 run $quickstart --set $rx.hash=program --set $rx.program=tcp4
says "no hash program"

# The same scenario, the same report.
card $quickstart $rx.hash=random
cp "$report" "$work/first.json"
card $quickstart $rx.hash=random
cmp "$work/first.json" "$report" || fail "a random dispatch is not the same twice"
card $quickstart $rx.hash=program sim.run_ahead=no
cp "$report" "$work/first.json"
card $quickstart $rx.hash=program
jq -S 'del(.scenario, .scenario_hash)' "$work/first.json" >"$work/a"
jq -S 'del(.scenario, .scenario_hash)' "$report" >"$work/b"
cmp "$work/a" "$work/b" || fail "a program gives another report without running ahead"
finish
