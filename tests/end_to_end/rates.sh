#!/bin/sh
# Rates, passes, copies and flow control: what was asked is what was reached, to the last frame; whatever the rate,
# every byte arrives.
set -u
. tests/end_to_end/lib/checks.sh

# card CAPTURE PROCESSORS KEY=VALUE ... : on the quickstart card; report in $report
card() {
    file=$1 count=$2
    shift 2
    name=$(basename "$file" .pcap)-$count-$(echo "$*" | tr -c 'a-z0-9\n' -)
    report=$work/$name/report.json
    sets=
    for key; do sets="$sets --set $key"; done
    # shellcheck disable=SC2086
    run_polynic 0 run scenarios/quickstart/card.ini --capture "$file" --out "$work/$name" \
        --set "processor.pp.count=$count" $sets
}

whole() { # every byte, every connection
    check_json "$report" '.accounting == "ok"'
    check_json "$report" '.payload | .expected_bytes > 0 and .delivered_bytes == .expected_bytes and .mismatched_bytes == 0'
    check_json "$report" '.connections | .finished == .in_capture and .reset == 0'
}

clients=traffic.clients

# --- the rate asked for
for rate in pps=12345.6 mbps=7.5 multiplier=0.5 multiplier=2; do
    card traces/samples/web.pcap 4 $clients.$rate
    whole
    check_json "$report" '.rates[0] | .kind == "'${rate%=*}'" and .asked == '${rate#*=}
    # A bit time of 0.1 ns at both ends is all that may be missing.
    check_json "$report" '.rates[0] | (.reached_'${rate%=*}' / .asked - 1) | fabs < 1e-6'
    check_json "$report" '.rates[0].flow_control == false'
done
card traces/samples/upload.pcap 4 $clients.topspeed=yes
whole
check_json "$report" '.rates[0] | .kind == "topspeed" and .asked == null and .flow_control'
check_json "$report" '.drops == []'

# --- limit, duration, passes, copies
card traces/samples/web.pcap 4 $clients.limit=500
check_json "$report" '.traffic.toward_card == 500'
card traces/samples/web.pcap 4 $clients.duration=10ms
check_json "$report" '.traffic.frames_after_duration > 0 and .rates[0].span_ns <= 10000000'
check_json "$report" '.payload | .delivered_bytes == .expected_bytes'
for rate in topspeed=yes mbps=9000; do # what waits for windows, too
    card traces/samples/upload.pcap 1 $clients.$rate $clients.duration=200us
    check_json "$report" '.traffic.frames_after_duration > 0 and .rates[0].span_ns <= 210000'
    check_json "$report" '.payload | .expected_bytes > 0 and .delivered_bytes == .expected_bytes'
    check_json "$report" '.traffic | .toward_card == .frames_captured + .acknowledgements_merged + .frames_left_out + .frames_after_duration'
done
card traces/samples/web.pcap 4 $clients.loop=3 $clients.copies=2
whole
check_json "$report" '.connections.in_capture == 6 * 192'
[ "$(tail -n +2 "$work/$name/connections.csv" | cut -d, -f1-4 | sort -u | wc -l)" = 1152 ] ||
    fail "the copies share addresses and ports"

# --- what can't be
run_polynic 2 run scenarios/quickstart/card.ini --set $clients.pps=1 --set $clients.mbps=1 --set $clients.topspeed=yes
says "expected one of multiplier, mbps, pps and topspeed"
run_polynic 2 run scenarios/quickstart/card.ini --set $clients.loop=0
says "give a duration or a limit"
run_polynic 2 run scenarios/quickstart/card.ini --capture - --set $clients.loop=2 </dev/null
says "standard input can't be read again"
mkfifo "$work/pipe"
run_polynic 2 run scenarios/quickstart/card.ini --capture "$work/pipe" --set $clients.loop=2
says "can't be read again"

# --- PAUSE is repeated in time, or the scenario is wrong
run_polynic 2 run scenarios/quickstart/card.ini --capture traces/samples/upload.pcap --set $clients.topspeed=yes \
    --set port.eth0.pause_time=405
says "give 406 or more"
card traces/samples/upload.pcap 1 $clients.topspeed=yes $clients.copies=4 port.eth0.pause_time=406
whole
check_json "$report" '.drops == [] and ([.parts[] | select(.name == "eth0") | .statistics.tx_pause] | add) > 10'

# --- a frame that is on the wire for longer than the run lingers
card traces/samples/upload.pcap 4 port.eth0.speed=10Mbit/s $clients.linger=1ms $clients.limit=100
check_json "$report" '.traffic.frames_captured == 100'
run_polynic 2 run scenarios/quickstart/card.ini --set $clients.topspeed=yes --set port.eth0.rx_fifo=8KiB
says "too small for flow control"

# --- standard input
run_polynic 0 run scenarios/quickstart/card.ini --capture - --out "$work/stdin" <traces/samples/web.pcap
run_polynic 0 run scenarios/quickstart/card.ini --capture traces/samples/web.pcap --out "$work/file"
for part in payload connections latency rates; do
    [ "$(jq -c .$part "$work/stdin/report.json")" = "$(jq -c .$part "$work/file/report.json")" ] ||
        fail "standard input gives another $part than the file"
done

# --- without flow control, a card that can't keep up drops; repair = off leaves connections behind, and names them
slow="processor.pp.clock=100MHz processor.pp.rx_buffers=16 $clients.multiplier=50"
card traces/samples/upload.pcap 1 $slow
whole
check_json "$report" '.frames.dropped > 0 and .frames.repaired > 0'
card traces/samples/upload.pcap 1 $slow $clients.repair=off
check_json "$report" '.frames.dropped > 0 and .frames.repaired == 0'
check_json "$report" '.connections.finished < .connections.in_capture'
check_json "$report" '[.warnings[] | select(test("did not reach its end: .* port [0-9]+ -> .* the card has not acknowledged"))] | length > 0'
card traces/samples/upload.pcap 1 $slow $clients.flow_control=on port.eth0.rx_fifo=48KiB
whole
check_json "$report" '.frames.dropped == 0 and .frames.repaired == 0'
check_json "$report" '[.parts[] | select(.name == "eth0")][0].statistics | .tx_pause > 0 and .rx_paused_ps > 0'

if have_captures; then
    own=$CAPTURES/own/own-dev
    for processors in 1 4 16; do
        for capture in web-64 bulk-up bulk-down lossy short clients-256 udp-mix ipv6; do
            firmware=tcp4
            [ $capture = ipv6 ] && firmware=dual
            card $own-$capture.pcap $processors processor.pp.firmware=$firmware
            whole
            card $own-$capture.pcap $processors $clients.topspeed=yes processor.pp.firmware=$firmware
            whole
            # Ten times the captured rate is too much for one processor: clients are patient, and try again. Nobody
            # sends a datagram again, so their senders wait.
            flow_control=off
            [ $capture-$processors = udp-mix-1 ] && flow_control=on
            card $own-$capture.pcap $processors $clients.multiplier=10 $clients.refuse_after=30s \
                $clients.flow_control=$flow_control processor.pp.firmware=$firmware
            whole
        done
    done
    for multiplier in 5 20 50; do
        card $own-ipv6.pcap 1 $clients.multiplier=$multiplier processor.pp.firmware=dual
        whole
    done
    # The processors are the limit: twice and four times as many do the work.
    for processors in 1 2 4; do
        card $own-bulk-up.pcap $processors $clients.topspeed=yes $clients.copies=16 processor.pp.clock=200MHz
        whole
        check_json "$report" '.drops == []'
        eval "rate_$processors=$(jq .throughput.application_bits_per_s "$report")"
    done
    # shellcheck disable=SC2154
    awk "BEGIN { exit !($rate_2 >= 1.7 * $rate_1 && $rate_4 >= 3 * $rate_1) }" ||
        fail "application rates $rate_1, $rate_2, $rate_4 on 1, 2, 4 processors"
    # Memory does not grow with the capture.
    card $own-bulk-up.pcap 4 $clients.loop=4
    few=$(jq .peak_memory_bytes "$work/$name/speed.json")
    card $own-bulk-up.pcap 4 $clients.loop=24
    whole
    many=$(jq .peak_memory_bytes "$work/$name/speed.json")
    [ "$many" -lt $((few * 5 / 4)) ] || fail "24 passes take $many bytes of memory, 4 take $few"
fi
finish
