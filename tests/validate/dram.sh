# dram.sh - the DRAM controller with its devices: its parts' timings, latencies when idle, and what DRAMsim3 makes of
# the same loads.
part="DRAM"
. tests/validate/lib.sh

files="DRAMsim3's device files (JEDEC)"
line "DDR3-1600 4Gb x8: tCK ps, CL-tRCD(RD)/(WR)-tRP, CWL, tRAS, tRFC, tREFI, tFAW, tRRD, tCCD, tWR, tRTP" "$files" \
    "1250 11-11/11-11 8 28 208 6240 24 5/5 4/4 12 6" "$("$programs/dram_part" ddr3-1600)" exact
line "DDR4-2400 8Gb x8: the same" "$files" "830 17-17/17-17 12 39 420 9360 26 4/6 4/6 18 9" \
    "$("$programs/dram_part" ddr4-2400)" exact
line "GDDR5 8Gb x32: the same" "$files" "667 24-24/20-24 7 56 74 3800 40 10/10 2/3 24 2" \
    "$("$programs/dram_part" gddr5)" exact

# figure JQ_EXPRESSION ARGUMENT ...: of the trace in $work/in
figure() {
    expression=$1
    shift
    "$POLYNIC" memory "$work/in" --json "$@" | jq "$expression"
}

# second WHAT ADDRESS: clocks of a second read, when the first, of a closed row, is long over; WHAT its row is to be
second() {
    printf '0x0 READ 0\n%s READ 1000\n' "$2" >"$work/in"
    figure "if .$1 == 1 then .read_latency.mean_cycles * 2 - $closed | round else null end" --preset "$part_name"
}

# Of an idle device: a read of a closed row; then of the next burst of its row, or of another row of its bank. DRAMsim3
# counts from the clock in which the controller takes the request, data sheets from the command in the next.
idle() { # PART NAME, then clocks of DRAMsim3 and ns of the data sheet: row hit, closed row, conflict
    part_name=$1 name=$2
    printf '0x0 READ 0\n' >"$work/in"
    closed=$(figure 'if .row_closed == 1 then .read_latency.max_cycles else null end' --preset "$part_name")
    hit=$(second row_hits 0x40)
    conflict=$(second row_conflicts 0x40000000)
    clock_ps=$(figure .clock_ps --preset "$part_name")
    for row in "row hit;$hit;$3;$4" "closed row;$closed;$5;$6" "row conflict;$conflict;$7;$8"; do
        IFS=';' read -r what ours clocks ns <<END
$row
END
        line "$name, idle, $what: clocks from request to last data" "DRAMsim3" "$clocks" "$ours" exact
        decimals=$(printf '%s' "${ns#*.}" | wc -c)
        line "$name, idle, $what: ns from command to last data" "CL, tRCD, tRP, burst of 8" "$ns" \
            "$(awk "BEGIN { printf \"%.${decimals}f\", ($ours - 1) * $clock_ps / 1000 + 1e-9 }")" exact
    done
}
idle ddr3-1600 DDR3-1600 16 18.75 27 32.50 38 46.25
idle ddr4-2400 DDR4-2400 22 17.4 39 31.5 56 45.7

# Loads of 64-byte requests. DRAMsim3's DDR3 files name the refresh interval so that its code takes 7800 clocks.
count=60000
sequential() { awk -v n=$count 'BEGIN { for (i = 0; i < n; i++) printf "0x%x READ 0\n", 64 * i }'; }
random() { # CLOCKS_BETWEEN; by a generator of its own (Park, Miller 1988), the same everywhere
    awk -v n=$count -v gap="$1" 'BEGIN {
        for (x = 7; i < n; i++) {
            x = (x * 16807) % 2147483647
            printf "0x%x READ %d\n", 64 * (x % 67108864), gap * i
        }
    }'
}
streams() { # BYTES_APART: a write of one, then a read of the other
    awk -v n=$count -v apart="$1" 'BEGIN {
        for (i = 0; i < n; i++) printf "0x%x %s 0\n", int(i / 2) * 64 + (i % 2 ? 0 : apart), i % 2 ? "READ" : "WRITE"
    }'
}
frames() { # 1536 bytes in slots of 2 KiB, each read when 32 more have been written
    awk -v n=$((count / 48)) 'BEGIN {
        for (frame = 0; frame < n; frame++) {
            for (i = 0; i < 24; i++) printf "0x%x WRITE 0\n", frame * 2048 + i * 64
            for (i = 0; i < 24 && frame >= 32; i++) printf "0x%x READ 0\n", (frame - 32) * 2048 + i * 64
        }
    }'
}
loaded() { # FIGURE PUBLISHED JQ_EXPRESSION, of the trace in $work/in
    line "DDR3-1600 loaded: $1" "DRAMsim3" "$2" "$(figure "$3 * 100 | round / 100" --set trefi=7800)" "3 %"
}
sequential >"$work/in"
loaded "sequential reads, per cent of 12.8 GB/s" 97.7 "100 * .peak_share"
random 0 >"$work/in"
loaded "random reads, per cent of the peak" 90.5 "100 * .peak_share"
streams $((4 * 8192)) >"$work/in"
loaded "equal reads and writes in different banks, per cent of the peak" 92.4 "100 * .peak_share"
streams $((16 * 8192)) >"$work/in"
loaded "equal reads and writes in one bank, per cent of the peak" 81.2 "100 * .peak_share"
frames >"$work/in"
loaded "1536-byte frames written and read in 2 KiB slots, per cent of the peak" 94.4 "100 * .peak_share"
random 16 >"$work/in"
loaded "random reads one per 16 clocks, mean ns" 56.7 .read_latency.mean_ns
random 8 >"$work/in"
loaded "random reads one per 8 clocks, mean ns" 66.8 .read_latency.mean_ns
