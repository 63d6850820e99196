# lib.sh - what the parts of the validation share. They run from the project's root, each in a shell of its own; $work
# is a folder for its files, $lines the file of lines so far, $programs where `make validate-programs` puts what they
# need.
set -u

# line FIGURE SOURCE PUBLISHED OURS TOLERANCE: one of the table, under $part. TOLERANCE (table.awk has the arithmetic):
#   exact      the same number, or the same text
#   N %        ours deviates by that at most
#   at most    ours is no more than published
line() {
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$part" "$1" "$2" "$3" "$4" "$5" >>"$lines"
}

# not_reproduced FIGURE SOURCE PUBLISHED REASON
not_reproduced() {
    printf '%s\t%s\t%s\t%s\t\tnot reproduced: %s\n' "$part" "$1" "$2" "$3" "$4" >>"$lines"
}

# A run whose results are what comes next; what it says is in $said, and shown if it fails.
said=$work/said
quietly() {
    "$@" >"$said" 2>&1 && return
    echo "validate: $part: failed: $*" >&2
    tail -5 "$said" >&2
    exit 1
}
