//! Control always gets through: beside a program that reads nothing, beside connections that say nothing or
//! read nothing, without descriptors, and past a server that makes no sense.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use msession::format::frame::{self, Hello, Request, Role, Type};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::protocol::{Peer, terminal};
use crate::world::{Ran, World, is_blocked, kilobytes, others_go_on, switches, until};

/// Programs that read nothing, each in its way: what they do before and after they say `ready`.
const DEAF: [(&str, &str, &str); 5] = [
    ("keys", "stty -icanon -echo", "sleep 999"),
    ("raw", "stty raw -echo", "sleep 999"),
    ("lines", "stty -echo", "sleep 999"),
    ("noflsh", "stty -icanon -echo noflsh", "sleep 999"),
    ("stopped", "stty -icanon -echo", "kill -STOP $$; sleep 999"),
];

fn start_deaf(world: &World, name: &str, before: &str, after: &str) {
    world.start(name, &["sh", "-c", &format!("{before}; echo ready; {after}; exit 1")]);
    world.wait_output(name, "ready");
}

/// Types so much that a script waits for the program to read, and leaves it there.
fn fill(world: &World, name: &str) {
    // No line is too long for a terminal that keeps lines.
    let text: Vec<u8> = (0..100_000).map(|n| if n % 80 == 79 { b'\n' } else { b'z' }).collect();
    let ran = world.feed("mssend", &[name, "--timeout", "300ms"], &text);
    assert_eq!(ran.code, 5, "{name}: {ran:?}");
    assert!(ran.err.contains("not taken yet"), "{ran:?}");
}

fn server(world: &World, name: &str) -> Pid {
    Pid::from_raw(world.session(name)["server_pid"].as_i64().unwrap() as i32)
}

#[test]
fn everything_but_typing_works_beside_a_program_that_reads_nothing() {
    let world = World::new();
    for (name, before, after) in DEAF {
        start_deaf(&world, name, before, after);
        fill(&world, name);
        let ran = world.run("mssend", &["--timeout", "100ms", name, "more"]);
        assert!(ran.code == 5 && !ran.err.contains("over"), "{name}: {ran:?}");
        world.ok("mspause", &[name]);
        world.wait_status(name, "paused");
        world.ok("mspause", &["--resume", name]);
        assert!(world.ok("msbuf", &["--screen", name]).contains("ready"), "{name}");
        world.ok("msname", &[name, "other"]);
        let (mut peer, _) = Peer::client(&world, "other", &terminal(70, 20));
        peer.next_of(Type::Paint);
        peer.send(Type::Resize, &[71, 0, 21, 0]);
        world.wait_for("other", "the size of its terminal", |status| status["cols"] == 71);
        drop(peer);
        let began = Instant::now();
        world.ok("msclose", &["other"]);
        assert!(began.elapsed() < Duration::from_secs(5), "{name}: {:?}", began.elapsed());
    }
}

#[test]
fn a_session_that_reads_nothing_ends_by_each_way_of_closing() {
    let world = World::new();
    for args in [&["--force", "x"][..], &["--all"], &["--all", "--force"]] {
        start_deaf(&world, "x", "stty -icanon -echo; trap '' HUP", "sleep 999");
        fill(&world, "x");
        world.ok("msclose", args);
        assert_eq!(world.ok("msls", &[]), "", "{args:?}");
    }
}

