#!/bin/sh
# make test: formatting, lints, documentation and all tests. Goes on after a failure, so that one run
# shows all of them. Last line: N passed, N failed, N skipped.
#
# A test that cannot run here (a program is missing, a mount is refused) says so by a line in the file
# that MS_TEST_SKIPS names (`skip` in tests/world), and is counted as skipped, not as passed. So is one that
# cargo ignores, unless it is "run by" another: then it is a part of that one.
#
# How long the tests took, and which of them took longest, stands before that.
#
# usage: run.sh TARGET-DIRECTORY
set -u
# Tests mostly wait for programs.
RUST_TEST_THREADS=${RUST_TEST_THREADS:-$(($(nproc) * 3))}
export RUST_TEST_THREADS
cargo=${CARGO:-cargo}
target=$1
mkdir -p "$target" || exit 6
log=$target/test.log
summary=$target/test-summary
MS_TEST_SKIPS=$target/test-skips
export MS_TEST_SKIPS
: >"$log" && : >"$summary" && : >"$MS_TEST_SKIPS" || exit 6
passed=0
failed=0

# check WHAT COMMAND...: a step that passes or fails as a whole
check() {
    what=$1
    shift
    printf '==> %s\n' "$what"
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED: %s\n' "$what"
    fi
}

documentation() {
    RUSTDOCFLAGS="-D warnings" $cargo doc --locked --quiet --no-deps --workspace
}

# What a shell starts in the background has Ctrl-C ignored, and so would all that the tests start.
heeding_signals() {
    if env --default-signal=INT,QUIT true 2>/dev/null; then
        env --default-signal=INT,QUIT "$@"
    else
        "$@"
    fi
}

# With the steps that a test makes fail (lib/session/src/store/faults.rs), which no other build has.
# To the terminal and to the log. A pipe's status is its last command's, so the word for it is in the log.
tests() {
    suite='test --locked --workspace --features faults --no-fail-fast'
    $cargo $suite --no-run || { echo 'cargo test: failed' | tee "$log"; return; }
    began=$(date +%s)
    {
        heeding_signals $cargo --config "$timed" $suite --all-targets -- -Z unstable-options --report-time 2>&1 ||
            echo 'cargo test: failed'
        heeding_signals $cargo $suite --doc 2>&1 || echo 'cargo test: failed'
    } | tee "$log"
    took=$(($(date +%s) - began))
}

# The time of each test is told by what is unstable in a stable Rust, for the tests' own processes alone: what
# they start is not built anew, and has an environment of its own.
# What hangs ends as a failure, and the tests after it run.
timed="target.'cfg(all())'.runner = ['env', 'RUSTC_BOOTSTRAP=1', 'timeout', '--foreground', '1200']"

# The ten tests that took longest.
slowest() {
    sed -n 's/^test \(.*\) \.\.\. .* <\([0-9.]*\)s>$/\2 \1/p' "$log" | sort -rn | head -n 10 |
        while read -r seconds name; do printf '  %6.1f s  %s\n' "$seconds" "$name"; done
}

# count WORD: the sum of the numbers before it in the lines "test result: ok. 5 passed; 0 failed; ..."
count() {
    awk -v word="$1" '/^test result:/ {
        for (i = 2; i <= NF; i++) if (index($i, word) == 1) sum += $(i - 1)
    } END { print sum + 0 }' "$log"
}

check formatting $cargo fmt --all --check
check lints $cargo clippy --locked --quiet --workspace --all-targets --features faults -- -D warnings
check documentation documentation
if command -v cargo-deny >/dev/null 2>&1; then
    check dependencies $cargo deny --locked check
else
    printf 'dependencies: cargo-deny is not installed\n' >>"$MS_TEST_SKIPS"
fi
printf '==> tests\n'
tests

bad=$(count failed)
# What does not compile, or dies, has no line of its own.
if [ "$bad" -eq 0 ] && grep -q '^cargo test: failed$' "$log"; then bad=1; fi
skipped=$(sed 's/: .*//' "$MS_TEST_SKIPS" | sort -u | grep -c .)
ignored=$(grep '^test .* \.\.\. ignored' "$log" | grep -vc 'ignored, run by ')
if [ "$skipped" -gt 0 ]; then
    printf '\nskipped:\n'
    sort -u "$MS_TEST_SKIPS" | sed 's/^/  /'
fi
if [ "$bad" -gt 0 ]; then
    printf '\nfailed:\n'
    sed -n 's/^test \(.*\) \.\.\. FAILED.*$/  \1/p' "$log"
    grep '^error: could not compile' "$log"
fi
if [ -n "${took:-}" ]; then
    printf '\nthe tests took %d s; longest:\n' "$took"
    slowest
fi
passed=$((passed + $(count passed) - skipped))
failed=$((failed + bad))
printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" $((skipped + ignored)) | tee "$summary"
[ "$failed" -eq 0 ]
