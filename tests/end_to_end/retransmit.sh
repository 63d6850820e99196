#!/bin/sh
# retransmit = card | host: what was sent and not acknowledged is kept in packet memory, or fetched from the host again.
set -u
. tests/end_to_end/lib/checks.sh

run() { # NAME SET ...
    name=$1
    shift
    run_polynic 0 run scenarios/requirements/retransmit.ini --out "$work/$name" --no-page "$@"
    check_json "$work/$name/report.json" '.accounting == "ok" and .payload.verified and
        .connections.finished == .connections.in_capture and .connections.reset == 0'
}
refetched() { jq '[.parts[] | select(.kind == "processor").statistics.refetched_bytes] | add' "$work/$1/report.json"; }

# Damaged acknowledgements: some of what was sent is sent again, and only the host still has it.
run host
run card --set processor.pp.retransmit=card
[ "$(refetched host)" -gt 1000 ] || fail "nothing was fetched again"
[ "$(refetched card)" -eq 0 ] || fail "the card fetched again what it kept"

# Nothing is lost, nothing is sent again. As many buffers as that are never taken at once suffice.
run clean --set traffic.clients.fcs_errors=0
[ "$(refetched clean)" -eq 0 ] || fail "fetched again what was not lost"
run few --set processor.pp.tx_buffers=4
[ "$(refetched few)" -gt 1000 ] || fail "nothing was fetched again with four buffers"

# IPv6, and the same whether cores run ahead or not.
run six --set processor.pp.firmware=dual --set traffic.clients.network=ipv6
[ "$(refetched six)" -gt 1000 ] || fail "nothing was fetched again with IPv6"
run step --set sim.run_ahead=no --set traffic.clients.connections=50
run ahead --set traffic.clients.connections=50
for name in step ahead; do
    jq 'del(.scenario)' "$work/$name/report.json" >"$work/$name.json"
done
cmp -s "$work/step.json" "$work/ahead.json" || fail "running ahead changes the result"

# Software that checksums would have to read what is not there.
run_polynic 2 run scenarios/requirements/retransmit.ini --out "$work/none" --set port.eth0.tx_checksum=no
says "processor pp0: retransmit: host: expected ports with tx_checksum = yes (eth0 has none)"

# So does the stack's own suite, natively and on the simulated core.
for suite in build/tests/stacks/test_tcp build/tests/stacks/test_ip build/tests/stacks/test_fuzz build/tests/image/test_tcp \
    build/tests/image-dual/test_tcp build/tests/image-dual/test_ip; do
    [ -x $suite ] || {
        echo "SKIPPED: $suite is not built"
        continue
    }
    RETRANSMIT_HOST=1 POLYNIC_FIRMWARE=build/firmware timeout 300 $suite >"$work/suite" 2>&1 || {
        fail "$suite with retransmit = host"
        grep ':[EF]:' "$work/suite" | head -5
    }
done

finish