#[test]
fn what_waits_is_dropped_and_counted_and_who_waits_for_it_is_told() {
    let world = World::new();
    for (name, modes) in [("raw", "stty raw -echo"), ("keys", "stty -icanon -echo")] {
        start_deaf(&world, name, modes, "until [ -e go ]; do sleep 0.02; done; exec cat -v");
        fill(&world, name);
        let before = queued(&world, name);
        let waits = spawn(&world, "mssend", &[name, &"y".repeat(1000)]);
        until("the second waits, too", || queued(&world, name) == before + 1000);
        let out = world.ok("mssend", &["--discard", name]);
        let dropped: usize = out.strip_suffix(" bytes dropped\n").unwrap().parse().unwrap();
        let ran = ended(waits);
        assert_eq!(ran.code, 4, "{ran:?}");
        assert!(ran.err.contains("1000 bytes were not typed: dropped by mssend --discard"), "{ran:?}");
        assert_eq!(dropped, 100_000 + 1000, "{name}");
        assert_eq!(world.ok("mssend", &["--discard", name]), "0 bytes dropped\n");
        fs::write(world.path("home/go"), "").unwrap();
        world.ok("mssend", &["--discard", name, "new", "--enter"]);
        let text = world.wait_output(name, "new");
        assert!(!text.contains("zz") && !text.contains("yy"), "{text}");
        fs::remove_file(world.path("home/go")).unwrap();
        world.ok("msclose", &["--force", name]);
    }
}

/// Bytes that wait in the session's queue.
fn queued(world: &World, name: &str) -> u64 {
    let (mut peer, _) = Peer::client(world, name, &Hello { read_only: true, ..terminal(0, 0) });
    peer.send(Type::Request, &serde_json::to_vec(&Request::Modes).unwrap());
    let reply: serde_json::Value = serde_json::from_slice(&peer.next_of(Type::Reply)).unwrap();
    reply["queued"].as_u64().unwrap()
}

