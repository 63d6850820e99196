#!/bin/sh
# validate.sh [--quick] [--out FILE.md] - holds the simulator to published figures and formulas: a line for each, with its
# source, the published value, ours, the deviation and a verdict. Every value of ours is measured here, by running the
# built program. --quick: shorter queues, one seed; other tolerances for them. --out: the table as Markdown too.
# Exit status: 0 all within tolerance, 1 some are not.
set -u
POLYNIC=${POLYNIC:-build/polynic}
RISCV=${RISCV:-riscv64-unknown-elf-}
here=tests/validate
quick= out=
while [ $# -gt 0 ]; do
    case $1 in
    --quick) quick=yes ;;
    --out) out=$2 && shift ;;
    *) echo "validate.sh: unknown option $1" >&2 && exit 2 ;;
    esac
    shift
done
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
lines=$work/lines

# REFERENCE | SOURCE | PUBLISHED | OURS | TOLERANCE (0: exact; a share; -: not judged) [| REMARK]
line() { printf '%s\n' "$*" >>"$lines"; }
tell() { [ ! -t 2 ] || printf '\r\033[K%s' "$1" >&2; }
run() { # NAME ARGUMENT ...: of the queue scenario
    name=$1
    shift
    timeout 600 "$POLYNIC" run $here/queue.ini --no-page --quiet --out "$work/$name" "$@" >"$work/$name.log" 2>&1 || {
        cat "$work/$name.log" >&2
        echo "validate.sh: run $name failed" >&2
    }
}
of() { jq -r "$2" "$work/$1/report.json" 2>/dev/null || echo missing; }

# --- Ethernet: from the first bit of frame 1 to the last bit of frame 10,000, at line rate ---------------
ethernet() {
    for size in 64 128 256 512 1024 1280 1518; do
        for gbits in 10 25 100; do
            tell "Ethernet $size bytes, $gbits Gbit/s"
            run wire --set traffic.clients.topspeed=yes --set traffic.clients.arrivals=constant \
                --set traffic.clients.flow_control=off --set traffic.clients.limit=10000 \
                --set traffic.clients.sizes=$size --set port.eth0.speed=${gbits}Gbit/s
            # 20 bytes of preamble, start delimiter and gap a frame; the last gap is not waited for
            expected=$(((10000 * (size + 20) - 12) * 8 * 1000 / gbits))
            line "Ethernet, frame 10,000 of $size bytes at $gbits Gbit/s: end, ps | IEEE 802.3, RFC 2544 |" \
                "$expected | $(of wire '.parts[] | select(.name == "eth0").statistics | .rx_last_ps - .rx_first_ps') | 0"
        done
    done
}

# --- Hash --------------------------------------------------------------------------------------------------
toeplitz() { # SOURCE DESTINATION PORT PORT ADDRESSES_ONLY WITH_PORTS
    line "Toeplitz, $1, addresses | Microsoft RSS verification suite | $5 |" \
        "$("$POLYNIC" hash --vector toeplitz microsoft "$1" "$2") | 0"
    case $1 in
    *:*) set -- "[$1]:$3" "[$2]:$4" "$6" ;;
    *) set -- "$1:$3" "$2:$4" "$6" ;;
    esac
    line "Toeplitz, $1 | Microsoft RSS verification suite | $3 |" \
        "$("$POLYNIC" hash --vector toeplitz microsoft "$1" "$2") | 0"
}
hashes() {
    tell "hash"
    toeplitz 66.9.149.187 161.142.100.80 2794 1766 323e8fc2 51ccc178
    toeplitz 199.92.111.2 65.69.140.83 14230 4739 d718262a c626b0ea
    toeplitz 24.19.198.95 12.22.207.184 12898 38024 d2d0a5de 5c2b394a
    toeplitz 38.27.205.30 209.142.163.6 48228 2217 82989176 afc7327f
    toeplitz 153.39.163.191 202.188.127.2 44251 1303 5d1809c5 10e828a2
    toeplitz 3ffe:2501:200:1fff::7 3ffe:2501:200:3::1 2794 1766 2cc18cd5 40207d3d
    toeplitz 3ffe:501:8::260:97ff:fe40:efab ff02::1 14230 4739 0f0c461c dde51bbf
    toeplitz 3ffe:1900:4545:3:200:f8ff:fe21:67cf fe80::200:f8ff:fe21:67cf 44251 38024 4b61e985 02d1feef
    "$POLYNIC" trace generate "$work/flows.pcap" flows=300000 limit=600000 pps=1M >/dev/null 2>&1
    for table in 8 16; do
        [ $table = 8 ] && most=0.333 || most=0.167
        ours=$("$POLYNIC" hash "$work/flows.pcap" --hash toeplitz --table $table --processors 3 --json --quiet |
            jq '.choices[0] | 1 - .sessions_min / .sessions_max')
        line "RSS, 3 queues on $table entries: least to most loaded differ by | Linux kernel, RSS self test | $most | $ours | 0.03"
    done
}

