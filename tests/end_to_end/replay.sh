#!/bin/sh
# Captures through the whole card: every connection ends, every byte is verified, the frames that the card
# sends are sound, on one processor and on four.
set -u
. tests/end_to_end/lib/checks.sh

# replay CAPTURE PROCESSORS CONNECTIONS
replay() {
    name=$(basename "$1" .pcap)-$2
    out=$work/$name
    run_polynic 0 run scenarios/quickstart/card.ini --capture "$1" --set "processor.pp.count=$2" \
        --out "$out" --tx-pcap "$out.pcap"
    report=$out/report.json
    [ -e "$report" ] || { fail "$name: no report"; return; }
    check_json "$report" '.accounting == "ok"'
    check_json "$report" '.frames | .offered == .delivered + .consumed + .dropped + .in_flight'
    check_json "$report" '.frames.dropped == 0 and .frames.in_flight == 0'
    check_json "$report" '.payload.expected_bytes > 0'
    check_json "$report" '.payload | .delivered_bytes == .expected_bytes and .mismatched_bytes == 0'
    check_json "$report" ".connections | .opened == $3 and .finished == $3 and .reset == 0"
    check_json "$report" "([.processors[].sessions] | add) == $3"
    check_json "$report" ".processors | length == $2"
    [ "$2" = 1 ] || check_json "$report" '[.processors[] | select(.sessions > 0)] | length > 1'
    # A connection stays where it was opened: no tuple is listed for two processors.
    moved=$(tail -n +2 "$out/connections.csv" | cut -d, -f1-4,6 | sort | uniq -d | wc -l)
    [ "$moved" = 0 ] || fail "$name: $moved connections on more than one processor"
    bad=$(tshark -r "$out.pcap" -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE \
        -o udp.check_checksum:TRUE \
        -Y '_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0' \
        2>/dev/null | wc -l)
    [ "$bad" = 0 ] || fail "$name: $bad frames of the card are malformed or have bad checksums"
    [ "$(tshark -r "$out.pcap" 2>/dev/null | wc -l)" -gt 0 ] || fail "$name: the card sent nothing"
    # The remote systems of the replay lose nothing, so nothing must be sent twice.
    again=$(tshark -r "$out.pcap" -Y 'tcp.analysis.retransmission' 2>/dev/null | wc -l)
    [ "$again" = 0 ] || fail "$name: $again retransmissions"
}

for processors in 1 4; do
    replay traces/samples/web.pcap $processors 192
done
if have_captures; then
    for processors in 1 4; do
        replay $CAPTURES/own/own-dev-web-64.pcap $processors 1138
        replay $CAPTURES/own/own-dev-short.pcap $processors 2000
        replay $CAPTURES/own/own-dev-clients-256.pcap $processors 256
    done
fi
finish
