use super::*;
use crate::tools::agents::{AGENTS, Version};

/// What is said of an event: status, kind, message; a dash for none.
fn said(agent: &str, text: &str) -> String {
    let agent = Agent::named(agent).unwrap();
    let Some(said) = Event::read(text.as_bytes()).said(agent) else { return "nothing".into() };
    let status = said.status.map_or("clear", Status::as_str);
    let kind = said.kind.map_or("-", Kind::as_str);
    format!("{status} {kind} {}", said.message.as_deref().unwrap_or("-"))
}

/// Each agent's events, in the form of its documentation's examples.
const CASES: &[(&str, &str, &str)] = &[
    // Claude Code.
    (
        "claude",
        r#"{"session_id":"abc","transcript_path":"/t.jsonl","cwd":"/w","permission_mode":"default",
            "hook_event_name":"UserPromptSubmit","prompt":"write a function"}"#,
        "processing - -",
    ),
    (
        "claude",
        r#"{"session_id":"abc","hook_event_name":"PermissionRequest","tool_name":"Bash",
            "tool_input":{"command":"rm -rf build","description":"Remove what was built"},
            "permission_suggestions":[{"type":"addRules"}]}"#,
        "waiting permission Bash: rm -rf build",
    ),
    (
        "claude",
        r#"{"hook_event_name":"PermissionRequest","tool_name":"Write",
            "tool_input":{"content":"a very long text","file_path":"/w/src/main.rs"}}"#,
        "waiting permission Write: /w/src/main.rs",
    ),
    (
        "claude",
        r#"{"hook_event_name":"PermissionRequest","tool_name":"WebFetch",
            "tool_input":{"url":"https://example.com/a","prompt":"what is new?"}}"#,
        "waiting permission WebFetch: https://example.com/a",
    ),
    (
        "claude",
        r##"{"hook_event_name":"PermissionRequest","tool_name":"ExitPlanMode",
            "tool_input":{"plan":"\n# Split the parser\n\n1. Move"}}"##,
        "waiting permission ExitPlanMode: # Split the parser",
    ),
    (
        "claude",
        r#"{"hook_event_name":"PermissionRequest","tool_name":"mcp__db__drop",
            "tool_input":{"table":"users","sure":true}}"#,
        r#"waiting permission mcp__db__drop: {"sure":true,"table":"users"}"#,
    ),
    (
        "claude",
        r#"{"hook_event_name":"PermissionRequest","tool_name":"KillShell","tool_input":{}}"#,
        "waiting permission KillShell",
    ),
    (
        "claude",
        r#"{"hook_event_name":"PermissionRequest","tool_name":"AskUserQuestion","tool_input":{"questions":[
            {"question":"Which database?","header":"DB","options":[{"label":"sqlite"}],"multiSelect":false}]}}"#,
        "waiting question Which database?",
    ),
    (
        "claude",
        r#"{"hook_event_name":"PreToolUse","tool_name":"AskUserQuestion","tool_input":{"questions":[
            {"question":"Which database?"},{"question":"Which port?"},{"question":"Why?"}]}}"#,
        "waiting question Which database? (+2 more)",
    ),
    (
        "claude",
        r#"{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls"}}"#,
        "nothing",
    ),
    (
        "claude",
        r#"{"hook_event_name":"PostToolUse","tool_name":"Bash","tool_input":{"command":"ls"},
            "tool_response":{"stdout":"a"},"tool_use_id":"t"}"#,
        "processing - -",
    ),
    (
        "claude",
        r#"{"hook_event_name":"PostToolUseFailure","tool_name":"Bash","error":"x"}"#,
        "processing - -",
    ),
    ("claude", r#"{"hook_event_name":"PermissionDenied","tool_name":"Bash","reason":"x"}"#, "processing - -"),
    (
        "claude",
        r#"{"hook_event_name":"Notification","message":"Claude needs your permission to use Bash",
            "title":"Permission needed","notification_type":"permission_prompt"}"#,
        "waiting permission -",
    ),
    (
        "claude",
        r#"{"hook_event_name":"Notification","message":"Claude is waiting for your input",
            "notification_type":"idle_prompt"}"#,
        "waiting turn -",
    ),
    (
        "claude",
        r#"{"hook_event_name":"Notification","message":"x","notification_type":"elicitation_dialog"}"#,
        "waiting question -",
    ),
    (
        "claude",
        r#"{"hook_event_name":"Notification","message":"x","notification_type":"auth_success"}"#,
        "nothing",
    ),
    (
        "claude",
        r#"{"hook_event_name":"Elicitation","mcp_server_name":"github","message":"Which account?","mode":"form"}"#,
        "waiting question github: Which account?",
    ),
    (
        "claude",
        r#"{"hook_event_name":"ElicitationResult","mcp_server_name":"github","action":"accept"}"#,
        "processing - -",
    ),
    (
        "claude",
        r#"{"hook_event_name":"Stop","stop_hook_active":false,
            "last_assistant_message":"I changed two files:\n\n- a.rs\n- b.rs\n\nAll tests pass.\n```\n"}"#,
        "waiting turn All tests pass.",
    ),
    (
        "claude",
        r#"{"hook_event_name":"Stop","agent_id":"a1","last_assistant_message":"found it"}"#,
        "nothing",
    ),
    ("claude", r#"{"hook_event_name":"SubagentStop","agent_id":"a1"}"#, "nothing"),
    (
        "claude",
        r#"{"hook_event_name":"StopFailure","error":"rate_limit","error_details":"Try again at 5pm"}"#,
        "waiting turn Try again at 5pm",
    ),
    ("claude", r#"{"hook_event_name":"SessionStart","source":"startup","model":"m"}"#, "clear - -"),
    ("claude", r#"{"hook_event_name":"SessionStart","source":"compact"}"#, "nothing"),
    (
        "claude",
        r#"{"hook_event_name":"PreCompact","trigger":"auto","custom_instructions":null}"#,
        "processing - -",
    ),
    (
        "claude",
        r#"{"hook_event_name":"PostCompact","trigger":"manual","compact_summary":"x"}"#,
        "waiting turn -",
    ),
    ("claude", r#"{"hook_event_name":"PostCompact","trigger":"auto","compact_summary":"x"}"#, "nothing"),
    ("claude", r#"{"hook_event_name":"SessionEnd","reason":"prompt_input_exit"}"#, "clear - -"),
    // Codex.
    (
        "codex",
        r#"{"session_id":"s","turn_id":"t","transcript_path":null,"cwd":"/w","model":"m",
            "hook_event_name":"PermissionRequest","permission_mode":"default","tool_name":"Bash",
            "tool_input":{"command":"rm -f /tmp/example","description":"outside of the sandbox"}}"#,
        "waiting permission Bash: rm -f /tmp/example",
    ),
    (
        "codex",
        r#"{"hook_event_name":"PermissionRequest","tool_name":"apply_patch","tool_input":{"command":
            "*** Begin Patch\n*** Update File: src/a.rs\n@@\n-x\n+y\n*** Add File: b.txt\n+z\n*** End Patch\n"}}"#,
        "waiting permission apply_patch: src/a.rs b.txt",
    ),
    ("codex", r#"{"hook_event_name":"UserPromptSubmit","prompt":"hi"}"#, "processing - -"),
    (
        "codex",
        r#"{"hook_event_name":"PostToolUse","tool_name":"Bash","tool_input":{"command":"ls"}}"#,
        "processing - -",
    ),
    (
        "codex",
        r#"{"hook_event_name":"Stop","stop_hook_active":false,"last_assistant_message":"Done. Shall I commit?"}"#,
        "waiting turn Done. Shall I commit?",
    ),
    (
        "codex",
        r#"{"hook_event_name":"Stop","stop_hook_active":false,"last_assistant_message":null}"#,
        "waiting turn -",
    ),
    ("codex", r#"{"hook_event_name":"Interrupt","turn_id":"t"}"#, "waiting turn -"),
    ("codex", r#"{"hook_event_name":"SessionStart","source":"startup"}"#, "nothing"),
    // Gemini CLI.
    (
        "gemini",
        r#"{"hook_event_name":"Notification","timestamp":"2026-01-01T00:00:00Z","notification_type":"ToolPermission",
            "message":"Tool Confirm Shell Command requires execution",
            "details":{"type":"exec","title":"Confirm Shell Command","command":"rm -rf build","rootCommand":"rm"}}"#,
        "waiting permission Shell: rm -rf build",
    ),
    (
        "gemini",
        r#"{"hook_event_name":"Notification","notification_type":"ToolPermission","message":"x","details":
            {"type":"edit","title":"Confirm Write: main.rs","fileName":"main.rs","filePath":"/w/main.rs","fileDiff":"…"}}"#,
        "waiting permission Edit: /w/main.rs",
    ),
    (
        "gemini",
        r#"{"hook_event_name":"Notification","notification_type":"ToolPermission","message":"x","details":
            {"type":"mcp","title":"Confirm MCP Tool","serverName":"db","toolName":"drop","toolDisplayName":"Drop a table"}}"#,
        "waiting permission db: Drop a table",
    ),
    (
        "gemini",
        r#"{"hook_event_name":"Notification","notification_type":"ToolPermission","message":"x","details":
            {"type":"info","title":"Confirm Web Fetch","prompt":"fetch https://example.com","urls":["https://example.com"]}}"#,
        "waiting permission fetch https://example.com",
    ),
    (
        "gemini",
        r#"{"hook_event_name":"Notification","notification_type":"ToolPermission","message":"Tool requires confirmation",
            "details":{"type":"ask_user","title":"Ask User"}}"#,
        "waiting question -",
    ),
    ("gemini", r#"{"hook_event_name":"BeforeAgent","prompt":"hi"}"#, "processing - -"),
    (
        "gemini",
        r#"{"hook_event_name":"AfterTool","tool_name":"read_file","tool_input":{}}"#,
        "processing - -",
    ),
    (
        "gemini",
        r#"{"hook_event_name":"AfterAgent","prompt":"hi","prompt_response":"Hello.\nWhat shall I do?","stop_hook_active":false}"#,
        "waiting turn What shall I do?",
    ),
    ("gemini", r#"{"hook_event_name":"SessionEnd","reason":"exit"}"#, "clear - -"),
    // opencode, as the plugin writes it.
    (
        "opencode",
        r#"{"hook_event_name":"permission.asked","tool_name":"bash","tool_input":{"patterns":["rm -rf build"]}}"#,
        "waiting permission bash: rm -rf build",
    ),
    (
        "opencode",
        r#"{"hook_event_name":"permission.asked","tool_name":"edit",
            "tool_input":{"patterns":["src/a.ts"],"filepath":"/w/src/a.ts","diff":"…"}}"#,
        "waiting permission edit: src/a.ts",
    ),
    (
        "opencode",
        r#"{"hook_event_name":"question.asked","tool_input":{"questions":[{"question":"Which one?","header":"One"}]}}"#,
        "waiting question Which one?",
    ),
    ("opencode", r#"{"hook_event_name":"permission.replied"}"#, "processing - -"),
    ("opencode", r#"{"hook_event_name":"question.rejected"}"#, "processing - -"),
    ("opencode", r#"{"hook_event_name":"session.status","source":"busy"}"#, "processing - -"),
    ("opencode", r#"{"hook_event_name":"session.status","source":"idle"}"#, "nothing"),
    (
        "opencode",
        r#"{"hook_event_name":"session.idle","last_assistant_message":"It is done."}"#,
        "waiting turn It is done.",
    ),
    // Qwen Code.
    (
        "qwen",
        r#"{"hook_event_name":"PermissionRequest","permission_mode":"default","tool_name":"run_shell_command",
            "tool_input":{"command":"rm -rf build","is_background":false}}"#,
        "waiting permission run_shell_command: rm -rf build",
    ),
    (
        "qwen",
        r#"{"hook_event_name":"PermissionRequest","tool_name":"ask_user_question",
            "tool_input":{"questions":[{"question":"Which one?"}]}}"#,
        "waiting question Which one?",
    ),
    (
        "qwen",
        r#"{"hook_event_name":"Notification","notification_type":"idle_prompt","message":"x"}"#,
        "waiting turn -",
    ),
    ("qwen", r#"{"hook_event_name":"Stop","last_assistant_message":"Done."}"#, "waiting turn Done."),
    // aider tells nothing, and that it calls is all.
    ("aider", "", "waiting - -"),
];

#[test]
fn what_agents_tell_is_understood() {
    for (agent, text, expected) in CASES {
        assert_eq!(said(agent, text), *expected, "{agent}: {text}");
    }
}

#[test]
fn every_row_of_the_table_has_a_case() {
    for agent in AGENTS {
        for hook in agent.hooks {
            let is_its = |(of, text, said): &&(&str, &str, &str)| {
                let event = Event::read(text.as_bytes());
                *of == agent.name
                    && event.name() == hook.event
                    && hook.is_for(event.subject())
                    && *said != "nothing"
            };
            // Qwen Code tells what Claude Code does, and that has the cases.
            let like_claude = agent.name == "qwen"
                && Agent::named("claude")
                    .unwrap()
                    .hooks
                    .iter()
                    .any(|of| (of.event, of.means) == (hook.event, hook.means));
            let like_others =
                matches!(hook.event, "SessionStart" | "SessionEnd" | "PreToolUse" | "question.replied");
            let found = CASES.iter().any(|case| is_its(&case));
            assert!(found || like_claude || like_others, "{} {} {}", agent.name, hook.event, hook.matcher);
            assert!(hook.since > Version(0, 0, 0));
        }
    }
}

#[test]
fn messages_are_safe_and_short() {
    let long = "x".repeat(100_000);
    let text = serde_json::json!({
        "hook_event_name": "PermissionRequest", "tool_name": "Bash",
        "tool_input": {"command": format!("printf '\u{1b}[31m\u{202e}'\nrm\u{7} -rf {long}")},
    });
    let event = Event::read(text.to_string().as_bytes());
    let message = event.said(Agent::named("claude").unwrap()).unwrap().message.unwrap();
    assert!(message.starts_with("Bash: printf '"), "{message}");
    assert!(message.chars().count() <= CHARACTERS, "{}", message.chars().count());
    assert!(!message.contains(|c: char| c.is_control() || c == '\u{202e}'), "{message:?}");
}

#[test]
fn of_a_text_that_is_cut_off_the_name_counts() {
    let cut = r#"{"session_id":"a","hook_event_name" : "PostToolUse","tool_response":"\"hook_event_name\":\"Stop\" ab"#;
    assert_eq!(said("claude", cut), "processing - -");
    for rubbish in
        ["", "{", "[]", "null", "12", "\"hook_event_name\"", "\u{0}\u{1b}", r#"{"hook_event_name":7}"#]
    {
        assert_eq!(said("claude", rubbish), "nothing", "{rubbish:?}");
    }
}

#[test]
fn whatever_stands_where_a_text_is_expected_does_no_harm() {
    for value in ["null", "7", "[]", "{}", "[[1]]", r#""""#, "true"] {
        for agent in AGENTS {
            for hook in agent.hooks {
                let text = format!(
                    r#"{{"hook_event_name":"{}","tool_name":{value},"tool_input":{value},"details":{value},
                        "last_assistant_message":{value},"message":{value},"questions":{value}}}"#,
                    hook.event
                );
                let _ = Event::read(text.as_bytes()).said(agent);
            }
        }
    }
}
