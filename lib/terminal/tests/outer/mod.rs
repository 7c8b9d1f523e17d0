//! A terminal that is not ours: a tmux server of the test's own, whose panes get bytes, or programs and
//! keys, and are looked at. It is killed when the test ends. Also a part of the tests across the tools.
#![allow(dead_code, reason = "what can be done with a terminal; neither user does all of it")]

use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use ms_terminal::screen::Screen;

pub struct Tmux {
    dir: tempfile::TempDir,
    /// The environment of everything that runs in it, if not that of the test.
    environment: Option<Vec<(String, String)>>,
    next: AtomicUsize,
}

/// One pane.
pub struct Pane {
    id: String,
    /// What it says when it has shown all that it was given.
    done: Option<String>,
}

/// Everything that tmux says of a pane's modes.
const MODES: &str = "#{cursor_x},#{cursor_y} visible #{cursor_flag} alternate #{alternate_on} insert #{insert_flag} \
origin #{origin_flag} wrap #{wrap_flag} keys #{keypad_cursor_flag}#{keypad_flag} mouse #{mouse_any_flag}#{mouse_button_flag}\
#{mouse_standard_flag}#{mouse_sgr_flag}#{mouse_utf8_flag} region #{scroll_region_upper}-#{scroll_region_lower} \
tabs #{pane_tabs} title #{pane_title} size #{pane_width} #{pane_height}";

impl Tmux {
    /// A server with a first window, or none if there is no tmux here.
    pub fn start() -> Option<Tmux> {
        Tmux::begin(None)
    }

    /// The same, with this environment.
    pub fn with(environment: Vec<(String, String)>) -> Option<Tmux> {
        Tmux::begin(Some(environment))
    }

    fn begin(environment: Option<Vec<(String, String)>>) -> Option<Tmux> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("conf"), "set -g status off\nset -g default-size 80x24\n").unwrap();
        let tmux = Tmux { dir, environment, next: AtomicUsize::new(0) };
        let version = Command::new("tmux").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if version.is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            return None;
        }
        tmux.run(&["new-session", "-d", "-x", "80", "-y", "24", "exec sleep 1000"]);
        Some(tmux)
    }

    fn run(&self, args: &[&str]) -> String {
        let output = self.command().args(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn command(&self) -> Command {
        let mut command = Command::new("tmux");
        if let Some(environment) = &self.environment {
            command.env_clear().envs(environment.iter().cloned());
        }
        command
            .args(["-L", "outer", "-f"])
            .arg(self.dir.path().join("conf"))
            .env("TMUX_TMPDIR", self.dir.path())
            .env_remove("TMUX")
            .env("TERM", "xterm-256color")
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null());
        command
    }

    /// Opens a pane and begins to write `parts` to it.
    pub fn show(&self, parts: &[&[u8]]) -> Pane {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let path: PathBuf = self.dir.path().join(format!("bytes{number}"));
        let mut file = std::fs::File::create(&path).unwrap();
        parts.iter().for_each(|part| file.write_all(part).unwrap());
        let done = format!("done{number}");
        // The answer to a status query comes when all before it has been shown.
        let script = format!(
            "stty raw -echo; cat {}; printf '\\033[5n'; head -c 4 >/dev/null; tmux wait-for -S {done}; exec sleep 1000",
            path.display()
        );
        let id = self.run(&["new-window", "-d", "-P", "-F", "#{pane_id}", &script]).trim().to_owned();
        Pane { id, done: Some(done) }
    }

    /// Opens a pane of this size and begins to run a shell's script in it.
    pub fn open(&self, (cols, rows): (u16, u16), script: &str) -> Pane {
        let (cols, rows) = (cols.to_string(), rows.to_string());
        let args = ["new-session", "-d", "-P", "-F", "#{pane_id}", "-x", &cols, "-y", &rows, script];
        Pane { id: self.run(&args).trim().to_owned(), done: None }
    }

    /// Presses keys, by tmux's names.
    pub fn press(&self, pane: &Pane, keys: &[&str]) {
        self.run(&[&["send-keys", "-t", &pane.id, "--"], keys].concat());
    }

    /// Types text.
    pub fn type_in(&self, pane: &Pane, text: &str) {
        self.run(&["send-keys", "-l", "-t", &pane.id, "--", text]);
    }

    /// Gives a pane another size.
    pub fn resize(&self, pane: &Pane, (cols, rows): (u16, u16)) {
        let (cols, rows) = (cols.to_string(), rows.to_string());
        self.run(&["resize-window", "-t", &pane.id, "-x", &cols, "-y", &rows]);
    }

    /// What a pane shows now, with colours, cursor and modes.
    pub fn look(&self, pane: &Pane) -> String {
        let at = ["-p", "-t", &pane.id];
        let args = [&["display-message"], &at[..], &[MODES, ";", "capture-pane", "-e"], &at].concat();
        let seen = self.run(&args);
        let (modes, cells) = seen.split_once('\n').unwrap();
        let size: Vec<u16> = modes.rsplit(' ').take(2).map(|number| number.parse().unwrap()).collect();
        format!("{modes}\n{}", looks(cells, (size[1], size[0])))
    }

    /// What a pane has in its scrollback and on its screen, as lines.
    pub fn history(&self, pane: &Pane) -> Vec<String> {
        let text = self.run(&["capture-pane", "-p", "-S", "-", "-t", &pane.id]);
        text.trim_end().lines().map(|line| line.trim_end().to_owned()).collect()
    }

    /// What a pane shows once it has got all. Closes it.
    pub fn seen(&self, pane: Pane) -> String {
        pane.done.iter().for_each(|done| drop(self.run(&["wait-for", done])));
        let seen = self.look(&pane);
        self.close(pane);
        seen
    }

    /// Closes a pane.
    pub fn close(&self, pane: Pane) {
        self.run(&["kill-pane", "-t", &pane.id]);
    }
}

/// Captured lines in one form: tmux writes the same cells in more than one way, keeps line drawing as
/// a character set of its own, and drops blanks at the end of a line, but not what colours them.
fn looks(captured: &str, (cols, rows): (u16, u16)) -> String {
    let mut screen = Screen::new(cols, rows + 1);
    screen.feed(b"\x1b)0").unwrap();
    screen.feed(captured.replace('\n', "\r\n").as_bytes()).unwrap();
    screen.feed(b"\x1b[m\x0f\x1b[H").unwrap();
    let state = format!("{:?}", screen.state());
    let rows = state.lines().filter(|line| line.starts_with("shown")).map(without_end);
    let empty = |line: &str| line.split(' ').count() == 2;
    rows.filter(|line| !empty(line)).map(|line| line.to_owned() + "\n").collect()
}

/// A row without the blanks, and the look of blanks (`[...]`), at its end.
fn without_end(line: &str) -> &str {
    let line = line.trim_end();
    match line.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) {
        Some((rest, look)) if look.split(',').count() == 4 => without_end(rest),
        _ => line,
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = self.command().arg("kill-server").stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}
