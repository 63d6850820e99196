#!/bin/sh
# Captures that others took, and IPv6: each replays on the firmware that speaks both versions with every byte verified,
# or is refused with a reason; from a file, and from standard input.
set -u
. tests/end_to_end/lib/checks.sh

# replay CAPTURE PROCESSORS: on the card of dual.ini; report in $report, what it sent in $sent
replay() {
    name=$(basename "$1")-$2
    report=$work/$name/report.json sent=$work/$name.pcap
    run_polynic 0 run scenarios/quickstart/dual.ini --capture "$1" --set "processor.pp.count=$2" \
        --out "$work/$name" --tx-pcap "$sent"
    check_json "$report" '.accounting == "ok"'
    check_json "$report" '.frames | .offered == .delivered + .consumed + .dropped + .in_flight'
    check_json "$report" '.payload | .delivered_bytes == .expected_bytes and .mismatched_bytes == 0'
    check_json "$report" '.connections | .finished == .in_capture and .reset == 0'
    check_json "$report" '.traffic.server_mismatched_bytes == 0'
    bad=$(tshark -r "$sent" -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE \
        -Y 'ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0 || icmpv6.checksum.status == 0' \
        2>/dev/null | wc -l)
    [ "$bad" = 0 ] || fail "$name: $bad frames of the card have bad checksums"
}

# IPv4 on this firmware is as on tcp4.
replay traces/samples/web.pcap 4
check_json "$report" '.connections.finished == 192 and .drops == []'
replay traces/samples/mix.pcap 4
for type in icmp.type==8/icmp.type==0 icmpv6.type==128/icmpv6.type==129; do # each echo is answered once
    asked=$(tshark -r traces/samples/mix.pcap -Y "${type%/*}" 2>/dev/null | wc -l)
    answered=$(tshark -r "$sent" -Y "${type#*/}" 2>/dev/null | wc -l)
    [ "$asked" -gt 0 ] && [ "$answered" = "$asked" ] || fail "$answered answers to $asked of ${type%/*}"
done

if have_captures; then
    for processors in 1 4; do
        replay $CAPTURES/own/own-dev-ipv6.pcap $processors
        check_json "$report" '.connections.finished == 339 and .payload.delivered_bytes == 57018 and .drops == []'
        check_json "$report" '.traffic.server_bytes_sent == 1926561'
        # Solicitations reach every processor, and one answers.
        asked=$(tshark -r $CAPTURES/own/own-dev-ipv6.pcap -Y 'icmpv6.type == 135 && ipv6.dst != fd00:1::1' 2>/dev/null | wc -l)
        answered=$(tshark -r "$sent" -Y 'icmpv6.type == 136' 2>/dev/null | wc -l)
        [ "$answered" -le "$asked" ] || fail "$answered advertisements for $asked solicitations"
        again=$(tshark -r "$sent" -Y 'tcp.analysis.retransmission' 2>/dev/null | wc -l)
        [ "$again" = 0 ] || fail "ipv6 on $processors: $again retransmissions"
    done
    for file in "$CAPTURES"/public/[0-9]*; do
        case $file in
        */19-*) # libpcap refuses a second link type
            run_polynic 2 run scenarios/quickstart/dual.ini --capture "$file"
            says "link type"
            ;;
        */11-*) # what a SYN scan leaves half open fills the memory: some are refused, and that is what it shows
            run_polynic 0 run scenarios/quickstart/dual.ini --capture "$file" --out "$work/scan"
            check_json "$work/scan/report.json" '.connections | .in_capture == 1994 and .opened + .refused == 1994 and .finished == .opened'
            check_json "$work/scan/report.json" '[.drops[].reason] | unique == ["memory"]'
            ;;
        */20-*) # both ends have one address: no side is the card's
            run_polynic 0 run scenarios/quickstart/dual.ini --capture "$file" --out "$work/none"
            says "no frame shows which side is the card's"
            check_json "$work/none/report.json" '.traffic.toward_card == 0'
            ;;
        *)
            replay "$file" 4
            # The same from standard input.
            run_polynic 0 run scenarios/quickstart/dual.ini --capture - --set processor.pp.count=4 --out "$work/stdin" <"$file"
            [ "$(jq -c .traffic "$work/stdin/report.json")" = "$(jq -c .traffic "$report")" ] ||
                fail "$(basename "$file"): standard input gives other counts than the file"
            ;;
        esac
    done
fi
finish
