//! The session that the terminal is on: what its server said, the way of its output, and going elsewhere.

use std::time::{Duration, Instant};

use super::{Client, attach_options};
use crate::client::Left;
use crate::client::attached::{Attached, ServerEvent};
use crate::client::paint::Paint;
use crate::client::relay::Sink;
use msession::format::error::Result;
use msession::format::session_name::SessionName;

/// A session that is over has its last bytes shown within this.
const LAST_BYTES_WITHIN: Duration = Duration::from_secs(3);

impl Client {
    /// Takes what the server said. When it is gone or refuses, what the program still printed is shown, then
    /// that is the end.
    pub(super) fn hear_server(&mut self) -> Result<()> {
        loop {
            match self.paging.heard(self.overlay.has_pager(), || self.at.next_event()) {
                Ok(None) => return Ok(()),
                Ok(Some(event)) => self.take(event)?,
                Err(error) => {
                    self.finish()?;
                    return if self.go_back(&error.to_string()) { Ok(()) } else { Err(error) };
                }
            }
            if self.left.is_some() {
                return Ok(());
            }
        }
    }

    fn take(&mut self, event: ServerEvent) -> Result<()> {
        match event {
            ServerEvent::Output => {
                // The loop passes it by itself, unless something covers the screen.
                self.close_bar();
                let now = Instant::now();
                if !self.relay.draw_soon(now) {
                    self.overlay.keep_fresh(now);
                }
            }
            ServerEvent::Painted(paint) => self.painted(paint)?,
            ServerEvent::Screen(reply) => self.relay.show_text(&reply),
            ServerEvent::Ended(ended) => {
                self.finish()?;
                let name = self.at.name();
                if !self.go_back(&format!("{name} ended: {}", ended.exit)) {
                    self.left = Some(Left::Ended(name, ended.exit));
                }
            }
            ServerEvent::Goto(to) => self.go_by_name(&to),
            ServerEvent::Size if self.relay.fits(&self.at, &self.terminal) => {}
            ServerEvent::Size => {
                self.close_bar();
                self.overlay.forget_screens();
                let effects = self.relay.fit(&self.at, &self.terminal);
                self.at.tell(effects, self.terminal.is_plain());
            }
            ServerEvent::Dropped(bytes) => {
                self.notice(&format!("{bytes} bytes of what was typed were dropped"))
            }
        }
        Ok(())
    }

    /// A screen came: for the terminal, or to be put back later.
    fn painted(&mut self, paint: Paint) -> Result<()> {
        let effects = if self.relay.draws() {
            self.close_bar();
            let covered = self.overlay.is_up() && self.overlay.has_keyboard();
            let effects = self.relay.show_part(&paint, (&self.at, &self.terminal), covered)?;
            self.at.tell(effects, self.terminal.is_plain());
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

    /// Writes what there is to write, up to a burst.
    pub(super) fn pass(&mut self) -> Result<()> {
        let way = (&mut self.at, &mut self.terminal);
        let effects = self.relay.pass(way, self.overlay.over(), &self.indicator)?;
        self.at.tell(effects, self.terminal.is_plain());
        Ok(())
    }

    /// Has the screen painted anew; until it comes output waits.
    pub(super) fn ask_for_screen(&mut self) {
        let effects = self.relay.wait_for_screen();
        self.at.tell(effects, self.terminal.is_plain());
    }

    /// The end: what is still in the ring is shown.
    fn finish(&mut self) -> Result<()> {
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

    /// Puts the terminal on another session.
    pub(super) fn switch_to(&mut self, name: &SessionName) -> Result<()> {
        let options = attach_options(&self.options, &self.terminal);
        let next = Attached::open(self.navigation.runtime(), name, options)?;
        self.at.detach();
        let lost = self.at.lost_input();
        self.relay.switch(&next.welcome, self.terminal.start_over());
        self.at = next;
        self.overlay.drop_layer();
        self.arrive();
        if lost > 0 {
            self.notice(&format!("{lost} bytes of what was typed before were never taken and are lost"));
        }
        Ok(())
    }

    pub(super) fn arrive(&mut self) {
        self.navigation.arrived(self.at.id(), self.terminal.device());
        self.indicator.visit(&self.at.name(), self.at.status().as_ref());
        self.tell_of_waits(false);
        let effects = self.relay.arrive(&self.at, &self.terminal);
        self.at.tell(effects, self.terminal.is_plain());
    }
}
