#!/bin/sh
# speed.sh - the simulator's own speed: frames a second for whole captures (each run three times, the fastest
# counts), instructions a second of the interpreter on compiled programs. Needs build/polynic and the firmware.
set -eu
polynic=${POLYNIC:-build/polynic}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

replay() { # NAME CAPTURE PROCESSORS
    best=0
    for round in 1 2 3; do
        "$polynic" run scenarios/quickstart/card.ini --quiet --capture "$2" --out "$work/run" \
            --set processor.pp.count="$3"
        speed=$(jq .frames_per_s "$work/run/speed.json")
        if [ "$speed" -gt "$best" ]; then
            best=$speed
            cp "$work/run/speed.json" "$work/best.json"
        fi
    done
    jq -r --arg name "$1" --arg processors "$3" \
        '"\($name), \($processors) processors: \(.frames_per_s) frames/s, \(.instructions_per_s / 1e6 | floor) M instructions/s, \(.events_per_s / 1e6 * 100 | floor / 100) M events/s"' \
        "$work/best.json"
}

echo "Replay (received and sent frames; instructions and events of the whole run):"
for processors in 1 4; do
    replay "samples/web" traces/samples/web.pcap $processors
    replay "samples/upload" traces/samples/upload.pcap $processors
    for name in web-64 bulk-up bulk-down; do
        capture=../shared/captures/own/own-dev-$name.pcap
        if [ -e "$capture" ]; then
            replay "$name" "$capture" $processors
        fi
    done
done

echo "Interpreter (polynic exec, ibex-small):"
for program in sieve copy divide; do
    [ -e "build/firmware/$program.elf" ] || continue
    began=$(date +%s%N)
    instructions=$("$polynic" exec "build/firmware/$program.elf" | awk '/^instructions/ { print $2 }')
    ended=$(date +%s%N)
    echo "$program: $((instructions * 1000 / (ended - began))) M instructions/s (the whole process, $instructions instructions)"
done
