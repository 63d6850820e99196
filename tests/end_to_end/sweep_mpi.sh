#!/bin/sh
# polynic sweep under mpirun: the same table, whoever runs the points and whatever happens on the way.
set -u
. tests/end_to_end/lib/checks.sh

if ! command -v mpirun >/dev/null || [ ! -e "$(dirname "$POLYNIC")/polynic-mpi.so" ]; then
    echo "SKIPPED: no mpirun, or no polynic-mpi.so: install libopenmpi-dev and openmpi-bin"
    exit 0
fi
quickstart=scenarios/quickstart/card.ini
grid="--vary processor.pp.count=1..4*2 --vary dispatch.rx.hash=toeplitz,random"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

ranks() { # STATUS COUNT ARGUMENTS ...
    expected=$1 count=$2 status=0
    shift 2
    timeout 60 mpirun -n "$count" --oversubscribe "$POLYNIC" "$@" >"$work/out" 2>"$work/err" || status=$?
    [ "$status" = "$expected" ] || {
        fail "mpirun -n $count polynic $*: exit status $status, expected $expected"
        cat "$work/err"
    }
}

# shellcheck disable=SC2086
run_polynic 0 sweep $quickstart $grid --out "$work/alone"
# shellcheck disable=SC2086
ranks 0 4 sweep $quickstart $grid --out "$work/four"
grep -q "6 points: 6 done, 0 failed" "$work/out" || fail "not six points"
[ "$(grep -c points "$work/out")" = 1 ] || fail "more than one rank tells"
cmp "$work/alone/table.csv" "$work/four/table.csv" || fail "another table with four ranks"
[ -e "$work/four/report.html" ] || fail "no page"
for file in log.txt report.json connections.csv; do
    [ "$(find "$work/four/points" -name $file | wc -l)" = 6 ] || fail "not six times $file"
done
[ -z "$(find "$work/four/points" -name '.*')" ] || fail "an unfinished point stays"

# --- killed in the middle, by its launcher and outright, and gone on with
long="--vary processor.pp.count=1..8 --set traffic.clients.loop=12"
# shellcheck disable=SC2086
mpirun -n 2 --oversubscribe "$POLYNIC" sweep $quickstart $long --out "$work/cut" >/dev/null 2>&1 &
pid=$!
tries=0
while [ "$(ls "$work/cut/points" 2>/dev/null | wc -l)" -lt 2 ] && [ $((tries += 1)) -lt 600 ]; do sleep 0.05; done
kill -TERM $pid
wait $pid 2>/dev/null
mpirun -n 3 --oversubscribe "$POLYNIC" sweep --resume "$work/cut" >/dev/null 2>&1 &
pid=$!
sleep 1.5
kill -KILL $pid
wait $pid 2>/dev/null
sleep 0.5
ranks 0 2 sweep --resume "$work/cut"
# shellcheck disable=SC2086
run_polynic 0 sweep $quickstart $long --out "$work/whole"
cmp "$work/cut/table.csv" "$work/whole/table.csv" || fail "another table after going on"

# --- points that fail, wherever they run; wrong input is told once
ranks 1 3 sweep $quickstart --vary traffic.clients.loop=1,100000,2,200000 --timeout 3 --out "$work/slow"
run_polynic 1 sweep $quickstart --vary traffic.clients.loop=1,100000,2,200000 --timeout 3 --out "$work/slow1"
cmp "$work/slow/table.csv" "$work/slow1/table.csv" || fail "failed points are not recorded as alone"
ranks 1 2 sweep $quickstart --vary memory.packet.size=64MiB,16GiB --memory 2GiB --out "$work/large"
grep -q "memory" "$work/large/table.csv" || fail "a point without memory is not recorded"
ranks 2 3 sweep $quickstart --vary processor.pp.nothing=1 --out "$work/wrong"
[ "$(grep -c "nothing" "$work/err")" = 1 ] || fail "an error is not told once"
ranks 0 2 sweep $quickstart --vary processor.pp.count=1,2 --dry-run

# --- a rank that does not see the folder sends its files
cat >"$work/elsewhere" <<'END'
#!/bin/sh
# Under another name for the folder of the others, as on another machine.
[ "$OMPI_COMM_WORLD_RANK" = 0 ] && exec "$@"
exec unshare --mount sh -c 'mount -t tmpfs none "$0" && exec "$@"' "$WORK_OF_RANK_0" "$@"
END
chmod +x "$work/elsewhere"
mkdir "$work/hidden"
if unshare --mount true 2>/dev/null; then
    # shellcheck disable=SC2086
    WORK_OF_RANK_0=$work/hidden timeout 200 mpirun -n 3 --oversubscribe -x WORK_OF_RANK_0 "$work/elsewhere" "$POLYNIC" sweep \
        $quickstart $grid --out "$work/hidden/sweep" >"$work/out" 2>"$work/err" || fail "ranks without the folder: $(cat "$work/err")"
    cmp "$work/alone/table.csv" "$work/hidden/sweep/table.csv" || fail "another table when ranks do not see the folder"
    [ "$(find "$work/hidden/sweep/points" -name connections.csv | wc -l)" = 6 ] || fail "files of other ranks are missing"
else
    echo "SKIPPED: no privilege for unshare --mount: ranks without the folder"
fi

# --- started many times without MPI's part
cp "$POLYNIC" "$work/polynic"
status=0
OMPI_COMM_WORLD_SIZE=4 "$work/polynic" sweep $quickstart --vary processor.pp.count=1,2 --out "$work/no" >/dev/null 2>"$work/err" || status=$?
[ $status = 2 ] || fail "without polynic-mpi.so the status is $status"
says "install libopenmpi-dev"
finish
