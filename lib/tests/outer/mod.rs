//! A terminal that is not ours: a tmux server of the test's own, whose panes get bytes and are looked
//! at. It is killed when the test ends.

use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use msession::screen::Screen;

pub struct Tmux {
    dir: tempfile::TempDir,
    next: AtomicUsize,
}

/// One pane that has got bytes.
pub struct Pane {
    id: String,
    done: String,
}

/// Everything that tmux says of a pane's modes.
const MODES: &str = "#{cursor_x},#{cursor_y} visible #{cursor_flag} alternate #{alternate_on} insert #{insert_flag} \
origin #{origin_flag} wrap #{wrap_flag} keys #{keypad_cursor_flag}#{keypad_flag} mouse #{mouse_any_flag}#{mouse_button_flag}\
#{mouse_standard_flag}#{mouse_sgr_flag}#{mouse_utf8_flag} region #{scroll_region_upper}-#{scroll_region_lower} \
tabs #{pane_tabs} size #{pane_width}x#{pane_height}";

impl Tmux {
    /// A server with a first window, or none if there is no tmux here.
    pub fn start() -> Option<Tmux> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("conf"), "set -g status off\nset -g default-size 80x24\n").unwrap();
        let tmux = Tmux { dir, next: AtomicUsize::new(0) };
        let version = Command::new("tmux").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if version.is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            return None;
        }
        tmux.run(&["new-session", "-d", "-x", "80", "-y", "24", "exec sleep 1000"]);
        Some(tmux)
    }

    fn run(&self, args: &[&str]) -> String {
        let conf = self.dir.path().join("conf");
        let output = Command::new("tmux")
            .args(["-L", "outer", "-f"])
            .arg(conf)
            .args(args)
            .env("TMUX_TMPDIR", self.dir.path())
            .env_remove("TMUX")
            .env("TERM", "xterm-256color")
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
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
        Pane { id, done }
    }

    /// What a pane shows, with colours, cursor and modes, once it has got all. Closes it.
    pub fn seen(&self, pane: Pane) -> String {
        self.run(&["wait-for", &pane.done]);
        let cells = self.run(&["capture-pane", "-e", "-p", "-t", &pane.id]);
        let modes = self.run(&["display-message", "-p", "-t", &pane.id, MODES]);
        self.run(&["kill-pane", "-t", &pane.id]);
        modes + &looks(&cells)
    }
}

/// Captured lines in one form: tmux writes the same cells in more than one way, keeps line drawing as
/// a character set of its own, and drops blanks at the end of a line, but not what colours them.
fn looks(captured: &str) -> String {
    let mut screen = Screen::new(80, 25);
    screen.feed(b"\x1b)0").unwrap();
    screen.feed(captured.replace('\n', "\r\n").as_bytes()).unwrap();
    screen.feed(b"\x1b[m\x0f\x1b[H").unwrap();
    let state = format!("{:?}", screen.state());
    let lines = state.lines().map(without_end);
    let empty = |line: &str| line.starts_with("shown") && line.split(' ').count() == 2;
    lines.filter(|line| !empty(line)).map(|line| line.to_owned() + "\n").collect()
}

/// A row without the blanks, and the look of blanks (`[...]`), at its end.
fn without_end(line: &str) -> &str {
    let line = line.trim_end();
    match line.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) {
        Some((rest, look)) if look.split(',').count() == 4 && line.starts_with("shown") => without_end(rest),
        _ => line,
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = Command::new("tmux")
            .args(["-L", "outer", "kill-server"])
            .env("TMUX_TMPDIR", self.dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}
