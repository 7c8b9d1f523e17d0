//! The window's title, its icon name, and the stack that programs push them on.

/// The longest title kept, in bytes.
const MAX_TITLE: usize = 1024;
/// The most titles on the stack; the oldest goes first.
const MAX_STACK: usize = 16;

/// Titles as programs set them (OSC 0, 1, 2; XTWINOPS 22 and 23).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Titles {
    pub(super) window: Option<String>,
    pub(super) icon: Option<String>,
    /// Icon name and title of each push.
    pub(super) stack: Vec<(Option<String>, Option<String>)>,
}

impl Titles {
    /// `which`: 0 both, 1 the icon name, 2 the title, as OSC numbers them.
    pub(super) fn set(&mut self, which: u8, text: &str) {
        let text = clean(text, MAX_TITLE);
        if which != 1 {
            self.window = Some(text.clone());
        }
        if which != 2 {
            self.icon = Some(text);
        }
    }

    pub(super) fn push(&mut self) {
        if self.stack.len() == MAX_STACK {
            self.stack.remove(0);
        }
        self.stack.push((self.icon.clone(), self.window.clone()));
    }

    /// `which` as for [`Titles::set`].
    pub(super) fn pop(&mut self, which: u16) {
        if let Some((icon, window)) = self.stack.pop() {
            if which != 1 {
                self.window = window;
            }
            if which != 2 {
                self.icon = icon;
            }
        }
    }
}

/// `text` without control characters, cut at a character so that it has at most `max` bytes.
pub(super) fn clean(text: &str, max: usize) -> String {
    let mut clean: String = text.chars().filter(|c| !c.is_control()).take(max).collect();
    while clean.len() > max {
        clean.pop();
    }
    clean
}
