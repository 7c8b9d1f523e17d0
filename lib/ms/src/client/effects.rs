//! What the loop does about the overlay: it is told what happens, and what it returns is carried out here.

use std::time::{Duration, Instant};

use super::keys::typed::{Key, Typed};
use super::line_history;
use super::overlay::{self, Content, Effect, Ground, Modal, Step};
use super::pager::Pager;
use super::paint::Paint;
use super::relay::{self, Sink, Source};
use super::session_loop::Client;
use msession::format::config::Show;
use msession::format::error::Result;

/// A bar that was displaced comes back after such a while.
const BAR_AGAIN: Duration = Duration::from_millis(400);
/// A session that is over has its last bytes shown within this.
const LAST_BYTES_WITHIN: Duration = Duration::from_secs(3);

impl Client {
    /// Does what the overlay wants.
    pub(super) fn carry_out(&mut self, effects: Vec<Effect>) -> Result<()> {
        for effect in effects {
            match effect {
                Effect::Repaint => self.at.repaint(false),
                Effect::AskForScreen => self.ask_for_screen(),
                Effect::Draw => self.draw_overlay(),
                Effect::Show(paint) => self.relay.show(paint, &self.at, &self.terminal)?,
                Effect::ShowFirst(paint) => {
                    self.relay.show(paint, &self.at, &self.terminal)?;
                    self.relay.write_now(&mut self.terminal)?;
                }
                Effect::Progress(offset) => self.at.progress(offset),
                Effect::PutBack(under) => self.relay.put_back(under, &self.at, &mut self.terminal)?,
            }
        }
        Ok(())
    }

    /// Shows something that has the keyboard.
    pub(super) fn open_modal(&mut self, modal: Modal) {
        if self.terminal.is_plain() {
            let text = format!("\r\n{}", modal.plain());
            self.terminal.write_all(text.as_bytes());
        }
        self.lay(Content::Modal(modal, Typed::default()));
    }

    /// Whether a pager has, or is about to have, the terminal.
    pub(super) fn has_pager(&self) -> bool {
        matches!(self.overlay.content(), Some(Content::Pager))
    }

    /// Shows what the session wrote in a pager.
    pub(super) fn open_pager(&mut self) {
        if self.terminal.is_plain() {
            let name = self.at.name();
            return self
                .notice(&format!("no pager on a terminal without TERM; msbuf {name} prints the output"));
        }
        self.lay(Content::Pager);
    }

    fn start_pager(&mut self) -> Result<Pager> {
        let under = || self.overlay.ground().is_some_and(|paint| paint.modes().on_alternate());
        let alternate = self.relay.drawn_on_alternate().unwrap_or_else(under);
        let to = self.at.written()?;
        self.terminal.lend();
        Pager::start(&self.signals, &self.terminal, self.at.ring(), (to, alternate))
    }

    /// The pager has ended, or has to: the terminal is ours again.
    pub(super) fn leave_pager(&mut self) -> Result<()> {
        if !self.has_pager() {
            return Ok(());
        }
        let mut trouble = self.pager.take().and_then(Pager::finish);
        let lost = std::mem::take(&mut self.not_paged);
        if lost > 0 {
            trouble.get_or_insert(format!("{lost} bytes of what was typed for the pager came too fast"));
        }
        self.terminal.enter()?;
        self.close_overlay()?;
        if let Some(trouble) = trouble {
            self.relay.write_now(&mut self.terminal)?;
            self.notice(&trouble);
        }
        Ok(())
    }

    /// Has a pager end: the terminal is about to leave.
    pub(super) fn stop_pager(&mut self) -> Result<()> {
        if self.has_pager() {
            self.pager.iter().for_each(Pager::stop);
            self.leave_pager()?;
            self.relay.write_now(&mut self.terminal)?;
        }
        Ok(())
    }

    /// Says something on the last row.
    pub(super) fn notice(&mut self, text: &str) {
        let text = ms_terminal::safe::safe_text(text, 1000);
        if self.terminal.is_plain() {
            return self.terminal.write_all(format!("\r\n[msswitch: {text}]\r\n").as_bytes());
        }
        self.lay(Content::Bar(format!(" {text}")));
    }