# --- Queues: the time in the processor's queue ---------------------------------------------------------------
service() { # NAME DEFINITION ...
    name=$1
    shift
    "${RISCV}gcc" -march=rv32imc -mabi=ilp32 -O2 -ffreestanding -nostdlib -nostartfiles -I. "$@" -DMEAN_US=1000 \
        -DLOG_TABLE="\"$work/table.h\"" -Wl,-n,-Ttext=0x10000000,--no-warn-rwx-segments,--no-relax \
        -o "$work/$name.elf" $here/service.c -lgcc || exit 2
}
mean() { awk '{ sum += $1; n++ } END { printf "%.1f", sum / n }'; }
queue() { # NAME PROGRAM LOAD_IN_PER_MILLE EXPECTED_US
    : >"$work/waits"
    : >"$work/tails"
    for seed in $seeds; do
        tell "$1 at load 0.$(($3 / 100)), seed $seed"
        run queue --set processor.pp.firmware="$work/$2.elf" --set traffic.clients.pps="$3" \
            --set traffic.clients.limit="$frames" --set sim.seed="$seed"
        of queue '.latency.receive.stages.queue.mean_ns / 100 | round / 10' >>"$work/waits"
        of queue '.latency.receive.stages.queue.p99_ns / 100 | round / 10' >>"$work/tails"
        [ "$(of queue '.frames.delivered')" = "$(of queue '.frames.offered')" ] || echo missing >>"$work/waits"
    done
    line "$1, load 0.$(($3 / 100)), service 1000 us: mean wait, us | queueing theory | $4 | $(mean <"$work/waits") | $tolerance |" \
        "$frames frames, seeds $seeds: $(tr '\n' ' ' <"$work/waits")"
}
queues() {
    if [ "$quick" ]; then
        frames=50000 seeds=1 tolerance=0.06
    else
        frames=1000000 seeds="1 2 3 4 5" tolerance=0.02
    fi
    awk 'BEGIN { for (i = 0; i < 1024; i++) printf "%d,\n", -log((1024 + i + 0.5) / 2048) * 65536 + 0.5 }' >"$work/table.h"
    service constant
    service exponential -DEXPONENTIAL=1
    service erlang -DEXPONENTIAL=1 -DERLANG=2
    queue "M/D/1" constant 500 500.0
    queue "M/D/1" constant 700 1166.7
    queue "M/M/1" exponential 500 1000.0
    # P(wait > t) = r exp(-(1 - r) t / s): the t of one in a hundred
    line "M/M/1, load 0.5: wait that 1 in 100 exceeds, us | queueing theory | $(awk 'BEGIN { printf "%.1f", 1000 * log(0.5 / 0.01) / 0.5 }') |" \
        "$(mean <"$work/tails") | $(awk "BEGIN { print 2 * $tolerance }")"
    queue "M/M/1" exponential 700 2333.3
    queue "M/G/1 (Erlang 2)" erlang 700 1750.0 # 1166.7 (1 + 1/2)
}

