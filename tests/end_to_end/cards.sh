#!/bin/sh
# The presets of scenarios/cards/ run with a capture of the user's, alone and as a base; polynic list names them.
set -u
. tests/end_to_end/lib/checks.sh

report=$work/run/report.json
whole() { # all bytes arrived, nothing else went wrong
    check_json "$report" '.accounting == "ok" and .payload.verified and .payload.delivered_bytes > 0 and
        .connections.finished == .connections.in_capture and .connections.in_capture > 0'
}

presets=0
for preset in scenarios/cards/*.ini; do
    presets=$((presets + 1))
    run_polynic 0 check "$preset" --quiet
    run_polynic 0 run "$preset" --out "$work/run" --set traffic.clients.capture=traces/samples/web.pcap
    whole
    # Cost to the host is there, and is what it says.
    check_json "$report" '.hosts | length == 1 and all(.[]; .cycles == .driver_cycles + .stack_cycles and
        .payload_bytes > 0 and .connections == 192 and (.cycles / .payload_bytes - .cycles_per_byte | fabs) < 0.001)'
    grep -q '^Host cost ' "$work/out" || fail "$preset: the report does not tell what the host paid"
    # As a base, from another folder.
    cat >"$work/mine.ini" <<EOF
[scenario]
base = $PWD/$preset
title = Mine
[traffic clients]
capture = $PWD/traces/samples/short.pcap
EOF
    run_polynic 0 run "$work/mine.ini" --out "$work/run"
    whole
done
[ "$presets" -ge 4 ] || fail "only $presets presets"

# --- polynic list
run_polynic 0 list
[ ! -s "$work/err" ] || fail "list complains: $(cat "$work/err")"
cp "$work/out" "$work/list"
for preset in scenarios/cards/*.ini scenarios/quickstart/card.ini; do
    grep -qxF "$preset" "$work/list" || fail "list does not name $preset"
    grep -qxF "    $(sed -n 's/^title = //p' "$preset")" "$work/list" || fail "list does not show the title of $preset"
done
grep '^[^ ]' "$work/list" >"$work/paths"
LC_ALL=C sort "$work/paths" | cmp - "$work/paths" || fail "list is not sorted"
find scenarios -name '*.ini' | LC_ALL=C sort | cmp - "$work/paths" || fail "list leaves scenarios out"
run_polynic 0 list --json
jq -r '.[].path' "$work/out" | cmp - "$work/paths" || fail "list --json names others"
check_json "$work/out" 'all(.[]; .title and .purpose)'

# A folder of the user's: what is for others, broken or a trap does not hurt.
mkdir -p "$work/mine/deep" "$work/mine/.hidden"
printf '# What mine\033[31m is for. And more.\n[scenario]\nbase = x.ini\n' >"$work/mine/deep/b.ini"
printf '[scenario]\ntitle = First\n' >"$work/mine/a.ini"
printf '[desktop entry]\nname = other\n' >"$work/mine/other.ini"
head -c 10000 "$POLYNIC" >"$work/mine/noise.ini"
mkfifo "$work/mine/pipe.ini"
ln -s .. "$work/mine/deep/loop"
ln -s nowhere "$work/mine/gone.ini"
cp "$work/mine/a.ini" "$work/mine/.hidden/c.ini"
run_polynic 0 list "$work/mine" --json
check_json "$work/out" 'length == 2 and (.[0].path | endswith("/a.ini")) and .[0].title == "First" and
    .[0].purpose == null and .[1].title == null and .[1].purpose == "What mine [31m is for." and .[1].base == "x.ini"'
says "2 files in"
run_polynic 0 list "$work/mine"
grep -q "$(printf '\033')" "$work/out" && fail "list lets control characters through"
run_polynic 2 list "$work/nowhere"
says "expected a folder with scenarios"
run_polynic 2 list a b
run_polynic 0 list --help

finish
