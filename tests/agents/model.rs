//! A model on loopback, in the forms that the agents speak: it has the first prompt answered by a command, and
//! that command's output by a sentence.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::{Value, json};

/// What an agent is to ask leave for.
pub const COMMAND: &str = "rm -rf build";

/// What it says when it has been done.
pub const ANSWER: &str = "All is done.";

/// Tools that run a command, by the names that agents give them.
const SHELLS: [&str; 4] = ["Bash", "bash", "exec_command", "run_shell_command"];

/// Starts a model; returns its port. It ends with the test's process.
pub fn start() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || drop(serve(stream)));
        }
    });
    port
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
        let body = body(&mut reader, &head.to_ascii_lowercase())?;
        let request: Value = serde_json::from_slice(&body).unwrap_or_default();
        let text = answer(head.lines().next().unwrap_or_default(), &request);
        let kind = if text.starts_with(['d', 'e']) { "text/event-stream" } else { "application/json" };
        let length = text.len();
        write!(writer, "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n{text}")?;
    }
}

/// The body of a request with these headers, of a length that is told or in chunks.
fn body(reader: &mut impl BufRead, head: &str) -> std::io::Result<Vec<u8>> {
    let header =
        |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
    let mut body = Vec::new();
    if header("transfer-encoding") == Some("chunked") {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size)?;
            let size = u64::from_str_radix(size.trim(), 16).unwrap_or(0);
            reader.take(size).read_to_end(&mut body)?;
            reader.read_line(&mut String::new())?;
            if size == 0 {
                return Ok(body);
            }
        }
    }
    let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    reader.take(length).read_to_end(&mut body)?;
    Ok(body)
}

/// What answers a request.
fn answer(line: &str, request: &Value) -> String {
    let text = request["tools"].to_string();
    let talk = ["messages", "input", "contents"].map(|part| request[part].to_string()).concat();
    let tool = SHELLS.into_iter().find(|tool| text.contains(&format!("\"name\":\"{tool}\"")));
    let is_done =
        ["\"tool_result\"", "\"function_call_output\"", "\"role\":\"tool\"", "\"functionResponse\""]
            .iter()
            .any(|result| talk.contains(result));
    let call = tool.filter(|_| !is_done);
    let form = |path: &str| line.contains(path);
    match () {
        () if form("/v1/messages") && request["stream"] == true => messages(call, request),
        () if form("/responses") => responses(call),
        () if form("/chat/completions") => completions(call, request["stream"] == true),
        () if form("GenerateContent") || form(":generateContent") => {
            generate(call, form("streamGenerateContent"))
        }
        () if form("/models") => json!({"object": "list", "data": [], "models": []}).to_string(),
        () => json!({"input_tokens": 1, "totalTokens": 1}).to_string(),
    }
}

/// No more than the tool's schema has: some agents refuse that.
fn arguments(tool: &str) -> Value {
    match tool {
        // What a sandbox holds back needs nobody's leave.
        "exec_command" => json!({"cmd": COMMAND, "sandbox_permissions": "require_escalated",
            "justification": "May I remove what was built?"}),
        _ => json!({"command": COMMAND, "description": "Remove what was built"}),
    }
}

fn named(events: &[Value]) -> String {
    events
        .iter()
        .map(|event| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap()))
        .collect()
}

/// Anthropic's Messages API.
fn messages(call: Option<&str>, request: &Value) -> String {
    let (block, delta, reason) = match call {
        Some(tool) => (
            json!({"type": "tool_use", "id": "toolu_1", "name": tool, "input": {}}),
            json!({"type": "input_json_delta", "partial_json": arguments(tool).to_string()}),
            "tool_use",
        ),
        None => {
            (json!({"type": "text", "text": ""}), json!({"type": "text_delta", "text": ANSWER}), "end_turn")
        }
    };
    let message = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": request["model"],
        "content": [], "stop_reason": null, "stop_sequence": null,
        "usage": {"input_tokens": 1, "output_tokens": 1}});
    let end = json!({"stop_reason": reason, "stop_sequence": null});
    named(&[
        json!({"type": "message_start", "message": message}),
        json!({"type": "content_block_start", "index": 0, "content_block": block}),
        json!({"type": "content_block_delta", "index": 0, "delta": delta}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": end, "usage": {"output_tokens": 5}}),
        json!({"type": "message_stop"}),
    ])
}

/// OpenAI's Responses API.
fn responses(call: Option<&str>) -> String {
    let item = match call {
        Some(tool) => {
            json!({"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": tool, "status": "completed",
                "arguments": arguments(tool).to_string()})
        }
        None => json!({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": ANSWER, "annotations": []}]}),
    };
    let usage = json!({"input_tokens": 1, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 1,
        "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 2});
    named(&[
        json!({"type": "response.created", "response": {"id": "resp_1", "status": "in_progress", "output": []}}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": item}),
        json!({"type": "response.output_item.done", "output_index": 0, "item": item}),
        json!({"type": "response.completed",
            "response": {"id": "resp_1", "status": "completed", "output": [item], "usage": usage}}),
    ])
}

/// OpenAI's Chat Completions API.
fn completions(call: Option<&str>, stream: bool) -> String {
    let message = match call {
        Some(tool) => {
            json!({"role": "assistant", "content": null, "tool_calls": [{"index": 0, "id": "call_1",
            "type": "function", "function": {"name": tool, "arguments": arguments(tool).to_string()}}]})
        }
        None => json!({"role": "assistant", "content": ANSWER}),
    };
    let reason = if call.is_some() { "tool_calls" } else { "stop" };
    let usage = json!({"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2});
    let object = |kind: &str, choice: Value| json!({"id": "c1", "object": kind, "created": 1, "model": "fake", "choices": [choice], "usage": usage});
    if !stream {
        return object("chat.completion", json!({"index": 0, "message": message, "finish_reason": reason}))
            .to_string();
    }
    let chunk = |delta: Value, reason: Value| {
        object("chat.completion.chunk", json!({"index": 0, "delta": delta, "finish_reason": reason}))
    };
    format!(
        "data: {}\n\ndata: {}\n\ndata: [DONE]\n\n",
        chunk(message, Value::Null),
        chunk(json!({}), json!(reason))
    )
}

/// Google's Generative Language API.
fn generate(call: Option<&str>, stream: bool) -> String {
    let part = match call {
        Some(tool) => json!({"functionCall": {"name": tool, "args": arguments(tool)}}),
        None => json!({"text": ANSWER}),
    };
    let response = json!({
        "candidates": [{"index": 0, "finishReason": "STOP", "content": {"role": "model", "parts": [part]}}],
        "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2},
        "modelVersion": "fake",
    });
    if stream { format!("data: {response}\n\n") } else { response.to_string() }
}
