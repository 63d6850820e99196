#!/bin/sh
# fuzz.sh - runs the fuzzers for SECONDS_IN_ALL, a sixth of it on reading; called by `make fuzz`.
#
# New inputs that reach new code go to BUILD/fuzz/corpus, which the next run begins with too. What stops a fuzzer
# (a crash, a check, more than 25 s for one input, more than 2 GiB) is written to BUILD/fuzz/found-*, and the
# status is 1. An input that was fixed goes to tests/fuzz/corpus, as the test of its bug.
set -u
folder=$BUILD/fuzz
status=0

run() { # target, seconds
    mkdir -p "$folder/corpus/$1"
    ASAN_OPTIONS=quarantine_size_mb=32 "$folder/$1" -max_total_time="$2" -timeout=25 -rss_limit_mb=2048 -max_len=16384 -print_final_stats=1 \
        -artifact_prefix="$folder/found-$1-" "$folder/corpus/$1" "tests/fuzz/corpus/$1" >"$folder/$1.log" 2>&1
    result=$?
    grep -E 'cov:' "$folder/$1.log" | tail -1
    grep -E 'stat::(number_of_executed_units|peak_rss_mb|slowest_unit_time_sec)' "$folder/$1.log"
    if [ $result != 0 ]; then
        grep -E 'ERROR|SUMMARY|not so|Test unit written|runtime error' "$folder/$1.log" | head
        echo "$1: found something: see $folder/$1.log"
        status=1
    else
        echo "$1: nothing found in $2 s"
    fi
}

run capture $((SECONDS_IN_ALL / 6))
run replay $((SECONDS_IN_ALL - SECONDS_IN_ALL / 6))
exit $status