fn spawn(world: &World, tool: &str, args: &[&str]) -> Child {
    let mut command = world.command(tool);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn ended(child: Child) -> Ran {
    Ran::of(child.wait_with_output().unwrap())
}

/// A paste as a terminal sends it: many lines.
fn paste(bytes: usize) -> String {
    "z".repeat(bytes)
}

#[test]
fn a_person_s_interrupt_comes_before_a_paste_that_nobody_reads() {
    let world = World::new();
    for (name, more) in [("flushes", ""), ("keeps", "noflsh")] {
        let script = format!(
            "stty -icanon -echo {more}; trap 'echo got INT' INT; trap 'echo got QUIT' QUIT; echo ready; \
             while :; do sleep 0.05; done"
        );
        world.start(name, &["sh", "-c", &script]);
        world.wait_output(name, "ready");
        let mut person = world.terminal("msswitch", &[name]);
        person.expect("ready");
        person.send(&paste(300_000));
        person.send("\x03");
        world.wait_output(name, "got INT");
        if more != "noflsh" {
            person.expect_bytes(0, b"of what was typed were dropped");
        }
        // The client's own keys, and leaving.
        person.send("\x1c?");
        person.expect("this help");
        person.send("q");
        person.send("\x1cd");
        assert_eq!(person.wait().code(), Some(0), "{}", person.text());
        let said = person.text().contains("never taken");
        assert_eq!(said, more == "noflsh", "{name}: {}", person.text());
        world.ok("msclose", &["--force", name]);
    }
}

#[test]
fn a_key_typed_into_the_queue_of_the_kernel_alone_interrupts_too() {
    let world = World::new();
    let script = "stty -icanon -echo; trap 'echo got INT' INT; echo ready; while :; do sleep 0.05; done";
    world.start("x", &["sh", "-c", script]);
    world.wait_output("x", "ready");
    let mut person = world.terminal("msswitch", &["x"]);
    person.expect("ready");
    // More than the kernel looks through, and less than it takes.
    person.send(&paste(6_000));
    person.settle();
    person.send("\x03");
    world.wait_output("x", "got INT");
}

#[test]
fn a_script_s_interrupt_comes_before_what_nobody_reads() {
    let world = World::new();
    for (name, more) in [("flushes", ""), ("keeps", "noflsh")] {
        let script = format!(
            "stty -icanon -echo {more}; trap 'echo got INT' INT; echo ready; while :; do sleep 0.05; done"
        );
        world.start(name, &["sh", "-c", &script]);
        world.wait_output(name, "ready");
        fill(&world, name);
        world.ok("mssend", &["--timeout", "5", "--key", "C-c", name]);
        world.wait_output(name, "got INT");
        assert_eq!(queued(&world, name) > 0, more == "noflsh", "{name}");
        world.ok("msclose", &["--force", name]);
    }
}

#[test]
fn what_is_said_to_be_lost_is_what_the_program_never_gets() {
    let world = World::new();
    let script = "import os,sys,tty,time\ntty.setraw(0)\nprint('ready',flush=True)\n\
                  while not os.path.exists('go'): time.sleep(0.02)\nn=b''\n\
                  while not n.endswith(b'END'): n+=os.read(0,65536)\nprint('got',len(n)-3,flush=True)\nos.read(0,1)";
    world.start("x", &["python3", "-c", script]);
    world.wait_output("x", "ready");
    let mut person = world.terminal("msswitch", &["x"]);
    person.expect("ready");
    person.send(&paste(300_000));
    // Frames that are not typed stand in the way of nothing, and are not counted.
    for cols in [90, 91, 92] {
        person.resize(cols, 24);
    }
    person.settle();
    person.send("\x1cd");
    assert_eq!(person.wait().code(), Some(0));
    let bytes = String::from_utf8_lossy(&person.bytes).into_owned();
    let lost: usize = bytes
        .split("[msswitch: ")
        .find_map(|said| said.split_once(" bytes of what was typed")?.0.parse().ok())
        .unwrap();
    assert!(lost > 200_000, "{lost}");
    fs::write(world.path("home/go"), "").unwrap();
    world.ok("mssend", &["x", "END"]);
    world.wait_output("x", &format!("got {}", 300_000 - lost));
}

#[test]
fn silent_connections_keep_nobody_out() {
    raise_limit();
    let world = World::new();
    start_deaf(&world, "x", "stty raw -echo", "exec cat -v");
    let control = world.session_dir("x").join("control");
    let silent: Vec<UnixStream> = (0..700).map(|_| UnixStream::connect(&control).unwrap()).collect();
    for number in 0..5 {
        world.ok("mssend", &["x", &format!("line {number}.")]);
        world.wait_output("x", &format!("line {number}."));
    }
    world.ok("msclose", &["x"]);
    drop(silent);
}

#[test]
fn one_connection_too_many_is_told_so_and_force_ends_the_session_all_the_same() {
    raise_limit();
    let world = World::new();
    world.start("x", &["cat"]);
    let mut hello = Vec::new();
    frame::push_json(&mut hello, Type::Hello, &Hello { role: Role::Tool, ..Hello::default() });
    let taken: Vec<Peer> = (0..600)
        .map(|_| {
            let mut peer = Peer::to(&world, "x");
            let _ = peer.stream.write_all(&hello);
            peer
        })
        .collect();
    let refused = taken.into_iter().map(|mut peer| (peer.next().map(|(kind, _)| kind), peer));
    let all: Vec<_> = refused.collect();
    assert!(all.iter().any(|(kind, _)| *kind == Some(Type::Refused)));
    for (tool, args) in [("mssend", &["x", "y"][..]), ("mspause", &["x"]), ("msclose", &["x"])] {
        let message = world.fails(4, tool, args);
        assert!(message.contains("x: too many connections"), "{message}");
    }
    world.ok("msclose", &["--force", "x"]);
    assert_eq!(world.ok("msls", &[]), "");
}

fn raise_limit() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    let _ = setrlimit(Resource::RLIMIT_NOFILE, hard.min(8192), hard);
}

#[test]
fn a_server_without_descriptors_neither_spins_nor_keeps_who_comes_waiting() {
    let world = World::new();
    let few =
        world.run("sh", &["-c", "ulimit -n 24; msnew -n x sh -c 'stty raw -echo; echo ready; exec cat -v'"]);
    assert_eq!(few.code, 0, "{few:?}");
    world.wait_output("x", "ready");
    let pid = server(&world, "x").as_raw();
    let greeted: Vec<Peer> = (0..40)
        .map(|number| {
            let mut peer = Peer::to(&world, "x");
            if number % 2 == 0 {
                // Those that the server has no descriptor for it may turn away first.
                let _ = peer.offer(Type::Hello, b"{}");
            }
            peer
        })
        .collect();
    // One that went round and round would never be found asleep in the same sleep.
    until("it sleeps", || {
        let before = switches(pid);
        others_go_on();
        is_blocked(pid) && switches(pid) == before
    });
    let ran = world.run("mspause", &["x"]);
    assert!(!ran.err.contains("over"), "{ran:?}");
    drop(greeted);
    world.ok("mssend", &["x", "hello"]);
    world.wait_output("x", "hello");
    world.ok("msclose", &["x"]);
}

