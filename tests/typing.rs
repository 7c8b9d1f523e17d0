//! Typing for programs that read keys: keys that mean something come alone, a message is sent off and that
//! is seen, and the wait after it is never the one before it.

use std::fs;
use std::time::{Duration, Instant};

use crate::world::{World, installed, skip};

/// A place to write in, as agents have one: a key that comes with other bytes is none. It keeps what each
/// read gave it in the file `reads`.
///
/// Words on its command line: `slow` sleeps before each read, `burst` takes Enter soon after a text for a
/// line end, `deaf` takes every Enter for one, `second` the first, `paste` asks for bracketed pastes, `hide`
/// hides the cursor, `late` begins late, `silent` shows nothing of what is typed, `bye` ends when something is sent off.
const COMPOSER: &str = r##"
import os, re, sys, time, tty
words = sys.argv[1:]
if "late" in words: time.sleep(0.8)
tty.setraw(0)
text, last, ignored = "", 0.0, 0
def out(s): os.write(1, s.encode())
def draw(above=""):
    shown = "" if "silent" in words else text
    lines = ["+" + "-" * 40, "> " + shown.replace("\r", "\r\n  "), "+" + "-" * 40]
    out("\r\x1b[2J\x1b[H" + above + "\r\n".join(lines))
out("\x1b[?2004h" if "paste" in words else "")
out("\x1b[?25l" if "hide" in words else "")
above = ""
draw()
while True:
    if "slow" in words: time.sleep(0.25)
    data = os.read(0, 1024)
    now = time.monotonic()
    with open("reads", "a") as f: f.write(repr(data) + "\n")
    enter = data == b"\r"
    if enter and "burst" in words and now - last < 0.12: enter = False
    if enter and "deaf" in words: enter = False
    if enter and "second" in words and not ignored: enter, ignored = False, 1
    last = now
    if enter:
        above += "said " + text.replace("\r", "|") + "\r\n"
        text = ""
        if "bye" in words: sys.exit(0)
    else:
        text += re.sub("\x1b\\[20[01]~", "", data.decode())
    draw(above)
"##;

fn composer(world: &World, words: &[&str]) {
    fs::write(world.path("home/composer.py"), COMPOSER).unwrap();
    world.start("a", &[&["python3", "composer.py"], words].concat());
    world.wait_status("a", "waiting");
}

fn reads(world: &World) -> Vec<String> {
    let text = fs::read_to_string(world.path("home/reads")).unwrap_or_default();
    text.lines().map(|line| line.trim_start_matches('b').trim_matches('\'').to_owned()).collect()
}

fn with_python() -> bool {
    installed("python3") || {
        skip("python3 is not installed");
        false
    }
}

#[test]
fn a_slow_reader_gets_text_and_keys_as_reads_of_their_own() {
    if !with_python() {
        return;
    }
    let world = World::new();
    composer(&world, &["slow"]);
    world.ok("mssend", &["a", "look at the tests", "--enter"]);
    world.wait_output("a", "said look at the tests");
    assert_eq!(reads(&world), ["look at the tests", r"\r"]);
    fs::remove_file(world.path("home/reads")).unwrap();
    world.ok(
        "mssend",
        &["a", "-k", "Escape", "one", "-k", "Up", "-k", "Up", "two", "-k", "C-c", "-k", "Enter"],
    );
    world.wait_output("a", "two");
    world.ok("mssend", &["a", "end"]);
    crate::world::until("all is read", || reads(&world).last().is_some_and(|last| last == "end"));
    assert_eq!(reads(&world), [r"\x1b", "one", r"\x1b[A", r"\x1b[A", "two", r"\x03", r"\r", "end"]);
}

#[test]
fn who_has_only_begun_gets_text_and_enter_as_reads_of_their_own() {
    if !with_python() {
        return;
    }
    let world = World::new();
    fs::write(world.path("home/composer.py"), COMPOSER).unwrap();
    world.start("a", &["python3", "composer.py", "late"]);
    world.ok("mssend", &["a", "look at the tests", "--enter"]);
    world.wait_output("a", "said look at the tests");
    assert_eq!(reads(&world), ["look at the tests", r"\r"]);
}

#[test]
fn who_works_gets_a_line_ahead() {
    let world = World::new();
    world.start("a", &["sh", "-c", "sleep 4; read line; echo got $line"]);
    let begun = Instant::now();
    world.ok("mssend", &["a", "ahead", "--enter"]);
    assert!(begun.elapsed() < Duration::from_millis(3500), "{:?}", begun.elapsed());
    world.wait_output("a", "got ahead");
}

