//! `msbuf`: a session's output in every form, from everywhere on, live and completed, with servers that
//! answer and servers that cannot.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ms_terminal::screen::Screen;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::world::{LIMIT, Ran, World, skip, until};

fn spawn(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("{why}: {text}"))
}

#[test]
fn text_is_lines_without_what_was_overwritten() {
    let world = World::new();
    let script = r"printf '\033[1mbold\033[m\n\033]0;title\007'; for i in 1 2 3; do printf '\r%s%%' $i; done; \
                   printf '\n\033[?1049hfull screen\033[?1049l'; printf 'Name? '; cat";
    world.start("x", &["sh", "-c", script]);
    world.wait_output("x", "Name? ");
    assert_eq!(world.ok("msbuf", &["x"]), "bold\n3%\nName?\n");
    assert_eq!(world.ok("msbuf", &["--text", "-n", "2", "x"]), "3%\nName?\n");
    assert_eq!(world.ok("msbuf", &["-c", "6", "x"]), "Name?\n");
    let ansi = world.ok("msbuf", &["--ansi", "x"]);
    assert!(ansi.contains("\u{1b}[1mbold") && !ansi.contains("title") && !ansi.contains("full"), "{ansi:?}");
    let raw = world.ok("msbuf", &["--raw", "x"]);
    assert!(raw.contains("\u{1b}]0;title\u{7}") && raw.contains("\u{1b}[?1049h"), "{raw:?}");
    assert_eq!(world.ok("msbuf", &["--raw", "-c", "6", "x"]), "Name? ");
    assert_eq!(world.ok("msbuf", &["--raw", "-n", "1", "x"]), raw.rsplit('\n').next().unwrap());
    world.ok("msclose", &["x"]);
    assert_eq!(world.ok("msbuf", &["x"]), "bold\n3%\nName?\n");
    assert_eq!(world.ok("msbuf", &["--raw", "-c", "6", "x"]), "Name? ");
}

#[test]
fn a_progress_bar_of_any_length_is_a_line() {
    let world = World::new();
    let script = r#"i=0; while [ $i -lt 20000 ]; do i=$((i+1)); printf '\rDownloading %5d/20000 [##########]' $i; done; echo; cat"#;
    world.start("x", &["sh", "-c", script]);
    world.wait_output("x", "20000/20000");
    world.wait_status("x", "waiting");
    assert_eq!(world.ok("msbuf", &["x"]), "Downloading 20000/20000 [##########]\n");
}

#[test]
fn the_screen_is_the_same_from_a_server_without_one_and_at_the_end() {
    let world = World::new();
    let script = r"printf 'first\n\033[5;10Hplaced\033[31m red\033[m\033[2;3H'; stty -echo; cat";
    world.start("x", &["sh", "-c", script]);
    world.wait_output("x", "red");
    world.wait_status("x", "waiting");
    let expected = "first\n\n\n\n         placed red\n";
    assert_eq!(world.ok("msbuf", &["--screen", "x"]), expected);
    assert!(world.ok("msbuf", &["--screen", "--ansi", "x"]).contains("31m red"));
    let screen = json(&world.ok("msbuf", &["--screen", "--json", "x"]));
    assert_eq!((&screen["cols"], &screen["rows"]), (&80.into(), &24.into()));
    assert_eq!(screen["cursor"], serde_json::json!({"col": 2, "row": 1, "visible": true}));
    assert_eq!(screen["lines"].as_array().unwrap().len(), 24);

    let server = Pid::from_raw(world.session("x")["server_pid"].as_i64().unwrap() as i32);
    kill(server, Signal::SIGSTOP).unwrap();
    let began = Instant::now();
    assert_eq!(world.ok("msbuf", &["--screen", "x"]), expected);
    assert!(began.elapsed() < LIMIT / 2);
    let stopped = json(&world.ok("msbuf", &["--screen", "--json", "x"]));
    assert_eq!(stopped, screen);
    assert_eq!(world.ok("msbuf", &["x"]).lines().next(), Some("first"));
    kill(server, Signal::SIGCONT).unwrap();
    world.ok("msclose", &["x"]);
    assert_eq!(world.ok("msbuf", &["--screen", "x"]), expected);
}