# --- Cores -------------------------------------------------------------------------------------------------------
core() { # NUMBER NAME SMALL MAXPERF CV32E40P; -: not told
    for preset in ibex-small ibex-maxperf cv32e40p; do
        case $preset in
        ibex-small) published=$3 source="Ibex, its RTL" ;;
        ibex-maxperf) published=$4 source="Ibex, its RTL" ;;
        *) published=$5 source="CV32E40P manual, Pipeline" ;;
        esac
        [ "$published" = - ] ||
            line "$preset, $2: cycles | $source | $published | $(awk -v n="$1" '$1 == n { print $2 }' "$work/$preset") | 0"
    done
}
cores() {
    tell "cores"
    "${RISCV}gcc" -march=rv32imc_zicsr -mabi=ilp32 -nostdlib -nostartfiles -Wl,--no-warn-rwx-segments \
        -T tests/firmware/firmware.ld -o "$work/core.elf" $here/core.S || exit 2
    for preset in ibex-small ibex-maxperf cv32e40p; do # N and the cycles of what follows `li t6, N`, at its last place
        "$POLYNIC" exec "$work/core.elf" --trace --preset $preset 2>&1 | awk '
            counts { cost[n] = $1 - at; counts = 0 }
            marked { at = $1; counts = 1; marked = 0 }
            /addi t6, zero/ { n = $NF; marked = n > 0 }
            END { for (n in cost) print n, cost[n] }' >"$work/$preset"
    done
    core 1 "integer" 1 1 1
    core 2 "CSR read" 1 1 1
    core 3 "CSR write, mscratch" 1 1 -
    core 16 "CSR write, another" 3 3 -
    core 4 "load" 2 1 1
    core 5 "store" 2 1 1
    core 6 "load that crosses a word" 3 2 2
    core 7 "store that crosses a word" 3 2 2
    core 22 "load, its value read next" 2 2 2
    core 21 "after a load, not reading it" 1 1 1
    core 8 "mul" 3 1 1
    core 9 "mulh" 4 2 5
    core 10 "div by 3" 37 37 33
    core 11 "div by 0" 2 2 35
    core 12 "branch not taken" 1 1 1
    core 13 "branch taken" 3 2 3
    core 14 "jump" 2 2 2
    core 15 "jump, indirect" 2 2 2
    core 20 "jump to four bytes at 2 modulo 4" 3 3 3
    core 17 "fence" 1 1 -
    core 19 "fence.i" 2 2 2
    core 18 "ecall" 3 3 -
    core 24 "mret" 3 3 -
    core 23 "compressed add" 1 1 1
}

# --- DRAM --------------------------------------------------------------------------------------------------------
memory() { # REFERENCE PUBLISHED TOLERANCE JQ ARGUMENT ...: of the trace in $work/trace
    reference=$1 published=$2 within=$3 expression=$4
    shift 4
    line "$reference | DRAMsim3 | $published | $("$POLYNIC" memory "$work/trace" --json "$@" 2>/dev/null | jq -r "$expression") | $within"
}
# Accesses of 64 bytes. Random addresses by a generator of its own, the same everywhere.
accesses() { # KIND COUNT CLOCKS_BETWEEN
    awk -v kind="$1" -v count="$2" -v gap="$3" 'BEGIN {
        x = 1
        for (i = 0; i < count; i++) {
            x = (x * 16807) % 2147483647
            operation = "READ"
            address = 64 * i
            if (kind == "random")
                address = 64 * (x % 16777216)
            if (kind == "banks" || kind == "bank") { # two streams, one read, one written
                operation = i % 2 ? "WRITE" : "READ"
                address = 64 * int(i / 2) + (i % 2) * (kind == "banks" ? 536870912 + 8192 : 536870912)
            }
            if (kind == "frames") { # 24 writes, then 24 reads of what was written 8 slots before
                slot = int(i / 48)
                operation = i % 48 < 24 ? "WRITE" : "READ"
                address = 2048 * ((operation == "READ" ? slot + 1016 : slot) % 1024) + 64 * (i % 24)
            }
            printf "0x%x %s %d\n", address, operation, gap * i
        }
    }' >"$work/trace"
}
drams() {
    tell "DRAM"
    for part in "ddr3-1600 27 16 38" "ddr4-2400 39 22 56"; do
        # shellcheck disable=SC2086
        set -- $part
        printf '0x0 READ 0\n' >"$work/trace"
        memory "$1 idle, row closed: clocks" "$2" 0 .read_latency.max_cycles --preset "$1"
        printf '0x0 READ 0\n0x40 READ 1000\n' >"$work/trace"
        memory "$1 idle, row hit: clocks" "$3" 0 .read_latency.min_cycles --preset "$1"
        printf '0x0 READ 0\n0x40000000 READ 1000\n' >"$work/trace"
        memory "$1 idle, row conflict: clocks" "$4" 0 .read_latency.max_cycles --preset "$1"
    done
    accesses sequential 100000 0
    memory "ddr3-1600, sequential reads: share of the peak" 0.977 0.03 .peak_share --set trefi=7800
    accesses random 20000 0
    memory "ddr3-1600, random reads: share of the peak" 0.905 0.03 .peak_share --set trefi=7800
    accesses banks 20000 0
    memory "ddr3-1600, reads and writes in different banks: share of the peak" 0.924 0.03 .peak_share --set trefi=7800
    accesses bank 20000 0
    memory "ddr3-1600, reads and writes in one bank: share of the peak" 0.812 0.03 .peak_share --set trefi=7800
    accesses frames 19968 0
    memory "ddr3-1600, frames of 1536 bytes in slots of 2 KiB: share of the peak" 0.944 0.03 .peak_share --set trefi=7800
    accesses random 20000 16
    memory "ddr3-1600, a random read each 16 clocks: mean latency, ns" 56.7 0.03 .read_latency.mean_ns --set trefi=7800
    accesses random 20000 8
    memory "ddr3-1600, a random read each 8 clocks: mean latency, ns" 66.8 0.03 .read_latency.mean_ns --set trefi=7800
}