#[test]
fn a_key_comes_alone_in_a_command_of_its_own_too() {
    if !with_python() {
        return;
    }
    let world = World::new();
    composer(&world, &["slow", "burst", "paste"]);
    assert_eq!(world.feed("mssend", &["a", "--paste"], b"one\ntwo").code, 0);
    world.ok("mssend", &["a", "--key", "Enter"]);
    world.wait_output("a", "said one|two");
    world.ok("mssend", &["a", "--key", "Escape"]);
    world.ok("mssend", &["a", "x"]);
    assert_eq!(world.feed("mssend", &["a", "--enter"], b"from a pipe").code, 0);
    world.wait_output("a", "from a pipe");
    let all = [r"\x1b[200~one\rtwo\x1b[201~", r"\r", r"\x1b", "x", "from a pipe", r"\r"];
    crate::world::until("all is read", || reads(&world).len() >= all.len());
    assert_eq!(
        reads(&world).iter().filter(|read| *read == r"\x1b" || *read == r"\r").count(),
        3,
        "{:?}",
        reads(&world)
    );
    assert!(reads(&world).concat() == all.concat(), "{:?}", reads(&world));
}

#[test]
fn a_message_is_sent_off_and_that_is_seen() {
    if !with_python() {
        return;
    }
    for words in
        [&["burst"][..], &["paste", "hide"], &["slow", "burst", "paste"], &["second"], &["silent"], &["bye"]]
    {
        let world = World::new();
        composer(&world, words);
        world.ok("mssend", &["--submit", "a", "look at\nthe tests"]);
        if words == ["bye"] {
            world.wait_end("a");
            continue;
        }
        let screen = world.ok("msbuf", &["--screen", "a"]);
        let said = if words == ["second"] { "said look at|the tests|" } else { "said look at|the tests" };
        assert!(screen.lines().any(|line| line == said), "{words:?}: {screen}");
    }
}

#[test]
fn a_message_that_stays_where_it_is_is_a_no_with_a_sentence() {
    if !with_python() {
        return;
    }
    for words in [&["deaf"][..], &["deaf", "hide", "paste"], &["deaf", "burst"]] {
        let world = World::new();
        composer(&world, words);
        let message = world.fails(1, "mssend", &["--submit", "a", "look at the tests"]);
        assert!(message.starts_with("mssend: a: ") && message.contains("did not send it off"), "{message}");
        assert_eq!(reads(&world).iter().filter(|read| *read == r"\r").count(), 2, "{words:?}");
    }
}

#[test]
fn a_message_for_a_shell_or_a_line_reader_is_sent_off() {
    let world = World::new();
    world.start("sh", &["bash", "--norc"]);
    world.wait_status("sh", "waiting");
    world.ok("mssend", &["--submit", "sh", "expr 6 \\* 7"]);
    world.wait_output("sh", "\r42\r\n");
    world.ok("mssend", &["--submit", "sh", "sleep 3"]);
    world.start("line", &["sh", "-c", "sleep 0.3; printf 'Name: '; read -r x; echo got $x; read -r y"]);
    world.ok("mssend", &["--submit", "line", "bob"]);
    world.wait_output("line", "got bob");
}

#[test]
fn a_program_that_does_not_read_holds_nobody_beyond_the_limit() {
    let world = World::new();
    world.start("a", &["sh", "-c", "stty raw -echo; echo ready; exec sleep 1000"]);
    world.wait_output("a", "ready");
    let began = Instant::now();
    let message = world.fails(5, "mssend", &["-t", "300ms", "a", "text", "--enter"]);
    assert!(message.contains("is not typed") && message.contains("has not read the 4 bytes"), "{message}");
    assert!(began.elapsed() < Duration::from_secs(5));
    let message = world.fails(5, "mssend", &["-t", "300ms", "--submit", "a", "text"]);
    assert!(message.contains("does not read"), "{message}");
    // Whoever waits to press a key holds up nobody else.
    let waits = world.command("mssend").args(["-t", "60", "a", "--key", "Enter"]).spawn();
    let mut waits = waits.unwrap();
    world.ok("mspause", &["a"]);
    world.ok("mspause", &["--resume", "a"]);
    world.ok("msclose", &["--force", "a"]);
    assert_eq!(waits.wait().unwrap().code(), Some(4));
}

#[test]
fn a_key_that_the_terminal_makes_a_signal_of_waits_for_nothing() {
    let world = World::new();
    world.start("a", &["sh", "-c", "stty -icanon -echo min 1; echo ready; exec sleep 1000"]);
    world.wait_output("a", "ready");
    world.ok("mssend", &["a", "text"]);
    let began = Instant::now();
    world.ok("mssend", &["a", "--key", "C-c"]);
    assert_eq!(world.wait_end("a")["exit"]["signal"], 2);
    assert!(began.elapsed() < Duration::from_secs(8));
}

