//! What an agent tells a hook, and what a session's server is told of it.

use serde_json::{Map, Value};

use super::{Agent, Means};
use ms_terminal::safe::safe_text;
use msession::format::status::{Kind, Status};

/// Longest message, in characters.
const CHARACTERS: usize = 200;
/// The most bytes that these can have.
const MESSAGE: usize = 4 * CHARACTERS;

/// The parts of a tool's input that say what it would do, the most telling first.
const TELLING: [&str; 17] = [
    "command",
    "cmd",
    "file_path",
    "filePath",
    "absolute_path",
    "notebook_path",
    "path",
    "dir_path",
    "url",
    "urls",
    "pattern",
    "patterns",
    "query",
    "skill",
    "plan",
    "prompt",
    "description",
];

/// An event as an agent tells it: a JSON object.
#[derive(Debug, Default)]
pub(crate) struct Event {
    fields: Map<String, Value>,
}

/// What a server is told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// None takes back what was said before.
    pub status: Option<Status>,
    /// What is waited for.
    pub kind: Option<Kind>,
    /// What a person is to read, made safe.
    pub message: Option<String>,
}

impl Event {
    /// Reads an event. Of one that is cut off, or is no JSON, only its name is found.
    pub fn read(text: &[u8]) -> Event {
        match serde_json::from_slice(text) {
            Ok(Value::Object(fields)) => Event { fields },
            _ => Event { fields: name_in(text).into_iter().collect() },
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.text("hook_event_name").unwrap_or_default()
    }

    /// Which of the events of that name it is.
    pub fn subject(&self) -> Option<&str> {
        ["tool_name", "notification_type", "source", "trigger", "reason"]
            .into_iter()
            .find_map(|field| self.text(field))
    }

    /// Whether a turn ended that is not the one that a person gave.
    pub fn is_of_a_subagent_s_end(&self) -> bool {
        matches!(self.name(), "Stop" | "StopFailure") && self.text("agent_id").is_some()
    }

    /// What is said by it for an agent; none if it means nothing.
    pub fn said(&self, agent: &Agent) -> Option<Said> {
        let waiting = |kind: Kind, message: Option<String>| Said {
            status: Some(Status::Waiting),
            kind: Some(kind),
            message: message.and_then(|text| cut(&text)),
        };
        Some(match agent.meaning(self)? {
            Means::Works => Said { status: Some(Status::Processing), kind: None, message: None },
            Means::Over => Said { status: None, kind: None, message: None },
            Means::Input => Said { status: Some(Status::Waiting), kind: None, message: None },
            Means::Turn => waiting(Kind::Turn, self.answer()),
            Means::Question => waiting(Kind::Question, self.question()),
            Means::Permission if self.asks_a_question() => waiting(Kind::Question, self.question()),
            Means::Permission => waiting(Kind::Permission, self.permission()),
        })
    }

    /// Some agents have a question pass for a tool that needs leave.
    fn asks_a_question(&self) -> bool {
        self.questions().is_some() || self.details().is_some_and(|details| details["type"] == "ask_user")
    }

    fn questions(&self) -> Option<&Vec<Value>> {
        let input = self.fields.get("tool_input").or(self.fields.get("input"))?;
        input.get("questions")?.as_array().filter(|list| !list.is_empty())
    }

    fn details(&self) -> Option<&Value> {
        self.fields.get("details").filter(|details| details.is_object())
    }

    /// The question: the first, and how many more there are.
    fn question(&self) -> Option<String> {
        if let Some(questions) = self.questions() {
            let first = questions[0].get("question").or(questions[0].get("header"))?.as_str()?;
            return Some(match questions.len() {
                1 => first.to_owned(),
                number => format!("{first} (+{} more)", number - 1),
            });
        }
        // A notification's own words say less than the dialog.
        let message = self.text("message").filter(|_| self.name() != "Notification")?;
        Some(match self.text("mcp_server_name") {
            Some(server) => format!("{server}: {message}"),
            None => message.to_owned(),
        })
    }

    /// The tool, and what it would do.
    fn permission(&self) -> Option<String> {
        if let Some(details) = self.details() {
            return of_details(details);
        }
        let tool = self.text("tool_name")?;
        let input = self.fields.get("tool_input").unwrap_or(&Value::Null);
        Some(match told(input) {
            Some(what) => format!("{tool}: {what}"),
            None => tool.to_owned(),
        })
    }

    /// The last line of the answer that ended a turn, or why it broke off.
    fn answer(&self) -> Option<String> {
        let broke = ["error_details", "error"].into_iter().find_map(|field| self.text(field));
        let answer =
            ["last_assistant_message", "prompt_response"].into_iter().find_map(|field| self.text(field));
        let says_something = |line: &&str| line.chars().any(char::is_alphanumeric);
        broke.or(answer)?.lines().rev().find(says_something).map(str::to_owned)
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field)?.as_str().filter(|text| !text.is_empty())
    }
}