# --- PCI Express: the bridge between two buses that are faster, measured by its own suite -----------------------
pcie() {
    tell "PCI Express"
    suite=$(dirname "$POLYNIC")/tests/models/test_bridge_pcie
    [ -x "$suite" ] || {
        echo "validate.sh: $suite is not built: run make unit T=pcie first" >&2
        exit 2
    }
    POLYNIC_FIGURES=1 "$suite" 2>&1 | grep '^figure' | sort -t '|' -k 2,2V >"$work/pcie"
    while IFS='|' read -r _ what published ours; do
        case $what in
        *tags*) source="min(formula, tags x size / round trip)" ;;
        *) source="SIGCOMM 2018, pcie-bench" ;;
        esac
        line "PCIe gen 3 x8, MPS 256, MRRS 512: $what: Gbit/s | $source | $published | $ours | 0.02"
    done <"$work/pcie"
}

[ -x "$POLYNIC" ] || {
    echo "validate.sh: $POLYNIC is not built: run make first" >&2
    exit 2
}
ethernet
hashes
queues
cores
drams
pcie
tell ""

awk -F ' *[|] *' -v markdown="$work/table.md" '
    BEGIN { print "| reference | source | published | ours | deviation | allowed | verdict |" >markdown
            print "| --- | --- | --- | --- | --- | --- | --- |" >markdown }
    {
        deviation = "none"
        verdict = "ok"
        if ($5 == 0) {
            if ($3 != $4) { deviation = "differs"; verdict = "FAIL" }
        } else {
            number = $4 ~ /^[0-9.eE+-]+$/
            share = number ? $4 / $3 - 1 : 9
            deviation = number ? sprintf("%+.2f %%", 100 * share) : "no figure"
            if (share > $5 || -share > $5) verdict = "FAIL"
            if (number && $4 + 0 != $4 "") $4 = sprintf("%.4g", $4)
        }
        failed += verdict == "FAIL"
        allowed = $5 == 0 ? "none" : sprintf("%g %%", 100 * $5)
        printf "%-4s  %-76s %14s %14s  %s\n", verdict, $1, $3, $4, deviation
        printf "| %s | %s | %s | %s | %s | %s | %s |\n", $1, $2, $3, $4, deviation, allowed, verdict >markdown
    }
    END { printf "%d figures, %d not within what is allowed\n", NR, failed; exit failed > 0 }' "$lines"
status=$?
if [ "$out" ]; then
    {
        echo "# Held to published figures"
        echo
        echo "Written by \`make validate\`: each figure of ours is measured by a run of the built program"
        echo "(tests/validate/validate.sh says how). Whole cards are in scenarios/published."
        echo
        cat "$work/table.md"
        awk -F ' *[|] *' 'NF > 5 { if (!n++) print "\nQueues, each seed:\n"; print "- " $1 ": " $6 }' "$lines"
    } >"$out.tmp" && mv "$out.tmp" "$out"
fi
exit $status
