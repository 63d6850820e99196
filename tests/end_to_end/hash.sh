#!/bin/sh
# polynic hash: what functions do with a capture, and that the simulation does the same.
set -u
. tests/end_to_end/lib/checks.sh

# Microsoft's RSS verification suite: source, destination, hash of the addresses, hash with ports.
while read -r source destination plain with_ports; do
    run_polynic 0 hash --vector toeplitz microsoft "$source" "$destination"
    [ "$(cat "$work/out")" = "$with_ports" ] || fail "$source -> $destination: $(cat "$work/out"), expected $with_ports"
    source=$(echo "$source" | sed 's/^\[\(.*\)\]:.*/\1/; t; s/:[0-9]*$//')
    destination=$(echo "$destination" | sed 's/^\[\(.*\)\]:.*/\1/; t; s/:[0-9]*$//')
    run_polynic 0 hash --vector toeplitz microsoft "$source" "$destination"
    [ "$(cat "$work/out")" = "$plain" ] || fail "$source -> $destination: $(cat "$work/out"), expected $plain"
done <<'END'
66.9.149.187:2794 161.142.100.80:1766 323e8fc2 51ccc178
199.92.111.2:14230 65.69.140.83:4739 d718262a c626b0ea
24.19.198.95:12898 12.22.207.184:38024 d2d0a5de 5c2b394a
38.27.205.30:48228 209.142.163.6:2217 82989176 afc7327f
153.39.163.191:44251 202.188.127.2:1303 5d1809c5 10e828a2
[3ffe:2501:200:1fff::7]:2794 [3ffe:2501:200:3::1]:1766 2cc18cd5 40207d3d
[3ffe:501:8::260:97ff:fe40:efab]:14230 [ff02::1]:4739 0f0c461c dde51bbf
[3ffe:1900:4545:3:200:f8ff:fe21:67cf]:44251 [fe80::200:f8ff:fe21:67cf]:38024 4b61e985 02d1feef
END
both_ways() { # FUNCTION KEY: the same number in both directions
    run_polynic 0 hash --vector "$1" "$2" 10.1.2.3:4660 192.168.7.9:80
    there=$(cat "$work/out")
    run_polynic 0 hash --vector "$1" "$2" 192.168.7.9:80 10.1.2.3:4660
    [ "$there" = "$(cat "$work/out")" ]
}
both_ways toeplitz symmetric || fail "toeplitz with the symmetric key is not"
both_ways symmetric-xor microsoft || fail "symmetric-xor is not"
both_ways symmetric-or-xor microsoft || fail "symmetric-or-xor is not"
both_ways toeplitz microsoft && fail "toeplitz with Microsoft's key is symmetric"
run_polynic 2 hash --vector toeplitz microsoft 10.0.0.1:1 10.0.0.2
run_polynic 2 hash --vector nonsense microsoft 10.0.0.1 10.0.0.2
run_polynic 2 hash --vector toeplitz 12x 10.0.0.1 10.0.0.2
run_polynic 2 hash --vector toeplitz
run_polynic 0 hash --list
[ "$(grep -cE '^[a-z0-9-]+ +[0-9]+ +[0-9]+' "$work/out")" = 12 ] || fail "twelve functions are not listed"

# A capture: all functions, table, CSV, JSON, pictures.
web=traces/samples/web.pcap
run_polynic 0 hash $web --csv "$work/web.csv" --plot "$work/web.svg"
grep -q "192 sessions" "$work/out" || fail "not 192 sessions"
[ "$(wc -l <"$work/web.csv")" = 45 ] || fail "not 11 functions x 4 numbers of processors"
grep -q "<svg" "$work/web.svg" || fail "no picture"
run_polynic 0 hash $web --hash toeplitz,symmetric-xor,symmetric-or-xor --key microsoft,symmetric --fields sdfn,sd --table 64,128 \
    --processors 1..4 --json --plot "$work/web.png"
