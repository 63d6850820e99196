#!/bin/sh
# Programs of a user's own (requirement 30) and the runtime kernel in every processor (requirements 3, 13, 33).
set -u
. tests/end_to_end/lib/checks.sh

report=$work/run/report.json

# As stacks/FIRMWARE.md says: compiled against the hardware header alone, and given by its path.
riscv64-unknown-elf-gcc -march=rv32imc -mabi=ilp32 -O2 -ffreestanding -nostdlib -nostartfiles -I. \
    -Wl,-n,-Ttext=0x10000000,--no-warn-rwx-segments,--no-relax -o "$work/my.elf" stacks/examples/udp_receiver.c ||
    fail "the command of stacks/FIRMWARE.md does not build the example"
grep -q "^#include" stacks/examples/udp_receiver.c && [ "$(grep -c '^#include' stacks/examples/udp_receiver.c)" = 1 ] ||
    fail "udp_receiver.c includes more than the hardware header"
for firmware in udp-receiver "$work/my.elf"; do
    run_polynic 0 run scenarios/requirements/own-firmware.ini --no-page --out "$work/run" \
        --set "processor.pp.firmware=$firmware"
    check_json "$report" '.accounting == "ok" and .payload.verified and .frames.delivered == 20000 and
        ([.processors[].frames] | min) > 4000 and ([.parts[] | select(.kind == "processor") | .statistics.copies] | add) == 0'
done

# Beside lwIP: TCP at the stacks, UDP at the program.
cat >"$work/beside.ini" <<EOF
[scenario]
base = $PWD/scenarios/quickstart/card.ini
[port eth1]
[processor pp]
count = 2
speaks = tcp4
[processor mine]
count = 1
firmware = $work/my.elf
[traffic clients]
port = eth0
[traffic datagrams]
port = eth1
mode = generate
sizes = 300
pps = 100k
limit = 2000
EOF
run_polynic 0 run "$work/beside.ini" --no-page --out "$work/run"
check_json "$report" '.accounting == "ok" and .payload.verified and .connections.finished == .connections.in_capture and
    (.processors[] | select(.name == "mine0") | .frames) == 2000'

# What it does wrong stops it, not the run.
sed 's/owed == MOST_OWED/owed == 1000000/' stacks/examples/udp_receiver.c >"$work/wrong.c"
riscv64-unknown-elf-gcc -march=rv32imc -mabi=ilp32 -O2 -ffreestanding -nostdlib -nostartfiles -I. \
    -Wl,-n,-Ttext=0x10000000,--no-warn-rwx-segments,--no-relax -o "$work/wrong.elf" "$work/wrong.c"
run_polynic 1 run scenarios/requirements/own-firmware.ini --no-page --out "$work/run" \
    --set "processor.pp.firmware=$work/wrong.elf" --set traffic.clients.pps=2M
says "stopped: HW_HOST_POST with a cookie while 64 completions were not taken"
check_json "$report" '.accounting == "ok"'

# The tour of the runtime kernel: each processor tells the same of itself, and its trap is its own.
run_polynic 1 run scenarios/requirements/runtime-kernel.ini --no-page --out "$work/run" --console
for i in 0 1 2 3; do
    grep "^pp$i: " "$work/out" | sed "s/^pp$i: //; s/^start of processor $i /start of processor N /" >"$work/console$i"
    cmp -s "$work/console0" "$work/console$i" || fail "the console of pp$i differs from that of pp0"
done
{
    echo "start of processor N of 4"
    for tick in 1 2 3 4 5; do
        echo "ticks: tick $tick"
        echo "worker: bytes allocated 1004"
    done
    echo "worker: ticks counted 5"
} >"$work/expected"
head -12 "$work/console0" | cmp -s - "$work/expected" || {
    fail "the console is not that of the tour:"
    cat "$work/console0"
}
grep -q "^fault: cause 00000002 .* task worker$" "$work/console0" || fail "the trap was not reported by the kernel"
# Five ticks of 100 us by the timer interrupt, from the start-up on.
check_json "$report" '.parts | map(select(.kind == "processor")) | all(.statistics.wakes >= 5)'

finish