    /// Shows which sessions wait, unless something else is shown.
    pub(super) fn show_bar(&mut self) {
        let prefix = self.prefix_spelled();
        if let (true, Some(text)) = (self.overlay.is_empty(), self.indicator.bar(&prefix)) {
            self.lay(Content::Bar(text));
        }
    }

    fn lay(&mut self, content: Content) {
        let ground = self.relay.ground(&self.terminal);
        if ground == Ground::Drawn {
            // What it takes the place of is drawn over, not what is under that.
            self.overlay.drop_layer();
            self.relay.draw_if_due(&mut self.terminal, self.overlay.over());
        }
        let effects = self.overlay.lay(content, ground, Instant::now());
        // Nothing is read for these, so nothing can fail.
        let _ = self.carry_out(effects);
    }

    fn draw_overlay(&mut self) {
        let (size, plain) = (self.terminal.size(), self.terminal.is_plain());
        match self.overlay.content() {
            Some(Content::Bar(text)) => {
                let bar = overlay::draw::bar(text, size);
                self.terminal.write_bar(&bar);
            }
            Some(Content::Modal(modal, _)) if plain => {
                let text = modal.plain();
                self.terminal.write_all(text.as_bytes());
            }
            Some(Content::Modal(modal, _)) => {
                let bytes = modal.draw(size);
                self.terminal.write_over(&bytes);
            }
            Some(Content::Pager) if self.pager.is_none() => self.raise_pager(),
            Some(Content::Pager) | None => {}
        }
    }

    fn raise_pager(&mut self) {
        match self.start_pager() {
            Ok(pager) => self.pager = Some(pager),
            Err(error) => {
                // Without a pager nothing has changed on the terminal but its screen.
                if self.leave_pager().is_ok() {
                    self.notice(&error.to_string());
                }
            }
        }
    }

    /// A screen came: for the terminal, or to be put back later.
    pub(super) fn painted(&mut self, paint: Paint) -> Result<()> {
        let effects = if self.relay.draws() {
            self.close_bar();
            let covered = self.overlay.is_up() && self.overlay.has_keyboard();
            let effects = self.relay.show_part(&paint, (&self.at, &self.terminal), covered)?;
            self.tell_server(effects);
            if !self.overlay.is_empty() && !self.overlay.is_up() {
                self.relay.write_now(&mut self.terminal)?;
            }
            self.overlay.is_shown(Instant::now())
        } else {
            let shown = self.relay.is_at(&paint);
            self.overlay.painted(paint, shown, Instant::now())
        };
        self.carry_out(effects)
    }

    /// What the overlay wants by now.
    pub(super) fn look_after_overlay(&mut self, now: Instant) -> Result<()> {
        let (ground, was_up) = (self.relay.ground(&self.terminal), self.overlay.is_up());
        let effects = self.overlay.look_after(now, ground);
        if was_up && self.overlay.is_empty() {
            self.bring_bar_back();
        }
        self.carry_out(effects)
    }

    /// A bar makes way for whatever happens; one that tells of waits comes back.
    pub(super) fn close_bar(&mut self) {
        let effects = self.overlay.close_bar(self.relay.ground(&self.terminal));
        if !effects.is_empty() {
            self.bring_bar_back();
        }
        // Putting a kept screen back reads nothing and cannot fail.
        let _ = self.carry_out(effects);
    }

    /// Takes the overlay away and puts back what is under it.
    pub(super) fn close_overlay(&mut self) -> Result<()> {
        if self.overlay.is_empty() {
            return Ok(());
        }
        self.bring_bar_back();
        let effects = self.overlay.close(self.relay.ground(&self.terminal));
        self.carry_out(effects)
    }

    fn bring_bar_back(&mut self) {
        if self.indicator.show() == Show::Bar && self.indicator.label().is_some() {
            self.bar_due = Some(Instant::now() + BAR_AGAIN);
        }
    }

    /// Keys for whatever has the keyboard; what is left over when it goes is the program's.
    pub(super) fn type_into_modal(&mut self, bytes: &[u8]) -> Result<()> {
        if self.has_pager() {
            // They were read in one with the key that opened it, and cannot be given back.
            self.not_paged += bytes.len();
            return Ok(());
        }
        for (at, byte) in bytes.iter().enumerate() {
            let Some(keys) = self.overlay.type_byte(*byte) else { return self.route(&bytes[at..]) };
            for key in keys {
                self.press(key)?;
            }
        }
        if self.overlay.key_is_open() {
            self.flush_soon();
        }
        Ok(())
    }

