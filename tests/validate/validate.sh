#!/bin/sh
# validate.sh TABLE [PART ...] - runs the parts of the validation (all, or those named) and writes one table of
# reference figures, ours and verdicts to TABLE, in Markdown. Status 1 if a figure fails or a part breaks off. FAST=1:
# fewer and shorter runs where theory is held against random traffic, with a wider tolerance.
set -u
POLYNIC=${POLYNIC:-build/polynic}
programs=${PROGRAMS:-build/validate}
suites=${SUITES:-build/tests}
[ $# -gt 0 ] || {
    echo "usage: validate.sh TABLE [PART ...]" >&2
    exit 2
}
table=$1
shift
[ $# -gt 0 ] || set -- ethernet hash queues cores dram pcie cards
work=$(mktemp -d)
trap 'rm -rf "$work"; rm -f "$table.new"' EXIT
trap 'exit 130' INT TERM
lines=$work/lines
export POLYNIC programs suites lines

status=0
: >"$lines"
for part in "$@"; do
    mkdir "$work/$part"
    work=$work/$part sh "tests/validate/$part.sh" || {
        echo "validate: the part $part broke off" >&2
        status=1
    }
    rm -rf "${work:?}/$part"
done
{
    cat tests/validate/head.md
    awk -f tests/validate/table.awk "$lines" || status=1
} >"$table.new" || {
    echo "validate: $table: can't be written" >&2
    exit 1
}
grep -F '**FAIL**' "$table.new" >&2 && status=1
tail -1 "$table.new"
mv "$table.new" "$table" || status=1
exit $status
