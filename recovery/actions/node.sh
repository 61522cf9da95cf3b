#!/bin/sh
# Starts, stops and reads one node. `node.sh` alone prints what it can do.
#
# Nodes are started by the lab's host, not by this script: when an action has ended, nothing that
# it started may still run. On machines of your own the host is systemd or the cloud's interface.
set -eu

usage() {
    sed 's/^        //' <<'TEXT'
        node.sh start NODE               ask the host to start it
        node.sh stop NODE                ask the host to stop it
        node.sh running NODE             running or stopped, as the host sees it
        node.sh free ADDRESS             yes, if nothing listens there
        node.sh place NODE ADDRESS       yes, if nothing but this node listens there
        node.sh answers NODE ADDRESS     yes, if what answers there says that it is this node
        node.sh identify NODE ADDRESS    yes, if its process is this node at this address
        node.sh probe ADDRESS TIMES      how many of so many pages it answers with 200
        node.sh preserve NODE            scene.txt and node.log: everything that a restart destroys
        node.sh logs NODE LINES          log-end.txt: the end of its log; prints its errors
TEXT
    exit 2
}

# One line to the lab's host, and its answer, which is JSON.
host() {
    printf '%s\n' "$1" | "$LAB_PROGRAM" lab socket "$LAB_DIR/host.sock"
}

running() {
    host "state $1" | sed -n 's/.*"state":"\([a-z ]*\)".*/\1/p'
}

# What is told about connections, without asking twice: "200 web-2 body", "refused -".
get() {
    "$LAB_PROGRAM" lab get "$@" || true
}

free() {
    case "$(get "$1" /identity)" in
    refused*) echo yes ;;
    *) echo "no: something listens on $1" ;;
    esac
}

answers() {
    answer=$(get "$2" /identity)
    if [ "$answer" = "200 $1 $1 web-node lab" ]; then echo yes; else echo "no: $answer"; fi
}

place() {
    found=$(answers "$1" "$2")
    if [ "$found" = yes ]; then echo yes; else free "$2"; fi
}

# The record of the process: its number, the tick at which it started, the boot. A number alone
# may be another process's by now.
process() {
    read -r pid started boot < "$LAB_DIR/processes/$1" || return 1
    [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] || return 1
    [ "$(sed 's/.*) //' "/proc/$pid/stat" | cut -d ' ' -f 20)" = "$started" ] || return 1
    echo "$pid"
}

identify() {
    pid=$(process "$1" 2> /dev/null) || { echo stopped; return; }
    case "$(tr '\0' ' ' < "/proc/$pid/cmdline")" in
    *" lab node --name $1 --listen $2 ") echo yes ;;
    *) echo "no: process $pid is not $1 at $2" ;;
    esac
}

probe() {
    get "$1" / --times "$2" | awk '$1 == 200 { good++ } END { print good + 0 }'
}

section() {
    printf '\n== %s\n' "$1"
}

# A process that is frozen, or hangs, can still be read like this.
preserve() {
    {
        echo "$1, $(date -u +%Y-%m-%dT%H:%M:%SZ)"
        if pid=$(process "$1" 2> /dev/null); then
            section "process $pid"
            cat "/proc/$pid/status"
            section "what it waits for"
            cat "/proc/$pid/wchan" 2> /dev/null || true
            section "limits"
            cat "/proc/$pid/limits"
            section "open files and connections"
            ls -l "/proc/$pid/fd" 2> /dev/null | sed 1d || true
        else
            echo "it does not run"
        fi
        section "files"
        ls -l "$LAB_DIR/nodes/$1"
    } > scene.txt
    cat "$LAB_DIR/nodes/$1/node.log.1" "$LAB_DIR/nodes/$1/node.log" > node.log 2> /dev/null || true
    echo "kept $(wc -l < node.log) lines of $1's log and the state of its process"
}

logs() {
    tail -n "$2" "$LAB_DIR/nodes/$1/node.log" > log-end.txt
    errors=$(grep -c ' ERROR ' log-end.txt || true)
    echo "$(wc -l < log-end.txt) lines, $errors errors"
    grep ' ERROR ' log-end.txt | tail -n 20 || true
}

[ -S "${LAB_DIR:-}/host.sock" ] || {
    echo "the practice lab is not up; start it with: sajeon lab up" >&2
    exit 1
}
verb=${1:-}
[ $# -ge 2 ] || usage
shift
case "$verb/$#" in
start/1) host "start $1" ;;
stop/1) host "stop $1" ;;
running/1) running "$1" ;;
free/1) free "$1" ;;
place/2) place "$1" "$2" ;;
answers/2) answers "$1" "$2" ;;
identify/2) identify "$1" "$2" ;;
probe/2) probe "$1" "$2" ;;
preserve/1) preserve "$1" ;;
logs/2) logs "$1" "$2" ;;
*) usage ;;
esac