/// Programs in which the thread that reads is not the one that works.
const THREADS: &str = r#"
import sys, threading, queue, time
work, way = queue.Queue(), sys.argv[1]
def worker():
    while True:
        line = work.get()
        end = time.time() + 1
        if way == "sleep": time.sleep(1)
        elif way == "step": time.sleep(0.4); print("step", flush=True); time.sleep(0.8)
        while way == "cpu" and time.time() < end: sum(range(20000))
        print("done " + line, end="", flush=True)
        print("> ", end="", flush=True)
threading.Thread(target=worker, daemon=True).start()
print("> ", end="", flush=True)
for line in sys.stdin: work.put(line)
"#;
const POLLS: &str = r#"
import os, select, sys, threading, time
ready, wide = threading.Event(), threading.Event()
def watch():
    poll = select.epoll()
    poll.register(0, select.EPOLLIN | select.EPOLLET)
    while True:
        poll.poll()
        ready.set()
threading.Thread(target=watch, daemon=True).start()
print("> ", end="", flush=True)
while True:
    ready.wait(); ready.clear()
    time.sleep(1.5)
    line = os.read(0, 1000).decode()
    time.sleep(0.3)
    print("done " + line, end="", flush=True)
    print("> ", end="", flush=True)
"#;
const ASYNC: &str = r#"
import asyncio, sys
async def main():
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print("> ", end="", flush=True)
    while True:
        line = (await reader.readline()).decode()
        await asyncio.sleep(1)
        print("done " + line, end="", flush=True)
        print("> ", end="", flush=True)
asyncio.run(main())
"#;
const NODE: &str = "const rl = require('readline').createInterface({ input: process.stdin, output: process.stdout }); \
     rl.setPrompt('> '); rl.prompt(); \
     rl.on('line', l => setTimeout(() => { console.log('done ' + l); rl.prompt(); }, 1000));";

/// Asks twice; each time the answer is there when the wait is over.
fn answers_before_it_waits(name: &str, command: &[&str]) {
    if !installed(command[0]) {
        return skip(&format!("{} is not installed", command[0]));
    }
    let world = World::new();
    world.start(name, command);
    // At first before the program has begun.
    for round in 0..2 {
        world.ok("mssend", &[name, &format!("ask{round}"), "--enter"]);
        world.ok("mswait", &["-t", "50", name]);
        let text = world.ok("msbuf", &["--raw", name]);
        assert!(text.contains(&format!("done ask{round}")), "{name}, {round}: {text:?}");
    }
}

#[test]
fn the_wait_after_an_answer_is_not_that_of_a_thread_that_only_reads() {
    std::thread::scope(|scope| {
        for way in ["cpu", "sleep", "step"] {
            scope.spawn(move || answers_before_it_waits(way, &["python3", "-c", THREADS, way]));
        }
    });
}

#[test]
fn the_wait_after_an_answer_is_not_that_of_a_program_that_polls_first() {
    std::thread::scope(|scope| {
        scope.spawn(|| answers_before_it_waits("polls", &["python3", "-c", POLLS]));
        scope.spawn(|| answers_before_it_waits("async", &["python3", "-c", ASYNC]));
        scope.spawn(|| answers_before_it_waits("node", &["node", "-e", NODE]));
    });
}

#[test]
fn the_wait_after_an_answer_is_not_that_of_a_relay() {
    let world = World::new();
    fs::write(world.path("home/threads.py"), THREADS).unwrap();
    answers_before_it_waits(
        "script",
        &["script", "-qc", &format!("python3 {} cpu", world.path("home/threads.py").display()), "/dev/null"],
    );
}

#[test]
fn the_silence_before_a_script_typed_is_none_after_it() {
    let world = World::new();
    world.start(
        "a",
        &["sh", "-c", "stty -echo; echo ready; while read -r x; do sleep 0.6; echo got $x; done"],
    );
    world.wait_output("a", "ready");
    world.ok("mswait", &["--quiet", "1", "a"]);
    world.ok("mssend", &["a", "one", "--enter"]);
    // Without what was typed, the silence would be old enough at once.
    world.ok("mswait", &["--quiet", "900ms", "a"]);
    assert!(world.ok("msbuf", &["a"]).contains("got one"));
    let began = Instant::now();
    world.start("b", &["cat"]);
    world.ok("mswait", &["--quiet", "300ms", "b"]);
    world.ok("mswait", &["--quiet", "300ms", "--since-send", "b"]);
    assert!(began.elapsed() >= Duration::from_millis(600), "where nothing was typed it counts from now on");
    assert!(world.fails(2, "mswait", &["--since-send", "a"]).contains("--quiet"));
}
