//! The table: by the agents' documentation, and by what their programs were seen to tell. A version is the
//! first whose release notes name the event, or else the oldest that was seen to have it.

use super::Means::{Input, Over, Permission, Question, Turn, Works};
use super::{Agent, ConfigPath, Format, Hook, Version};

/// The agents, in the order in which they are listed.
pub(crate) static AGENTS: &[Agent] = &[CLAUDE, CODEX, GEMINI, OPENCODE, QWEN, AIDER];

/// A directory of an agent, the same in the home directory and in a project.
const fn dotted(dir: &'static str, file: &'static str, variable: Option<&'static str>) -> ConfigPath {
    ConfigPath { variable, variable_is_home: false, user: dir, in_config: false, project: dir, file }
}

const fn hook(event: &'static str, matcher: &'static str, means: super::Means, since: Version) -> Hook {
    Hook { event, matcher, since, means }
}

/// From here on an event that it does not know is passed over; before, the whole file was not read.
const PATIENT: Version = Version(2, 1, 101);

const CLAUDE: Agent = Agent {
    name: "claude",
    title: "Claude Code",
    program: "claude",
    config: dotted(".claude", "settings.json", Some("CLAUDE_CONFIG_DIR")),
    format: Format::Json { named: false },
    hooks: &[
        hook("SessionStart", "startup|resume|clear", Over, Version(1, 0, 62)),
        hook("UserPromptSubmit", "", Works, Version(1, 0, 54)),
        hook("PreToolUse", "AskUserQuestion", Question, Version(1, 0, 38)),
        hook("PermissionRequest", "*", Permission, Version(2, 0, 45)),
        hook("PermissionDenied", "*", Works, PATIENT),
        hook("PostToolUse", "*", Works, Version(1, 0, 38)),
        hook("PostToolUseFailure", "*", Works, PATIENT),
        // It comes six seconds behind a dialog, also behind those that no other event tells of.
        hook("Notification", "permission_prompt", Permission, Version(2, 0, 37)),
        hook("Notification", "elicitation_dialog", Question, Version(2, 0, 37)),
        hook("Notification", "idle_prompt", Turn, Version(2, 0, 37)),
        hook("Elicitation", "", Question, PATIENT),
        hook("ElicitationResult", "", Works, PATIENT),
        hook("PreCompact", "", Works, Version(1, 0, 48)),
        hook("PostCompact", "manual", Turn, PATIENT),
        hook("Stop", "", Turn, Version(1, 0, 38)),
        hook("StopFailure", "", Turn, PATIENT),
        hook("SessionEnd", "", Over, Version(1, 0, 85)),
    ],
    note: "",
};

/// Hooks are on without being asked for.
const CODEX_HOOKS: Version = Version(0, 124, 0);

const CODEX: Agent = Agent {
    name: "codex",
    title: "Codex",
    program: "codex",
    config: dotted(".codex", "hooks.json", Some("CODEX_HOME")),
    format: Format::Json { named: false },
    hooks: &[
        hook("UserPromptSubmit", "", Works, CODEX_HOOKS),
        hook("PreToolUse", "request_user_input", Question, CODEX_HOOKS),
        hook("PermissionRequest", "*", Permission, CODEX_HOOKS),
        hook("PostToolUse", "*", Works, CODEX_HOOKS),
        hook("Stop", "", Turn, CODEX_HOOKS),
        hook("Interrupt", "", Turn, Version(0, 171, 0)),
        hook("SessionEnd", "", Over, Version(0, 171, 0)),
    ],
    note: "Codex runs new hooks once you have trusted them: it asks at its next start, or see /hooks there",
};

const GEMINI_HOOKS: Version = Version(0, 26, 0);

const GEMINI: Agent = Agent {
    name: "gemini",
    title: "Gemini CLI",
    program: "gemini",
    config: ConfigPath {
        variable_is_home: true,
        ..dotted(".gemini", "settings.json", Some("GEMINI_CLI_HOME"))
    },
    format: Format::Json { named: true },
    hooks: &[
        hook("SessionStart", "startup|resume|clear", Over, GEMINI_HOOKS),
        hook("BeforeAgent", "*", Works, GEMINI_HOOKS),
        hook("Notification", "ToolPermission", Permission, GEMINI_HOOKS),
        hook("AfterTool", "*", Works, GEMINI_HOOKS),
        hook("AfterAgent", "*", Turn, GEMINI_HOOKS),
        hook("SessionEnd", "*", Over, GEMINI_HOOKS),
    ],
    note: "",
};

const OPENCODE: Agent = Agent {
    name: "opencode",
    title: "opencode",
    program: "opencode",
    config: ConfigPath {
        user: "opencode",
        in_config: true,
        ..dotted(".opencode", "plugins/ms.js", Some("OPENCODE_CONFIG_DIR"))
    },
    format: Format::Plugin,
    hooks: &[
        hook("permission.asked", "", Permission, Version(1, 0, 0)),
        hook("permission.replied", "", Works, Version(1, 0, 0)),
        hook("question.asked", "", Question, Version(1, 1, 0)),
        hook("question.replied", "", Works, Version(1, 1, 0)),
        hook("question.rejected", "", Works, Version(1, 1, 0)),
        hook("session.status", "busy|retry", Works, Version(1, 0, 0)),
        hook("session.idle", "", Turn, Version(1, 0, 0)),
    ],
    note: "",
};

/// All events of the table were seen in 0.15.10.
const QWEN_HOOKS: Version = Version(0, 15, 0);

const QWEN: Agent = Agent {
    name: "qwen",
    title: "Qwen Code",
    program: "qwen",
    config: dotted(".qwen", "settings.json", None),
    format: Format::Json { named: true },
    hooks: &[
        hook("SessionStart", "startup|resume|clear", Over, QWEN_HOOKS),
        hook("UserPromptSubmit", "", Works, QWEN_HOOKS),
        hook("PermissionRequest", "*", Permission, QWEN_HOOKS),
        hook("PostToolUse", "*", Works, QWEN_HOOKS),
        hook("PostToolUseFailure", "*", Works, QWEN_HOOKS),
        hook("Notification", "permission_prompt", Permission, QWEN_HOOKS),
        hook("Notification", "elicitation_dialog", Question, QWEN_HOOKS),
        hook("Notification", "idle_prompt", Turn, QWEN_HOOKS),
        hook("Stop", "", Turn, QWEN_HOOKS),
        hook("StopFailure", "", Turn, QWEN_HOOKS),
        hook("SessionEnd", "", Over, QWEN_HOOKS),
    ],
    note: "",
};

const AIDER: Agent = Agent {
    name: "aider",
    title: "aider",
    program: "aider",
    config: dotted("", ".aider.conf.yml", None),
    format: Format::Yaml,
    // It calls its command whenever it wants something typed, and says nothing of what.
    hooks: &[hook("", "", Input, Version(0, 76, 0))],
    note: "",
};
