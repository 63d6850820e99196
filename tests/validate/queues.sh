# queues.sh - one processor as the server of a queue (server.c, queue.ini): the mean wait of frames in its receive
# queue, and for exponential service its distribution, against queueing theory.
part="Queues"
. tests/validate/lib.sh

clock_hz=1000000000
if [ -n "${FAST:-}" ]; then
    frames=100000 seeds=1 tolerance="10 %" tail_tolerance="10 %" # four standard deviations of the mean of M/M/1
else
    frames=1000000 seeds="1 2 3 4 5" tolerance="2 %" tail_tolerance="3 %"
fi

# run FOLDER SERVICE --set KEY=VALUE ...
run() {
    folder=$1 service=$2 said=$work/said-$1
    shift 2
    quietly "$POLYNIC" run tests/validate/queue.ini --out "$work/$folder" --no-page --quiet \
        --set processor.pp.firmware="$(realpath "$programs")/server-$service.elf" "$@"
}

# The service time: cycles from one pop to the next when frames wait, by 2000 frames that come at once less 1000.
for count in 1000 2000; do
    run $count constant --set traffic.clients.pps=10000000 --set traffic.clients.limit=$count
done
busy() { jq '.processors[0].busy_cycles' "$work/$1/report.json"; }
service_cycles=$(awk "BEGIN { printf \"%.3f\", ($(busy 2000) - $(busy 1000)) / 1000 }")

# All runs, as many at once as this machine has processors.
for service in constant exponential two-point; do
    for load in 0.5 0.7; do
        for seed in $seeds; do echo "$service $load $seed"; done
    done
done >"$work/runs"
workers=$(getconf _NPROCESSORS_ONLN)
for worker in $(seq "$workers"); do
    awk "NR % $workers == $worker % $workers" "$work/runs" | while read -r service load seed; do
        run "$service-$load-$seed" "$service" --set sim.seed="$seed" --set traffic.clients.limit=$frames \
            --set traffic.clients.pps="$(awk "BEGIN { printf \"%.6f\", $load * $clock_hz / $service_cycles }")"
    done &
done
wait

# theory EXPRESSION: of s, the service time in ns, and r, the load
theory() { awk "BEGIN { s = $service_cycles * 1e9 / $clock_hz; r = $load; printf \"%.1f\", $1 }"; }
# waited FOLDER FIGURE: of the frames' time in the processor's queue, ns; nothing if a frame is missing
waited() {
    jq "select(.frames.delivered == $frames and .accounting == \"ok\")
        | .latency.receive.stages.queue.$2 * 10 | round / 10" "$work/$1/report.json"
}
means() { # FIGURE SOURCE SERVICE EXPRESSION
    for load in 0.5 0.7; do
        for seed in $seeds; do
            line "$1, load $load, $frames frames, seed $seed: mean wait, ns" "$2" "$(theory "$4")" \
                "$(waited "$3-$load-$seed" mean_ns)" "$tolerance"
        done
    done
}
means "M/D/1" "r s / (2 (1 - r))" constant "r * s / (2 * (1 - r))"
means "M/M/1" "r s / (1 - r)" exponential "r * s / (1 - r)"
means "M/G/1, service s/2 or 3s/2" "Pollaczek-Khinchine" two-point "r * s / (2 * (1 - r)) * (1 + 0.25)"

# P(wait > t) = r exp(-(1 - r) t / s): t of 1 frame in 10, in 100; the mean of all seeds.
for load in 0.5 0.7; do
    for rank in "10 p90_ns" "100 p99_ns"; do
        one_in=${rank% *}
        ours=$(for seed in $seeds; do waited "exponential-$load-$seed" "${rank#* }"; done |
            awk '{ sum += $1 } END { if (NR) printf "%.1f", sum / NR }')
        line "M/M/1, load $load: wait that one frame in $one_in exceeds, ns" "P(wait > t) = r exp(-(1 - r) t / s)" \
            "$(theory "s / (1 - r) * log(r * $one_in)")" "$ours" "$tail_tolerance"
    done
done
