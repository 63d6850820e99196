#!/bin/sh
# 64 processors and four ports of 100 Gbit/s for 10 ms: all frames accounted, and the throughput of the bottleneck that the
# scenario computes by hand.
set -u
. tests/end_to_end/lib/checks.sh

report=$work/run/report.json
scale=scenarios/requirements/four-100g-ports.ini

# Within 3 per cent of so many frames a second, over the 10 ms that they were sent.
near() { # FRAMES_PER_S
    check_json "$report" ".accounting == \"ok\" and .payload.mismatched_bytes == 0 and
        (.throughput.delivered_bits_per_s / (8 * 1518) / $1 - 1 | fabs) < 0.03"
}

# The wires are the limit: nothing is dropped.
run_polynic 0 run $scale --no-page --out "$work/run"
near 32509752
check_json "$report" '.frames.dropped == 0 and .frames.in_flight == 0 and .payload.verified'
# 10 ms at each port, the first frame at 0: the one that begins at 81,274 * 123.04 ns = 9,999,953 ns is the last.
check_json "$report" '.frames.offered >= 4 * 81275 and .frames.offered <= 4 * 81276'

# The first DMA is the limit: what it can't take is dropped at the ports by name.
run_polynic 0 run $scale --no-page --out "$work/run" --set receive_dma.rxdma.setup=400
near 20000000
check_json "$report" '.frames.dropped > 100000 and ([.drops[] | select(.reason == "fifo_full") | .frames] | add) == .frames.dropped'

finish
