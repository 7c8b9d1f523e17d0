"""Builds and other work that ends by itself; then somebody is asked, or the prompt is back."""
from harness.registry import scenario

WORKS, RUNS = ["processing"], ["active", "processing"]


def in_shell(s, command, truth, label, done="DONE", timeout=90, hold=2.5):
    """Runs a command at a shell's prompt; states `truth` until it is done."""
    s.start("bash", "--norc", "-i", env={"PS1": "$ ", **getattr(s, "more", {})})
    s.expect(r"\$ ")
    s.waiting("shell", 1.5)
    s.enter(command + "; echo DO''NE")
    s.truth(truth, label=label)
    s.expect(done, timeout=timeout)
    s.expect(r"\$ ")
    s.waiting("shell", hold)


@scenario("make", "gcc", heavy=True)
def work_make_gcc(s):
    """make compiles C files one after another"""
    body = "".join(f"int f{n}(int x){{int s=0;for(int i=0;i<x;i++)s+=i*{n};return s;}}\n" for n in range(220))
    for name in "abcdef":
        s.file(f"{name}.c", body.replace("int f", f"int {name}"))
    s.file("Makefile", "all: a.o b.o c.o d.o e.o f.o\n%.o: %.c\n\tgcc -O2 -c $< -o $@\n")
    in_shell(s, "make", WORKS, "make")


@scenario("gcc", heavy=True)
def work_gcc(s):
    """One long silent compilation"""
    s.file("a.c", "".join(f"int f{n}(int x){{int s=0;for(int i=0;i<x;i++)s+=i*{n};return s;}}\n" for n in range(1100)))
    in_shell(s, "gcc -O2 -c a.c", WORKS, "gcc")


@scenario("make")
def work_make_sleepy(s):
    """make whose recipes echo and sleep"""
    s.file("Makefile", "all:\n" + "".join(f"\t@echo '[{n}/5] step {n}'; sleep 1\n" for n in range(1, 6)))
    in_shell(s, "make", RUNS, "slow steps")


@scenario("make", "bash")
def work_make_asks(s):
    """A recipe asks amid a build"""
    s.file("Makefile", "all:\n\t@echo building; sleep 2\n\t@read -p 'Overwrite config? [y/N] ' x\n\t@echo more; sleep 5\nSHELL=/bin/bash\n")
    s.start("make")
    s.busy(label="first step")
    s.expect(r"N\] ")
    s.waiting("confirm", 3.5)
    s.enter("y")
    s.busy(4, label="last step")


@scenario("cargo", heavy=True)
def work_cargo_build(s):
    """cargo build: a bar on a terminal, several rustc below"""
    body = "".join(f"pub fn f{n}(x: u64) -> u64 {{ (0..x).map(|i| i.wrapping_mul({n})).filter(|i| i % 3 == 1).sum() }}\n" for n in range(120))
    s.run("mkdir -p p/src")
    s.file("p/Cargo.toml", '[package]\nname = "p"\nversion = "0.1.0"\nedition = "2021"\n[workspace]\n[profile.dev]\nopt-level = 2\n')
    s.file("p/src/lib.rs", body)
    in_shell(s, "cd p; cargo build --offline", WORKS, "cargo build", timeout=120)


@scenario("cargo", heavy=True)
def work_cargo_run_asks(s):
    """cargo run: builds, then the program itself asks"""
    s.run("mkdir -p p/src")
    s.file("p/Cargo.toml", '[package]\nname = "p"\nversion = "0.1.0"\nedition = "2021"\n[workspace]\n')
    s.file("p/src/main.rs", 'use std::io::Write;\nfn main() { print!("Guess: "); std::io::stdout().flush().unwrap(); let mut s = String::new(); std::io::stdin().read_line(&mut s).unwrap(); std::thread::sleep(std::time::Duration::from_secs(2)); }\n')
    s.start("cargo", "run", "--offline", "--manifest-path", "p/Cargo.toml")
    s.busy(label="cargo builds")
    s.expect("Guess: ", timeout=90)
    s.waiting(["line", "question"], 3)


@scenario("npm:typescript", "node", heavy=True)
def work_tsc(s):
    """tsc compiles"""
    for n in range(6):
        s.file(f"m{n}.ts", "".join(f"export function f{i}<T extends {{a: number}}>(x: T, y: T[]): T[] {{ return y.map(z => ({{...z, a: z.a + {i}}})); }}\n" for i in range(300)))
    in_shell(s, "tsc --outDir out --target es2020 --strict *.ts", WORKS, "tsc")


@scenario("cmake", "make", "gcc", heavy=True)
def work_cmake(s):
    """cmake probes the compiler, then builds"""
    s.file("CMakeLists.txt", "cmake_minimum_required(VERSION 3.5)\nproject(p C)\nadd_executable(p p.c)\n")
    s.file("p.c", "int main(void){return 0;}\n")
    in_shell(s, "mkdir b; cd b; cmake ..; make", WORKS, "cmake")


@scenario("py:pytest")
def work_pytest(s):
    """pytest: dots, with quiet tests between"""
    s.file("test_x.py", "import time\nimport pytest\n@pytest.mark.parametrize('n', range(8))\ndef test_it(n):\n    time.sleep(0.5)\n")
    in_shell(s, "pytest -q -p no:cacheprovider test_x.py", RUNS, "tests that sleep")


@scenario("py:pytest")
def work_pytest_breakpoint(s):
    """pytest stops at a breakpoint"""
    s.file("test_x.py", "import time\ndef test_it():\n    time.sleep(2)\n    breakpoint()\n    time.sleep(5)\n")
    s.start("pytest", "-q", "-p", "no:cacheprovider", "test_x.py")
    s.busy(label="before the breakpoint")
    s.expect(r"\(Pdb\) ")
    s.waiting(["repl", "line"], 3.5)
    s.enter("c")
    s.busy(4, label="after it")


