//! What of our own stands beside the program's output: a title that tells of sessions that wait, a
//! notification, a bell. It waits here for a place where no sequence of the program is open. Pure.

use super::super::indicator::Indicator;
use ms_terminal::modes::ModeTracker;
use msession::format::config::Show;

/// What waits for a place, and whose the title is.
#[derive(Debug)]
pub(super) struct Aside {
    show: Show,
    bytes: Vec<u8>,
    /// The title has to be set anew.
    title_stale: bool,
    /// The title tells of sessions that wait.
    title_ours: bool,
    /// How often the program had set the title when it was last looked at.
    titles_set: u64,
}

impl Aside {
    /// Nothing waits; sessions that wait are told of in this way.
    pub(super) fn new(show: Show) -> Aside {
        Aside { show, bytes: Vec::new(), title_stale: false, title_ours: false, titles_set: 0 }
    }

    /// Tells of sessions that wait; a bell or a notification only of `news`.
    pub(super) fn tell(&mut self, waits: &Indicator, news: bool) {
        match self.show {
            Show::Title => self.title_stale = true,
            Show::Notify if news => self.bytes.extend(waits.notification()),
            Show::Bell if news => self.bytes.push(b'\x07'),
            _ => {}
        }
    }

    /// A screen came, and with it the program's title.
    pub(super) fn screen_came(&mut self) {
        self.title_stale = self.show == Show::Title;
    }

    /// The terminal has given up its title.
    pub(super) fn forget_title(&mut self) {
        self.title_ours = false;
    }

    /// A title that the program has set displaces ours.
    pub(super) fn note_title(&mut self, modes: &ModeTracker) {
        let set = modes.titles_set();
        self.title_stale |= self.titles_set != set && self.title_ours;
        self.titles_set = set;
    }

    /// What is to be written now that there is a place.
    pub(super) fn take(&mut self, waits: &Indicator, modes: &ModeTracker) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.bytes);
        if std::mem::take(&mut self.title_stale) {
            let ours = waits.label().is_some();
            if ours || self.title_ours {
                bytes.extend(waits.title(modes.title()));
            }
            self.title_ours = ours;
        }
        bytes
    }
}
