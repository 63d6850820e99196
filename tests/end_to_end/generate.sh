#!/bin/sh
# Generated traffic: every byte arrives, the seed decides all, and the same traffic as a capture gives the same.
set -u
. tests/end_to_end/lib/checks.sh

clients=traffic.clients

whole() {
    check_json "$1" '.accounting == "ok"'
    check_json "$1" '.payload | .verified and .expected_bytes > 0 and .delivered_bytes == .expected_bytes'
    check_json "$1" '.drops == []'
}

run_polynic 0 run scenarios/generate/imix.ini --out "$work/imix"
whole "$work/imix/report.json"
check_json "$work/imix/report.json" '.frames.offered >= 20000 and .traffic.frames_captured == 20000'
check_json "$work/imix/report.json" '.rates[0] | .kind == "pps" and .asked == 1e6 and (.reached_pps / .asked - 1 | fabs) < 0.03'
run_polynic 0 run scenarios/generate/web.ini --out "$work/web"
whole "$work/web/report.json"
check_json "$work/web/report.json" '.connections | .in_capture == 500 and .opened == 500 and .finished == 500'
check_json "$work/web/report.json" '.traffic | .server_bytes_sent == 500 * 2 * 8000 and .server_mismatched_bytes == 0'

# --- the same again, and another with another seed
run_polynic 0 run scenarios/generate/imix.ini --out "$work/again"
cmp "$work/imix/report.json" "$work/again/report.json" || fail "the same seed gives another report"
run_polynic 0 run scenarios/generate/imix.ini --out "$work/other" --set sim.seed=2
cmp -s "$work/imix/report.json" "$work/other/report.json" && fail "another seed gives the same report"

# --- as a capture: the frames are the same, and so is what becomes of them
run_polynic 0 trace generate "$work/imix.pcap" sizes=imix flows=1024 pps=1M arrivals=poisson limit=20k
run_polynic 0 trace generate "$work/imix2.pcap" sizes=imix flows=1024 pps=1M arrivals=poisson limit=20k
cmp "$work/imix.pcap" "$work/imix2.pcap" || fail "the same keys give another capture"
run_polynic 0 run scenarios/generate/imix.ini --capture "$work/imix.pcap" --set $clients.pps=0 --out "$work/replayed"
for what in .frames .latency .processors .payload; do
    jq -c "$what" "$work/imix/report.json" >"$work/a"
    jq -c "$what" "$work/replayed/report.json" >"$work/b"
    cmp "$work/a" "$work/b" || fail "$what differs between generated and replayed frames"
done
"$POLYNIC" trace generate - protocol=tcp network=ipv6 connections=20 cps=10k requests=3 response=50kB >"$work/v6.pcap"
run_polynic 0 run scenarios/quickstart/card.ini --capture "$work/v6.pcap" --set processor.pp.firmware=dual --out "$work/v6"
whole "$work/v6/report.json"
check_json "$work/v6/report.json" '.connections.finished == 20'

# --- answers; connections at other rates than their own; every size that RFC 2544 names
run_polynic 0 run scenarios/generate/imix.ini --out "$work/answers" --set $clients.answers=yes --set $clients.pps=200k \
    --set $clients.limit=2000
whole "$work/answers/report.json"
check_json "$work/answers/report.json" '[.parts[] | select(.name == "eth0") | .statistics.tx_frames] | add | . > 1990 and . <= 2000'
run_polynic 0 run scenarios/generate/web.ini --out "$work/top" --set $clients.topspeed=yes --set $clients.connections=100
whole "$work/top/report.json"
run_polynic 0 run scenarios/generate/imix.ini --out "$work/rfc" --set $clients.sizes=rfc2544 --set $clients.mbps=500 \
    --set $clients.pps=0 --set $clients.limit=2000
whole "$work/rfc/report.json"

# --- what can't be is told, all at once
run_polynic 2 run scenarios/generate/imix.ini --set $clients.pps=0 --set $clients.limit=0 --set $clients.copies=2 \
    --set $clients.loop=2 --set $clients.sizes=63
says "need a rate: give pps, mbps or topspeed"
says "has no end"
says "is not copied"
says "is not repeated"
says "frame sizes with FCS of 64 to 9022 bytes"
run_polynic 2 run scenarios/generate/imix.ini --set $clients.pps=0 --set $clients.topspeed=yes
says "at topspeed nothing arrives at random"
run_polynic 2 run scenarios/quickstart/card.ini --set $clients.capture=
says "needed by mode = replay"
run_polynic 2 trace generate "$work/no.pcap" size=64 pps=x
says "did you mean 'sizes'"
says "pps=x"
[ ! -e "$work/no.pcap" ] || fail "a capture was written for wrong keys"
run_polynic 2 trace generate "$work/no.pcap" protocol=tcp pps=5 connections=1
says "give cps"
finish
