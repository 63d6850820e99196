#!/bin/sh
# polynic sweep: every point once, whatever happens on the way, and one table.
set -u
. tests/end_to_end/lib/checks.sh

quickstart=scenarios/quickstart/card.ini
grid="--vary processor.pp.count=1..4*2 --vary dispatch.rx.hash=toeplitz,random"
rows() { tail -n +2 "$1/table.csv" | wc -l; }
column() { # FOLDER NAME: its values
    awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) place = i; next } { print $place }' "$1/table.csv"
}

# shellcheck disable=SC2086
run_polynic 0 sweep $quickstart $grid --out "$work/two" --jobs 2
grep -q "6 points: 6 done, 0 failed" "$work/out" || fail "not six points"
[ "$(rows "$work/two")" = 6 ] || fail "not six rows"
[ "$(column "$work/two" processor.pp.count | tr '\n' ' ')" = "1 1 2 2 4 4 " ] || fail "the last does not vary fastest"
[ "$(column "$work/two" status | sort -u)" = done ] || fail "not all done"
# shellcheck disable=SC2086
run_polynic 0 sweep $quickstart $grid --out "$work/one" --jobs 1
cmp "$work/one/table.csv" "$work/two/table.csv" || fail "another table with another number of processes"

# What a point says is what polynic run says.
run_polynic 0 run $quickstart --set processor.pp.count=2 --set dispatch.rx.hash=toeplitz --out "$work/run"
id=$(awk -F, '$4 == 2 && $5 == "toeplitz" { print $2 }' "$work/two/table.csv")
cmp "$work/run/report.json" "$work/two/points/$id/report.json" || fail "a point is not the run"
[ "$(sqlite3 "$work/two/table.sqlite" "SELECT count(*) FROM points p JOIN results r ON r.point = p.point
    WHERE r.name = 'frames.offered' AND p.\"dispatch.rx.hash\" = 'random'")" = 3 ] || fail "the database has other rows"

# A point is run once: again, more points, a point that was taken away.
touch "$work/mark"
# shellcheck disable=SC2086
run_polynic 0 sweep $quickstart $grid --out "$work/two"
[ -z "$(find "$work/two/points" -name report.json -newer "$work/mark")" ] || fail "a point was run again"
run_polynic 0 sweep $quickstart --vary processor.pp.count=1,3 --vary dispatch.rx.hash=toeplitz --out "$work/two"
[ "$(rows "$work/two")" = 7 ] || fail "not one point more"
[ "$(find "$work/two/points" -name report.json -newer "$work/mark" | wc -l)" = 1 ] || fail "not only the new point was run"
rm -r "$work/one/points/$id"
run_polynic 0 sweep --resume "$work/one"
sed '8,$d' "$work/two/table.csv" | cmp - "$work/one/table.csv" || fail "another table after going on"

# Interrupted in the middle: what is done stays, nothing is half, and it goes on to the same table.
long="--vary processor.pp.count=1..8 --set traffic.clients.loop=12"
# shellcheck disable=SC2086
"$POLYNIC" sweep $quickstart $long --out "$work/cut" --jobs 1 >"$work/out" 2>"$work/err" &
pid=$!
while [ "$(ls "$work/cut/points" 2>/dev/null | wc -l)" -lt 2 ]; do sleep 0.05; done
kill -INT $pid
wait $pid
[ $? = 130 ] || fail "an interrupt is not exit status 130"
says "go on with polynic sweep --resume"
[ -z "$(find "$work/cut/points" -name '.*')" ] || fail "an unfinished point stays"
[ "$(column "$work/cut" status | grep -c 'not run')" -gt 0 ] || fail "all were run before the interrupt"
# killed outright
"$POLYNIC" sweep --resume "$work/cut" --jobs 1 >/dev/null 2>&1 &
pid=$!
sleep 0.7
kill -KILL $pid
wait $pid 2>/dev/null
run_polynic 0 sweep --resume "$work/cut"
# shellcheck disable=SC2086
run_polynic 0 sweep $quickstart $long --out "$work/whole"
cmp "$work/cut/table.csv" "$work/whole/table.csv" || fail "another table after an interrupt"

