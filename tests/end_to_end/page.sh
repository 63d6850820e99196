#!/bin/sh
# Pages: one file each that needs nothing else; what is wrong with a folder is said.
set -u
. tests/end_to_end/lib/checks.sh

run_polynic 0 run scenarios/quickstart/card.ini --out "$work/run"
page=$work/run/report.html
[ -s "$page" ] || fail "a run makes no page"
[ "$(grep -o '<svg' "$page" | wc -l)" = 3 ] || fail "not the card and two plots"
grep -qE '(src|href)="[^d"]' "$page" && fail "the page needs other files"
grep -qi '<script' "$page" && fail "the page has a script"
grep -q 'No part was near its limit' "$page" || fail "no summary"
[ "$(find "$work/run/plots" -name '*.gp' | wc -l)" = 2 ] || fail "no scripts beside the plots"
(cd "$work/run/plots" && gnuplot -e "format='pdf'" latency.gp && [ -s latency.pdf ]) || fail "a script does not make a PDF"
run_polynic 0 run scenarios/quickstart/card.ini --out "$work/bare" --no-page
[ -e "$work/bare/report.html" ] && fail "a page in spite of --no-page"
run_polynic 0 report "$work/bare"
cmp "$page" "$work/bare/report.html" || fail "another page from the same results"

# Samples are of equal length and end with the run.
[ "$(tail -n 1 "$work/run/timeline.csv" | cut -d. -f1)" = "$(jq .simulated_time_ns "$work/run/report.json")" ] ||
    fail "the timeline ends before the run"
[ "$(wc -l <"$work/run/timeline.csv")" -lt 1030 ] || fail "too many samples"

# A sweep has a page too: speed-up, throughput, latency; a map of two keys; a row for each point.
run_polynic 0 sweep scenarios/quickstart/card.ini --vary processor.pp.count=1..4*2 --vary dispatch.rx.hash=toeplitz,xor --out "$work/sweep"
swept=$work/sweep/report.html
[ "$(grep -o '<svg' "$swept" | wc -l)" = 3 ] || fail "not three plots of a sweep"
grep -q '<h2>Map</h2>' "$swept" || fail "no map of two keys"
[ "$(sed -n '/<h2>Points/,$p' "$swept" | grep -c '<tr><td')" = 6 ] || fail "not a row for each point"
cp "$swept" "$work/first.html"
run_polynic 0 report "$work/sweep"
cmp "$work/first.html" "$swept" || fail "another page from the same sweep"
run_polynic 0 sweep scenarios/quickstart/card.ini --vary dispatch.rx.hash=toeplitz,xor --vary dispatch.rx.indirection="default;equal 1" --out "$work/words"
grep -q 'least' "$work/words/report.html" && fail "a value that was not swept"

# Names from outside are text, not HTML.
mkdir "$work/evil"
jq '.scenario.name = "<script>alert(1)</script>" | .parts[0].name = "<b>&"' "$work/run/report.json" >"$work/evil/report.json"
run_polynic 0 report "$work/evil"
grep -qi '<script' "$work/evil/report.html" && fail "a name became a script"
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
else
    echo "SKIPPED: pages in a browser: no chromium"
fi
finish
