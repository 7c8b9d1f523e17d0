//! The session's socket, spoken to directly: what a client is told, and what a wrong one gets.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use msession::format::frame::{self, Decoder, Hello, Role, Type, Welcome};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use crate::world::{LIMIT, World, installed, kilobytes, others_go_on, skip, switches, wait_asleep};

/// A connection that frames are written to by hand.
pub struct Peer {
    pub stream: UnixStream,
    decoder: Decoder,
}

impl Peer {
    pub fn to(world: &World, name: &str) -> Peer {
        let stream = UnixStream::connect(world.session_dir(name).join("control")).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        Peer { stream, decoder: Decoder::default() }
    }

    pub fn client(world: &World, name: &str, hello: &Hello) -> (Peer, Welcome) {
        let mut peer = Peer::to(world, name);
        let mut bytes = Vec::new();
        frame::push_json(&mut bytes, Type::Hello, &Hello { role: Role::Client, ..hello.clone() });
        peer.stream.write_all(&bytes).unwrap();
        let welcome = peer.next_of(Type::Welcome);
        (peer, serde_json::from_slice(&welcome).unwrap())
    }

    pub fn send(&mut self, kind: Type, payload: &[u8]) {
        self.offer(kind, payload).unwrap();
    }

    /// Sends a frame to a server that may have closed the connection.
    pub fn offer(&mut self, kind: Type, payload: &[u8]) -> std::io::Result<()> {
        let mut bytes = Vec::new();
        frame::push(&mut bytes, kind, payload);
        self.stream.write_all(&bytes)
    }