#[test]
fn since_an_offset_a_time_and_what_was_sent() {
    let world = World::new();
    world.start(
        "x",
        &["sh", "-c", "echo before; stty -echo; while read -r line; do echo \"got $line\"; done"],
    );
    world.wait_output("x", "before");
    world.wait_status("x", "waiting");
    assert!(world.fails(4, "msbuf", &["--since-send", "x"]).contains("nothing was typed"));
    let first = json(&world.ok("msbuf", &["--json", "x"]));
    assert_eq!((&first["text"], &first["offset"], &first["gap"]), (&"before\n".into(), &0.into(), &0.into()));
    // The marks of time are 10 ms apart, and may be a tick early.
    let began = std::time::Instant::now();
    until("a later mark", || began.elapsed() > Duration::from_millis(30));
    let time = ms_platform::time::Time::now().to_string();
    world.ok("mssend", &["x", "one", "--enter"]);
    world.wait_output("x", "got one");
    let next = first["next"].to_string();
    assert_eq!(world.ok("msbuf", &["--since", &next, "x"]), "got one\n");
    assert_eq!(world.ok("msbuf", &["--since-send", "x"]), "got one\n");
    assert_eq!(world.ok("msbuf", &["--since", &time, "x"]), "got one\n");
    assert_eq!(world.ok("msbuf", &["--since", "1h", "x"]), "before\ngot one\n");
    let second = json(&world.ok("msbuf", &["--json", "--raw", "--since", &next, "x"]));
    assert_eq!(second["raw"], "Z290IG9uZQ0K");
    world.ok("mssend", &["x", "two", "--enter"]);
    world.wait_output("x", "got two");
    assert_eq!(world.ok("msbuf", &["--since-send", "x"]), "got two\n");
    world.ok("msclose", &["x"]);
    assert_eq!(world.ok("msbuf", &["--since-send", "x"]), "got two\n");
    assert_eq!(world.ok("msbuf", &["--since", &next, "x"]), "got one\ngot two\n");
    assert_eq!(world.ok("msbuf", &["--since", &time, "x"]), "got one\ngot two\n");
}

