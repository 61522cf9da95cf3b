#!/bin/sh
# Asks HAProxy and tells it, through its runtime socket. `gateway.sh` alone prints what it can do.
#
# The socket says no in words and with exit status 0 ("No such server."), so what it answers is
# passed on, and the action that called this says which answer is right.
set -eu

usage() {
    sed 's/^        //' <<'TEXT'
        gateway.sh list BACKEND                    each server, and how many take traffic
        gateway.sh count-up BACKEND                how many servers take traffic
        gateway.sh count-others SERVER             how many beside this one take traffic
        gateway.sh state SERVER                    ready, drain or maint: what people said
        gateway.sh health SERVER                   up or down: what the health check says
        gateway.sh sessions SERVER                 requests that it works on
        gateway.sh points-to SERVER ADDRESS        yes, if the server stands at this address
        gateway.sh set-state [--plan] SERVER STATE
        gateway.sh answered-by GATEWAY NODE TIMES  how many of so many requests the node answered
        SERVER is BACKEND/NAME such as web/web-2.
TEXT
    exit 2
}

# One line to the socket, and its answer. On a gateway of your own:
#     printf '%s\n' "$1" | socat - UNIX-CONNECT:/run/haproxy/admin.sock
runtime() {
    printf '%s\n' "$1" | "$LAB_PROGRAM" lab socket "$LAB_DIR/haproxy.sock"
}

# One line for each server of backend $1: BACKEND/NAME, ready|drain|maint, up|down, ADDRESS:PORT.
# Fields of `show servers state`: 2 backend, 4 name, 5 address, 6 operational state (2 is up),
# 7 administrative state, 19 port. Of the administrative state bits 1, 2 and 32 are maintenance,
# 8 and 16 drain; 4 only says that the configuration begins with the server disabled.
servers() {
    runtime "show servers state $1" | awk -v backend="$1" '
        function bit(n) { return int($7 / n) % 2 }
        $2 == backend {
            said = bit(1) || bit(2) || bit(32) ? "maint" : bit(8) || bit(16) ? "drain" : "ready"
            print $2 "/" $4, said, $6 == 2 ? "up" : "down", $5 ":" $19
        }
    '
}

# Word $2 of the line of server $1.
word() {
    servers "${1%%/*}" | awk -v server="$1" -v word="$2" '
        $1 == server { print $word; found = 1 }
        END { exit !found }
    ' || unknown "$1"
}

unknown() {
    echo "the gateway has no server $1" >&2
    exit 1
}

# Requests under way, from the statistics, which are counted apart from the states.
sessions() {
    runtime "show stat" | awk -F, -v server="$1" '
        $1 "/" $2 == server { print $5; found = 1 }
        END { exit !found }
    ' || unknown "$1"
}

# How many servers of backend $1 take traffic, $2 left out.
count() {
    servers "$1" | awk -v out="$2" '
        $1 != out && $2 == "ready" && $3 == "up" { count++ }
        END { print count + 0 }
    '
}

list() {
    servers "$1" | awk '
        { printf "%-18s %-6s %-5s %s\n", $1, $2, $3, $4 }
        $2 == "ready" && $3 == "up" { count++ }
        END { print count + 0 " take traffic" }
    '
}

plan() {
    list "${1%%/*}"
    echo "$1 works on $(sessions "$1") requests and would become $2"
    echo "$(count "${1%%/*}" "$1") others take traffic"
}

set_state() {
    list "${1%%/*}" > state.txt
    runtime "set server $1 state $2"
    { echo "then set server $1 state $2"; list "${1%%/*}"; } >> state.txt
}

# Through the gateway as everybody comes, not by asking it what it would do.
answered_by() {
    "$LAB_PROGRAM" lab get "$1" / --times "$3" | awk -v node="$2" '
        $2 == node { count++ }
        END { print count + 0 }
    '
}

[ -S "${LAB_DIR:-}/haproxy.sock" ] || {
    echo "the practice lab is not up; start it with: sajeon lab up" >&2
    exit 1
}
verb=${1:-}
[ $# -ge 2 ] || usage
shift
case "$verb/$#" in
list/1) list "$1" ;;
count-up/1) count "$1" - ;;
count-others/1) count "${1%%/*}" "$1" ;;
state/1) word "$1" 2 ;;
health/1) word "$1" 3 ;;
sessions/1) sessions "$1" ;;
points-to/2)
    found=$(word "$1" 4)
    if [ "$found" = "$2" ]; then echo yes; else echo "no: $1 stands at $found"; fi
    ;;
set-state/2) set_state "$1" "$2" ;;
set-state/3) [ "$1" = --plan ] && plan "$2" "$3" ;;
answered-by/3) answered_by "$1" "$2" "$3" ;;
*) usage ;;
esac
