#!/bin/sh
# polynic check and polynic describe, as a user meets them: all mistakes at once, the picture, the reference.
set -u
. tests/end_to_end/lib/checks.sh

quickstart=scenarios/quickstart/card.ini
shows() { # TEXT: standard output holds the text
    grep -qF -- "$1" "$work/out" || {
        fail "expected '$1' on standard output, got:"
        head -20 "$work/out"
    }
}
same() { # FILE FILE
    diff "$1" "$2" >"$work/diff" || {
        fail "$1 and $2 differ:"
        head -20 "$work/diff"
    }
}

# --- A sound scenario is drawn.
run_polynic 0 check $quickstart
shows "processor pp x4"
shows "(#: the part itself, o: wired to it)"
shows "    card_bus -> card"
shows "$quickstart: OK: "
[ ! -s "$work/err" ] || fail "check of a sound scenario complains: $(cat "$work/err")"
run_polynic 0 check $quickstart --set processor.pp.count=8 --quiet
shows "$quickstart: OK: "
[ "$(wc -l <"$work/out")" = 1 ] || fail "--quiet prints more than a line"
run_polynic 0 check --set processor.pp.count=8 $quickstart \
    --set "traffic.clients.capture=$PWD/traces/samples/web.pcap"
shows "processor pp x8"

# --- What it resolves to is a scenario that says the same.
cp "$work/out" "$work/picture8"
run_polynic 0 check --set processor.pp.count=8 --effective $quickstart \
    --set "traffic.clients.capture=$PWD/traces/samples/web.pcap"
cp "$work/out" "$work/effective.ini"
grep -qF "# --set processor.pp.count=8" "$work/effective.ini" || fail "no place of an override"
run_polynic 0 check "$work/effective.ini"
sed '$d' "$work/picture8" >"$work/one"
sed '$d' "$work/out" >"$work/two"
same "$work/one" "$work/two"

# --- Graphviz.
run_polynic 0 check --dot "$work/card.dot" $quickstart
run_polynic 0 check --dot - $quickstart
same "$work/card.dot" "$work/out"
grep -qF '[label="card_bus"]' "$work/card.dot" || fail "no edge card_bus"
if command -v dot >/dev/null; then
    dot -Tsvg "$work/card.dot" >"$work/card.svg" || fail "dot does not take it"
fi
run_polynic 2 check --dot /nonexistent/card.dot $quickstart
says "/nonexistent/card.dot: cannot be written: No such file or directory"

# --- All mistakes at once, by their lines.
cp $quickstart "$work/base.ini"
cat >"$work/five.ini" <<END
[scenario]
base = base.ini

[port eth0]
sped = 10Gbit/s
speed = 10

[memory packet]
bus = crad

[prot eth1]

[processor pp]
count = 257
END
run_polynic 2 check "$work/five.ini" --set processor.pp.cuont=8
sed "s,$work/,," "$work/err" >"$work/said"
cat >"$work/expected" <<'END'
polynic: five.ini:5: port eth0: unknown key 'sped' (did you mean 'speed'?)
polynic: five.ini:6: port eth0: speed = 10: the unit is missing: expected a rate such as 10Gbit/s (units: bit/s, kbit/s, Mbit/s, Gbit/s, Tbit/s)
polynic: five.ini:9: memory packet: bus = crad: no part of that name (did you mean 'card'?)
polynic: five.ini:11: [prot eth1]: unknown kind 'prot' (did you mean 'port'?)
polynic: five.ini:14: processor pp: count = 257: out of range: allowed 1 .. 256
polynic: --set processor.pp.cuont=8: unknown key 'cuont' (did you mean 'count'?)
polynic: five.ini: 6 errors
END
same "$work/said" "$work/expected"
[ ! -s "$work/out" ] || fail "a scenario with errors was drawn"

# --- Usage.
for wrong in "" "--none $quickstart" "$quickstart $quickstart" "--effective --dot - $quickstart"; do
    # shellcheck disable=SC2086 # several words on purpose
    run_polynic 2 check $wrong
    says "polynic"
done
run_polynic 0 check --help
for option in --set --effective --dot --quiet --help; do shows "  $option"; done
run_polynic 2 check "$work"
says "cannot be read: Is a directory"
head -c 10000000 /dev/urandom >"$work/garbage"
run_polynic 2 check "$work/garbage"
says "more than 4 MiB: this is no scenario"
head -c 100000 /dev/urandom >"$work/garbage"
run_polynic 2 check "$work/garbage"
says "a NUL byte: this is no text file"

# --- The reference.
run_polynic 0 describe
for kind in sim port dispatch bus memory processor host; do shows "  $kind "; done
run_polynic 0 describe port
shows "10Mbit/s .. 1Tbit/s"
shows "rx_frames"
run_polynic 0 describe processor count
shows "allowed  1 .. 256"
run_polynic 0 describe --markdown
shows "# Scenario files"
shows '| `speed` | rate | `10Gbit/s` | 10Mbit/s .. 1Tbit/s | Bits a second on the wire, in each direction. |'
for kind in $("$POLYNIC" describe | sed -n 's/^  \([a-z_]*\) .*/\1/p'); do shows "## $kind"; done
run_polynic 2 describe prot
says "unknown kind 'prot' (did you mean 'port'?)"
run_polynic 2 describe port sped
says "unknown key of port 'sped' (did you mean 'speed'?)"
run_polynic 2 describe elephant
says "unknown kind 'elephant' (see polynic describe)"
run_polynic 2 describe port speed more
says "expected a kind and a key at the most"
finish
