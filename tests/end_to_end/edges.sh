#!/bin/sh
# Cards at their limits do the same work, later: small queues, slow bridges, little host memory. Each of these once hung,
# or left connections behind.
set -u
. tests/end_to_end/lib/checks.sh

card() { # CAPTURE KEY=VALUE ...
    capture=$1
    shift
    sets=
    for key; do sets="$sets --set $key"; done
    # shellcheck disable=SC2086
    run_polynic 0 run scenarios/quickstart/card.ini --capture traces/samples/$capture.pcap --out "$work/run" $sets
    check_json "$work/run/report.json" '.ended == "traffic exhausted, everything at rest" and .accounting == "ok"'
    check_json "$work/run/report.json" '.connections.finished == .connections.in_capture and .payload.verified'
}

card upload processor.pp.host_queue=16 bus.pci.clock=1MHz
card web processor.pp.tx_queue=16 port.eth0.speed=10Mbit/s
card web bridge.hbi.latency=500ns
card web host.server.syscall_cycles=50
card web processor.pp.ring_slots=16 memory.hostmem.size=224KiB

# The card's own timers bring what is missing when nothing is under way: the run waits for them.
for multiplier in 50 80; do
    card web processor.pp.count=1 traffic.clients.multiplier=$multiplier
done

# Datagrams in fragments are handed to their owners above processor 127 too.
card_mix="processor.pp.count=200 dispatch.rx.table=4096 memory.packet.size=512MiB"
sets=
for key in $card_mix; do sets="$sets --set $key"; done
# shellcheck disable=SC2086
run_polynic 0 run scenarios/quickstart/card.ini --capture traces/samples/mix.pcap --out "$work/run" $sets
check_json "$work/run/report.json" '.payload.verified'
check_json "$work/run/report.json" '[.parts[] | select(.name == "pp142")][0].statistics.forwarded > 0'

# An engine that does not know all ports would send through another.
cat >"$work/ports.ini" <<END
[scenario]
base = $PWD/scenarios/quickstart/card.ini
[port eth1]
speed = 10Gbit/s
[traffic clients]
port = eth1
[transmit_dma txdma]
ports = eth1 eth0
END
run_polynic 2 check "$work/ports.ini"
says "expected all 2 ports of the card, in their order"

# A processor that stops before all are ready ends the run.
cat >"$work/stops.S" <<'END'
.globl _start
_start: ebreak
END
riscv64-unknown-elf-gcc -march=rv32imc -mabi=ilp32 -nostdlib -nostartfiles -Wl,-n,-Ttext=0x10000000,--no-warn-rwx-segments \
    -o "$work/stops.elf" "$work/stops.S" 2>/dev/null || fail "no program"
cat >"$work/stops.ini" <<END
[scenario]
base = $PWD/scenarios/quickstart/card.ini
[processor pp]
count = 3
[processor bad]
firmware = $work/stops.elf
END
run_polynic 1 run "$work/stops.ini" --out "$work/stops"
check_json "$work/stops/report.json" '.ended == "the processors never became ready"'

# A time limit is the same end for cores that run ahead and cores that don't.
for ahead in yes no; do
    run_polynic 0 run scenarios/quickstart/card.ini --out "$work/$ahead" --set sim.time_limit=12345600ns --set sim.run_ahead=$ahead
done
check_json "$work/yes/report.json" '.ended == "time limit"'
cmp "$work/yes/report.json" "$work/no/report.json" || fail "another report without running ahead"
finish
