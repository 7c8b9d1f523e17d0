//! Real agents against a model on loopback that says what the test wants: what is told of a permission dialog,
//! with hooks and without. `make agents` runs them, where `tests/detect/install.sh agents` has put them.

mod model;

use std::cell::Cell;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use self::model::{ANSWER, COMMAND};
use crate::world::{World, kits, skip, until};

/// What is to be known of an agent to have it ask.
struct Agent {
    /// Its program, and its name for mshooks.
    name: &'static str,
    arguments: &'static [&'static str],
    /// Settings and environment for a model at this address, past its first questions.
    prepare: fn(&World, &str) -> Vec<(&'static str, String)>,
    /// What stands on its screen when it takes a prompt.
    ready: &'static str,
    /// The last words of its dialog.
    dialog: &'static str,
    /// What its hooks tell of the dialog.
    message: &'static str,
    /// What says yes.
    yes: &'static str,
}

fn project(world: &World) -> PathBuf {
    world.path("home/project")
}

fn write(world: &World, path: &str, text: &str) {
    let path = world.path(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

const CLAUDE: Agent = Agent {
    name: "claude",
    arguments: &[],
    prepare: |world, url| {
        let key = "sk-ant-fake-key-0000";
        let settings = json!({
            "hasCompletedOnboarding": true, "theme": "dark", "numStartups": 5,
            "customApiKeyResponses": {"approved": [key], "rejected": []},
            "projects": {project(world).display().to_string():
                {"hasTrustDialogAccepted": true, "hasCompletedProjectOnboarding": true}},
        });
        write(world, "home/.claude.json", &settings.to_string());
        vec![
            ("ANTHROPIC_BASE_URL", url.to_owned()),
            ("ANTHROPIC_API_KEY", key.to_owned()),
            ("DISABLE_AUTOUPDATER", "1".to_owned()),
            ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1".to_owned()),
        ]
    },
    ready: "❯",
    dialog: "proceed?",
    message: "Bash: rm -rf build",
    yes: "Enter",
};

const CODEX: Agent = Agent {
    name: "codex",
    arguments: &["--dangerously-bypass-hook-trust"],
    prepare: |world, url| {
        let settings = format!(
            "model = \"fake\"\nmodel_provider = \"fake\"\napproval_policy = \"on-request\"\nsandbox_mode = \"read-only\"\n\
             check_for_update_on_startup = false\n\
             [model_providers.fake]\nname = \"fake\"\nbase_url = \"{url}/v1\"\nenv_key = \"FAKE_KEY\"\n\
             wire_api = \"responses\"\nsupports_websockets = false\n\
             [projects.\"{}\"]\ntrust_level = \"trusted\"\n",
            project(world).display(),
        );
        write(world, "home/.codex/config.toml", &settings);
        vec![("FAKE_KEY", "fake".to_owned())]
    },
    ready: "›",
    dialog: "esc to cancel",
    message: "Bash: rm -rf build",
    yes: "Enter",
};

const GEMINI: Agent = Agent {
    name: "gemini",
    // Else a model is asked first which model is to be asked.
    arguments: &["--model", "gemini-2.5-flash"],
    prepare: |world, url| {
        let project = project(world).display().to_string();
        write(world, "home/.gemini/trustedFolders.json", &json!({project: "TRUST_FOLDER"}).to_string());
        let settings = json!({"security": {"auth": {"selectedType": "gemini-api-key"}},
            "general": {"enableAutoUpdate": false}, "privacy": {"usageStatisticsEnabled": false}});
        write(world, "home/.gemini/settings.json", &settings.to_string());
        vec![("GEMINI_API_KEY", "fake".to_owned()), ("GOOGLE_GEMINI_BASE_URL", url.to_owned())]
    },
    ready: "Type your message",
    dialog: "No, suggest changes",
    message: "Shell: rm -rf build",
    yes: "Enter",
};

const QWEN: Agent = Agent {
    name: "qwen",
    arguments: &[],
    prepare: |world, url| {
        let settings = json!({"security": {"auth": {"selectedType": "openai"}}, "model": {"name": "fake"},
            "general": {"enableAutoUpdate": false}, "privacy": {"usageStatisticsEnabled": false}});
        write(world, "home/.qwen/settings.json", &settings.to_string());
        vec![
            ("OPENAI_API_KEY", "fake".to_owned()),
            ("OPENAI_BASE_URL", format!("{url}/v1")),
            ("OPENAI_MODEL", "fake".to_owned()),
        ]
    },
    ready: "Type your message",
    dialog: "No, suggest changes",
    message: "run_shell_command: rm -rf build",
    yes: "Enter",
};

const OPENCODE: Agent = Agent {
    name: "opencode",
    arguments: &[],
    prepare: |world, url| {
        let settings = json!({
            "provider": {"fake": {"npm": "@ai-sdk/openai-compatible", "name": "fake",
                "options": {"baseURL": format!("{url}/v1"), "apiKey": "fake"},
                "models": {"fake": {"name": "fake", "tool_call": true}}}},
            "model": "fake/fake", "small_model": "fake/fake", "permission": {"bash": "ask"},
            "autoupdate": false, "share": "disabled",
        });
        write(world, "config/opencode/opencode.json", &settings.to_string());
        vec![
            ("OPENCODE_DISABLE_MODELS_FETCH", "1".to_owned()),
            ("OPENCODE_DISABLE_LSP_DOWNLOAD", "1".to_owned()),
        ]
    },
    ready: "Ask anything",
    dialog: "Reject",
    message: "bash: rm -rf build",
    yes: "Enter",
};

/// The agent in a session, at its prompt; nothing where it is not installed.
fn started(agent: &Agent, has_hooks: bool) -> Option<World> {
    let program = kits().join("agents/node_modules/.bin").join(agent.name);
    if !program.exists() {
        skip(&format!("{} is not installed: tests/detect/install.sh agents", agent.name));
        return None;
    }
    let world = World::new();
    fs::create_dir_all(project(&world)).unwrap();
    let environment = (agent.prepare)(&world, &format!("http://127.0.0.1:{}", model::start()));
    if has_hooks {
        world.ok("mshooks", &["install", agent.name]);
    }
    let mut command = world.command("msnew");
    command.args(["-n", "agent", "--"]).arg(program).args(agent.arguments).current_dir(project(&world));
    assert!(command.envs(environment).status().unwrap().success());
    shows(&world, agent.ready);
    world.ok("mswait", &["agent"]);
    Some(world)
}

/// Waits until the screen shows this; returns when it was last seen without.
fn shows(world: &World, text: &str) -> Instant {
    let without = Cell::new(Instant::now());
    until(&format!("{text:?} on the screen"), || {
        let looked = Instant::now();
        let is_there = world.run("msbuf", &["--screen", "agent"]).out.contains(text);
        if !is_there {
            without.set(looked);
        }
        is_there
    });
    without.get()
}

/// Has the agent ask for leave; returns how much later than the dialog the session said so at most.
fn asks(world: &World, agent: &Agent) -> Duration {
    std::thread::scope(|scope| {
        let dialog = scope.spawn(|| shows(world, agent.dialog));
        // It looks for a while whether what it typed was taken.
        scope.spawn(|| world.ok("mssend", &["--submit", "agent", "remove the build, please"]));
        world.wait_for("agent", "asks", |status| status["attention"] == "asks");
        let asked = Instant::now();
        asked.saturating_duration_since(dialog.join().unwrap())
    })
}

/// The dialog is told at once and with its content, and after a yes the end of the turn.
fn with_hooks(agent: &Agent) {
    let Some(world) = started(agent, true) else { return };
    let late = asks(&world, agent);
    eprintln!("{} with hooks: {late:?} after the dialog at most", agent.name);
    assert!(late < Duration::from_millis(100), "{late:?} after the dialog");
    world.wait_for("agent", agent.message, |status| status["message"] == agent.message);
    world.ok("mssend", &["-k", agent.yes, "agent"]);
    let turn = world.wait_for("agent", "turn", |status| status["kind"] == "turn");
    assert_eq!(turn["message"], ANSWER);
    world.ok("msclose", &["--force", "agent"]);
}

/// The dialog is told by what can be seen, soon, and with its command.
fn without_hooks(agent: &Agent) {
    let Some(world) = started(agent, false) else { return };
    let late = asks(&world, agent);
    eprintln!("{} without hooks: {late:?} after the dialog at most", agent.name);
    assert!(late < Duration::from_secs(1), "{late:?} after the dialog");
    let has_command = |status: &Value| status["message"].as_str().is_some_and(|text| text.contains(COMMAND));
    world.wait_for("agent", COMMAND, has_command);
    world.ok("msclose", &["--force", "agent"]);
}

macro_rules! agents {
    ($($name:ident $agent:ident),*) => { $(mod $name {
        #[test]
        #[ignore = "make agents runs it"]
        fn asks_with_its_dialog_and_says_what() {
            super::with_hooks(&super::$agent);
        }

        #[test]
        #[ignore = "make agents runs it"]
        fn is_seen_to_ask_without_hooks() {
            super::without_hooks(&super::$agent);
        }
    })* };
}

agents!(claude CLAUDE, codex CODEX, gemini GEMINI, qwen QWEN, opencode OPENCODE);
