use proptest::prelude::*;

use super::merge::Merge;
use super::*;
use crate::tools::agents::Version;

fn merge(agent: &'static Agent) -> Merge {
    Merge { agent, hooks: agent.hooks.iter().collect() }
}

fn claude() -> Merge {
    merge(Agent::named("claude").unwrap())
}

#[test]
fn a_new_file_has_every_hook_and_goes_again() {
    for agent in AGENTS {
        let merge = merge(agent);
        let text = merge.install(None).unwrap();
        assert_eq!(merge.faults(Some(&text)).unwrap(), [""; 0], "{}", agent.name);
        assert_eq!(merge.install(Some(&text)).unwrap(), text, "{}: twice is once", agent.name);
        assert_eq!(merge.remove(&text, None).unwrap(), None, "{}", agent.name);
        assert_eq!(merge.faults(None).unwrap(), ["is not installed"]);
    }
}

#[test]
fn what_stands_beside_ours_stays() {
    let mine = r#"{
  // Mine.
  "model": "opus",
  "hooks": {
    "Stop": [
      { "hooks": [{ "type": "command", "command": "notify-send done; msmark -q clear" }] }
    ],
  },
}
"#;
    let merge = claude();
    let text = merge.install(Some(mine)).unwrap();
    assert!(text.contains("// Mine.") && text.contains("notify-send done"), "{text}");
    assert_eq!(merge.remove(&text, None).unwrap().as_deref(), Some(mine));
    // A hook of somebody else's within a group of ours.
    let ours = r#""command": "msmark --hook claude 2>/dev/null || true""#;
    let mixed =
        text.replacen(ours, &format!("{ours} }}, {{ \"type\": \"command\", \"command\": \"mine\""), 1);
    let left = merge.remove(&mixed, None).unwrap().unwrap();
    assert!(left.contains("\"mine\"") && !left.contains("--hook"), "{left}");
}

#[test]
fn what_older_versions_installed_is_replaced() {
    let old = r#"{
  "hooks": {
    "Notification": [
      { "matcher": "permission_prompt", "hooks": [{ "type": "command", "command": "msmark -q waiting -k permission" }] }
    ],
    "Stop": [{ "hooks": [{ "type": "command", "command": "/usr/local/bin/msmark -q waiting -k turn" }] }]
  }
}
"#;
    let merge = claude();
    let faults = merge.faults(Some(old)).unwrap();
    assert!(faults.iter().any(|fault| fault == "is missing: PermissionRequest"), "{faults:?}");
    assert!(faults.iter().any(|fault| fault == "is outdated: Notification: msmark -q waiting -k permission"));
    let text = merge.install(Some(old)).unwrap();
    assert_eq!(merge.faults(Some(&text)).unwrap(), [""; 0]);
    assert!(!text.contains("-k permission") && !text.contains("-k turn"), "{text}");
    assert_eq!(merge.remove(&text, Some(old)).unwrap().as_deref(), Some("{}\n"));
}

#[test]
fn one_that_is_missing_is_named() {
    let merge = claude();
    let text = merge.install(None).unwrap();
    let fewer = text.replacen("\"matcher\": \"idle_prompt\"", "\"matcher\": \"other\"", 1);
    let faults = merge.faults(Some(&fewer)).unwrap();
    assert!(faults.contains(&"is missing: Notification (idle_prompt)".to_owned()), "{faults:?}");
    assert_eq!(merge.faults(Some(&merge.install(Some(&fewer)).unwrap())).unwrap(), [""; 0]);
}

#[test]
fn an_older_agent_gets_what_it_knows() {
    let at = |version| {
        let found = Installed { program: None, version };
        found.hooks(claude().agent).iter().map(|hook| hook.event).collect::<Vec<_>>()
    };
    assert!(!at(Some(Version(2, 0, 44))).contains(&"PermissionRequest"));
    assert!(at(Some(Version(2, 0, 45))).contains(&"PermissionRequest"));
    assert!(at(Some(Version(2, 1, 100))).iter().all(|event| *event != "StopFailure"));
    assert_eq!(at(Some(Version(3, 0, 0))), at(None));
    assert_eq!(at(Some(Version(0, 9, 0))), [""; 0]);
}

#[test]
fn what_is_not_as_it_must_be_is_refused() {
    for text in ["[]", "{\"hooks\": []}", "{\"hooks\": {\"Stop\": {}}}", "{\"a\": }", "\u{0}", "x"] {
        assert!(claude().install(Some(text)).is_err(), "{text}");
    }
    let opencode = merge(Agent::named("opencode").unwrap());
    assert!(opencode.install(Some("export const mine = 1")).is_err());
    assert_eq!(
        opencode.remove("export const mine = 1", None).unwrap().as_deref(),
        Some("export const mine = 1")
    );
}

#[test]
fn only_commands_that_begin_with_msmark_are_ours() {
    for command in ["msmark", "msmark -q clear", "/opt/ms/bin/msmark --hook x", " msmark x"] {
        assert!(is_of_ms(command), "{command}");
    }
    for command in ["", "echo msmark", "notify; msmark x", "msmarker", "/msmark/x"] {
        assert!(!is_of_ms(command), "{command}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_configuration_comes_back_as_it_was(text in jsonc::tests::json()) {
        for agent in AGENTS.iter().filter(|agent| matches!(agent.format, crate::tools::agents::Format::Json { .. })) {
            let merge = merge(agent);
            let Ok(fuller) = merge.install(Some(&text)) else { continue };
            prop_assert_eq!(merge.install(Some(&fuller)).unwrap(), fuller.clone());
            prop_assert_eq!(merge.faults(Some(&fuller)).unwrap(), [""; 0]);
            prop_assert_eq!(merge.remove(&fuller, Some(&text)).unwrap(), Some(text.clone()));
            // Without the copy only what is empty may be closed up.
            let left = merge.remove(&fuller, None).unwrap().unwrap_or_else(|| "{}".into());
            let members = |text: &str| jsonc::parse(text).unwrap().items().len();
            prop_assert_eq!(members(&left), members(&text));
        }
    }
}