    /// The next frame; none when the server closed the connection.
    pub fn next(&mut self) -> Option<(Type, Vec<u8>)> {
        loop {
            if let Some((kind, payload)) = self.decoder.next_frame().unwrap() {
                return Some((kind, payload.to_vec()));
            }
            let mut buffer = [0; 65536];
            match self.stream.read(&mut buffer) {
                Ok(0) => return None,
                Ok(count) => self.decoder.push(&buffer[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
                // A signal to the tests ends a read with a limit.
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => panic!("the server neither answers nor closes: {error}"),
            }
        }
    }

    pub fn next_of(&mut self, kind: Type) -> Vec<u8> {
        loop {
            match self.next() {
                Some((found, payload)) if found == kind => return payload,
                Some(_) => {}
                None => panic!("closed without {kind:?}"),
            }
        }
    }

    /// The screen that the server paints, as bytes.
    fn painted(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        loop {
            let payload = self.next_of(Type::Paint);
            bytes.extend_from_slice(&payload[9..]);
            if payload[8] == 1 {
                return bytes;
            }
        }
    }
}

pub fn terminal(cols: u16, rows: u16) -> Hello {
    Hello { cols, rows, term: "xterm-256color".into(), ..Hello::default() }
}

#[test]
fn a_client_is_welcomed_painted_and_rung() {
    let world = World::new();
    world.start("x", &["sh", "-c", "echo first; cat"]);
    world.wait_output("x", "first");
    let (mut peer, welcome) = Peer::client(&world, "x", &terminal(100, 30));
    assert_eq!((welcome.cols, welcome.rows), (100, 30));
    assert!(String::from_utf8_lossy(&peer.painted()).contains("first"));
    peer.send(Type::Input, b"hello\r");
    peer.next_of(Type::Doorbell);
    world.wait_output("x", "hello");
    let status = world.wait_for("x", "in front", |status| status["mode"] == "foreground");
    assert_eq!((status["clients"].as_u64(), status["cols"].as_u64()), (Some(1), Some(100)));
    drop(peer);
    world.wait_for("x", "behind", |status| status["mode"] == "background");
}

#[test]
fn wrong_connections_are_cut_off_within_a_second_and_harm_nothing() {
    let world = World::new();
    world.start("x", &["cat"]);
    let wrong: [&[u8]; 6] = [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x01\x02\0\0\xff\xff\xff\xff",
        b"\x01\x02\0\0\x02\0\0\0hi",
        b"\x01\x01\0\0\x03\0\0\0{{{",
        &[0xff; 100],
        b"",
    ];
    for bytes in wrong {
        let mut peer = Peer::to(&world, "x");
        let began = Instant::now();
        peer.stream.write_all(bytes).unwrap();
        while peer.next().is_some() {}
        assert!(began.elapsed() < Duration::from_secs(2), "{bytes:?}: {:?}", began.elapsed());
    }
    world.ok("mssend", &["x", "alive", "--enter"]);
    world.wait_output("x", "alive");
}

#[test]
fn what_a_terminal_answers_to_the_session_before_stays_out() {
    let world = World::new();
    world.start("x", &["sh", "-c", "stty raw -echo; printf ready; exec od -An -v -c -w1"]);
    world.wait_output("x", "ready");
    let mut bytes = Vec::new();
    frame::push_json(&mut bytes, Type::Hello, &Hello { role: Role::Client, ..terminal(80, 24) });
    frame::push(&mut bytes, Type::Input, b"\x1b[?62;22c\x1b[5;7R\x1b]11;rgb:0/0/0\x07\x1b[Ikey");
    let mut peer = Peer::to(&world, "x");
    peer.stream.write_all(&bytes).unwrap();
    let text = world.wait_output("x", "y\n");
    let got: String = text.split("ready").nth(1).unwrap().split_whitespace().collect();
    assert_eq!(got, "033[Ikey");
}

#[test]
fn a_client_that_goes_wrong_later_is_cut_off_too() {
    let world = World::new();
    world.start("x", &["cat"]);
    let wrong: [&[u8]; 4] = [
        b"\x01\x02\0\0\xff\xff\xff\x7f",
        b"\x02\x02\0\0\x02\0\0\0hi",
        b"\x01\x03\0\0\x01\0\0\0x",
        b"\x01\x06\0\0\x03\0\0\0{{{",
    ];
    for bytes in wrong {
        let (mut peer, _) = Peer::client(&world, "x", &terminal(80, 24));
        let began = Instant::now();
        peer.stream.write_all(bytes).unwrap();
        while peer.next().is_some() {}
        assert!(began.elapsed() < Duration::from_secs(2), "{bytes:?}: {:?}", began.elapsed());
    }
    // What is unknown is passed over; what is not whole holds nobody up.
    let (mut peer, _) = Peer::client(&world, "x", &terminal(80, 24));
    peer.stream.write_all(b"\x01\x3f\0\0\x02\0\0\0hi\x01\x02\0\0\x05\0\0\0al").unwrap();
    world.ok("mssend", &["x", "still ", "--enter"]);
    world.wait_output("x", "still");
    peer.stream.write_all(b"ive").unwrap();
    world.wait_output("x", "alive");
}

#[test]
fn another_version_is_told_which_side_is_older() {
    let world = World::new();
    world.start("x", &["cat"]);
    for (version, word) in [(0u8, "older"), (9, "newer")] {
        let mut peer = Peer::to(&world, "x");
        peer.stream.write_all(&[version, 1, 0, 0, 2, 0, 0, 0, b'{', b'}']).unwrap();
        let refusal: serde_json::Value = serde_json::from_slice(&peer.next_of(Type::Refused)).unwrap();
        assert!(refusal["message"].as_str().unwrap().contains(word), "{refusal}");
    }
}

/// A server of another age in the place of a session's own, which is stopped: the first frame that it sends
/// is `answer`.
fn msswitch_to_another_server(answer: &'static [u8]) -> String {
    let world = World::new();
    world.start("x", &["cat"]);
    let server = Pid::from_raw(world.session("x")["server_pid"].as_i64().unwrap() as i32);
    kill(server, Signal::SIGSTOP).unwrap();
    let control = world.session_dir("x").join("control");
    std::fs::remove_file(&control).unwrap();
    let listener = std::os::unix::net::UnixListener::bind(&control).unwrap();
    let other = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(answer).unwrap();
        let _ = stream.read(&mut [0; 65536]);
        // Gone only when the client is.
        while matches!(stream.read(&mut [0; 65536]), Ok(1..)) {}
    });
    let mut terminal = world.terminal("msswitch", &["x"]);
    assert_eq!(terminal.wait().code(), Some(6), "{}", terminal.text());
    other.join().unwrap();
    kill(server, Signal::SIGCONT).unwrap();
    terminal.text()
}

#[test]
fn a_client_says_which_side_is_older() {
    let older = msswitch_to_another_server(&[0, 64, 0, 0, 2, 0, 0, 0, b'{', b'}']);
    assert!(older.contains("server is older"), "{older}");
    let newer = msswitch_to_another_server(&[9, 64, 0, 0, 2, 0, 0, 0, b'{', b'}']);
    assert!(newer.contains("server is newer"), "{newer}");
    let gigantic = msswitch_to_another_server(&[1, 64, 0, 0, 0xff, 0xff, 0xff, 0x7f]);
    assert!(gigantic.contains("over the limit"), "{gigantic}");
}