# Points that fail are recorded, and the others go on.
run_polynic 1 sweep $quickstart --vary traffic.clients.loop=1,100000 --timeout 2 --out "$work/slow"
[ "$(column "$work/slow" status | tr '\n' ' ')" = "done timeout " ] || fail "a point that takes too long is not a timeout"
says "timeout: see"
run_polynic 1 sweep $quickstart --vary memory.packet.size=64MiB,16GiB --memory 2GiB --out "$work/large"
[ "$(column "$work/large" status | tr '\n' ' ')" = "done memory " ] || fail "$(column "$work/large" status)"
run_polynic 1 sweep --resume "$work/large"
run_polynic 0 sweep --resume "$work/large" --retry
[ "$(column "$work/large" status | tr '\n' ' ')" = "done done " ] || fail "a failed point is not run again"

# Lists of points, and what a scenario asks for.
printf 'processor.pp.count,dispatch.rx.indirection\n2,"weight 1,3"\n\n4,default\n' >"$work/points.csv"
run_polynic 0 sweep $quickstart --points "$work/points.csv" --vary dispatch.rx.table=4,128 --out "$work/list"
[ "$(rows "$work/list")" = 4 ] || fail "not two points with two tables"
printf '[scenario]\nbase = %s\n[sweep]\nvary.1 = processor.pp.count=1,2\nvary.2 = sim.seed=1..2\n' "$PWD/$quickstart" >"$work/own.ini"
run_polynic 0 sweep "$work/own.ini" --out "$work/own"
[ "$(rows "$work/own")" = 4 ] || fail "[sweep] was not taken"
[ "$(column "$work/own" sim.seed | tr '\n' ' ')" = "1 2 1 2 " ] || fail "the seeds are not varied"
run_polynic 0 sweep $quickstart --vary "dispatch.rx.indirection=equal 1;list 0,1,1" --dry-run
[ "$(wc -l <"$work/out")" = 2 ] || fail "not two points with ';'"
run_polynic 0 sweep $quickstart --vary port.eth0.speed=1..4*2Gbit/s --dry-run --vary bus.card.clock=100MHz..300MHz+100
[ "$(wc -l <"$work/out")" = 0 ] && fail "no points"
grep -q "bus.card.clock=300MHz" "$work/out" || fail "no unit in a range"

# All that is wrong, at once, before anything runs.
run_polynic 2 sweep $quickstart --vary processor.pp.count=0,1,999 --vary dispatch.rx.hash=toeplitz,nonsense --out "$work/wrong"
says "processor.pp.count=0"
says "processor.pp.count=999"
says "dispatch.rx.hash=nonsense"
[ -e "$work/wrong" ] && fail "a folder was made for nothing"
run_polynic 2 sweep $quickstart --vary processor.pp.count=4..1 --out "$work/wrong"
run_polynic 2 sweep $quickstart --vary processor.pp.count --out "$work/wrong"
run_polynic 2 sweep $quickstart --out "$work/wrong"
says "nothing is varied"
# Seeds: means and confidence intervals over them.
run_polynic 0 sweep scenarios/generate/imix.ini --set traffic.clients.limit=2000 --vary processor.pp.count=4,8 --repeat 5 --out "$work/seeds"
[ "$(rows "$work/seeds")" = 10 ] || fail "not five times two rows"
grep -q "several seeds" "$work/seeds/report.html" || fail "the page does not tell of the seeds"
check_mean() { # COUNT STATISTIC: that of means.csv is that of the table
    sqlite3 -separator ' ' "$work/seeds/table.sqlite" "SELECT count(*), avg(value), sum(value * value) FROM points p
        JOIN results r ON r.point = p.point WHERE r.name = '$2' AND p.\"processor.pp.count\" = '$1'" |
        awk '{ printf "%d %.6g %.3g\n", $1, $2, 2.776 * sqrt(($3 - $1 * $2 * $2) / ($1 - 1) / $1) }' >"$work/a"
    awk -F, -v count="$1" -v name="$2" '$1 == count && $2 == name { printf "%d %.6g %.3g\n", $3, $4, $5 }' "$work/seeds/means.csv" >"$work/b"
    cmp "$work/a" "$work/b" || fail "$2: $(cat "$work/a") in the table, $(cat "$work/b") in means.csv"
}
check_mean 4 frames.offered_bytes
check_mean 8 latency.receive.mean_ns
run_polynic 2 sweep $quickstart --repeat 1 --out "$work/once"

run_polynic 2 sweep $quickstart --vary sim.seed=1
run_polynic 2 sweep --resume "$work/nowhere"
run_polynic 2 sweep scenarios/quickstart/one.ini --vary sim.seed=1 --out "$work/two"
says "choose another folder"
finish
