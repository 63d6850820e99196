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

# A closed row, a hit, a conflict (rochrababgco: the next row of a bank is 128 KiB on, two ranks of eight banks).
printf '# comment\n\n0x0 READ 0\n 40 read 1000 # a hit\n0x20000 READ 2000\n' >"$work/idle.trc"
run_polynic 0 memory "$work/idle.trc"
grep -q "mean 27.00 cycles (33.75 ns)" "$work/out" || fail "latencies of DDR3-1600: $(cat "$work/out")"
run_polynic 0 memory "$work/idle.trc" --json
check_json "$work/out" '.row_hits == 1 and .row_closed == 1 and .row_conflicts == 1 and .refreshes == 0'
check_json "$work/out" '.read_latency | .count == 3 and .min_cycles == 16 and .p50_cycles == 27 and .max_cycles == 38'
run_polynic 0 memory "$work/idle.trc" --preset=ddr4-2400 --json
check_json "$work/out" '.read_latency | .min_cycles == 22 and .p50_cycles == 39'
run_polynic 0 memory "$work/idle.trc" --set cl=21 --set trcd=13 --json
check_json "$work/out" '.read_latency | .min_cycles == 26 and .p50_cycles == 39 and .max_cycles == 50'
"$POLYNIC" memory - --set page=closed --json <"$work/idle.trc" >"$work/out" || fail "standard input is not read"
check_json "$work/out" '.row_closed == 3 and .reads == 3'

# Under load: sequential reads fill the pins but for refreshes; a request that finds its queue full waits.
awk 'BEGIN { for (i = 0; i < 20000; i++) printf "0x%x READ 0\n", i * 64 }' >"$work/load.trc"
run_polynic 0 memory "$work/load.trc" --set trefi=7800 --json
check_json "$work/out" '.peak_share > 0.97 and .peak_share < 0.98 and .delayed_requests > 0 and .row_hits > 19000'
cp "$work/out" "$work/first"
run_polynic 0 memory "$work/load.trc" --set trefi=7800 --json
cmp -s "$work/first" "$work/out" || fail "the same trace gives other figures"
run_polynic 0 memory "$work/load.trc" --queue 1 --json
check_json "$work/out" '.peak_share < 0.97'

# Long idle times cost nothing; the last cycle allowed.
printf '0 READ 0\n0 READ 1152921504606846976\n' >"$work/long.trc"
run_polynic 0 memory "$work/long.trc" --json
check_json "$work/out" '.reads == 2 and .refreshes > 100000000000000'

# What is wrong is told with its line, all of it at once.
printf '0x0 READ 0\nxyz READ 1\n0x40 FETCH 2\n0x40 READ\n0x40 READ -1\n0x10000000000000000 READ 1\n0 READ 0 0\n' >"$work/bad.trc"
run_polynic 2 memory "$work/bad.trc"
says "bad.trc:2: 'xyz': expected a hexadecimal address"
says "bad.trc:3: 'FETCH': expected READ or WRITE"
says "bad.trc:4: expected an address, READ or WRITE, and a cycle"
says "bad.trc:5: '-1': expected a cycle"
says "bad.trc:6: '0x10000000000000000'"
says "bad.trc:7: expected an address"
[ ! -s "$work/out" ] || fail "figures of a trace that is wrong"
head -c 300000 /dev/zero | tr '\0' 'x' >"$work/line.trc"
run_polynic 2 memory "$work/line.trc"
says "line.trc:1: a line of more than 200 characters"
yes bad | head -1000 >"$work/many.trc"
run_polynic 2 memory "$work/many.trc"
says "many.trc:20: 20 lines are wrong: the rest is not looked at"
: >"$work/empty.trc"
run_polynic 2 memory "$work/empty.trc"
says "holds no accesses"
run_polynic 2 memory "$work/missing.trc"
says "can't be opened"
run_polynic 2 memory "$work/idle.trc" --preset ddr9 --set cll=3 --set cl=1000 --queue 0
says "expected one of ddr3-1600, ddr4-2400, gddr5"
says "'cll' is no key of the part (did you mean 'cl'?)"
says "cl = 1000: out of range"
says "queue = 0: out of range"
run_polynic 2 memory "$work/idle.trc" --set mapping=rochrababgro --set trefi=300
says "mapping = rochrababgro: expected ro, ch, ra, ba, bg and co once each"
says "trefi = 300 clocks"
run_polynic 2 memory
says "name a trace first"

# On a card: DRAM on both buses, the same whether cores run ahead or not, and told in the report.
dram="--set memory.packet.controller=sdram --set memory.hostmem.controller=sdram --set memory.hostmem.part=ddr4-2400"
run_polynic 0 run scenarios/quickstart/card.ini --out "$work/dram" $dram
grep -q "Memory packet: .* of its bursts hit an open row" "$work/out" || fail "the report says nothing of DRAM"
check_json "$work/dram/report.json" '[.parts[] | select(.kind == "memory")] | length == 2 and all(
    .utilisation > 0 and .statistics.row_hits > 1000 and .statistics.row_closed > 0 and .statistics.refreshes > 1000)'
run_polynic 0 run scenarios/quickstart/card.ini --out "$work/step" $dram --set sim.run_ahead=no
for run in dram step; do
    jq 'del(.scenario)' "$work/$run/report.json" >"$work/$run.json"
done
cmp -s "$work/dram.json" "$work/step.json" || fail "running ahead changes the result with DRAM"

# DRAM answers later than static RAM, and slower DRAM later still; the bus is held for longer.
run_polynic 0 run scenarios/quickstart/card.ini --out "$work/sram" --set memory.packet.controller=sram
run_polynic 0 run scenarios/quickstart/card.ini --out "$work/slow" --set memory.packet.controller=sdram \
    --set memory.packet.cl=22 --set memory.packet.trcd=22
waited() {
    jq '.parts[] | select(.name == "packet").statistics.wait_cycles' "$work/$1/report.json"
}
[ "$(waited sram)" -lt "$(waited dram)" ] || fail "DRAM does not hold the bus for longer than static RAM"
[ "$(waited dram)" -lt "$(waited slow)" ] || fail "slow DRAM does not hold the bus for longer"
run_polynic 2 run scenarios/quickstart/card.ini --out "$work/bad" --set memory.packet.controller=sdram \
    --set memory.packet.rows=1000
says "1000: expected a power of two"

finish
