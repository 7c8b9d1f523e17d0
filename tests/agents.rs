//! Real agents against a model on loopback that says what the test wants: what is told of a permission dialog,
//! with hooks and without. They run where `tests/detect/install.sh agents` has put them.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::world::{World, kits, skip};

/// What Claude Code is to ask leave for.
const COMMAND: &str = "rm -rf build";

/// A model that has the first prompt answered by a command, and that command's output by a sentence.
struct Model {
    port: u16,
}

impl Model {
    fn start() -> Model {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        // It ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                std::thread::spawn(move || drop(serve(stream)));
            }
        });
        Model { port }
    }
}

/// Answers the requests of a connection.
fn serve(stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        let length =
            |line: &str| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::to_owned);
        let length = head.lines().find_map(length).and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let request: Value = serde_json::from_slice(&body).unwrap_or_default();
        let (kind, text) = match head.contains("/v1/messages") && request["stream"] == true {
            true => ("text/event-stream", answer(&request)),
            false => ("application/json", json!({"input_tokens": 1}).to_string()),
        };
        write!(
            writer,
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{text}",
            text.len()
        )?;
    }
}

/// The events of an answer, in the form of Anthropic's Messages API.
fn answer(request: &Value) -> String {
    let has_tool =
        request["tools"].as_array().is_some_and(|tools| tools.iter().any(|tool| tool["name"] == "Bash"));
    let has_result = request["messages"].to_string().contains("\"tool_result\"");
    let (block, delta, reason) = match has_tool && !has_result {
        true => {
            let input = json!({"command": COMMAND, "description": "Remove what was built"}).to_string();
            (
                json!({"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {}}),
                json!({"type": "input_json_delta", "partial_json": input}),
                "tool_use",
            )
        }
        false => (
            json!({"type": "text", "text": ""}),
            json!({"type": "text_delta", "text": "All is done."}),
            "end_turn",
        ),
    };
    let message = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": request["model"],
        "content": [], "stop_reason": null, "stop_sequence": null,
        "usage": {"input_tokens": 1, "output_tokens": 1}});
    let end = json!({"stop_reason": reason, "stop_sequence": null});
    [
        json!({"type": "message_start", "message": message}),
        json!({"type": "content_block_start", "index": 0, "content_block": block}),
        json!({"type": "content_block_delta", "index": 0, "delta": delta}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": end, "usage": {"output_tokens": 5}}),
        json!({"type": "message_stop"}),
    ]
    .iter()
    .map(|event| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap()))
    .collect()
}

fn installed(agent: &str) -> Option<PathBuf> {
    let path = kits().join("agents/node_modules/.bin").join(agent);
    if !path.exists() {
        skip(&format!("{agent} is not installed: tests/detect/install.sh agents"));
    }
    Some(path).filter(|path| path.exists())
}

/// Claude Code in a session, past its first questions, at its prompt.
fn claude(world: &World, program: &str) {
    let project = world.path("home/project");
    fs::create_dir_all(&project).unwrap();
    let key = "sk-ant-fake-key-0000";
    let settings = json!({
        "hasCompletedOnboarding": true, "theme": "dark", "numStartups": 5,
        "customApiKeyResponses": {"approved": [key], "rejected": []},
        "projects": {project.display().to_string(): {"hasTrustDialogAccepted": true, "hasCompletedProjectOnboarding": true}},
    });
    fs::write(world.path("home/.claude.json"), settings.to_string()).unwrap();
    let model = Model::start();
    let mut command = world.command("msnew");
    command.args(["-n", "agent", "--", program]).current_dir(&project);
    command
        .env("ANTHROPIC_BASE_URL", format!("http://127.0.0.1:{}", model.port))
        .env("ANTHROPIC_API_KEY", key);
    for variable in ["DISABLE_AUTOUPDATER", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] {
        command.env(variable, "1");
    }
    assert!(command.status().unwrap().success());
    world.wait_output("agent", "❯");
    world.ok("mswait", &["agent"]);
}

/// How long after the dialog stood on the screen the session was known to ask; nothing if it was before.
fn asks(world: &World) -> (Duration, Value) {
    world.ok("mssend", &["--submit", "agent", "remove the build, please"]);
    let dialog = std::thread::scope(|scope| {
        let looks = scope.spawn(|| {
            // The words are drawn one by one: this is the last of the question.
            world.wait_output("agent", "proceed?");
            Instant::now()
        });
        let asks = |status: &Value| status["status"] == "waiting" && status["kind"] == "permission";
        let status = world.wait_for("agent", "permission", asks);
        let asked = Instant::now();
        (looks.join().unwrap(), asked, status)
    });
    (dialog.1.saturating_duration_since(dialog.0), dialog.2)
}

#[test]
fn claude_code_with_hooks_asks_with_its_dialog_and_says_what() {
    let Some(program) = installed("claude") else { return };
    let world = World::new();
    world.ok("mshooks", &["install", "claude"]);
    claude(&world, program.to_str().unwrap());
    let (late, status) = asks(&world);
    assert_eq!(status["message"], format!("Bash: {COMMAND}"));
    assert!(late < Duration::from_millis(100), "{late:?} after the dialog");
    world.ok("mssend", &["-k", "Enter", "agent"]);
    let turn = world.wait_for("agent", "turn", |status| status["kind"] == "turn");
    assert_eq!(turn["message"], "All is done.");
    world.ok("msclose", &["--force", "agent"]);
}