#[test]
fn connections_that_never_read_cost_a_bounded_memory_and_no_time() {
    let world = World::new();
    let paint = "input()\nfor row in range(200): print(''.join('\x1b[38;2;%d;%d;%dmx' % (row, c % 256, row * c % 256) \
                 for c in range(300)), end='' if row == 199 else '\\n')\nprint(end='done', flush=True)\ninput()";
    world.start("x", &["python3", "-c", paint]);
    let pid = i64::from(server(&world, "x").as_raw());
    let mut first = Peer::client(&world, "x", &terminal(300, 200)).0;
    first.send(Type::Input, b"\r");
    world.wait_output("x", "done");
    first.send(Type::Repaint, b"");
    while first.next_of(Type::Paint).len() < 100_000 {}
    let before = kilobytes(pid, "Anonymous");
    let mut deaf: Vec<Peer> = (0..150).map(|_| Peer::client(&world, "x", &terminal(300, 200)).0).collect();
    for peer in &mut deaf {
        // Some are cut off on the way.
        for _ in 0..200 {
            let mut bytes = Vec::new();
            frame::push(&mut bytes, Type::Repaint, b"");
            frame::push_json(&mut bytes, Type::Request, &Request::Screen);
            let _ = peer.stream.write_all(&bytes);
        }
    }
    let mut good = Peer::client(&world, "x", &terminal(300, 200)).0;
    good.next_of(Type::Paint);
    let grown = kilobytes(pid, "Anonymous").saturating_sub(before);
    assert!(grown < 40 << 10, "the server grew by {grown} kB");
    let began = Instant::now();
    world.ok("msclose", &["x"]);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

/// What a server of another age, or one that makes no sense, does with a connection.
type Other = fn(UnixStream);

/// A session whose own server is stopped, and another one in its place.
fn replace_server(world: &World, name: &str, other: Other) {
    kill(server(world, name), Signal::SIGSTOP).unwrap();
    let control = world.session_dir(name).join("control");
    fs::remove_file(&control).unwrap();
    let listener = UnixListener::bind(&control).unwrap();
    // As long as the process lives: no test waits for it.
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || other(stream));
        }
    });
}

fn listens(mut stream: &UnixStream) {
    while matches!(stream.read(&mut [0; 65536]), Ok(1..)) {}
}

fn welcomes(mut stream: &UnixStream) {
    let mut bytes = Vec::new();
    frame::push(&mut bytes, Type::Welcome, b"{}");
    let _ = stream.write_all(&bytes);
}

const OTHERS: [(&str, Other); 7] = [
    ("another protocol", |mut stream| {
        let _ = stream.write_all(&[9, 64, 0, 0, 2, 0, 0, 0, b'{', b'}']);
        listens(&stream);
    }),
    ("garbage", |mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        listens(&stream);
    }),
    ("nothing but an end", |_| {}),
    ("a welcome and an end", |stream| welcomes(&stream)),
    ("a welcome and frames without end", |mut stream| {
        welcomes(&stream);
        let mut bytes = Vec::new();
        (0..1000).for_each(|_| frame::push(&mut bytes, Type::Doorbell, &[0; 8]));
        while stream.write_all(&bytes).is_ok() {}
    }),
    ("a refusal", |mut stream| {
        welcomes(&stream);
        let mut bytes = Vec::new();
        frame::push(&mut bytes, Type::Refused, br#"{"code":0,"message":"no"}"#);
        let _ = stream.write_all(&bytes);
        listens(&stream);
    }),
    ("that it ended, which it did not", |mut stream| {
        welcomes(&stream);
        let mut bytes = Vec::new();
        frame::push(&mut bytes, Type::Ended, b"{}");
        let _ = stream.write_all(&bytes);
    }),
];

