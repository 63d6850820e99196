#!/bin/sh
# make validate, with shorter queues: every figure is within what is allowed, and one that isn't is told.
set -u
. tests/end_to_end/lib/checks.sh

sh tests/validate/validate.sh --quick --out "$work/results.md" >"$work/table" 2>"$work/err" || {
    fail "validate.sh: $(cat "$work/err")"
    grep -v "^ok" "$work/table"
}
grep -q "^FAIL" "$work/table" && fail "a figure is not within what is allowed"
[ "$(grep -c '^ok' "$work/table")" -gt 100 ] || fail "fewer figures than there were"
grep -q '^| M/D/1, load 0.7.*| ok |$' "$work/results.md" || fail "no table of results"

# A program that answers nothing about memory: those figures fail, the others stand.
cat >"$work/silent" <<EOF
#!/bin/sh
[ "\$1" != memory ] || exit 0
exec $POLYNIC "\$@"
EOF
chmod +x "$work/silent"
ln -s "$(cd "$(dirname "$POLYNIC")" && pwd)/tests" "$work/tests"
POLYNIC=$work/silent sh tests/validate/validate.sh --quick >"$work/table" 2>"$work/err" && fail "missing figures are no failure"
[ "$(grep -c '^FAIL.*no figure\|^FAIL.*differs' "$work/table")" = 13 ] || fail "other figures fail: $(grep '^FAIL' "$work/table")"

finish