@scenario("xz", heavy=True)
def work_xz(s):
    """xz: silent and busy"""
    s.run("head -c 5000000 /dev/urandom > f")
    in_shell(s, "xz -k -9 f", WORKS, "xz")


@scenario("find", heavy=True)
def work_find(s):
    """find floods the terminal"""
    in_shell(s, "for i in $(seq 12); do find /usr/lib /usr/share | head -20000; done", WORKS, "flood")


@scenario("bash")
def work_log_steady(s):
    """A job that prints four lines a second"""
    in_shell(s, "for i in $(seq 18); do echo \"$(date +%T) INFO step $i\"; sleep 0.25; done", WORKS + ["active"], "log lines")


@scenario("bash")
def work_log_bursts(s):
    """A job that prints a few lines each 2 s"""
    in_shell(s, "for i in 1 2 3; do echo \"compiling module $i\"; echo; sleep 2; done", RUNS, "bursts")


@scenario("bash")
def work_progress_line(s):
    """A progress line redrawn by a carriage return"""
    in_shell(s, "for i in $(seq 1 40); do printf '\\rprogress %d%% ' $((i*100/40)); sleep 0.1; done; echo", WORKS + ["active"], "progress line")


@scenario("bash")
def work_spinner(s):
    """A spinner of one character by a script"""
    in_shell(s, "for i in $(seq 1 10); do for c in '|' / - '\\\\'; do printf '\\r%s ' \"$c\"; sleep 0.1; done; done; echo", WORKS + ["active"], "spinner")


@scenario("bash")
def work_dots(s):
    """Dots, one a second, on one line"""
    in_shell(s, "printf 'Waiting for the service to come up'; for i in 1 2 3 4 5; do printf .; sleep 1; done; echo", RUNS, "dots")


@scenario("py:tqdm")
def work_tqdm(s):
    """tqdm's bar, then input()"""
    s.python("bars.py", "tqdm", venv=True)
    s.busy(label="loading")
    s.mark("work")
    s.processing(label="bar")
    s.mark("ask")
    s.waiting(["confirm"], 3)


@scenario("py:rich")
def work_rich(s):
    """rich: a progress display, then a prompt"""
    s.python("bars.py", "rich", venv=True)
    s.busy(label="loading")
    s.mark("work")
    s.processing(label="progress display")
    s.mark("ask")
    s.waiting(["confirm", "question", "line"], 3)


@scenario("py:halo")
def work_halo(s):
    """halo's spinner runs in a thread, then input()"""
    s.python("bars.py", "halo", venv=True)
    s.busy(label="loading")
    s.mark("work")
    s.processing(label="spinner")
    s.mark("ask")
    s.waiting(["confirm"], 3)


@scenario("py:alive_progress")
def work_alive(s):
    """alive-progress: an animated bar"""
    s.python("bars.py", "alive", venv=True)
    s.busy(label="loading")
    s.mark("work")
    s.processing(label="bar")
    s.mark("ask")
    s.waiting(["confirm"], 3)


@scenario("npm:ora", "node")
def work_ora(s):
    """ora's spinner over a timer: it discards keys while it spins"""
    s.node_module("ora.mjs")
    s.busy(label="loading")
    s.mark("work")
    s.processing(label="spinner")
    s.mark("ask")
    s.waiting(["confirm", "line", "question"], 3)


@scenario("npm:listr2", "node")
def work_listr(s):
    """listr2: a list of tasks"""
    s.node_module("listr.mjs")
    s.busy(label="loading")
    s.mark("work")
    s.processing(label="tasks")
    s.mark("end")
    s.waiting(["line", "unknown", "question", "confirm"], 3)


@scenario("bash")
def work_sleep(s):
    """A script that sleeps, prints, sleeps"""
    s.bash("echo start; sleep 4; echo middle; sleep 4; echo end")
    s.expect("end", timeout=20)
    s.close_truth(s.t)


@scenario("bash")
def work_flock(s):
    """A command waits for a lock that another holds"""
    s.services.child(["flock", str(s.world / "l"), "sleep", "60"])
    s.appears("l")
    s.start("flock", "l", "true")
    s.active(5, label="waits for a lock")


@scenario("bash")
def work_wait_child(s):
    """A script waits for its own background jobs"""
    s.bash("for i in 1 2 3; do (sleep $((i + 1)); echo job $i ready) & done; wait; read -p 'Publish? [y/N] ' x")
    s.busy(label="wait")
    s.expect(r"N\] ")
    s.waiting("confirm", 3)


@scenario("python3", heavy=True)
def work_silent_cpu_then_ask(s):
    """Silent CPU, then a question, then CPU, then a question"""
    code = "import time\ndef w():\n e=time.time()+4\n while time.time()<e: sum(range(9999))\nw(); input('Continue? (y/n) '); w(); input('Continue? (y/n) ')\n"
    s.start("/usr/bin/env", "python3", "-c", code)
    s.busy(0.5, label="loading")
    s.processing(label="silent CPU")
    s.expect(r"n\) ")
    s.waiting("confirm", 3)
    s.enter("y")
    s.processing(label="silent CPU")
    s.expect(r"n\) ")
    s.waiting("confirm", 3)


@scenario("sort", heavy=True)
def work_pipeline_sort(s):
    """A pipeline that only computes"""
    in_shell(s, "seq 900000 | sort -R | sort -n | tail -1", WORKS, "pipeline")
