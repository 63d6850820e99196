#!/bin/sh
# polynic memory: a trace of accesses against the DRAM controller alone. The figures are those that DRAMsim3 gives for the
# same parts, address mapping and queues (its DDR3 file's refresh interval is 7800 clocks).
set -u
. tests/end_to_end/lib/checks.sh

# Accesses of 64 bytes: KIND COUNT CLOCKS_BETWEEN. Random addresses by a generator of its own, the same everywhere.
trace() {
    awk -v kind="$1" -v count="$2" -v gap="$3" 'BEGIN {
        x = 1
        for (i = 0; i < count; i++) {
            x = (x * 16807) % 2147483647
            printf "0x%x READ %d\n", 64 * (kind == "random" ? x % 16777216 : i), gap * i
        }
    }'
}
memory() { # JQ_EXPRESSION ARGUMENT ...: of the trace in $work/in (not by a pipe: what fails in its shell is lost)
    expression=$1
    shift
    run_polynic 0 memory "$work/in" --json "$@"
    check_json "$work/out" "$expression"
}
within() { echo "($1 / $2 - 1 | fabs) < 0.03"; } # FIGURE EXPECTED

# Idle, in clocks exactly: closed row, row hit, row conflict.
for part in "ddr3-1600 27 16 38" "ddr4-2400 39 22 56"; do
    # shellcheck disable=SC2086
    set -- $part
    printf '0x0 READ 0\n' >"$work/in"
    memory ".read_latency.max_cycles == $2" --preset "$1"
    printf '0x0 READ 0\n0x40 READ 1000\n' >"$work/in"
    memory ".read_latency.min_cycles == $3" --preset "$1"
    printf '0x0 READ 0\n0x40000000 READ 1000\n' >"$work/in"
    memory ".read_latency.max_cycles == $4" --preset "$1"
done

# Loaded, within 3 per cent.
trace sequential 20000 0 >"$work/in"
memory "$(within .peak_share 0.977)" --set trefi=7800
trace random 20000 0 >"$work/in"
memory "$(within .peak_share 0.905)" --set trefi=7800
trace random 20000 16 >"$work/in"
memory "$(within .read_latency.mean_ns 56.7)" --set trefi=7800
trace random 20000 8 >"$work/in"
memory "$(within .read_latency.mean_ns 66.8)" --set trefi=7800

# Twice the refreshes, twice the clocks for them: the peak falls by what they take.
trace sequential 20000 0 >"$work/in"
memory ".peak_share < 0.96" --set trefi=3900

# The same input gives the same output.
trace random 2000 4 >"$work/trace"
run_polynic 0 memory "$work/trace"
cp "$work/out" "$work/first"
run_polynic 0 memory "$work/trace"
cmp -s "$work/out" "$work/first" || fail "the same trace gave other figures"
grep -q "row hits" "$work/out" || fail "no row hits in the text"

# What is no trace is said with its lines.
printf 'zzz READ 0\n0x40 REED 1\n0x0 READ x\n# a comment\n\n0x0 READ 1\n' >"$work/in"
run_polynic 2 memory - <"$work/in"
says "standard input:1: 'zzz': expected a hexadecimal address"
says "standard input:2: 'REED': expected READ or WRITE"
says "standard input:3: 'x': expected a cycle"
run_polynic 2 memory "$work/trace" --preset ddr9
run_polynic 2 memory "$work/trace" --set nonsense=1
run_polynic 2 memory "$work/nowhere"

finish