/// Connects, as another user, and waits for the other side's end.
const STRANGER: &str = r"
import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.settimeout(10)
s.connect(sys.argv[1])
began = time.monotonic()
try: s.send(b'\x01\x01\0\0\x11\0\0\0' + b'{\x22role\x22:\x22client\x22}'); got = s.recv(1000)
except ConnectionError: got = b''
print(got, time.monotonic() - began < 5)
";

#[test]
fn another_user_is_cut_off_without_a_word() {
    if !nix::unistd::getuid().is_root() || !installed("setpriv") || !installed("python3") {
        return skip("only root can be somebody else (with setpriv and python3)");
    }
    let world = World::new();
    world.start("x", &["cat"]);
    let control = world.session_dir("x").join("control");
    let open = |open: bool| {
        for (path, ours, theirs) in [
            (world.path(""), 0o700, 0o711),
            (world.path("run"), 0o700, 0o711),
            (world.session_dir("x"), 0o700, 0o711),
            (control.clone(), 0o600, 0o666),
        ] {
            let mode = std::fs::Permissions::from_mode(if open { theirs } else { ours });
            std::fs::set_permissions(path, mode).unwrap();
        }
    };
    let python = std::fs::canonicalize("/usr/bin/python3").unwrap();
    let stranger = |user: &str| {
        let control = control.to_str().unwrap();
        let user = [format!("--reuid={user}"), format!("--regid={user}")];
        let args = ["--clear-groups", python.to_str().unwrap(), "-c", STRANGER, control];
        world.run("setpriv", &[&[&*user[0], &*user[1]], &args[..]].concat())
    };
    let closed = stranger("65534");
    assert!(closed.err.contains("Permission denied"), "the directory keeps others out: {closed:?}");
    open(true);
    let (other, own) = (stranger("65534"), stranger("0"));
    open(false);
    assert_eq!((other.code, other.out.trim()), (0, "b'' True"), "{other:?}");
    assert!(own.out.contains("written"), "the same from ourselves is welcome: {own:?}");
    world.ok("mssend", &["x", "alive", "--enter"]);
    world.wait_output("x", "alive");
}

#[test]
fn the_size_is_that_of_who_typed_last_and_lookers_never_count() {
    let world = World::new();
    world.start("x", &["cat"]);
    let size = |cols: u64| world.wait_for("x", &format!("{cols} columns"), |status| status["cols"] == cols);
    let (mut a, _) = Peer::client(&world, "x", &terminal(100, 30));
    size(100);
    let (mut b, _) = Peer::client(&world, "x", &terminal(60, 20));
    size(60);
    a.send(Type::Input, b"k");
    size(100);
    // An answer of a terminal is not typing.
    b.send(Type::Input, b"\x1b[?62;22c");
    let (mut looker, _) = Peer::client(&world, "x", &Hello { read_only: true, ..terminal(40, 10) });
    looker.send(Type::Resize, &[30, 0, 9, 0]);
    b.send(Type::Resize, &[70, 0, 20, 0]);
    let (_c, welcome) = Peer::client(&world, "x", &Hello { read_only: true, ..terminal(41, 11) });
    assert_eq!(welcome.cols, 100);
    drop(a);
    size(70);
    looker.send(Type::Input, b"q");
    let refusal: serde_json::Value = serde_json::from_slice(&looker.next_of(Type::Refused)).unwrap();
    assert_eq!(refusal["message"], json!("this connection may only look"));
    // 0 by 0 is no size.
    let (_zero, welcome) = Peer::client(&world, "x", &terminal(0, 0));
    assert_eq!(welcome.cols, 70);
}

