//! What the keys behind the prefix and the slash commands do: going elsewhere, and having tools do the
//! rest. What goes wrong is said on the last row, and the terminal stays where it is.

use super::Client;
use crate::client::commands::{Action, Which};
use crate::client::job::{Job, Then};
use crate::client::keys::Command;
use crate::client::navigate::{Goal, PREVIOUS};
use crate::client::overlay::{Confirm, Help, Line, List, Modal};
use crate::client::relay::Sink;
use crate::client::{Left, line_history};
use msession::format::error::{Error, Result};
use msession::format::session_name::SessionName;
use msession::format::status::Status;

impl Client {
    /// Does what a key behind the prefix asks for.
    pub(super) fn obey(&mut self, command: Command) -> Result<()> {
        self.renew_runtime();
        match command {
            Command::Detach => self.left = Some(Left::Detached(self.at.name())),
            Command::NextWaiting => {
                let own = (self.at.id(), &self.at.name());
                let found = self.navigation.where_needed(&mut self.indicator, own);
                if let Err(Error::Nobody(_)) = found {
                    self.tell_of_waits(false);
                }
                self.go_to(found);
            }
            Command::Previous => self.go_by_name(PREVIOUS),
            Command::Forward => self.go_along(1),
            Command::Back => self.go_along(-1),
            Command::List => self.open_list(Which::Live),
            Command::CommandLine => self.open_line("/"),
            Command::Output => self.page(None),
            Command::Repaint => self.ask_for_screen(),
            Command::Help => self.open_modal(Modal::Help(Help::new(&self.options.prefix_spelled()))),
        }
        Ok(())
    }

    /// Does what a slash command asks for.
    pub(super) fn act(&mut self, action: Action) -> Result<()> {
        self.renew_runtime();
        let own = self.at.name();
        match action {
            Action::Sessions(which) => self.open_list(which),
            Action::Switch(name) => self.go_by_name(name.as_str()),
            Action::New(kind, name) => {
                let kind = kind.iter().flat_map(|kind| ["-t", kind]);
                let name = name.iter().flat_map(|name| ["-n", name.as_str()]);
                self.run_tool("msnew", &kind.chain(name).collect::<Vec<_>>(), Then::Go);
            }
            Action::Close(name) => self.close_session(name.unwrap_or(own)),
            Action::Rename(name) => self.run_tool("msname", &[own.as_str(), name.as_str()], Then::Say),
            Action::ShowName => self.notice(own.as_str()),
            Action::Output => self.page(None),
            Action::Pause => self.run_tool("mspause", &[own.as_str()], Then::Say),
            Action::Resume => self.run_tool("mspause", &["--resume", own.as_str()], Then::Say),
            Action::Detach => self.left = Some(Left::Detached(own)),
            Action::Help => self.obey(Command::Help)?,
        }
        Ok(())
    }

    /// Goes to a session by what a person or a tool called it.
    pub(super) fn go_by_name(&mut self, name: &str) {
        self.go_to(self.navigation.find(name, self.terminal.device(), self.at.id()));
    }

    fn go_along(&mut self, places: isize) {
        self.go_to(self.navigation.neighbour(&self.at.name(), places).map(Goal::Live));
    }

    /// Goes to a session, or shows what it wrote if it is over; or says why not.
    pub(super) fn go_to(&mut self, found: Result<Goal>) {
        let gone = found.and_then(|goal| match goal {
            Goal::Live(name) => self.go(&name),
            Goal::Completed(over) => {
                self.page(Some(over));
                Ok(())
            }
        });
        if let Err(error) = gone {
            self.notice(&error.to_string());
        }
    }

    fn go(&mut self, name: &SessionName) -> Result<()> {
        let from = self.at.id().to_owned();
        self.navigation.check(name, &self.at.name())?;
        self.switch_to(name)?;
        self.navigation.came_from(from);
        Ok(())
    }

    /// The session is over: goes back to where the terminal came from, and says there why. False if it came
    /// from no session that still lives.
    pub(super) fn go_back(&mut self, why: &str) -> bool {
        while let Some(name) = self.navigation.back() {
            let may_go = self.navigation.check(&name, &self.at.name()).is_ok();
            if may_go && self.switch_to(&name).is_ok() {
                self.notice(why);
                return true;
            }
        }
        false
    }

    /// Ends a session; asks first if it works.
    fn close_session(&mut self, name: SessionName) {
        let status = self.navigation.runtime().session(&name).and_then(|session| session.status());
        match status.map(|record| record.status) {
            Ok(status @ (Status::Active | Status::Processing)) => {
                self.open_modal(Modal::Confirm(Confirm::end(name, status.as_str())));
            }
            _ => self.end_session(&name),
        }
    }

    /// Ends a session.
    pub(super) fn end_session(&mut self, name: &SessionName) {
        self.run_tool("msclose", &["--", name.as_str()], Then::Say);
    }

    fn open_list(&mut self, which: Which) {
        let list = Modal::List(List::new(which, self.navigation.entries(which), &self.at.name()));
        if self.terminal.is_plain() {
            // Names can be typed there.
            self.terminal.write_all(format!("\r\n{}\r\n", list.plain()).as_bytes());
            return self.open_line("/switch ");
        }
        self.open_modal(list);
    }

    fn open_line(&mut self, text: &str) {
        let earlier = line_history::read(self.navigation.runtime());
        self.open_modal(Modal::Line(Line::new(text, self.navigation.words(), earlier)));
    }

    fn run_tool(&mut self, tool: &str, arguments: &[&str], then: Then) {
        match Job::start(&self.signals, tool, arguments, then) {
            Ok(job) => self.jobs.push(job),
            Err(error) => self.notice(&error.to_string()),
        }
    }

    /// Takes what tools have printed, and does what comes next for those that ended.
    pub(super) fn take_jobs(&mut self) {
        for mut job in std::mem::take(&mut self.jobs) {
            match job.take() {
                None => self.jobs.push(job),
                Some((true, text)) if job.then == Then::Go => self.go_by_name(&text),
                Some((_, text)) if !text.is_empty() => self.notice(&text),
                Some(_) => {}
            }
        }
    }

    /// Watches the other sessions; what they need already is no news.
    pub(super) fn look_out(&mut self) -> Result<()> {
        if self.indicator.is_wanted() {
            let (statuses, over) = self.navigation.watch()?;
            for (name, status) in statuses {
                self.indicator.update(&name, status.as_ref(), name == self.at.name());
            }
            self.indicator.update_over(&over);
            self.tell_of_waits(false);
        }
        Ok(())
    }

    /// Takes the runtime directory that there is now, where the one that was is gone.
    pub(super) fn renew_runtime(&mut self) {
        if self.navigation.renew(self.at.id()) {
            let _ = self.look_out();
        }
    }

    /// Other sessions changed: it is told, and a list shows it.
    pub(super) fn take_changes(&mut self) {
        let Some(changes) = self.navigation.take_changes() else {
            // The directory is gone, or the user's watches are all taken: there may be another way.
            let _ = self.look_out();
            return;
        };
        if let Some(names) = &changes.names {
            self.indicator.keep(&names.iter().collect::<Vec<_>>());
        }
        let (here, mut news) = (self.at.name(), false);
        for (name, status) in &changes.statuses {
            news |= self.indicator.update(name, status.as_ref(), *name == here);
        }
        news |= changes.over.is_some_and(|over| self.indicator.update_over(&over));
        self.tell_of_waits(news);
        let Some(list) = self.overlay.list() else { return };
        list.renew(self.navigation.entries(list.which()));
        if self.overlay.is_up() {
            self.draw_overlay();
        }
    }
}
