#!/bin/sh
# The validation, with fewer and shorter runs of its queues than `make validate` makes: every figure passes, the page in
# the tree says the same, and a figure that is off fails.
set -u
. tests/end_to_end/lib/checks.sh
page=tests/validate/VALIDATION.md

[ -e build/validate/cores.elf ] || make -s validate-programs >/dev/null || fail "make validate-programs"
FAST=1 POLYNIC=$POLYNIC sh tests/validate/validate.sh "$work/table.md" >"$work/out" 2>"$work/err" || {
    fail "figures of the validation fail"
    cat "$work/out" "$work/err"
}
[ -e "$work/table.md.new" ] && fail "a temporary file is left"

# All sections but that of the queues, whose runs are other ones.
without_queues() { awk '/^## /{ queues = $2 == "Queues" } !queues && /^\|/' "$1"; }
without_queues "$work/table.md" >"$work/now"
without_queues $page >"$work/then"
[ "$(wc -l <"$work/now")" -gt 300 ] || fail "fewer than 300 figures"
cmp -s "$work/now" "$work/then" || {
    fail "$page is not what the program says (make validate)"
    diff "$work/then" "$work/now" | head -10
}
grep -q 'FAIL' $page && fail "$page holds a figure that fails"
[ "$(grep -c '^| M/[DMG]/1, .*, 1000000 frames, seed .*| pass |$' $page)" = 30 ] ||
    fail "$page lacks the long runs of the queues"

# verdict EXPECTED PUBLISHED OURS TOLERANCE: of one line, and the status that goes with it
verdict() {
    printf 'Part\tfigure\tsource\t%s\t%s\t%s\n' "$2" "$3" "$4" >"$work/line"
    status=0
    awk -f tests/validate/table.awk "$work/line" >"$work/table" || status=1
    grep -qF "| $1 |" "$work/table" || fail "$2 and $3 with tolerance '$4': $(grep figure "$work/table"), expected $1"
    [ "$status" = "$([ "$1" = pass ] && echo 0 || echo 1)" ] || fail "$2 and $3 with tolerance '$4': status $status"
}
verdict pass 100 100 exact
verdict '**FAIL**' 100 101 exact
verdict '**FAIL**' 100 100.0 exact
verdict pass 323e8fc2 323e8fc2 exact
verdict '**FAIL**' 0012 12 exact
verdict pass 100 102 '2 %'
verdict '**FAIL**' 100 102.1 '2 %'
verdict pass 100 98 '2 %'
verdict '**FAIL**' 100 97.9 '2 %'
verdict '**FAIL**' 100 '' '2 %'
verdict '**FAIL**' 100 null '2 %'
verdict '**FAIL**' 100 '' exact
verdict pass 200 200 'at most'
verdict '**FAIL**' 200 201 'at most'
verdict '**FAIL**' 200 200 'some'
verdict 'not reproduced: no model' 200 '' 'not reproduced: no model'
printf 'too\tfew\n' | awk -f tests/validate/table.awk >"$work/table" 2>&1 && fail "a line of two fields passes"
awk -f tests/validate/table.awk /dev/null >"$work/table" && fail "an empty table passes"

POLYNIC=$POLYNIC sh tests/validate/validate.sh "$work/nowhere/table.md" hash >"$work/out" 2>&1 &&
    fail "a table that can't be written passes"

# A program that can't be run gives no figures, and no success.
POLYNIC=false sh tests/validate/validate.sh "$work/broken.md" hash cards >"$work/out" 2>&1 &&
    fail "without polynic it passes"
grep -q FAIL "$work/broken.md" || fail "without polynic no figure fails"

finish