#[test]
fn force_ends_a_session_whatever_its_server_says() {
    let world = World::new();
    std::thread::scope(|scope| {
        for (number, (what, other)) in OTHERS.into_iter().enumerate() {
            let (world, name) = (&world, format!("x{number}"));
            world.start(&name, &["sh", "-c", "trap '' HUP TERM; echo kept; sleep 999 & sleep 999"]);
            world.wait_output(&name, "kept");
            let child = world.session(&name)["child_pid"].as_i64().unwrap();
            let server = server(world, &name);
            replace_server(world, &name, other);
            scope.spawn(move || {
                world.ok("msclose", &["--force", &name]);
                for pid in [child, i64::from(server.as_raw())] {
                    until(what, || !lives(pid));
                }
                assert!(!world.session_dir(&name).exists(), "{what}");
                assert!(world.ok("msbuf", &[&name]).contains("kept"), "{what}: the record is finished");
            });
        }
    });
}

fn lives(pid: i64) -> bool {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    text.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(" Z"))
}

#[test]
fn force_ends_a_stopped_server_and_never_a_process_that_a_record_merely_names() {
    let world = World::new();
    world.start("x", &["sh", "-c", "echo kept; sleep 999"]);
    world.wait_output("x", "kept");
    let mut innocent = Command::new("sleep").arg("999").spawn().unwrap();
    let (true_server, child) = (server(&world, "x"), world.session("x")["child_pid"].as_i64().unwrap());
    let file = world.session_dir("x").join("session.json");
    let mut record: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    record["server_pid"] = innocent.id().into();
    record["child_pid"] = innocent.id().into();
    fs::write(&file, record.to_string()).unwrap();
    kill(true_server, Signal::SIGSTOP).unwrap();
    world.ok("msclose", &["--force", "x"]);
    assert!(innocent.try_wait().unwrap().is_none(), "the innocent lives");
    until("the server is gone", || !lives(i64::from(true_server.as_raw())) && !lives(child));
    innocent.kill().unwrap();
    innocent.wait().unwrap();
}

#[test]
fn an_end_of_the_connection_is_not_the_end_of_the_session() {
    let world = World::new();
    world.start("x", &["cat"]);
    let stopped = server(&world, "x");
    replace_server(&world, "x", |_| {});
    for (tool, args) in [("mspause", &["x"][..]), ("mssend", &["x", "y"]), ("msclose", &["x"])] {
        let message = world.fails(6, tool, args);
        assert!(message.contains("broke the connection off") && !message.contains("over"), "{message}");
    }
    kill(stopped, Signal::SIGCONT).unwrap();
}

#[test]
fn a_greeting_in_pieces_is_refused_with_a_word() {
    let world = World::new();
    world.start("x", &["cat"]);
    let mut peer = Peer::to(&world, "x");
    peer.stream.write_all(b"\x01\x01\0\0\x11\0\0").unwrap();
    let refusal = peer.next_of(Type::Refused);
    assert!(String::from_utf8_lossy(&refusal).contains("no greeting came in time"));
    assert!(peer.next().is_none());
}

#[test]
fn a_greeting_that_waited_for_a_stopped_server_is_heard() {
    let world = World::new();
    world.start("x", &["cat"]);
    let pid = server(&world, "x");
    world.wait_status("x", "waiting");
    let open = || fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count();
    let before = open();
    let mut early = Peer::to(&world, "x");
    until("it is let in", || open() > before);
    kill(pid, Signal::SIGSTOP).unwrap();
    early.send(Type::Hello, b"{}");
    // Longer than a server waits for a greeting: a span of time is what this is about.
    std::thread::sleep(Duration::from_millis(1100));
    kill(pid, Signal::SIGCONT).unwrap();
    early.next_of(Type::Welcome);
}
