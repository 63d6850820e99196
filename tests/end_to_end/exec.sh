#!/bin/sh
# exec.sh POLYNIC - runs compiled programs through `polynic exec` and compares what it says, and its status.
polynic=${1:-build/polynic}
here=$(dirname "$0")/../firmware
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
compile="riscv64-unknown-elf-gcc -march=rv32imc -mabi=ilp32 -O2 -ffreestanding -nostartfiles -nostdlib
         -Wl,--no-warn-rwx-segments"

# expect STATUS PATTERN ARGUMENT ...: the exit status, and a line of output that matches
expect() {
    status=$1 pattern=$2
    shift 2
    "$polynic" exec "$@" >"$work/out" 2>&1
    got=$?
    if [ $got -ne "$status" ] || ! grep -Eq -- "$pattern" "$work/out"; then
        echo "exec.sh: exec $*: status $got (expected $status), or no line like '$pattern' in:"
        cat "$work/out"
        failures=$((failures + 1))
    fi
}

for program in sieve divide copy; do
    $compile -T "$here/firmware.ld" "$here/start.S" "$here/$program.c" -lgcc -o "$work/$program.elf" || exit 1
    expect 0 '^ipc 1.000$' "$work/$program.elf" --preset ideal
    for preset in ibex-small ibex-maxperf cv32e40p; do
        expect 0 '^instructions [1-9]' "$work/$program.elf" --preset $preset
        cp "$work/out" "$work/$program-$preset.whole"
    done
    # a trace runs the program one cycle at a time: the same figures
    "$polynic" exec "$work/$program.elf" --trace | tail -3 >"$work/traced"
    cmp -s "$work/traced" "$work/$program-ibex-small.whole" || {
        echo "exec.sh: $program: a traced run differs"
        failures=$((failures + 1))
    }
done
$compile -T "$here/firmware.ld" "$here/start.S" "$here/timer.S" -o "$work/timer.elf" || exit 1
expect 0 '^cycles 100[0-9][0-9]$' "$work/timer.elf"
expect 0 '^roi_cycles [1-9]' "$work/sieve.elf" --symbols roi_cycles,roi_instret
expect 0 '^roi_instret [1-9]' "$work/sieve.elf" --symbols roi_cycles,roi_instret
expect 3 'stopped by --max-cycles at 0x8000.*<main' "$work/sieve.elf" --max-cycles 1000000
expect 3 '^cycles 10000[0-2]$' "$work/sieve.elf" --max-cycles 100000
expect 0 '^instructions' "$work/sieve.elf" --ram 0x80000000:256KiB
expect 2 'lies outside the memory' "$work/sieve.elf" --ram 0x80000000:64KiB
expect 2 "no symbol 'roi_cycle'" "$work/sieve.elf" --symbols roi_cycle
expect 2 "did you mean 'ibex-small'" "$work/sieve.elf" --preset ibex-smal
expect 2 'expected BASE:SIZE' "$work/sieve.elf" --ram 64KiB
expect 2 'multiples of 4KiB' "$work/sieve.elf" --ram 0x80000000:100
expect 2 'expected a number' "$work/sieve.elf" --max-cycles -1
expect 2 'expected a number' "$work/sieve.elf" --max-cycles 0
expect 2 'is not an option' "$work/sieve.elf" --fast
expect 2 'needs a value' "$work/sieve.elf" --preset
expect 2 'expected one program'
expect 2 'expected one program' a b
expect 2 "can't read" "$work/none.elf"
expect 2 'not an RV32 ELF: machine is x86-64' "$polynic"
expect 2 'not an ELF' "$0"
expect 0 'max-cycles N' --help
for way in 1 2 3 4 5 6; do
    $compile -DWAY=$way -Ttext 0x1000 -Tdata 0x2000 "$here/ends.S" -o "$work/end$way.elf" || exit 1
done
expect 0 '^instructions 1$' "$work/end1.elf"
expect 1 'tohost 7 \(test 3\)' "$work/end2.elf"
expect 3 '^cycles 100[0-1]$' "$work/end3.elf" --max-cycles 1000
expect 4 'waits for ever: wfi at 0x00001000 <_start' "$work/end4.elf"
expect 1 'load access fault at 0x00001000 <' "$work/end5.elf"
expect 0 '^hello$' "$work/end6.elf"
expect 0 ' 00100073 *ebreak$| 9002 ebreak$' "$work/end1.elf" --trace
[ $failures -eq 0 ] && echo "exec.sh: all as expected"
exit $failures