#[test]
fn what_is_no_longer_kept_is_stated_and_what_is_not_yet_is_refused() {
    let world = World::new();
    world.ok("msnew", &["-n", "x", "-b", "4K", "sh", "-c", "seq 10000; cat"]);
    world.wait_output("x", "10000");
    let session = world.session("x");
    let floor = session["floor"].as_u64().unwrap();
    let ran = world.run("msbuf", &["--since", "100", "x"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let lost = floor - 100;
    assert_eq!(ran.err, format!("msbuf: x: {lost} bytes of what was asked for are no longer kept\n"));
    assert!(ran.out.ends_with("9999\n10000\n"), "{ran:?}");
    let object = json(&world.ok("msbuf", &["--since", "100", "--json", "x"]));
    assert_eq!((object["gap"].as_u64(), object["offset"].as_u64()), (Some(lost), Some(floor)));
    assert_eq!(world.run("msbuf", &["x"]).err, "", "nothing more was asked for than there is");

    let written = session["written"].as_u64().unwrap();
    let beyond = world.fails(2, "msbuf", &["--since", &(written + 1).to_string(), "x"]);
    assert!(beyond.contains(&format!("only {written} bytes")), "{beyond}");
    assert_eq!(world.ok("msbuf", &["--since", &written.to_string(), "x"]), "");
    let future = world.fails(2, "msbuf", &["--since", "2999-01-01T00:00:00Z", "x"]);
    assert!(future.contains("in the future"), "{future}");
    assert!(world.fails(2, "msbuf", &["--since", "whenever", "x"]).contains("span of time"));
    assert!(world.fails(3, "msbuf", &["y"]).contains("no such session"));
}

#[test]
fn following_gives_all_of_it_and_ends_with_the_session() {
    let world = World::new();
    world.start("x", &["sh", "-c", "echo ready; read go; seq 300000; exit 3"]);
    world.wait_status("x", "waiting");
    let mut command = world.command("msbuf");
    command.args(["--follow", "--raw", "x"]);
    let child = spawn(command);
    let mut command = world.command("msbuf");
    command.args(["--follow", "x"]);
    let lines = spawn(command);
    let (raw, text) = (drain(child), drain(lines));
    world.ok("mssend", &["x", "go", "--enter"]);
    let expected: String = (1..=300_000).map(|number| format!("{number}\r\n")).collect();
    let (code, raw) = raw.join().unwrap();
    assert_eq!(code, 0);
    assert!(raw.starts_with("ready\r\n") && raw.ends_with(&expected), "{} bytes", raw.len());
    let (code, text) = text.join().unwrap();
    assert_eq!(code, 0);
    assert_eq!(text, format!("ready\ngo\n{}", expected.replace('\r', "")));
}

/// Reads all that a tool prints, and its exit code.
fn drain(mut child: Child) -> std::thread::JoinHandle<(i32, String)> {
    std::thread::spawn(move || {
        let mut text = String::new();
        child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        let ended = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
        (ended.status.code().unwrap(), text)
    })
}

#[test]
fn a_follower_is_no_terminal_and_holds_nobody_up() {
    let world = World::new();
    world.start("x", &["sh", "-c", "stty -echo; echo ready; read go; seq 400000; echo the-end; cat"]);
    world.wait_output("x", "ready");
    let mut command = world.command("msbuf");
    command.args(["--follow", "--raw", "x"]);
    let mut child = spawn(command);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\r\n");
    // It does not read on: its pipe fills up, and it stands still.
    world.ok("mssend", &["x", "go", "--enter"]);
    world.wait_output("x", "the-end");
    let session = world.session("x");
    assert_eq!((&session["clients"], &session["mode"]), (&0.into(), &"background".into()));
    // Then it gets what it missed, which is all there.
    let mut seen = 0;
    loop {
        line.clear();
        out.read_line(&mut line).unwrap();
        if line.starts_with("the-end") {
            break;
        }
        seen += 1;
        assert_eq!(line, format!("{seen}\r\n"));
    }
    assert_eq!(seen, 400_000);
    // Nobody reads any more: it goes, without a word and without waiting for the next output.
    drop(out);
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let world = World::new();
    world.start("x", &["sh", "-c", "seq 200000; cat"]);
    world.wait_output("x", "200000");
    for tool in ["msbuf x", "msbuf --raw x", "msbuf --ansi x", "msbuf --cast x", "msbuf -f x"] {
        let script = format!("{{ {tool} || echo bad=$? >&2; }} | head -n 1");
        let ran = world.run("sh", &["-c", &script]);
        assert_eq!((ran.out.lines().count(), ran.err.as_str()), (1, ""), "{tool}: {ran:?}");
    }
}

#[test]
fn following_for_programs_tells_where_to_go_on() {
    let world = World::new();
    world.start("x", &["sh", "-c", "stty -echo; echo a; while read -r line; do echo \"got $line\"; done"]);
    world.wait_output("x", "a");
    world.wait_status("x", "waiting");
    let mut command = world.command("msbuf");
    command.args(["--follow", "--json", "x"]);
    let mut child = spawn(command);
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut object = || json(&out.next().unwrap().unwrap());
    let first = object();
    assert_eq!((&first["text"], &first["offset"], &first["next"]), (&"a\n".into(), &0.into(), &3.into()));
    world.ok("mssend", &["x", "one", "--enter"]);
    let second = object();
    assert_eq!((&second["text"], &second["offset"]), (&"got one\n".into(), &3.into()));
    assert_eq!(second["next"], 12);
    world.ok("msclose", &["x"]);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_server_that_is_killed_ends_the_following() {
    let world = World::new();
    world.start("x", &["sh", "-c", "echo ready; cat"]);
    world.wait_output("x", "ready");
    let mut command = world.command("msbuf");
    command.args(["--follow", "--raw", "x"]);
    let mut child = spawn(command);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let server = world.session("x")["server_pid"].as_i64().unwrap();
    kill(Pid::from_raw(server as i32), Signal::SIGKILL).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(line, "ready\r\n");
}

#[test]
fn a_removed_directory_does_not_end_the_following() {
    let world = World::new();
    world.start("x", &["sh", "-c", "stty -echo; echo ready; cat"]);
    world.wait_output("x", "ready");
    world.wait_status("x", "waiting");
    let mut command = world.command("msbuf");
    command.args(["--follow", "--raw", "x"]);
    let mut child = spawn(command);
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(out.next().unwrap().unwrap(), "ready");
    let _ = std::fs::remove_dir_all(world.path("run"));
    let deadline = Instant::now() + LIMIT;
    while world.run("mssend", &["x", "after", "--enter"]).code != 0 {
        assert!(Instant::now() < deadline);
    }
    assert!(out.next().unwrap().unwrap().starts_with("after"));
    world.ok("msclose", &["x"]);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_recording_plays_back_to_the_same_screen_in_the_same_time() {
    let world = World::new();
    let script =
        r"printf 'one\n'; sleep 0.4; printf '\303\251 \033[32mtwo\033[m\n'; read go; printf three; exit 7";
    world.start("x", &["sh", "-c", script]);
    world.wait_output("x", "two");
    world.wait_status("x", "waiting");
    let screen = world.ok("msbuf", &["--screen", "x"]);
    for version in ["--cast", "--cast=3"] {
        let live = Cast::parse(&world.ok("msbuf", &[version, "x"]));
        assert_eq!(live.screen, screen);
        assert_eq!(live.codes, "oo");
        assert!((0.35..30.0).contains(&live.seconds), "{version}: {}", live.seconds);
    }
    world.ok("mssend", &["x", "--enter"]);
    world.wait_end("x");
    let screen = world.ok("msbuf", &["--screen", "x"]);
    let ended = Cast::parse(&world.ok("msbuf", &["--cast=3", "x"]));
    assert!(ended.version == 3 && ended.codes.ends_with('x') && ended.last == "7", "{}", ended.codes);
    let plain = Cast::parse(&world.ok("msbuf", &["--cast", "x"]));
    assert!(plain.version == 2 && !plain.codes.contains('x'), "{}", plain.codes);
    for option in ["--cast=2", "--cast=3"] {
        let part = Cast::parse(&world.ok("msbuf", &[option, "--since-send", "x"]));
        assert_eq!((&part.screen, part.version), (&screen, option[7..].parse().unwrap()));
    }
    assert!(ended.screen == screen && plain.screen == screen);
    assert!(world.fails(2, "msbuf", &["--cast=4", "x"]).contains("[possible values: 2, 3]"));
}

#[test]
fn asciinema_plays_a_recording_in_its_time() {
    let world = World::new();
    let version = world.command("asciinema").arg("--version").output().map(|ran| ran.stdout);
    let versions: &[&str] = match version {
        Ok(version) if version.starts_with(b"asciinema 3") => &["--cast=2", "--cast=3"],
        Ok(version) if version.starts_with(b"asciinema 2") => &["--cast"],
        _ => return skip("asciinema is not installed"),
    };
    // The player has words of its own before and after.
    let script = r#"printf '\033[2J\033[Hone\n'; sleep 1; printf '\303\251 \033[32mtwo\033[m\n'; printf 'th"ree\t\033[4;9Hfour\n'"#;
    world.start("x", &["sh", "-c", script]);
    world.wait_end("x");
    let shown = world.ok("msbuf", &["--screen", "x"]);
    for version in versions {
        std::fs::write(world.path("home/x.cast"), world.ok("msbuf", &[version, "x"])).unwrap();
        let mut terminal = world.terminal("asciinema", &["play", "x.cast"]);
        let began = Instant::now();
        assert!(terminal.wait().success(), "{}", terminal.text());
        assert!(began.elapsed() > Duration::from_millis(950), "{:?}", began.elapsed());
        assert!(terminal.text().starts_with(shown.trim_end()), "{}\n{shown}", terminal.text());
    }
}

#[test]
fn a_recording_knows_of_resizes() {
    let world = World::new();
    world.start("x", &["sh", "-c", "trap 'stty size' WINCH; echo ready; while :; do sleep 0.02; done"]);
    world.wait_output("x", "ready");
    resize(&world, "x", 100, 30);
    world.wait_output("x", "30 100");
    let cast = Cast::parse(&world.ok("msbuf", &["--cast", "x"]));
    assert_eq!(cast.size, (80, 24));
    assert_eq!((cast.codes.as_str(), cast.resized.as_str()), ("oro", "100x30"));
    world.ok("msclose", &["--force", "x"]);
    let cast = Cast::parse(&world.ok("msbuf", &["--cast=3", "x"]));
    assert_eq!((cast.codes.as_str(), cast.resized.as_str()), ("orox", "100x30"));
}

/// A terminal of this size comes and goes.
fn resize(world: &World, name: &str, cols: u16, rows: u16) {
    use msession::format::frame::{Hello, Role, Type, push_json};
    use std::io::Write;
    let mut socket =
        std::os::unix::net::UnixStream::connect(world.session_dir(name).join("control")).unwrap();
    let mut bytes = Vec::new();
    push_json(
        &mut bytes,
        Type::Hello,
        &Hello { role: Role::Client, cols, rows, no_paint: true, ..Hello::default() },
    );
    socket.write_all(&bytes).unwrap();
    world.wait_for(name, "resized", |status| status["cols"] == cols && status["rows"] == rows);
}

/// A recording, played.
struct Cast {
    version: u64,
    size: (u16, u16),
    screen: String,
    codes: String,
    seconds: f64,
    resized: String,
    last: String,
}

impl Cast {
    fn parse(text: &str) -> Cast {
        let mut lines = text.lines().map(json);
        let header = lines.next().unwrap();
        let version = header["version"].as_u64().unwrap();
        let side = |place: &serde_json::Value| place.as_u64().unwrap() as u16;
        let size = match version {
            2 => (side(&header["width"]), side(&header["height"])),
            _ => (side(&header["term"]["cols"]), side(&header["term"]["rows"])),
        };
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        assert!(now.abs_diff(header["timestamp"].as_u64().unwrap()) < 1000);
        let mut screen = Screen::new(size.0, size.1);
        let (mut codes, mut seconds, mut resized, mut last) =
            (String::new(), 0.0, String::new(), String::new());
        for event in lines {
            let (passed, code, data) = (&event[0], event[1].as_str().unwrap(), event[2].as_str().unwrap());
            let passed = passed.as_f64().unwrap();
            assert!(passed >= if version == 2 { seconds } else { 0.0 }, "time goes on");
            seconds = if version == 2 { passed } else { seconds + passed };
            codes += code;
            match code {
                "o" => screen.feed(data.as_bytes()).unwrap(),
                "r" => {
                    let (cols, rows) = data.split_once('x').unwrap();
                    screen.resize(cols.parse().unwrap(), rows.parse().unwrap()).unwrap();
                    resized = data.to_owned();
                }
                _ => {}
            }
            last = data.to_owned();
        }
        let text = screen.text().join("\n").trim_end_matches('\n').to_owned() + "\n";
        Cast { version, size, screen: text, codes, seconds, resized, last }
    }
}

/// A session that has its program, and no status yet.
#[test]
fn what_a_session_wrote_can_be_read_while_it_begins() {
    use std::os::unix::fs::DirBuilderExt;
    let world = World::new();
    world.start("whole", &["sh", "-c", "echo hello; cat"]);
    world.wait_output("whole", "hello");
    let begins = world.session_dir("begins");
    std::fs::DirBuilder::new().mode(0o700).create(&begins).unwrap();
    let lock = std::fs::File::create(begins.join("lock")).unwrap();
    lock.lock().unwrap();
    std::fs::copy(world.session_dir("whole").join("output"), begins.join("output")).unwrap();
    let mut record = world.read_json("whole", "session.json").unwrap();
    let id = record["id"].as_str().unwrap().chars().rev().collect::<String>();
    record["id"] = id.clone().into();
    // The server is this process, and what it starts its program.
    record["server_pid"] = std::process::id().into();
    std::fs::write(begins.join("session.json"), record.to_string()).unwrap();
    let ran = Ran::of(world.command("msbuf").env("MS_SESSION", id).output().unwrap());
    assert_eq!((ran.code, ran.out.as_str()), (0, "hello\n"), "{ran:?}");
    std::fs::remove_dir_all(&begins).unwrap();
}

#[test]
fn inside_a_session_its_own_output_is_meant() {
    let world = World::new();
    // Until the server has read what the program wrote.
    let copy = "until msbuf >copy && test -s copy; do sleep 0.01; done";
    world.start("x", &["sh", "-c", &format!("echo marker-$((40+2)); {copy}; echo done; cat")]);
    world.wait_output("x", "done");
    assert_eq!(std::fs::read_to_string(world.path("home/copy")).unwrap(), "marker-42\n");
    assert!(world.fails(2, "msbuf", &[]).contains("not inside a session"));
}
