//! What a person types, handed to whoever has the keyboard.

use std::time::Instant;

use nix::errno::Errno;
use nix::sys::signal::Signal;

use super::Client;
use crate::client::keyboard::Effect;
use crate::client::keys::typed::Key;
use crate::client::navigate::Goal;
use crate::client::overlay::Step;
use crate::client::relay::Sink;
use crate::client::{Left, line_history};
use msession::format::error::{Error, Result};

impl Client {
    pub(super) fn take_typed(&mut self) -> Result<()> {
        // The kernel gives at most 4095 bytes of a terminal at once.
        let mut buffer = [0; 4 << 10];
        match self.keyboard.read(&self.terminal, self.overlay.has_keyboard(), &mut buffer) {
            Ok(0) => self.left = Some(Left::Signal(Signal::SIGHUP)),
            Ok(count) => self.route(&buffer[..count])?,
            Err(Errno::EAGAIN | Errno::EINTR) => {}
            Err(errno) => return Err(Error::errno("terminal")(errno)),
        }
        Ok(())
    }

    /// Hands keys to whoever has the keyboard.
    fn route(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.close_bar();
        while !bytes.is_empty() && self.left.is_none() {
            if self.overlay.has_keyboard() {
                return self.type_over(bytes);
            }
            let (taken, effects) = self.keyboard.feed(bytes);
            bytes = &bytes[taken..];
            self.do_typed(effects)?;
        }
        let extended = self.terminal.modes().keyboard_protocol();
        let effects = self.keyboard.settle(extended, Instant::now());
        self.do_typed(effects)
    }

    fn do_typed(&mut self, effects: impl IntoIterator<Item = Effect>) -> Result<()> {
        for effect in effects {
            self.at.somebody_is_there();
            match effect {
                Effect::Somebody => {}
                Effect::Send(bytes) => self.at.input(&bytes),
                Effect::Obey(command) => self.obey(command)?,
                Effect::Leave => self.left = Some(Left::Detached(self.at.name())),
            }
        }
        Ok(())
    }

    /// Keys for what lies over the screen; what is left over when it goes is the program's.
    fn type_over(&mut self, bytes: &[u8]) -> Result<()> {
        if self.overlay.has_pager() {
            self.paging.lose(bytes.len());
            return Ok(());
        }
        for (at, byte) in bytes.iter().enumerate() {
            let Some(keys) = self.overlay.type_byte(*byte) else { return self.route(&bytes[at..]) };
            for key in keys {
                self.press(key)?;
            }
        }
        if self.overlay.key_is_open() {
            self.keyboard.wait_for_more(Instant::now());
        }
        Ok(())
    }

    /// Nothing more completes a key that is open.
    pub(super) fn end_key(&mut self) -> Result<()> {
        if !self.overlay.has_keyboard() {
            let effects = self.keyboard.flush();
            return self.do_typed(effects);
        }
        if let Some(key) = self.overlay.end_key() {
            // What goes wrong shows in the next round as well.
            let _ = self.press(key);
        }
        Ok(())
    }

    fn press(&mut self, key: Key) -> Result<()> {
        match self.overlay.press(key) {
            Some(Step::Stay) if self.overlay.is_up() => self.draw_overlay(),
            Some(Step::Stay) | None => {}
            Some(Step::Close) => self.close_overlay()?,
            Some(Step::Go(name)) => {
                self.close_overlay()?;
                self.go_to(Ok(Goal::Live(name)));
            }
            Some(Step::Look(over)) => {
                self.close_overlay()?;
                self.go_to(Ok(Goal::Completed(over)));
            }
            Some(Step::Do(action, line)) => {
                self.close_overlay()?;
                // Without it Up shows less.
                let _ = line_history::remember(self.navigation.runtime(), &line);
                self.act(action)?;
            }
            Some(Step::End(name)) => {
                self.close_overlay()?;
                self.end_session(&name);
            }
        }
        Ok(())
    }
}
