#!/bin/sh
# make try: the tools at work. Three real sessions in a directory of their own: a script that asks a
# question, a computation that keeps a core busy, a quiet `tail -f`. Whatever happens, none of them and
# nothing of the directory is left.
#
# usage: try.sh DIRECTORY-OF-THE-TOOLS
set -u
tools=$(cd "$1" && pwd) || exit 6
[ -x "$tools/msnew" ] || { echo "try: no tools in $tools" >&2; exit 6; }

PATH=$tools:$PATH
scratch=$(mktemp -d "${TMPDIR:-/tmp}/ms-try.XXXXXX") || exit 6
MS_RUNTIME_DIR=$scratch/run
XDG_STATE_HOME=$scratch/state
XDG_CONFIG_HOME=$scratch/config
export PATH MS_RUNTIME_DIR XDG_STATE_HOME XDG_CONFIG_HOME
unset MS_SESSION

tidy() {
    trap '' HUP INT TERM
    msclose --all --force 2>/dev/null
    rm -rf "$scratch"
}
trap tidy EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }

# run COMMAND...: shown as a person would type it, then done
run() {
    printf '$ %s\n' "$*"
    "$@"
}

# The table; in a pipe msls would print the names alone.
list() {
    if [ -t 1 ]; then run msls; else run msls --long; fi
}

# settle NAME=STATUS...: shows the table each time that a status changes, until all are as they should be
settle() {
    tries=0
    shown=
    while [ "$tries" -lt 300 ]; do
        now=$(msls --format '{name}={status}')
        [ "$now" = "$shown" ] || list
        shown=$now
        open=
        for wanted in "$@"; do
            printf '%s\n' "$now" | grep -qx "$wanted" || open=$wanted
        done
        [ -n "$open" ] || return 0
        sleep 0.1
        tries=$((tries + 1))
    done
    echo "try: after 30 seconds not $open" >&2
    msls --explain "${open%%=*}" >&2
    exit 1
}

# printed NAME TEXT: until NAME has printed it
printed() {
    tries=0
    until msbuf "$1" | grep -qF "$2"; do
        [ "$tries" -lt 300 ] || { echo "try: $1 has not printed '$2' after 30 seconds" >&2; exit 1; }
        sleep 0.1
        tries=$((tries + 1))
    done
}

cat >"$scratch/release.sh" <<'SCRIPT'
echo "Everything is built and tested."
printf 'Release version 2.1 now? [y/N] '
read answer
case $answer in
y*) echo "Released." ;;
*) echo "Not released."; exit 1 ;;
esac
printf 'Remove the old version? [y/N] '
read answer
SCRIPT
echo "server listens on port 8080" >"$scratch/server.log"

say "Three sessions, in the background:"
cd "$scratch" || exit 6
run msnew -n release sh release.sh || exit
run msnew -n primes sh -c 'n=2; while :; do n=$((n + 1)); done' || exit
run msnew -n server tail -f server.log || exit

say "Which of them waits for a person?"
settle release=waiting primes=processing server=active
echo
run msls --explain release

say "What it says, and an answer to it:"
run msbuf release; echo
run mssend release y --enter
printed release "Remove the old version?"
settle release=waiting
echo
run msbuf release; echo

if [ -t 0 ] && [ -t 1 ] && [ -x "$tools/msswitch" ]; then
    say "Your turn: answer it yourself? Ctrl-\\ d brings you back here. [y/N]"
    read -r wish
    case $wish in
    [yY]*) run msswitch release ;;
    esac
fi

say "And to the end:"
run msclose --all || exit
run msls --all --long
say "Nothing is left running, and $scratch is removed."