/// What a tool would do: the files of a patch, the most telling part of its input, or all of that.
fn told(input: &Value) -> Option<String> {
    let part = |name| Some((name, input.get(name).and_then(joined)?));
    if let Some((name, text)) = TELLING.into_iter().find_map(part) {
        let is_command = matches!(name, "command" | "cmd");
        let first = || text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().to_owned();
        return if is_command { Some(files_of_patch(&text).unwrap_or(text)) } else { Some(first()) };
    }
    let whole = input.as_object().filter(|fields| !fields.is_empty())?;
    serde_json::to_string(whole).ok()
}

/// A text, or a list of texts with spaces between.
fn joined(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        _ => return None,
    };
    Some(text).filter(|text| !text.trim().is_empty())
}

/// The files that a patch in Codex's form touches.
fn files_of_patch(text: &str) -> Option<String> {
    if !text.trim_start().starts_with("*** Begin Patch") {
        return None;
    }
    let file = |line: &str| {
        ["*** Add File: ", "*** Update File: ", "*** Delete File: "]
            .into_iter()
            .find_map(|head| line.strip_prefix(head).map(str::to_owned))
    };
    Some(text.lines().filter_map(file).collect::<Vec<_>>().join(" ")).filter(|files| !files.is_empty())
}

/// What the details of a notification of the Gemini CLI ask leave for.
fn of_details(details: &Value) -> Option<String> {
    let text = |name: &str| details.get(name).and_then(joined);
    let title = || text("title");
    let pair = |tool: &str, what: Option<String>| match what {
        Some(what) => format!("{tool}: {what}"),
        None => title().unwrap_or_else(|| tool.to_owned()),
    };
    match details["type"].as_str().unwrap_or_default() {
        "exec" => Some(pair("Shell", text("command").or_else(|| text("rootCommand")))),
        "edit" => Some(pair("Edit", text("filePath").or_else(|| text("fileName")))),
        "mcp" => Some(pair(
            &text("serverName").unwrap_or_else(|| "MCP".into()),
            text("toolDisplayName").or_else(|| text("toolName")),
        )),
        _ => text("prompt").or_else(|| text("urls")).or_else(title),
    }
}

/// As a person may read it; none if nothing is left.
fn cut(text: &str) -> Option<String> {
    let safe = safe_text(text.trim(), MESSAGE);
    Some(safe.chars().take(CHARACTERS).collect::<String>()).filter(|text| !text.is_empty())
}

/// The name of an event in a text that cannot be read as a whole.
fn name_in(text: &[u8]) -> Option<(String, Value)> {
    let key = b"\"hook_event_name\"";
    let rest = &text[memchr::memmem::find(text, key)? + key.len()..];
    let rest = rest.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"\"")?;
    let name = std::str::from_utf8(&rest[..memchr::memchr(b'"', rest)?]).ok()?;
    Some(("hook_event_name".into(), Value::from(name)))
}

#[cfg(test)]
mod tests;
