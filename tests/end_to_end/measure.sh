#!/bin/sh
# [measure]: figures of a part of the run; the run itself is the same.
set -u
. tests/end_to_end/lib/checks.sh

scenario=scenarios/generate/imix.ini
long="--set traffic.clients.limit=40k"
measured() { # NAME KEY=VALUE ...: with these keys of [measure]; report in $work/NAME/report.json
    name=$1
    shift
    printf '[scenario]\nbase = %s\n[measure]\n' "$PWD/$scenario" >"$work/$name.ini"
    for key; do echo "$key" >>"$work/$name.ini"; done
    # shellcheck disable=SC2086
    run_polynic 0 run "$work/$name.ini" $long --no-page --out "$work/$name" ${extra:-}
    check_json "$work/$name/report.json" '.accounting == "ok"'
    check_json "$work/$name/report.json" '.ended == "cooldown over" or (.payload | .verified and .expected_bytes > 0)'
}
value() { jq -r "$2" "$work/$1/report.json"; }

# shellcheck disable=SC2086
run_polynic 0 run $scenario $long --no-page --out "$work/whole" --tx-pcap "$work/whole.pcap"
check_json "$work/whole/report.json" '.measured_window_ns == null and (has("measure") | not)'

# --- time: two windows that meet, and the run is the same
extra="--tx-pcap $work/first.pcap"
measured first duration=20ms
extra=
measured second warmup=20.01ms
cmp "$work/whole.pcap" "$work/first.pcap" || fail "measuring changes what the card sends"
check_json "$work/first/report.json" '.measured_window_ns == 20e6 and .measure.is_full and .warnings == []'
[ "$(value first .measure.to_ns)" = "$(value second .measure.from_ns)" ] || fail "the windows do not meet"
[ "$(value first .frames.in_flight)" = "$(value second .frames.in_flight_before)" ] || fail "frames in flight differ where they meet"
# Without a warm-up it begins 10 us after the first frame: ten frames or so are in neither.
before=$(($(value whole .frames.offered) - $(value first .frames.offered) - $(value second .frames.offered)))
[ $before -gt 0 ] && [ $before -lt 40 ] || fail "$before frames are in no window"
ahead=$(($(value whole .frames.delivered) - $(value first .frames.delivered) - $(value second .frames.delivered)))
[ $((before - ahead)) = "$(value first .frames.in_flight_before)" ] || fail "frames before the first window are not accounted for"
for part in eth0 pci pp3 hostdma; do # counters add up, but for what was before the first
    for name in rx_frames busy_ps bytes instructions frames; do
        sum=".parts[] | select(.name == \"$part\") | .statistics.$name // 0"
        [ "$(($(value first "$sum") + $(value second "$sum")))" -le "$(value whole "$sum")" ] || fail "$part: $name adds up to more than all"
    done
done
check_json "$work/first/report.json" '[.processors[] | .busy_share] | all(. > 0 and . < 1)'
check_json "$work/first/report.json" '(.throughput.delivered_bits_per_s / (8 * (.frames.delivered_bytes + 4 * .frames.delivered) / 20e-3) - 1) | fabs < 1e-6'
check_json "$work/first/report.json" '.latency.receive.count == .frames.delivered'
check_json "$work/first/report.json" '.measure.delivered_bits_per_s as $d | ($d.mean - .throughput.delivered_bits_per_s | fabs) < $d.half_width_95 and $d.half_width_95 > 0'

# --- frames; the same however far cores run ahead
measured frames 'warmup=5k frames' 'duration=10k frames' 'cooldown=1k frames'
check_json "$work/frames/report.json" '.frames.offered | . >= 10000 and . < 10040'
check_json "$work/frames/report.json" '.ended == "cooldown over" and .simulated_time_ns < 18e6'
extra="--set sim.run_ahead=no"
measured exact 'warmup=5k frames' 'duration=10k frames' 'cooldown=1k frames'
extra=
[ "$(value frames 'del(.scenario)')" = "$(value exact 'del(.scenario)')" ] || fail "running ahead changes what is measured"

# --- connections
scenario=scenarios/generate/web.ini
long=
measured connections 'warmup=100 connections' 'duration=200 connections'
check_json "$work/connections/report.json" '[.processors[].sessions] | add | . > 190 and . < 215'
check_json "$work/connections/report.json" '.connections.finished == 500 and .measure.is_full'

# --- what is not as asked is told
measured short warmup=1ms duration=10s
says "over before the duration"
check_json "$work/short/report.json" '.measure.is_full == false'
measured late warmup=10s
says "over before the warm-up"
printf '[scenario]\nbase = %s\n[measure]\nwarmup = 5 apples\nduration = 5us\n' "$PWD/$scenario" >"$work/wrong.ini"
run_polynic 2 run "$work/wrong.ini"
says "wrong.ini:4: measure: warmup"
says "expected a time (5ms), frames (10k frames) or connections"
says "expected 10us or more"
printf '[scenario]\nbase = %s\n[measure]\nwarmup = 5ms\ncooldown = 5ms\n' "$PWD/$scenario" >"$work/wrong.ini"
run_polynic 2 run "$work/wrong.ini"
says "comes after a duration"

# --- a load that the card can't bear: latencies grow through the window
scenario=scenarios/generate/imix.ini
long="--set traffic.clients.limit=20k --set processor.pp.count=1 --set processor.pp.rx_buffers=1024 --set traffic.clients.pps=550k"
extra="--set memory.packet.size=128MiB"
name=load
printf '[scenario]\nbase = %s\n[measure]\nwarmup = 100us\nduration = 5ms\n' "$PWD/$scenario" >"$work/load.ini"
# shellcheck disable=SC2086
run_polynic 0 run "$work/load.ini" $long $extra --no-page --out "$work/load"
says "is not stationary"
finish
