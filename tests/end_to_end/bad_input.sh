#!/bin/sh
# What is wrong with the input is said with place and remedy, with exit status 2, and never crashes.
set -u
. tests/end_to_end/lib/checks.sh

quickstart=scenarios/quickstart/card.ini
refused() { # MESSAGE ARGUMENT ...
    message=$1
    shift
    run_polynic 2 run $quickstart --out "$work/run" "$@"
    says "$message"
    [ ! -e "$work/run/report.json" ] || fail "a report was written for: $*"
}

refused "no-such-file.pcap" --capture no-such-file.pcap
: >"$work/empty.pcap"
refused "empty.pcap" --capture "$work/empty.pcap"
echo "this is no capture" >"$work/text.pcap"
refused "text.pcap" --capture "$work/text.pcap"
refused "no-such-image" --set processor.pp.firmware=no-such-image
cp README.md "$work/text.elf"
refused "text.elf" --set "processor.pp.firmware=$work/text.elf"
cp /bin/ls "$work/host.elf"
refused "not an RV32 ELF" --set "processor.pp.firmware=$work/host.elf"
head -c 1000 build/firmware/tcp4.elf >"$work/cut.elf"
refused "cut.elf" --set "processor.pp.firmware=$work/cut.elf"
refused "did you mean 'count'" --set processor.pp.cuont=4
run_polynic 2 run no-such-scenario.ini
says "no-such-scenario.ini"

# A capture that is cut is replayed up to there, with a warning.
head -c 300000 traces/samples/web.pcap >"$work/cut.pcap"
run_polynic 0 run $quickstart --capture "$work/cut.pcap" --out "$work/cut"
says "cut.pcap"
check_json "$work/cut/report.json" '.accounting == "ok" and (.warnings | length) > 0'
check_json "$work/cut/report.json" '.payload.mismatched_bytes == 0 and .frames.offered > 0'

if have_captures; then
    for file in "$CAPTURES"/public/bad-*; do
        status=0
        timeout 300 "$POLYNIC" run $quickstart --capture "$file" --out "$work/bad" >"$work/out" 2>"$work/err" ||
            status=$?
        case $status in
        0 | 2) ;;
        *) fail "$file: exit status $status" ;;
        esac
        grep -qF "$(basename "$file")" "$work/err" || fail "$file: no message names it"
    done
fi
finish
