//! `mshooks`, and the hooks that it installs: run as an agent runs them, within a session and without one.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::world::{Ran, World, installed, skip};

/// The agents with a JSON configuration, and where a user has it.
const JSON: [(&str, &str); 4] = [
    ("claude", ".claude/settings.json"),
    ("codex", ".codex/hooks.json"),
    ("gemini", ".gemini/settings.json"),
    ("qwen", ".qwen/settings.json"),
];

/// All, with the copies of what is installed that come with ms.
const SHARED: [(&str, &str, &str); 6] = [
    ("claude", ".claude/settings.json", "claude-code.json"),
    ("codex", ".codex/hooks.json", "codex.json"),
    ("gemini", ".gemini/settings.json", "gemini-cli.json"),
    ("qwen", ".qwen/settings.json", "qwen-code.json"),
    ("opencode", "config/opencode/plugins/ms.js", "opencode.js"),
    ("aider", ".aider.conf.yml", "aider.conf.yml"),
];

/// `mshooks` where no agent is installed.
fn mshooks(world: &World, args: &[&str]) -> Ran {
    Ran::of(alone(world, "mshooks").args(args).stdin(Stdio::null()).output().unwrap())
}

/// A tool with a PATH that has the tools alone.
fn alone(world: &World, tool: &str) -> Command {
    let mut command = world.command(tool);
    let path = world.environment().into_iter().find(|(key, _)| key == "PATH").unwrap().1;
    command.env("PATH", path.split(':').next().unwrap());
    command
}

fn home(world: &World, path: &str) -> std::path::PathBuf {
    match path.strip_prefix("config/") {
        Some(_) => world.path(path),
        None => world.path("home").join(path),
    }
}

/// The command of an event's hook, as a configuration has it.
fn command(world: &World, file: &str, event: &str) -> String {
    let config: Value = serde_json::from_slice(&fs::read(home(world, file)).unwrap()).unwrap();
    config["hooks"][event][0]["hooks"][0]["command"].as_str().unwrap().to_owned()
}

/// Everything in a directory, by its path: what it says, its mode, and where a link leads.
fn tree(dir: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let data = fs::symlink_metadata(&path).unwrap();
        let text = match data.is_file() {
            true => format!("{:o} {}", data.permissions().mode(), fs::read_to_string(&path).unwrap()),
            false => format!("{:?}", fs::read_link(&path).ok()),
        };
        found.push((path.display().to_string(), text));
        if data.is_dir() {
            found.extend(tree(&path));
        }
    }
    found.sort();
    found
}

