//! Hooks in a JSON configuration: `{"hooks": {EVENT: [{"matcher": …, "hooks": [{…, "command": …}]}]}}`.

use super::jsonc::{self, Fresh, Node};
use crate::tools::agents::{Agent, Format, Hook};

/// The text with all of ours in it, behind what is there.
///
/// # Errors
/// It is no JSON, or has something else where hooks are.
pub(super) fn install(text: &str, agent: &Agent, hooks: &[&Hook]) -> Result<String, String> {
    let mut text = if text.trim().is_empty() { "{}\n".to_owned() } else { text.to_owned() };
    for hook in hooks {
        text = put(&text, agent, hook)?;
    }
    Ok(text)
}

/// The text without any of ours, and without what is empty then.
///
/// # Errors
/// It is no JSON.
pub(super) fn remove(text: &str) -> Result<String, String> {
    let mut text = text.to_owned();
    while !text.trim().is_empty() {
        let Some(fewer) = without_one(&text, &jsonc::parse(&text)?) else { break };
        text = fewer;
    }
    Ok(text)
}

/// The hooks of ms that a text has: event, matcher and command of each.
///
/// # Errors
/// It is no JSON.
pub(super) fn found(text: &str) -> Result<Vec<(String, String, String)>, String> {
    let mut found = Vec::new();
    if text.trim().is_empty() {
        return Ok(found);
    }
    let root = jsonc::parse(text)?;
    for event in root.get("hooks").map(Node::items).unwrap_or_default() {
        for group in event.value.items() {
            let matcher = group.value.get("matcher").and_then(Node::text).unwrap_or_default();
            for hook in group.value.get("hooks").map(Node::items).unwrap_or_default() {
                if let Some(command) = command_of_ms(&hook.value) {
                    let event = event.key.clone().unwrap_or_default();
                    found.push((event, matcher.to_owned(), command.to_owned()));
                }
            }
        }
    }
    Ok(found)
}

/// Whether nothing is left in a text that was nothing before ours came.
pub(super) fn is_nothing(text: &str) -> bool {
    matches!(text.trim(), "" | "{}")
}

fn put(text: &str, agent: &Agent, hook: &Hook) -> Result<String, String> {
    let root = jsonc::parse(text)?;
    let object = |node: &Node| matches!(node.kind, jsonc::Kind::Object(..));
    if !object(&root) {
        return Err("it is not an object".into());
    }
    let group = group(agent, hook);
    let event = |group| Fresh::Object(vec![(hook.event.into(), Fresh::List(vec![group]))]);
    let Some(hooks) = root.get("hooks") else {
        return Ok(jsonc::put_in(text, &root, Some("hooks"), &event(group)));
    };
    if !object(hooks) {
        return Err("its \"hooks\" are not an object".into());
    }
    match hooks.get(hook.event) {
        None => Ok(jsonc::put_in(text, hooks, Some(hook.event), &Fresh::List(vec![group]))),
        Some(list) if matches!(list.kind, jsonc::Kind::Array(..)) => {
            Ok(jsonc::put_in(text, list, None, &group))
        }
        Some(_) => Err(format!("its hooks for {:?} are not a list", hook.event)),
    }
}

fn group(agent: &Agent, hook: &Hook) -> Fresh {
    let text = |text: &str| Fresh::Text(text.into());
    let mut entry = Vec::new();
    if agent.format == (Format::Json { named: true }) {
        entry.push(("name".to_owned(), text("ms")));
    }
    entry.push(("type".to_owned(), text("command")));
    entry.push(("command".to_owned(), Fresh::Text(agent.command())));
    let list = ("hooks".to_owned(), Fresh::List(vec![Fresh::Object(entry)]));
    Fresh::Object(match hook.matcher {
        "" => vec![list],
        matcher => vec![("matcher".to_owned(), text(matcher)), list],
    })
}

/// The text without the last of ours that is found; none if there is none.
fn without_one(text: &str, root: &Node) -> Option<String> {
    let place =
        |node: &Node, key: &str| node.items().iter().rposition(|item| item.key.as_deref() == Some(key));
    let at = place(root, "hooks")?;
    let hooks = &root.items()[at].value;
    let (event, group, entry) = hooks.items().iter().enumerate().rev().find_map(|(event, item)| {
        item.value.items().iter().enumerate().rev().find_map(|(group, item)| {
            let entries = item.value.get("hooks").map(Node::items).unwrap_or_default();
            let entry = entries.iter().rposition(|entry| command_of_ms(&entry.value).is_some())?;
            Some((event, group, entry))
        })
    })?;
    let groups = &hooks.items()[event].value;
    let entries = groups.items()[group].value.get("hooks")?;
    // The outermost that has nothing else in it.
    Some(if entries.items().len() > 1 {
        jsonc::take_out(text, entries, entry)
    } else if groups.items().len() > 1 {
        jsonc::take_out(text, groups, group)
    } else if hooks.items().len() > 1 {
        jsonc::take_out(text, hooks, event)
    } else {
        jsonc::take_out(text, root, at)
    })
}

/// The command of a hook that runs msmark and nothing before it.
fn command_of_ms(entry: &Node) -> Option<&str> {
    entry.get("command").and_then(Node::text).filter(|command| super::is_of_ms(command))
}
