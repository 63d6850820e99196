#!/bin/sh
# Several hosts behind one card: requirement 46. Each session goes to the host that listens at its address, each host is
# reached by each processor, and requests of each reach the owner of the session.
set -u
. tests/end_to_end/lib/checks.sh

report=$work/run/report.json
hosts=scenarios/requirements/two-hosts.ini
run() { # KEY=VALUE ...
    rm -rf "$work/run"
    set -- "$@" --
    while [ "$1" != -- ]; do
        set -- "$@" --set "$1"
        shift
    done
    shift
    run_polynic 0 run "$hosts" --out "$work/run" --no-page "$@"
}
whole() {
    check_json "$report" '.accounting == "ok" and .payload.verified and .payload.delivered_bytes > 0 and
        .connections.finished == .connections.in_capture and (.warnings | length) == 0'
}
of_host() { jq ".parts[] | select(.name == \"$1\") | .statistics.$2" "$report"; }
equals() { # WHAT FOUND EXPECTED
    [ "$2" = "$3" ] || fail "$1: found $2, expected $3"
}
# Sessions by local address, processor and host.
sessions() { tail -n +2 "$work/run/connections.csv" | grep -c "^[^,]*,[^,]*,$1,[^,]*,[^,]*,$2,.*,$3\$"; }

# Each host has the sessions of its address, from both processors, and all their bytes.
run
whole
equals "sessions of server" "$(sessions 10.0.0.2 '[01]' server)" 100
equals "sessions of second" "$(sessions 10.0.0.3 '[01]' second)" 60
for host in server second; do
    for processor in 0 1; do
        [ "$(sessions '[^,]*' $processor $host)" -ge 15 ] ||
            fail "processor $processor delivered too few sessions to $host"
    done
done
equals "payload of server" "$(of_host server payload_bytes)" 200000
equals "payload of second" "$(of_host second payload_bytes)" 120000
equals "bytes that the card fetched from second" "$(of_host second sent_bytes)" 480000
equals "requests through the second dispatch" "$(of_host tx2 requests)" "$(of_host second requests)"

# UDP too: datagrams of one host's address, TCP of the other's.
run traffic.more.protocol=udp traffic.more.pps=50k traffic.more.limit=300
check_json "$report" '.accounting == "ok" and .payload.verified'
[ "$(of_host second datagrams)" -ge 60 ] || fail "datagrams went to the wrong host"
equals "datagrams at server" "$(of_host server datagrams)" 0

# A port can select the host as well; a listener without a port takes the rest.
run application.app.listen='*' application.app2.listen='10.0.0.3:80'
whole
equals "sessions of second" "$(sessions 10.0.0.3 '[01]' second)" 60
run application.app.listen='*' application.app2.listen='10.0.0.3:81'
whole
equals "sessions of second" "$(of_host second sessions_opened)" 0

# One slow host does not hold up the other: what second's interface can't take waits, server's latency stays.
run bus.pci2.clock=2MHz bus.pci2.width=32bit
check_json "$report" '.accounting == "ok" and .payload.verified'
equals "sessions of server" "$(sessions 10.0.0.2 '[01]' server)" 100

# A processor can serve one of the hosts only; then the other's sessions must go elsewhere, here by rules.
cat >"$work/split.ini" <<EOF
[scenario]
base = $PWD/$hosts
[processor pp]
count = 1
host = server
[processor qq]
count = 1
host = second
[dispatch rx]
rule.1 = dst host 10.0.0.2 -> pp0
rule.2 = dst host 10.0.0.3 -> qq0
EOF
run_polynic 0 run "$work/split.ini" --out "$work/run" --no-page
whole
equals "sessions of server at pp" "$(sessions 10.0.0.2 0 server)" 100
equals "sessions of second at qq" "$(sessions 10.0.0.3 1 second)" 60

# Wiring that can't be is said with file and line.
check() { # KEY=VALUE TEXT
    run_polynic 2 check "$hosts" --set "$1"
    says "$2"
}
check application.app2.listen=10.0.0.2 "listens at the same addresses and ports"
check application.app2.listen=10.0.0.300 "'10.0.0.300': expected ADDRESS"
check host.second.bridge=hbi "has a host already"
check host_dma.hostdma.bridge=hbi "interface of host second"

finish