#[test]
fn a_megabyte_typed_at_a_program_that_does_not_read_is_all_there_later() {
    let world = World::new();
    let script = "import os,sys,tty,hashlib\ntty.setraw(0)\nprint('ready',end='',flush=True)\nopen('gate').read()\n\
                  h=hashlib.sha256()\nn=0\nwhile n<1000000:\n b=os.read(0,65536)\n n+=len(b)\n h.update(b)\n\
                  print(n,h.hexdigest(),flush=True)\nos.read(0,1)";
    nix::unistd::mkfifo(&world.path("home/gate"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    world.start("x", &["python3", "-c", script]);
    world.wait_output("x", "ready");
    let (mut peer, _) = Peer::client(&world, "x", &terminal(80, 24));
    let text: Vec<u8> = (0..1_000_000u32).map(|n| b'a' + (n % 26) as u8).collect();
    let mut writer = Peer { stream: peer.stream.try_clone().unwrap(), decoder: Decoder::default() };
    std::thread::scope(|scope| {
        let (world, sent) = (&world, &text);
        scope.spawn(move || sent.chunks(100_000).for_each(|piece| writer.send(Type::Input, piece)));
        // The session still answers others while the paste waits.
        assert_eq!(world.ok("msls", &[]), "x\n");
        std::fs::write(world.path("home/gate"), "").unwrap();
        let digest = sha256(sent);
        world.wait_output("x", &format!("1000000 {digest}"));
    });
    peer.send(Type::Detach, b"");
}

fn sha256(bytes: &[u8]) -> String {
    let mut child = std::process::Command::new("sha256sum")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&output.stdout[..64]).into_owned()
}

#[test]
fn a_client_that_is_stopped_slows_nothing_and_grows_nothing() {
    let world = World::new();
    world.start(
        "x",
        &["sh", "-c", "read go; head -c 100000000 /dev/zero | tr '\\0' 'x'; echo; echo done; cat"],
    );
    world.wait_status("x", "waiting");
    let server = world.session("x")["server_pid"].as_i64().unwrap();
    // These connections never read: as clients whose processes are stopped.
    let stopped: Vec<_> = (0..3).map(|_| Peer::client(&world, "x", &terminal(80, 24)).0).collect();
    let before = kilobytes(server, "Anonymous");
    world.ok("mssend", &["x", "go", "--enter"]);
    let began = Instant::now();
    world.wait_output("x", "done");
    let took = began.elapsed();
    assert!(took < Duration::from_secs(30), "100 MB took {took:?}");
    // The ring's own pages are the file's, whoever maps them.
    let grown = kilobytes(server, "Anonymous").saturating_sub(before);
    assert!(grown < 2048, "the server grew by {grown} kB");
    drop(stopped);
}

#[test]
fn a_fresh_server_is_small_and_never_wakes_while_its_session_waits() {
    let world = World::new();
    let names: Vec<String> = (0..20).map(|number| format!("w{number}")).collect();
    for name in &names {
        world.start(name, &["bash", "--norc"]);
    }
    names.iter().for_each(|name| drop(world.wait_status(name, "waiting")));
    let servers: Vec<i64> =
        names.iter().map(|name| world.session(name)["server_pid"].as_i64().unwrap()).collect();
    servers.iter().for_each(wait_asleep);
    let asleep = || servers.iter().map(switches).collect::<Vec<u64>>();
    let before = asleep();
    // Who only looks wakes nobody either.
    for args in [&["--json"][..], &["--long"], &["--explain", "w1"]] {
        world.ok("msls", args);
    }
    others_go_on();
    assert_eq!(before, asleep(), "wake-ups of 20 servers that nothing happens to");
    for pid in &servers {
        let private = kilobytes(pid, "Private_");
        assert!(private < 1024, "server {pid} has {private} kB of its own");
    }
}

#[test]
fn the_ssh_agent_of_the_last_terminal_is_reached_under_one_path() {
    let world = World::new();
    let ran = world.command("msnew").env("SSH_AUTH_SOCK", "/first").args(["-n", "x", "sh"]).output().unwrap();
    assert!(ran.status.success());
    world.wait_status("x", "waiting");
    world.ok("mssend", &["x", "readlink $SSH_AUTH_SOCK; echo path=$SSH_AUTH_SOCK", "--enter"]);
    world.wait_output("x", "\n/first\r\n");
    let env = vec![
        ("SSH_AUTH_SOCK".into(), "/second".into()),
        ("DISPLAY".into(), ":7".into()),
        ("EVIL".into(), "x".into()),
    ];
    let (_peer, _) = Peer::client(&world, "x", &Hello { env, ..terminal(80, 24) });
    world.ok("msname", &["x", "y"]);
    world.ok("mssend", &["y", "readlink $SSH_AUTH_SOCK", "--enter"]);
    let text = world.wait_output("y", "\n/second\r\n");
    let path = text.split("\npath=").nth(1).unwrap().split("\r\n").next().unwrap().to_owned();
    let file = std::fs::read_to_string(world.session_dir("y").join("env")).unwrap();
    assert_eq!(file, format!("SSH_AUTH_SOCK={path}\0DISPLAY=:7\0"));
    world.ok("msclose", &["y"]);
    assert!(!std::path::Path::new(&path).is_symlink(), "the link goes with the session");
}