#[test]
fn what_is_installed_is_as_the_copies_that_come_with_ms() {
    let world = World::new();
    for (agent, file, copy) in SHARED {
        let ran = mshooks(&world, &["install", agent]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("share/hooks").join(copy);
        let installed = fs::read_to_string(home(&world, file)).unwrap();
        assert_eq!(
            fs::read_to_string(path).unwrap_or_default(),
            installed,
            "share/hooks/{copy} is what `mshooks install {agent}` writes"
        );
    }
}

#[test]
fn what_was_there_comes_back_byte_for_byte() {
    let world = World::new();
    let texts = [
        "{}",
        "{\n  // mine\n  \"model\": \"x\", // too\n}\n",
        "{\"hooks\": {\"Stop\": []}}",
        "",
        "{\r\n\t\"a\": [1,\r\n\t2]}\r\n",
    ];
    for (agent, file) in JSON {
        for text in texts {
            let path = home(&world, file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
            let before = tree(&world.path("home"));
            assert_eq!(mshooks(&world, &["check", agent]).code, 1);
            assert_eq!(mshooks(&world, &["install", agent]).code, 0);
            assert_eq!(mshooks(&world, &["check", agent]).code, 0);
            let installed = tree(&world.path("home"));
            assert_ne!(installed, before);
            assert_eq!(mshooks(&world, &["install", agent]).code, 0);
            assert_eq!(tree(&world.path("home")), installed, "twice is once");
            assert_eq!(mshooks(&world, &["remove", agent]).code, 0);
            assert_eq!(tree(&world.path("home")), before, "{agent}: {text:?}");
        }
    }
}

#[test]
fn where_nothing_was_nothing_stays() {
    let world = World::new();
    let before = (tree(&world.path("home")), tree(&world.path("config")));
    for (agent, ..) in SHARED {
        for place in ["--user", "--project"] {
            assert_eq!(mshooks(&world, &["install", place, agent]).code, 0);
            assert_eq!(mshooks(&world, &["check", place, agent]).code, 0);
            assert_eq!(mshooks(&world, &["remove", place, agent]).code, 0);
            assert_eq!((tree(&world.path("home")), tree(&world.path("config"))), before, "{agent} {place}");
        }
    }
}

#[test]
fn what_an_agent_writes_meanwhile_stays() {
    let world = World::new();
    let path = home(&world, ".claude/settings.json");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "{\"model\": \"opus\"}\n").unwrap();
    mshooks(&world, &["install", "claude"]);
    // Written anew, in another shape.
    let mut config: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    config["theme"] = json!("dark");
    config["hooks"]["Stop"]
        .as_array_mut()
        .unwrap()
        .push(json!({"hooks": [{"type": "command", "command": "beep"}]}));
    fs::write(&path, serde_json::to_string_pretty(&config).unwrap()).unwrap();
    assert_eq!(mshooks(&world, &["check", "claude"]).code, 0);
    assert_eq!(mshooks(&world, &["remove", "claude"]).code, 0);
    let left: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let expected = json!({"model": "opus", "theme": "dark",
        "hooks": {"Stop": [{"hooks": [{"type": "command", "command": "beep"}]}]}});
    assert_eq!(left, expected);
}

#[test]
fn what_is_not_understood_is_left_alone() {
    let world = World::new();
    for (agent, file, text) in [
        ("claude", ".claude/settings.json", "{\"model\": }"),
        ("codex", ".codex/hooks.json", "[]"),
        ("gemini", ".gemini/settings.json", "{\"hooks\": 1}"),
        ("aider", ".aider.conf.yml", "{a: b}\n"),
        ("aider", ".aider.conf.yml", "notifications-command: beep\n"),
        ("opencode", "config/opencode/plugins/ms.js", "export const Mine = 1\n"),
    ] {
        let path = home(&world, file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        let before = tree(path.parent().unwrap());
        let ran = mshooks(&world, &["install", agent]);
        assert_eq!((ran.code, ran.out.as_str()), (4, ""), "{ran:?}");
        assert!(ran.err.starts_with("mshooks: /") && ran.err.ends_with("nothing was changed\n"), "{ran:?}");
        assert_eq!(tree(path.parent().unwrap()), before);
    }
    let path = home(&world, ".qwen");
    fs::create_dir_all(path.join("settings.json")).unwrap();
    assert_eq!(mshooks(&world, &["install", "qwen"]).code, 4);
    let ran = mshooks(&world, &["install", "claude", "codex"]);
    assert_eq!(ran.err.lines().count(), 2, "each is tried: {ran:?}");
}

#[test]
fn a_link_stays_one_and_its_file_is_changed() {
    let world = World::new();
    fs::create_dir_all(home(&world, ".claude")).unwrap();
    fs::create_dir_all(home(&world, "dotfiles")).unwrap();
    fs::write(home(&world, "dotfiles/claude.json"), "{}\n").unwrap();
    symlink("../dotfiles/claude.json", home(&world, ".claude/settings.json")).unwrap();
    assert_eq!(mshooks(&world, &["install", "claude"]).code, 0);
    assert!(fs::symlink_metadata(home(&world, ".claude/settings.json")).unwrap().is_symlink());
    assert!(fs::read_to_string(home(&world, "dotfiles/claude.json")).unwrap().contains("msmark"));
    assert_eq!(fs::read_to_string(home(&world, ".claude/settings.json.ms-backup")).unwrap(), "{}\n");
    symlink("nowhere", home(&world, ".codex")).unwrap();
    assert_eq!(mshooks(&world, &["install", "codex"]).code, 6);
}

#[test]
fn a_dry_run_shows_the_difference_and_changes_nothing() {
    let world = World::new();
    fs::create_dir_all(home(&world, ".gemini")).unwrap();
    fs::write(home(&world, ".gemini/settings.json"), "{\n  \"a\": 1\n}\n").unwrap();
    let before = tree(&world.path("home"));
    let ran = mshooks(&world, &["install", "-n", "gemini"]);
    assert!(ran.out.contains("\n-  \"a\": 1\n+  \"a\": 1,\n+  \"hooks\": {\n"), "{ran:?}");
    assert_eq!(tree(&world.path("home")), before);
    mshooks(&world, &["install", "gemini"]);
    let installed = tree(&world.path("home"));
    let ran = mshooks(&world, &["remove", "-n", "gemini"]);
    assert!(ran.out.contains("\n-  \"hooks\": {\n"), "{ran:?}");
    assert_eq!(tree(&world.path("home")), installed);
}

/// An agent of this version on PATH.
fn agent(world: &World, name: &str, version: &str) -> String {
    let dir = world.path(&format!("bin-{name}-{version}"));
    fs::create_dir_all(&dir).unwrap();
    let path = dir.join(name);
    fs::write(&path, format!("#!/bin/sh\necho '{version} (an agent)'\n")).unwrap();
    fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    dir.display().to_string()
}

#[test]
fn the_version_that_is_installed_counts() {
    let world = World::new();
    let run = |version: &str, args: &[&str]| {
        let tools = alone(&world, "mshooks");
        let path = tools.get_envs().find(|(key, _)| *key == "PATH").unwrap().1.unwrap();
        let path = format!("{}:{}", agent(&world, "claude", version), path.to_str().unwrap());
        Ran::of(alone(&world, "mshooks").env("PATH", path).args(args).output().unwrap())
    };
    // Those that are installed are meant where none is named.
    let ran = run("2.0.40", &["install"]);
    assert!(ran.out.starts_with("claude: installed in "), "{ran:?}");
    let text = fs::read_to_string(home(&world, ".claude/settings.json")).unwrap();
    assert!(!text.contains("PermissionRequest") && text.contains("Notification"), "{text}");
    assert_eq!(run("2.0.40", &["check"]).code, 0);
    let ran = run("2.1.300", &["check"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("claude: is missing: PermissionRequest\n"), "{ran:?}");
    let list: Value = serde_json::from_str(&run("2.0.40", &["list", "--json"]).out).unwrap();
    let claude = &list.as_array().unwrap()[0];
    assert_eq!((&claude["version"], &claude["hooks"]), (&json!("2.0.40"), &json!("installed")));
    assert!(
        claude["later"]
            .as_array()
            .unwrap()
            .contains(&json!({"event": "PermissionRequest", "since": "2.0.45"}))
    );
    assert_eq!(list[1]["program"], Value::Null);
    let ran = run("0.2.9", &["install"]);
    assert_eq!(ran.code, 4);
    assert!(ran.err.contains("claude: 0.2.9 has no hooks; they come with 1.0.38"), "{ran:?}");
}

#[test]
fn without_any_agent_it_says_so() {
    let world = World::new();
    for action in ["install", "check", "remove"] {
        let ran = mshooks(&world, &[action]);
        assert_eq!(ran.code, 4);
        assert!(ran.err.contains("name one"), "{ran:?}");
    }
    assert_eq!(mshooks(&world, &["list"]).out, "claude\ncodex\ngemini\nopencode\nqwen\naider\n");
    assert_eq!(mshooks(&world, &["install", "emacs"]).code, 2);
    assert_eq!(mshooks(&world, &["check", "--dry-run", "claude"]).code, 2);
}

#[test]
fn outside_of_a_session_a_hook_is_silent_and_reads_all() {
    let world = World::new();
    mshooks(&world, &["install", "claude"]);
    let command = command(&world, ".claude/settings.json", "PostToolUse");
    let long =
        format!("{{\"hook_event_name\":\"PostToolUse\",\"tool_response\":\"{}\"}}", "x".repeat(20 << 20));
    for text in [&b""[..], b"{}", b"rubbish \x00\x1b", long.as_bytes()] {
        let mut child = world
            .command("sh")
            .args(["-c", &command])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(text).expect("all is read, so that no agent hears of a closed pipe");
        drop(stdin);
        let ran = Ran::of(child.wait_with_output().unwrap());
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    }
    // Where ms is not installed at all.
    let ran =
        Ran::of(world.command("/bin/sh").args(["-c", &command]).env("PATH", "/nowhere").output().unwrap());
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
}

#[test]
fn a_hook_whose_agent_writes_nothing_ends_by_itself() {
    let world = World::new();
    let started = Instant::now();
    let mut child = world.command("msmark").args(["--hook", "claude"]).stdin(Stdio::piped()).spawn().unwrap();
    assert!(child.wait().unwrap().success());
    assert!(started.elapsed() < Duration::from_secs(20));
    assert_eq!(world.ok("msmark", &["--hook", "aider"]), "");
    assert!(world.fails(2, "msmark", &["--hook", "emacs"]).contains("claude"));
    assert!(world.fails(2, "msmark", &["--hook", "claude", "waiting"]).contains("cannot be used"));
}

/// A stand-in for an agent: it has the terminal, and calls a hook with an event for each line of a pipe.
struct StandIn<'w> {
    world: &'w World,
    calls: usize,
}

impl<'w> StandIn<'w> {
    fn start(world: &'w World) -> StandIn<'w> {
        nix::unistd::mkfifo(&world.path("home/calls"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        let script = "exec 3<>calls; echo up; while read -r name <&3; do sh -c \"$(cat $name.command)\" <$name.json >/dev/null 2>&1; done";
        world.start("agent", &["sh", "-c", script]);
        world.wait_output("agent", "up");
        StandIn { world, calls: 0 }
    }

    /// Calls a hook; returns the session once it says so, and how long that took.
    fn tell(
        &mut self,
        command: &str,
        event: &Value,
        what: &str,
        holds: impl Fn(&Value) -> bool,
    ) -> (Value, Duration) {
        self.calls += 1;
        let name = format!("call{}", self.calls);
        fs::write(home(self.world, &format!("{name}.command")), command).unwrap();
        fs::write(home(self.world, &format!("{name}.json")), event.to_string()).unwrap();
        let told = Instant::now();
        fs::write(home(self.world, "calls"), format!("{name}\n")).unwrap();
        self.world.wait_for("agent", what, holds);
        let session = self.world.session("agent");
        (session, told.elapsed())
    }
}

#[test]
fn what_an_agent_tells_its_hooks_stands_in_the_list_at_once() {
    let world = World::new();
    mshooks(&world, &["install", "claude"]);
    let command = |event| command(&world, ".claude/settings.json", event);
    let mut agent = StandIn::start(&world);
    let is = |status: &'static str, kind: Option<&'static str>| {
        move |record: &Value| record["status"] == status && record["kind"] == json!(kind)
    };
    let mut fastest = Duration::MAX;
    for round in 0..5 {
        let prompt = json!({"hook_event_name": "UserPromptSubmit", "prompt": "clean up"});
        agent.tell(&command("UserPromptSubmit"), &prompt, "processing", is("processing", None));
        let asks = json!({"hook_event_name": "PermissionRequest", "tool_name": "Bash",
            "tool_input": {"command": format!("rm -rf build{round}"), "description": "x"}});
        let (session, took) =
            agent.tell(&command("PermissionRequest"), &asks, "permission", is("waiting", Some("permission")));
        assert_eq!(session["message"], format!("Bash: rm -rf build{round}"), "{session}");
        assert_eq!(session["confidence"], "high");
        fastest = fastest.min(took);
    }
    assert!(fastest < Duration::from_millis(100), "from the hook's call to `msls --json`: {fastest:?}");
    // The notification that comes later says less, and does not take the message away.
    let later = json!({"hook_event_name": "Notification", "notification_type": "permission_prompt",
        "message": "Claude needs your permission to use Bash"});
    let count = json!({"hook_event_name": "PostToolUse", "tool_name": "Bash"});
    agent.tell(&command("Notification"), &later, "permission", is("waiting", Some("permission")));
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(world.session("agent")["message"], "Bash: rm -rf build4");
    agent.tell(&command("PostToolUse"), &count, "processing", is("processing", None));
    let stop = json!({"hook_event_name": "Stop", "last_assistant_message": "I removed it.\nAll is clean.\n"});
    let (session, _) = agent.tell(&command("Stop"), &stop, "turn", is("waiting", Some("turn")));
    assert_eq!(session["message"], "All is clean.");
    let asks = json!({"hook_event_name": "PreToolUse", "tool_name": "AskUserQuestion",
        "tool_input": {"questions": [{"question": "Which\u{1b}[31m one?"}]}});
    let (session, _) = agent.tell(&command("PreToolUse"), &asks, "question", is("waiting", Some("question")));
    assert_eq!(session["message"], "Which[31m one?");
}

/// What opencode does to its plugins, in the order of a turn with a sub-agent, a question and a permission.
const OPENCODE: &str = r#"
import { readFile, writeFile } from "node:fs/promises"
import { Ms } from "./ms.mjs"
const { event } = await Ms({})
const tell = (type, properties) => event({ event: { type, properties } })
const steps = {
  busy: async () => {
    await tell("session.updated", { info: { id: "inner", parentID: "ses" } })
    await tell("session.status", { sessionID: "ses", status: { type: "busy" } })
  },
  permission: async () => {
    await tell("permission.asked", { id: "p", sessionID: "inner", permission: "bash", patterns: ["rm -rf build"], metadata: {}, always: [] })
    // The end of a part of the work is not the end of the turn.
    await tell("session.idle", { sessionID: "inner" })
  },
  replied: () => tell("permission.replied", { sessionID: "ses", requestID: "p", reply: "once" }),
  question: () => tell("question.asked", { id: "q", sessionID: "ses", questions: [{ question: "Which one?", header: "One", options: [] }] }),
  answered: () => tell("question.replied", { sessionID: "ses", requestID: "q", answers: [["a"]] }),
  idle: async () => {
    await tell("message.updated", { info: { id: "mine", role: "user", sessionID: "ses" } })
    await tell("message.updated", { info: { id: "m", role: "assistant", sessionID: "ses" } })
    await tell("message.part.updated", { part: { type: "text", messageID: "m", text: "It is\ndone." } })
    await tell("message.part.updated", { part: { type: "text", messageID: "mine", text: "my words" } })
    await tell("session.idle", { sessionID: "ses" })
  },
}
for (;;) {
  await steps[(await readFile("step", "utf8")).trim()]()
  await writeFile("done", "")
}
"#;

#[test]
fn opencode_s_plugin_tells_what_happens() {
    if !installed("node") {
        return skip("node is not installed");
    }
    let world = World::new();
    mshooks(&world, &["install", "opencode"]);
    fs::copy(world.path("config/opencode/plugins/ms.js"), home(&world, "ms.mjs")).unwrap();
    fs::write(home(&world, "agent.mjs"), OPENCODE).unwrap();
    for pipe in ["step", "done"] {
        nix::unistd::mkfifo(&home(&world, pipe), nix::sys::stat::Mode::S_IRWXU).unwrap();
    }
    world.start("agent", &["node", "agent.mjs"]);
    for (step, status, kind, message) in [
        ("busy", "processing", None, None),
        ("permission", "waiting", Some("permission"), Some("bash: rm -rf build")),
        ("replied", "processing", None, None),
        ("question", "waiting", Some("question"), Some("Which one?")),
        ("answered", "processing", None, None),
        ("idle", "waiting", Some("turn"), Some("done.")),
    ] {
        fs::write(home(&world, "step"), format!("{step}\n")).unwrap();
        // What the session says before it has heard of the step is of another one.
        fs::read(home(&world, "done")).unwrap();
        world.wait_for("agent", step, |record| {
            record["status"] == status
                && record["kind"] == json!(kind)
                && message.is_none_or(|message| record["message"] == message)
                && record["confidence"] == "high"
        });
    }
}
