#!/bin/sh
# polynic trace info: what it tells of captures whole, cut, empty and broken; and the samples themselves.
set -u
. tests/end_to_end/lib/checks.sh

info() { # STATUS ARGUMENT ...
    expected=$1
    shift
    run_polynic "$expected" trace info "$@"
}
prints() {
    grep -qF -- "$1" "$work/out" || fail "expected '$1' on standard output, got: $(cat "$work/out")"
}

# The samples, as text and as JSON.
info 0 traces/samples/web.pcap
prints "192 TCP: with SYN 192, without (midstream) 0, answered 192"
prints "the card is 10.0.0.2: serves 192 of 192 TCP connections that open"
[ ! -s "$work/err" ] || fail "a sound capture gives messages: $(cat "$work/err")"
info 0 traces/samples/mix.pcap --json
check_json "$work/out" '.card == "10.0.0.2 fd00:1::2" and .link_type == "Ethernet"'
check_json "$work/out" '.to_card_frames + .from_card_frames == .frames and .neither_frames == 0'
check_json "$work/out" '.ipv4 + .ipv6 + .arp + .other_network == .frames'
check_json "$work/out" '.fragments > 0 and .vlan_tagged > 0 and .icmp > 0 and .ends_early == false'

# Which side is the card can be said; it then holds for that side only.
info 0 traces/samples/mix.pcap --card 10.0.0.2 --json
check_json "$work/out" '.neither_frames > 0 and .card_found_by == "10.0.0.2, as given"'
info 0 traces/samples/mix.pcap --json --card 10.0.0.2 fd00:1::/64
check_json "$work/out" '.neither_frames == 0 and .card == "10.0.0.2 fd00:1::/64"'
info 0 traces/samples/web.pcap --card 192.0.2.1
says "no frame goes to the card, which is 192.0.2.1, as given; try --card auto"
info 2 traces/samples/web.pcap --card 10.0.0 fd00::/200
says "card: '10.0.0' is not an address"
says "0 to 128" # both at once

# Standard input, also of nanoseconds and from a pipe that is not a file.
cat traces/samples/short.pcap | "$POLYNIC" trace info - >"$work/out" 2>"$work/err" ||
    fail "standard input is not read"
prints "48 TCP: with SYN 48"
gzip -c traces/samples/short.pcap | "$POLYNIC" trace info - >"$work/out" 2>"$work/err" &&
    fail "a compressed capture is read"
says "standard input: is compressed: decompress it first"

# A capture that is cut: what is there counts, with a warning that names the record.
head -c 20000 traces/samples/short.pcap >"$work/cut.pcap"
info 0 "$work/cut.pcap" --json
says "cut.pcap: ends early: record"
check_json "$work/out" '.ends_early and (.warnings | length) == 1 and .frames > 200 and .frames < 300'
head -c 24 traces/samples/short.pcap >"$work/none.pcap"
info 0 "$work/none.pcap"
says "none.pcap: holds no frames"
head -c 23 traces/samples/short.pcap >"$work/header.pcap"
info 2 "$work/header.pcap"
says "header.pcap: the file's header can't be read"

# What is no capture, and what is no command.
: >"$work/empty.pcap"
info 2 "$work/empty.pcap"
says "is empty (0 bytes)"
info 2 README.md
says "README.md: is not a pcap or pcapng capture"
info 2 traces
says "is a directory"
info 2 no-such-file.pcap
says "no-such-file.pcap: can't be opened: No such file or directory"
info 2
says "name a capture first"
info 2 traces/samples/web.pcap --jason
says "unknown option '--jason'"
info 2 traces/samples/web.pcap --card
says "--card: expected addresses"
info 2 traces/samples/web.pcap traces/samples/mix.pcap
says "one capture at a time"
run_polynic 2 trace inform
says "unknown verb 'inform'"
run_polynic 0 trace --help
prints "usage: polynic trace info CAPTURE"
if [ -c /dev/full ]; then
    "$POLYNIC" trace info traces/samples/web.pcap >/dev/full 2>"$work/err" && fail "a full disk goes unnoticed"
    says "standard output can't be written"
fi

# The samples are what their maker makes, and an independent reader finds nothing wrong with them.
maker=$(dirname "$POLYNIC")/make-sample
if [ -x "$maker" ]; then
    mkdir "$work/samples"
    "$maker" "$work/samples" || fail "the samples can't be made"
    for sample in web short upload mix; do
        cmp "$work/samples/$sample.pcap" traces/samples/$sample.pcap || fail "$sample.pcap has changed"
    done
else
    echo "skipped: $maker is not built"
fi
if command -v tshark >/dev/null; then
    wrong='tcp.analysis.flags || _ws.malformed || tcp.checksum.status == 0 || udp.checksum.status == 0 ||
        ip.checksum.status == 0 || icmp.checksum.status == 0 || icmpv6.checksum.status == 0'
    for sample in traces/samples/*.pcap; do
        tshark -r "$sample" -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE \
            -o ip.check_checksum:TRUE -Y "$wrong" >"$work/wrong" 2>/dev/null
        [ ! -s "$work/wrong" ] || fail "tshark objects to $sample: $(head -3 "$work/wrong")"
    done
else
    echo "skipped: no tshark"
fi

if have_captures; then
    for file in "$CAPTURES"/own/*.pcap; do
        info 0 "$file" --json
        check_json "$work/out" '.neither_frames == 0 and .to_card_frames > 0 and .bad_checksums == 0'
    done
    for file in "$CAPTURES"/public/*.pcap*; do
        status=0
        "$POLYNIC" trace info "$file" >"$work/out" 2>"$work/err" || status=$?
        case $status:$(basename "$file") in
        2:19-*)
            says "interfaces of different link types"
            # The remedy in the message works.
            if command -v tshark >/dev/null; then
                tshark -r "$file" -Y 'frame.interface_id==0' -F pcap -w "$work/one.pcap" 2>/dev/null
                info 0 "$work/one.pcap"
            fi
            ;;
        2:bad-linktype.pcap) says "link type IEEE802_11_RADIO (127) is not supported" ;;
        2:bad-pcapng-*) says "the file's header can't be read" ;;
        0:bad-cut-* | 0:bad-absurd-* | 0:bad-caplen-gt-file*) says "ends early: record" ;;
        0:*) ;;
        *) fail "$file: exit status $status: $(cat "$work/err")" ;;
        esac
    done
fi
finish
