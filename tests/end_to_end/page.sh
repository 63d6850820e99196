#!/bin/sh
# Pages: one file each that needs nothing else; what is wrong with a folder is said.
set -u
. tests/end_to_end/lib/checks.sh

run_polynic 0 run scenarios/quickstart/card.ini --out "$work/run"
page=$work/run/report.html
[ -s "$page" ] || fail "a run makes no page"
[ "$(grep -o '<svg' "$page" | wc -l)" = 5 ] || fail "not the card and four plots"
grep -qE '(src|href)="[^d#]' "$page" && fail "the page needs other files"
[ "$(grep -ci '<script' "$page")" = 1 ] || fail "not the one script that sorts"
grep -q 'No part was near its limit' "$page" || fail "no summary"

# Each plot is there as SVG, PDF and PNG, and its script makes all three again, where the folder is.
[ "$(cd "$work/run/plots" && echo *.gp)" = "latency.gp processors.gp stages.gp timeline.gp" ] || fail "other scripts"
[ -z "$(find "$work/run/plots" -name '.*' -type f)" ] || fail "unfinished files stay"
cp -r "$work/run/plots" "$work/again"
rm "$work"/again/*.svg "$work"/again/*.pdf "$work"/again/*.png
for script in "$work"/again/*.gp; do
    name=$(basename "$script" .gp)
    (cd "$work/again" && gnuplot "$name.gp") || fail "$name.gp does not run"
    for format in svg png; do
        cmp "$work/again/$name.$format" "$work/run/plots/$name.$format" || fail "$name.gp draws another $format"
    done
    [ "$(head -c 5 "$work/again/$name.pdf")" = "%PDF-" ] || fail "$name.gp does not make a PDF"
    [ "$(head -c 5 "$work/run/plots/$name.pdf")" = "%PDF-" ] || fail "no $name.pdf"
done
run_polynic 0 run scenarios/quickstart/card.ini --out "$work/bare" --no-page
[ -e "$work/bare/report.html" ] && fail "a page in spite of --no-page"
run_polynic 0 report "$work/bare"
cmp "$page" "$work/bare/report.html" || fail "another page from the same results"
sleep 1 # a PDF would tell the time
run_polynic 0 report "$work/bare"
diff -r "$work/run/plots" "$work/bare/plots" || fail "other plots from the same results"

# Without cairo there are SVGs and a warning; without gnuplot, or with one that fails, a page without plots.
mkdir "$work/bin"
printf '#!/bin/sh\nexec %s -e "formats='"'svg'"'" "$@"\n' "$(command -v gnuplot)" >"$work/bin/gnuplot"
chmod +x "$work/bin/gnuplot"
rm -r "$work/bare/plots"
PATH="$work/bin:$PATH" run_polynic 0 report "$work/bare"
says "no PDF and PNG beside the SVG"
cmp "$page" "$work/bare/report.html" || fail "another page without cairo"
[ -z "$(find "$work/bare/plots" -name '*.pdf')" ] || fail "a PDF without cairo"
printf '#!/bin/sh\necho broken >&2\nexit 1\n' >"$work/bin/gnuplot"
PATH="$work/bin:$PATH" run_polynic 0 report "$work/bare"
says "report.html lacks plots: no plot: broken"
[ "$(grep -o '<svg' "$work/bare/report.html" | wc -l)" = 1 ] || fail "plots without gnuplot"

# Samples are of equal length and end with the run.
[ "$(tail -n 1 "$work/run/timeline.csv" | cut -d. -f1)" = "$(jq .simulated_time_ns "$work/run/report.json")" ] ||
    fail "the timeline ends before the run"
[ "$(wc -l <"$work/run/timeline.csv")" -lt 1030 ] || fail "too many samples"

# The latencies of the intervals: ordered, in every one in which a frame was delivered, and none lost by joining them.
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) place[$i] = i; next }
    { p50 = $place["receive_p50_ns"]; p99 = $place["receive_p99_ns"]; max = $place["receive_max_ns"]
      if (($place["delivered_bits_per_s"] > 0) != (max != "")) print "line " NR ": delivered without latency, or the reverse"
      if (max != "" && !(0 < p50 && p50 + 0 <= p99 + 0 && p99 + 0 <= max + 0)) print "line " NR ": out of order" }
    ' "$work/run/timeline.csv" >"$work/wrong"
[ -s "$work/wrong" ] && fail "$(head -3 "$work/wrong")"
[ "$(awk -F, 'NR > 1 && $NF + 0 > max { max = $NF + 0 } END { printf "%.3f", max }' "$work/run/timeline.csv")" = \
    "$(jq .latency.receive.max_ns "$work/run/report.json" | xargs printf '%.3f')" ] || fail "the largest latency is not in the timeline"

# A capture of many connections: the page stays small, and says where the rest is.
mkdir "$work/many"
cp "$work/run/report.json" "$work/many"
{
    head -n 1 "$work/run/connections.csv"
    awk 'BEGIN { for (i = 0; i < 10000; i++) printf "fd00:1234:5678:9abc:def0:1234:%x:%x,%d,fd00::1,443,%d,%d,123456789,987654321,finished\n",
        i / 256, i % 256, 1024 + i, i, i % 16 }'
} >"$work/many/connections.csv"
run_polynic 0 report "$work/many"
[ "$(wc -c <"$work/many/report.html")" -lt 5000000 ] || fail "a page of more than 5 MB"
grep -q 'The first 2000 of 10000: all are in connections.csv' "$work/many/report.html" || fail "connections left out without a word"
awk 'BEGIN { for (i = 0; i < 100; i++) { for (k = 0; k < 100000; k++) printf "<"; print "" } }' >"$work/many/connections.csv"
run_polynic 0 report "$work/many"
[ "$(wc -c <"$work/many/report.html")" -lt 5000000 ] || fail "a page of more than 5 MB from a strange file"

# Drops, in a run that has them.
run_polynic 0 run scenarios/sweeps/buffers.ini --set traffic.clients.multiplier=8 --set processor.pp.rx_buffers=16 --out "$work/drops"
[ -s "$work/drops/plots/drops.svg" ] || fail "no plot of the drops"
grep -q "$(jq -r '.drops[0] | .place + ": " + .reason' "$work/drops/report.json")" "$work/drops/plots/drops.svg" || fail "the plot of drops does not name them"

# A sweep has a page too: speed-up, throughput, latency, hash functions; a map of two keys; a row for each point.
run_polynic 0 sweep scenarios/quickstart/card.ini --vary processor.pp.count=1..4*2 --vary dispatch.rx.hash=toeplitz,xor --out "$work/sweep"
swept=$work/sweep/report.html
[ "$(cd "$work/sweep/plots" && echo *.svg)" = "hashes.svg latency.svg map.svg speed-up.svg throughput.svg" ] || fail "other plots of a sweep"
[ "$(grep -o '<svg' "$swept" | wc -l)" = 5 ] || fail "not five plots of a sweep"
grep -q 'No point dropped a frame' "$swept" || fail "the map does not say that nothing was dropped"
# a cell for each point, with the figure of its report
for count in 1 2 4; do
    for hash in toeplitz xor; do
        id=$(awk -F, -v count=$count -v hash=$hash '$4 == count && $5 == hash { print $2 }' "$work/sweep/table.csv")
        delivered=$(jq '.throughput.delivered_bits_per_s / 1e6' "$work/sweep/points/$id/report.json")
        awk -v count="\"$count\"" -v hash="\"$hash\"" -v value="$delivered" '$6 == count && $7 == hash {
            found = ($3 - value) ^ 2 < 1e-6; exit } END { exit !found }' "$work/sweep/plots/map.dat" || fail "the map is wrong at $count, $hash"
    done
done
[ "$(sed -n '/<h2>Points/,$p' "$swept" | grep -c '<tr><td')" = 6 ] || fail "not a row for each point"
cp "$swept" "$work/first.html"
run_polynic 0 report "$work/sweep"
cmp "$work/first.html" "$swept" || fail "another page from the same sweep"
run_polynic 0 sweep scenarios/quickstart/card.ini --vary dispatch.rx.hash=toeplitz,xor --vary dispatch.rx.indirection="default;equal 1" --out "$work/words"
grep -q 'least' "$work/words/report.html" && fail "a value that was not swept"
[ -s "$work/words/plots/map.svg" ] || fail "no map of two keys without numbers"
# of three keys the first two, and it is said
run_polynic 0 sweep scenarios/quickstart/card.ini --vary processor.pp.count=1,2 --vary dispatch.rx.table=64,128 --vary processor.pp.rx_buffers=64,128 --out "$work/three"
grep -q 'this is the map of the first two, with processor.pp.rx_buffers = 64' "$work/three/report.html" || fail "not said which map"
[ "$(grep -c '"' "$work/three/plots/map.dat")" = 8 ] || fail "not 4 cells of two maps"
run_polynic 0 sweep scenarios/quickstart/card.ini --vary processor.pp.count=1,2 --out "$work/single"
[ -e "$work/single/plots/map.svg" ] && fail "a map of one key"

# Names from outside are text, not HTML.
mkdir "$work/evil"
jq '.scenario.name = "<script>alert(1)</script>" | .parts[0].name = "<b>&"' "$work/run/report.json" >"$work/evil/report.json"
run_polynic 0 report "$work/evil"
grep -qi '<script>alert' "$work/evil/report.html" && fail "a name became a script"
printf 'remote,remote_port\n<script>alert(1)</script>,"|1\n' >"$work/evil/connections.csv"
printf 'time_ns,<b>_bits_per_s,a'"'"'b$x.rx_queue_buffers,receive_p50_ns\n1,2,3,4\n2,x,,\n3\n,nan,inf,1e999,5,6\n' >"$work/evil/timeline.csv"
printf 'path,stage,percentile,latency_ns\nx\n`date`,total,50,nan\n`date`,total,60,7\n' >"$work/evil/latency.csv"
run_polynic 0 report "$work/evil"
grep -qi '<script>alert' "$work/evil/report.html" && fail "a cell became a script"
for text in '' '{' '[]' '{}' '{"parts":5,"drops":[1],"processors":[null],"latency":{"receive":[]}}'; do
    printf '%s' "$text" >"$work/evil/report.json"
    "$POLYNIC" report "$work/evil" >/dev/null 2>&1
    [ $? -le 2 ] || fail "polynic report fell over $text"
done
run_polynic 2 report "$work/nowhere"
says "expected a folder of polynic run --out"
run_polynic 2 report

# In a browser, where one is: no errors, and no request to anywhere.
if command -v chromium >/dev/null; then
    chromium --headless --no-sandbox --disable-gpu --enable-logging=stderr --dump-dom "file://$page" >"$work/dom" 2>"$work/browser"
    grep -q 'CONSOLE' "$work/browser" && fail "the browser's console has: $(grep CONSOLE "$work/browser")"
    grep -q '</html>' "$work/dom" || fail "the browser did not read the page to its end"
    # a click on "received" sorts by it
    { cat "$page"; echo "<script>document.querySelectorAll('table.sort th')[6].click()</script>"; } >"$work/click.html"
    chromium --headless --no-sandbox --disable-gpu --dump-dom "file://$work/click.html" 2>/dev/null |
        sed -n '/<h2>Connections/,$p' | sed 's,</tr>,\n,g' | sed 's/<[^>]*>/ /g' | awk 'NF == 11 && $7 ~ /^[0-9]+$/ { print $7 }' >"$work/order"
    [ "$(wc -l <"$work/order")" -gt 100 ] || fail "no table of connections in the browser"
    sort -n "$work/order" | cmp - "$work/order" || fail "a click on a heading does not sort"
else
    echo "SKIPPED: pages in a browser: no chromium"
fi
finish
