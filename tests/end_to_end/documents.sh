#!/bin/sh
# The documents say what the program says: the reference of keys, the report in README.md, every option's help.
set -u
. tests/end_to_end/lib/checks.sh

run_polynic 0 describe --markdown
cmp "$work/out" scenarios/REFERENCE.md || fail "scenarios/REFERENCE.md is old: make reference"

# README.md shows the report of `make run`: the same words in the same lines. Figures may differ a little where
# another compiler made the firmware.
words() {
    sed 's/[^A-Za-z ]//g; s/  */ /g; s/^ //; s/ $//; /^$/d' "$1"
}
run_polynic 0 run scenarios/quickstart/card.ini --out "$work/run"
grep -v '^Written to' "$work/out" >"$work/report"
words "$work/report" >"$work/shown"
words README.md >"$work/readme"
grep -vxFf "$work/readme" "$work/shown" >"$work/missing"
[ ! -s "$work/missing" ] || {
    fail "README.md does not show the report as it is now:"
    head -5 "$work/missing"
}

for command in "" run check describe trace exec; do
    run_polynic 0 $command --help
    [ "$(wc -l <"$work/out")" -gt 5 ] || fail "polynic $command --help says little"
done
run_polynic 2 rnu
says "did you mean 'run'"
run_polynic 2 run --no-such-option
finish