    /// An ESC that nothing followed is the key.
    pub(super) fn flush_modal(&mut self) {
        if let Some(key) = self.overlay.end_key() {
            // What goes wrong shows on the next turn as well.
            let _ = self.press(key);
        }
    }

    fn press(&mut self, key: Key) -> Result<()> {
        match self.overlay.press(key) {
            Some(Step::Stay) if self.overlay.is_up() => self.draw_overlay(),
            Some(Step::Stay) | None => {}
            Some(Step::Close) => self.close_overlay()?,
            Some(Step::Go(name)) => {
                self.close_overlay()?;
                self.go(&name);
            }
            Some(Step::Do(action, line)) => {
                self.close_overlay()?;
                // Without it Up shows less.
                let _ = line_history::remember(&self.runtime, &line);
                self.act(action)?;
            }
            Some(Step::End(name)) => {
                self.close_overlay()?;
                self.end_session(&name);
            }
        }
        Ok(())
    }

    /// Sessions changed: a list shows it.
    pub(super) fn renew_list(&mut self) {
        if self.overlay.list().is_none() {
            return;
        }
        let entries = self.entries(self.listed);
        self.overlay.list().into_iter().for_each(|list| list.renew(entries.clone()));
        if self.overlay.is_up() {
            self.draw_overlay();
        }
    }

    /// The terminal has another size: what was kept no longer fits.
    pub(super) fn resized(&mut self) {
        self.at.resize(self.terminal.size());
        if self.relay.draws() {
            self.close_bar();
            self.relay.draw_anew(Instant::now());
        }
        let effects = self.overlay.resized();
        // Nothing is read for these, so nothing can fail.
        let _ = self.carry_out(effects);
    }

    /// Writes what there is to write, up to a burst.
    pub(super) fn pass(&mut self) -> Result<()> {
        let way = (&mut self.at, &mut self.terminal);
        let effects = self.relay.pass(way, self.overlay.over(), &self.indicator)?;
        self.tell_server(effects);
        Ok(())
    }

    pub(super) fn tell_server(&mut self, effects: Vec<relay::Effect>) {
        for effect in effects {
            match effect {
                relay::Effect::Repaint => self.at.repaint(self.terminal.is_plain()),
                relay::Effect::Progress(offset) => self.at.progress(offset),
            }
        }
    }

    /// Has the screen painted anew; until it comes output waits.
    pub(super) fn ask_for_screen(&mut self) {
        let effects = self.relay.wait_for_screen();
        self.tell_server(effects);
    }

    /// The session's terminal has a size: it is drawn here if that is another than this terminal's, else its
    /// output passes.
    pub(super) fn fit(&mut self) {
        if !self.relay.fits(&self.at, &self.terminal) {
            self.close_bar();
            self.overlay.forget_screens();
            let effects = self.relay.fit(&self.at, &self.terminal);
            self.tell_server(effects);
        }
    }

    /// The server has rung: the loop passes output by itself, unless something covers the screen.
    pub(super) fn output_came(&mut self) {
        self.close_bar();
        let now = Instant::now();
        if !self.relay.draw_soon(now) {
            self.overlay.keep_fresh(now);
        }
    }

    /// The end: what is still in the ring is shown.
    pub(super) fn finish(&mut self) -> Result<()> {
        self.close_overlay()?;
        self.at.expect_more();
        self.relay.expect_no_screen(&self.at)?;
        let deadline = Instant::now() + LAST_BYTES_WITHIN;
        while Instant::now() < deadline {
            self.relay.draw_now(Instant::now());
            self.pass()?;
            let stuck = self.relay.has_unwritten() && !self.terminal.wait();
            if stuck || !self.relay.has_unwritten() && !self.relay.has_more() {
                break;
            }
        }
        Ok(())
    }

    /// Tells of sessions that wait, in the way that was asked for.
    pub(super) fn tell_of_waits(&mut self, news: bool) {
        self.relay.tell(&self.indicator, news);
        if news && self.indicator.show() == Show::Bar {
            self.show_bar();
        }
    }
}
