#!/bin/sh
# fuzz.sh - runs the fuzzers TARGETS for SECONDS_IN_ALL, one after the other, each for its share of the time, or
# with PARALLEL=yes all at once, each for the whole of it; called by `make fuzz`.
#
# New inputs that reach new code go to BUILD/fuzz/corpus, which the next run begins with too. What stops a fuzzer
# (a crash, a check, more than 25 s for one input, more than 1 GiB) is written to BUILD/fuzz/found-*, and the
# status is 1. An input that was fixed goes to tests/fuzz/corpus, as the test of its bug.
set -u
folder=$BUILD/fuzz
share=$SECONDS_IN_ALL
# shellcheck disable=SC2086
set -- $TARGETS
[ "$PARALLEL" = yes ] || share=$((SECONDS_IN_ALL / $#))

run() { # target
    mkdir -p "$folder/corpus/$1"
    ASAN_OPTIONS=quarantine_size_mb=32 "$folder/$1" -max_total_time="$share" -timeout=25 -report_slow_units=5 \
        -rss_limit_mb=1024 -max_len=65536 -len_control=200 -print_final_stats=1 -artifact_prefix="$folder/found-$1-" \
        "$folder/corpus/$1" "tests/fuzz/corpus/$1" >"$folder/$1.log" 2>&1
    echo $? >"$folder/$1.status"
}

value() { # name, target
    sed -n "s/^stat::$1: *//p" "$folder/$2.log"
}

report() { # target; false: it found something
    printf '%s: %s s, %s executions (%s a second), slowest %s s, most memory %s MiB,%s\n' "$1" "$share" \
        "$(value number_of_executed_units "$1")" "$(value average_exec_per_sec "$1")" \
        "$(value slowest_unit_time_sec "$1")" "$(value peak_rss_mb "$1")" \
        "$(sed -n 's/.*\( cov: [0-9]* ft: [0-9]* corp: [0-9]*\).*/\1/p' "$folder/$1.log" | tail -1)"
    [ "$(cat "$folder/$1.status")" = 0 ] && return 0
    grep -hE 'ERROR|SUMMARY|not so|runtime error' "$folder/$1.log" | head -5
    sed -n 's/.*Test unit written to /  to reproduce: /p' "$folder/$1.log" |
        sed "s|\$| (run $folder/$1 on it; the log is $folder/$1.log)|"
    return 1
}

for target; do
    if [ "$PARALLEL" = yes ]; then run "$target" & else run "$target"; fi
done
wait
status=0
for target; do
    report "$target" || status=1
done
[ $status = 0 ] && echo "fuzz: nothing found"
exit $status
