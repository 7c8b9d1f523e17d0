#!/bin/sh
# Installs the programs that the benchmark plays with: Debian's packages (as root), a Python venv, an npm
# prefix and small fakes that are compiled. Everything is optional: what can't be installed is skipped here
# and its scenarios are skipped, and counted as skipped, there.
#
#   MS_DETECT_PREFIX   where the venv, the npm prefix and the fakes go (~/.cache/ms-detect)
#   install.sh apt pip npm fakes    only these parts
#   install.sh agents               coding agents, for tests/agents alone (make agents): 1.2 GB
#   install.sh user                 a test user, ms-detect, who may become root by its password, which is made up and
#                                   kept where root alone reads it; made only if asked for (and `nouser` takes it away)
set -u
here=$(cd "$(dirname "$0")" && pwd)
prefix=${MS_DETECT_PREFIX:-${XDG_CACHE_HOME:-$HOME/.cache}/ms-detect}
parts=${*:-apt pip npm fakes}
mkdir -p "$prefix/bin"

packages="
    bash dash zsh fish ksh mksh tcsh
    openssh-server openssh-client sudo util-linux procps psmisc iputils-ping expect socat rlwrap dtach abduco
    screen tmux telnet ftp curl wget netcat-openbsd rsync pv git make gcc gdb cmake gawk jq entr inotify-tools
    less more man-db groff-base most vim nano ed mc joe neovim kakoune tig ncdu ranger
    fzf dialog whiptail gnupg pinentry-curses zip unzip xz-utils fdisk aptitude
    sqlite3 bc dc perl ruby lua5.4 php-cli tcl guile-3.0 calc gnuplot-nox redis-server redis-tools
    postgresql postgresql-client htop btop multitail lynx w3m mutt nsnake sl cmatrix
"
python_packages="
    prompt_toolkit questionary InquirerPy simple-term-menu textual rich tqdm alive-progress halo click
    ipython ptpython bpython urwid blessed pytest watchdog litecli visidata cookiecutter
"
npm_packages="
    ink@5 react@18 ink-text-input@6 ink-select-input@6 ink-spinner@5
    @inquirer/prompts@7 enquirer prompts @clack/prompts@0.10 ora@8 listr2@8 vite@6 nodemon esbuild http-server
    typescript@5 blessed vitest@2
"
agent_packages="@anthropic-ai/claude-code opencode-ai @openai/codex @google/gemini-cli @qwen-code/qwen-code"

say() { printf '%s\n' "install.sh: $*" >&2; }

apt_part() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || { say "apt: not root, skipped"; return; }
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null || say "apt: update failed, going on"
    wanted=
    for package in $packages; do
        apt-cache policy "$package" 2>/dev/null | grep -q 'Candidate: [0-9]' && wanted="$wanted $package" ||
            say "apt: no package $package"
    done
    # Services that packages bring are not started: scenarios start their own.
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d.ms-detect && chmod +x /usr/sbin/policy-rc.d.ms-detect
    [ -e /usr/sbin/policy-rc.d ] || ln -s policy-rc.d.ms-detect /usr/sbin/policy-rc.d
    # shellcheck disable=SC2086
    apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 $wanted >"$prefix/apt.log" 2>&1 ||
        say "apt: failed, see $prefix/apt.log"
    [ "$(readlink /usr/sbin/policy-rc.d)" = policy-rc.d.ms-detect ] && rm -f /usr/sbin/policy-rc.d
    rm -f /usr/sbin/policy-rc.d.ms-detect
}

pip_part() {
    command -v python3 >/dev/null || { say "pip: no python3"; return; }
    [ -x "$prefix/venv/bin/pip" ] || python3 -m venv "$prefix/venv" || { say "pip: no venv"; return; }
    for package in $python_packages; do
        "$prefix/venv/bin/pip" install -q --disable-pip-version-check "$package" >>"$prefix/pip.log" 2>&1 ||
            say "pip: $package failed"
    done
}

npm_part() {
    command -v npm >/dev/null || { say "npm: not there"; return; }
    mkdir -p "$prefix/npm"
    for package in $npm_packages; do
        npm install --silent --no-fund --no-audit --prefix "$prefix/npm" "$package" >>"$prefix/npm.log" 2>&1 ||
            say "npm: $package failed"
    done
}

agents_part() {
    command -v npm >/dev/null || { say "agents: no npm"; return; }
    mkdir -p "$prefix/agents"
    for package in $agent_packages; do
        npm install --silent --no-fund --no-audit --prefix "$prefix/agents" "$package" >>"$prefix/agents.log" 2>&1 ||
            say "agents: $package failed"
    done
}

fakes_part() {
    if command -v cc >/dev/null; then
        for source in "$here"/fakes/*.c; do
            cc -O1 -o "$prefix/bin/$(basename "$source" .c)" "$source" || say "fakes: $source failed"
        done
    fi
    if command -v cargo >/dev/null; then
        for crate in "$here"/fakes/*/Cargo.toml; do
            [ -e "$crate" ] || continue
            directory=$(dirname "$crate")
            cargo install -q --path "$directory" --root "$prefix" --target-dir "$prefix/target" 2>>"$prefix/cargo.log" ||
                say "fakes: $(basename "$directory") failed"
        done
    fi
}

# Scenarios of sudo and su are an ordinary user's.
user_part() {
    [ "$(id -u)" = 0 ] && command -v sudo >/dev/null || { say "user: not root, or no sudo"; return; }
    id ms-detect >/dev/null 2>&1 || useradd --no-create-home --home-dir / --shell /bin/bash ms-detect
    (umask 077 && od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$prefix/password")
    printf 'ms-detect:%s\n' "$(cat "$prefix/password")" | chpasswd
    (umask 337 && echo 'ms-detect ALL=(ALL:ALL) ALL' >/etc/sudoers.d/ms-detect)
}

nouser_part() {
    rm -f /etc/sudoers.d/ms-detect "$prefix/password"
    userdel ms-detect 2>/dev/null
}

for part in $parts; do
    "${part}_part"
done
say "done: $prefix"
