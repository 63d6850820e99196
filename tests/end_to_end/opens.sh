#!/bin/sh
# Sessions that the host opens: requirement 29. The transmit dispatch chooses processor and source port, and the frames
# that come back reach that processor, whatever the receive dispatch hashes by.
set -u
. tests/end_to_end/lib/checks.sh

report=$work/run/report.json
opens=scenarios/requirements/active-opens.ini
run() { # KEY=VALUE ...
    rm -rf "$work/run"
    set -- "$@" --
    while [ "$1" != -- ]; do
        set -- "$@" --set "$1"
        shift
    done
    shift
    run_polynic 0 run "$opens" --out "$work/run" --no-page "$@"
}
# All sessions open and end, every byte of both directions is right, and no frame reached a processor that is not its owner.
whole() { # SESSIONS
    check_json "$report" ".accounting == \"ok\" and .payload.verified and .connections.finished == $1 and
        .connections.refused == 0 and .connections.reset == 0 and
        ([.parts[] | select(.kind == \"processor\") | .statistics.forwarded] | add) == 0"
    [ "$(tail -n +2 "$work/run/connections.csv" | grep -c ',finished,')" = "$1" ] ||
        fail "connections.csv: not $1 sessions finished"
}
of_dispatch() { jq ".parts[] | select(.kind == \"transmit_dispatch\") | .statistics.$1" "$report"; }
sessions() { # least and most of a processor
    tail -n +2 "$work/run/connections.csv" | cut -d, -f6 | sort | uniq -c | awk '{print $1}' | sort -n | sed -n '1p;$p'
}

for processors in 2 4 16; do
    run processor.pp.count=$processors
    whole 10000
    [ "$(sessions | tr '\n' ' ')" = "$((10000 / processors)) $((10000 / processors)) " ] ||
        fail "$processors processors: not all have the same number of sessions: $(sessions | tr '\n' ' ')"
done
[ "$(of_dispatch ports_tried)" -ge 100000 ] || fail "with 16 processors a port in 16 is right, found $(of_dispatch ports_tried) tried"

# Other hashes agree as well: symmetric, with a session table, by addresses only (then a port decides nothing), by chance.
small="traffic.clients.connections=300 traffic.clients.servers=20"
for keys in dispatch.rx.hash=crc32c dispatch.rx.hash=least-loaded "dispatch.rx.sessions=50" \
    "dispatch.rx.hash=random" transmit_dispatch.tx.opens=hash traffic.clients.network=ipv6; do
    firmware=tcp4
    [ "$keys" = traffic.clients.network=ipv6 ] && firmware=dual
    # shellcheck disable=SC2086
    run $small processor.pp.firmware=$firmware $keys
    [ "$keys" = dispatch.rx.hash=random ] && {
        check_json "$report" '.accounting == "ok" and .payload.verified and .connections.finished == 300'
        continue
    }
    whole 300
done

# Two requests to a slow server, Poisson arrivals; the same again is the same.
run $small traffic.clients.requests=3 traffic.clients.response=100kB traffic.clients.rtt=1ms \
    traffic.clients.arrivals=poisson
whole 300
check_json "$report" '.payload.delivered_bytes == 300 * 3 * 100000'
cp "$report" "$work/first.json"
run $small traffic.clients.requests=3 traffic.clients.response=100kB traffic.clients.rtt=1ms \
    traffic.clients.arrivals=poisson
cmp -s "$report" "$work/first.json" || fail "the same run gave another report"

# Frames that the wire damages are sent again, by both sides.
run $small traffic.clients.response=20kB traffic.clients.fcs_errors=0.02
whole 300
check_json "$report" '.frames.repaired > 0'

# A card without the memory refuses, and that is counted; the run ends.
run traffic.clients.connections=2000 traffic.clients.response=100kB processor.pp.local_memory=192KiB
check_json "$report" '.accounting == "ok" and .payload.mismatched_bytes == 0 and
    .connections.finished + .connections.reset + .connections.refused == 2000'

check() { # KEY=VALUE TEXT
    run_polynic 2 check "$opens" --set "$1"
    says "$2"
}
check application.app.behaviour=captured "nobody connects to these servers"
check traffic.clients.connections=0 "the number of connections"
check traffic.clients.topspeed=yes "servers only answer"

finish
