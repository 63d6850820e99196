# ethernet.sh - frames back to back: how many a second, and when has the 10,000th come, and gone?
part="Ethernet at line rate"
. tests/validate/lib.sh

frames=10000
# bytes with FCS; frames a second at 10, 25 and 100 Gbit/s
while read -r bytes at_10 at_25 at_100; do
    for rate in "10 $at_10" "25 $at_25" "100 $at_100"; do
        gbit_s=${rate% *} published=${rate#* } what="$bytes bytes, ${rate% *} Gbit/s"
        quietly "$POLYNIC" run tests/validate/wire.ini --out "$work/run" --no-page --quiet \
            --set port.eth0.speed="${gbit_s}Gbit/s" --set traffic.clients.sizes="$bytes" \
            --set traffic.clients.limit=$frames
        ours=$(jq '.rates[0] | .frames / (.span_ns / 1e9) | floor' "$work/run/report.json")
        line "$what: frames/s" "RFC 2544; RFC 5180 A" "$published" "$ours" exact
        # 8 bytes of preamble and delimiter before each, 12 of gap behind it
        bit_fs=$((1000000 / gbit_s))
        published=$((((bytes + 20) * frames - 12) * 8 * bit_fs / 1000))
        ends=$("$programs/port_ends" "${gbit_s}000000000" "$bytes" $frames)
        line "$what: frame 10,000 received, ps" "IEEE 802.3: bits / rate" $published "${ends% *}" exact
        line "$what: frame 10,000 sent, ps" "IEEE 802.3: bits / rate" $published "${ends#* }" exact
    done
done <<END
64 14880952 37202380 148809523
128 8445945 21114864 84459459
256 4528985 11322463 45289855
512 2349624 5874060 23496240
1024 1197318 2993295 11973180
1280 961538 2403846 9615384
1518 812743 2031859 8127438
END
