# Shared by the scripts in this directory; sourced, not run.
# shellcheck shell=bash

# Says what went wrong and what to do about it, on one line, and ends.
die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# Runs a command as a child that hears of signals sent to this script. A shell that merely waits for a
# foreground command would hear of a SIGTERM only after that command had ended, which may be never.
# Terminals send Ctrl-C to the child as well; it gets some seconds to end by itself before it is told again.
child=
run() {
    env --default-signal=INT,QUIT "$@" <&0 &
    child=$!
    local status=0
    wait "$child" || status=$?
    child=
    return "$status"
}

# Ends the running child, if there is one: asks, waits, and then insists. Whoever runs a script that ends a
# child of its own must be the more patient of the two, or that script dies with its work half done.
patience=20 # seconds
end_child() {
    [ -n "$child" ] || return 0
    local ending=$child tick=0
    child=
    [ "${1-}" = INT ] || kill -TERM "$ending" 2>/dev/null || true
    while kill -0 "$ending" 2>/dev/null; do
        tick=$((tick + 1))
        [ "$tick" -ne $((patience * 5)) ] || kill -TERM "$ending" 2>/dev/null || true
        [ "$tick" -ne $((patience * 10)) ] || kill -KILL "$ending" 2>/dev/null || true
        sleep 0.1
    done
    wait "$ending" 2>/dev/null || true
}

# Where PostgreSQL keeps its server programs: Debian has them off the PATH. Nothing where there are none.
postgres_programs() {
    local found
    found=$(find /usr/lib/postgresql -mindepth 3 -maxdepth 3 -path '*/bin/initdb' 2>/dev/null |
        sort -V | tail -n 1)
    [ -n "$found" ] || found=$(command -v initdb || true)
    [ -z "$found" ] || dirname "$found"
}

# The oldest Node.js that the portal's tools run on.
# shellcheck disable=SC2034 # what sources this says it
NODE_LEAST=20.19
node_is_new_enough() {
    local have
    have=$(node --version)
    [ "$(printf '%s\n' "$NODE_LEAST" "${have#v}" | sort -V | head -n 1)" = "$NODE_LEAST" ]
}
