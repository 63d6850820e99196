# checks.sh - what the end-to-end scripts share. They run from the project's root; POLYNIC is the program.
POLYNIC=${POLYNIC:-build/polynic}
CAPTURES=../shared/captures
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
    printf 'FAIL: %s\n' "$*"
    failures=$((failures + 1))
}

# run_polynic STATUS ARGUMENT ...: runs it, output in $work/out and $work/err, and checks its exit status.
run_polynic() {
    expected=$1
    shift
    status=0
    timeout 600 "$POLYNIC" "$@" >"$work/out" 2>"$work/err" || status=$?
    if [ "$status" != "$expected" ]; then
        fail "polynic $*: exit status $status, expected $expected"
        tail -5 "$work/err"
    fi
}

# check_json FILE EXPRESSION: the jq expression holds for the report.
check_json() {
    jq -e "$2" "$1" >/dev/null || fail "$1: not true: $2"
}

# says TEXT: standard error holds the text.
says() {
    grep -qF -- "$1" "$work/err" || {
        fail "expected the message '$1', got:"
        cat "$work/err"
    }
}

have_captures() {
    [ -d "$CAPTURES/own" ] && return
    echo "skipped: no captures in $CAPTURES"
    return 1
}

finish() {
    [ "$failures" = 0 ] || exit 1
    echo "ok"
}