file=$work/out
check_json "$file" '.choices | length == 3 * 2 * 2 * 2 * 4'
check_json "$file" '[.choices[] | select(.function != "toeplitz" or .key == "symmetric") | .both_directions_share] | min == 1'
check_json "$file" '[.choices[] | select(.function == "toeplitz" and .key == "microsoft" and .processors == 4) | .both_directions_share] | max < 0.9'
check_json "$file" '[.choices[] | ([.loads[].frames] | add)] | unique | length == 1'
check_json "$file" '[.choices[] | select(.processors == 1)] | all(.speed_up_bound == 1 and .frames_jain == 1)'
run_polynic 0 hash - --hash toeplitz --json <$web
check_json "$file" '.sessions == 192'
run_polynic 0 hash $web --hash program,toeplitz --processors 4 --json
check_json "$file" '.choices | .[0].loads == .[1].loads'
run_polynic 2 hash $web --hash toplitz --table 0 --processors 9..3
says "did you mean 'toeplitz'?"
says "--table 0"
says "--processors 9..3"
run_polynic 2 hash $web --fields sx
run_polynic 2 hash $web --hash symmetric-xor --fields sf
run_polynic 2 hash $web --plot "$work/x.pdf"
run_polynic 2 hash nowhere.pcap
(cd "$work" && cp "$OLDPWD/$web" "$(printf "a\nsystem('echo x > pwned')\n#'.pcap")" &&
    "$OLDPWD/$POLYNIC" hash "$(printf "a\nsystem('echo x > pwned')\n#'.pcap")" --plot evil.svg >/dev/null 2>&1)
[ -e "$work/pwned" ] && fail "a name ran a command"
[ -s "$work/evil.svg" ] || fail "no plot of a capture with an odd name"

# The simulation sends the frames where the comparison says: each processor's share of the sessions is the same.
run_polynic 0 hash $web --processors 4 --json
cp "$work/out" "$work/hash.json"
for function in toeplitz symmetric-xor symmetric-or-xor crc32c xor jenkins fnv1a sum; do
    run_polynic 0 run scenarios/quickstart/card.ini --set dispatch.rx.hash=$function --out "$work/run"
    said=$(jq -c ".choices[] | select(.function == \"$function\") | [.loads[].sessions]" "$work/hash.json")
    done=$(tail -n +2 "$work/run/connections.csv" | cut -d, -f6 | sort -n | uniq -c | awk '{ printf "%s%s", (NR > 1 ? "," : "["), $1 } END { print "]" }')
    [ "$said" = "$done" ] || fail "$function: sessions $done, said $said"
done

# With the processors as the limit, N of them do the work of one as often as the comparison allows, within 5 per cent.
if have_captures; then
    bulk=$CAPTURES/own/own-dev-bulk-up.pcap
    for function in toeplitz crc32c jenkins sum least-loaded; do
        run_polynic 0 hash $bulk --hash $function --processors 2,4,8 --json
        cp "$work/out" "$work/hash.json"
        for processors in 1 2 4 8; do
            run_polynic 0 run scenarios/quickstart/card.ini --capture $bulk --out "$work/run" --set processor.pp.clock=100MHz \
                --set dispatch.rx.hash=$function --set traffic.clients.topspeed=yes --set processor.pp.count=$processors
            check_json "$work/run/report.json" '.payload.verified and .drops == []'
            rate=$(jq .throughput.application_bits_per_s "$work/run/report.json")
            [ $processors = 1 ] && one=$rate && continue
            bound=$(jq ".choices[] | select(.processors == $processors) | .speed_up_bound" "$work/hash.json")
            awk "BEGIN { up = $rate / $one; exit !(up > 0.95 * $bound && up < 1.05 * $bound) }" ||
                fail "$function on $processors processors: $rate of $one bit/s, at most $bound times was said"
        done
    done
    # All functions over 2 to 16 processors.
    run_polynic 0 hash $CAPTURES/own/own-dev-clients-256.pcap --processors 2..16 --json --plot "$work/clients.svg"
    check_json "$work/out" '.sessions == 256 and (.choices | length) == 11 * 15'
    check_json "$work/out" '[.choices[] | select(.function | startswith("symmetric")) | .both_directions_share] | min == 1'
fi
finish
