# hash.sh - Toeplitz against Microsoft's verification suite, and the imbalance of few queues on small tables.
part="Hash"
. tests/validate/lib.sh

suite="Microsoft RSS verification suite"
# source, destination (an IPv6 address in brackets), each with its port; hash of the addresses, hash with TCP ports
while read -r source destination plain with_ports; do
    ours=$("$POLYNIC" hash --vector toeplitz microsoft "$source" "$destination")
    line "Toeplitz, $source -> $destination" "$suite" "$with_ports" "$ours" exact
    from=$(echo "$source" | sed 's/:[0-9]*$//; s/[][]//g') to=$(echo "$destination" | sed 's/:[0-9]*$//; s/[][]//g')
    ours=$("$POLYNIC" hash --vector toeplitz microsoft "$from" "$to")
    line "Toeplitz, $from -> $to" "$suite" "$plain" "$ours" exact
done <<END
66.9.149.187:2794 161.142.100.80:1766 323e8fc2 51ccc178
199.92.111.2:14230 65.69.140.83:4739 d718262a c626b0ea
24.19.198.95:12898 12.22.207.184:38024 d2d0a5de 5c2b394a
38.27.205.30:48228 209.142.163.6:2217 82989176 afc7327f
153.39.163.191:44251 202.188.127.2:1303 5d1809c5 10e828a2
[3ffe:2501:200:1fff::7]:2794 [3ffe:2501:200:3::1]:1766 2cc18cd5 40207d3d
[3ffe:501:8::260:97ff:fe40:efab]:14230 [ff02::1]:4739 0f0c461c dde51bbf
[3ffe:1900:4545:3:200:f8ff:fe21:67cf]:44251 [fe80::200:f8ff:fe21:67cf]:38024 4b61e985 02d1feef
END

there=$("$POLYNIC" hash --vector toeplitz symmetric 10.1.2.3:4660 192.168.7.9:80)
back=$("$POLYNIC" hash --vector toeplitz symmetric 192.168.7.9:80 10.1.2.3:4660)
line "Toeplitz with the key 6d5a 20 times: hash of the other direction" "symmetric RSS (Woo, Park 2012)" \
    "$there" "$back" exact

# How much less the least queue gets than the most: by entries of the table, and by the frames of 100,000 flows.
kernel="Linux, RSS self test"
quietly "$POLYNIC" trace generate "$work/flows.pcap" flows=100000 pps=1M limit=200k
quietly "$POLYNIC" hash "$work/flows.pcap" --hash toeplitz --table 8,16 --processors 3 --json
cp "$said" "$work/hash.json"
for entries in "8 33 33.33" "16 16 16.67"; do
    # shellcheck disable=SC2086
    set -- $entries
    quietly "$POLYNIC" run tests/validate/wire.ini --out "$work/run" --no-page --quiet --set processor.pp.count=3 \
        --set dispatch.rx.table="$1" --set traffic.clients.limit=1000
    ours=$(awk -F, '$2 == "table" { entries[$5]++ } END {
        for (queue in entries) {
            if (entries[queue] > most) most = entries[queue]
            if (!least || entries[queue] < least) least = entries[queue]
        }
        print int(100 * (most - least) / most)
    }' "$work/run/dispatch.csv")
    line "three queues on $1 entries: entries differ by, whole per cent" "$kernel" "$2" "$ours" exact
    ours=$(jq ".choices[] | select(.table == $1) | [.loads[].frames] | 100 * (max - min) / max * 100 | round / 100" \
        "$work/hash.json")
    line "three queues on $1 entries: frames of 100,000 flows differ by, per cent" "$kernel" "$3" "$ours" "10 %"
done
