//! A session that is waited for: what of the conditions needs more than its status.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

use regex::Regex;

use super::fragments::Fragments;
use crate::client::follow::{Follow, Heard};
use ms_platform::time::Time;
use msession::format::error::{Error, Result};
use msession::format::session_name::SessionName;
use msession::format::status::{Kind, Status, StatusRecord};
use msession::query::output::{self, Since, Source, Start};

/// Where the search of output begins.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct From {
    pub(super) since: Option<Since>,
    pub(super) since_send: bool,
}

/// One of the sessions that are waited for.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) id: String,
    pub(super) name: SessionName,
    /// It was over before it was waited for; then the roster does not know it.
    pub(super) over: Option<StatusRecord>,
    /// The conditions held.
    pub(super) met: bool,
    /// What it did when it was first seen; none if it began after that.
    base: Option<(Status, Option<Kind>)>,
    output: Option<Output>,
}

/// What it writes.
#[derive(Debug)]
struct Output {
    source: Source,
    quiet_from: Option<Time>,
    search: Option<Search>,
}

/// The search for a text.
#[derive(Debug)]
struct Search {
    pattern: Regex,
    fragments: Fragments,
    next: u64,
    found: bool,
    follow: Option<Follow>,
    asked: bool,
}

impl Candidate {
    pub(super) fn new(id: String, name: SessionName, base: Option<&StatusRecord>) -> Candidate {
        let base = base.map(|status| (status.status, status.kind));
        Candidate { id, name, over: None, met: false, base, output: None }
    }

    /// A session that is over already.
    pub(super) fn completed(id: String, name: SessionName, status: StatusRecord) -> Candidate {
        Candidate { over: Some(status.clone()), ..Candidate::new(id, name, Some(&status)) }
    }

    /// Begins to look at its output; for `pattern`, if there is one.
    pub(super) fn look_at_output(
        &mut self,
        pattern: Option<&Regex>,
        from: From,
        deadline: Option<Instant>,
    ) -> Result<()> {
        let mut source = Source::find(Some(&self.id))?;
        // Where nothing was sent yet, the silence counts from now on.
        let unsent = from.since_send && source.status.sent_at.is_none();
        let quiet_from = unsent.then(Time::now);
        let search = match pattern {
            Some(pattern) => {
                // First, so that nothing is written between the two unheard.
                let follow = source
                    .session()
                    .map(|session| Follow::open_by(session, deadline))
                    .transpose()
                    .or_else(none_if_over)?;
                source.look()?;
                let start = begin(&source, from)?;
                let fragments = Fragments::default();
                let pattern = pattern.clone();
                Some(Search { pattern, fragments, next: start.offset, found: false, follow, asked: false })
            }
            None => None,
        };
        self.output = Some(Output { source, search, quiet_from });
        self.read()
    }

    /// Does what its server's word asks for.
    pub(super) fn listen(&mut self) -> Result<()> {
        loop {
            let Some(search) = self.search() else { return Ok(()) };
            let Some(follow) = &mut search.follow else { return Ok(()) };
            match follow.take() {
                Heard::Nothing => return Ok(()),
                Heard::Output => self.read()?,
                Heard::Screen(screen) => {
                    search.asked = false;
                    search.found |= screen.lines.iter().any(|line| search.pattern.is_match(line));
                    search.ask_screen();
                }
                Heard::End => {
                    search.follow = None;
                    self.read()?;
                }
            }
        }
    }

    /// Reads what is new.
    pub(super) fn read(&mut self) -> Result<()> {
        let Some(Output { source, search, .. }) = &mut self.output else { return Ok(()) };
        source.look()?;
        let Some(search) = search.as_mut().filter(|search| !search.found) else { return Ok(()) };
        let (pattern, fragments) = (&search.pattern, &mut search.fragments);
        let (mut next, mut found) = (search.next, false);
        source.copy(search.next, source.range.written, |offset, bytes| {
            next = offset + bytes.len() as u64;
            found = found || fragments.feed(bytes, |run| pattern.is_match(run));
            Ok(())
        })?;
        (search.next, search.found) = (next, found);
        search.ask_screen();
        if let Some(follow) = &mut search.follow {
            follow.answer(next);
        }
        Ok(())
    }

    fn search(&mut self) -> Option<&mut Search> {
        self.output.as_mut()?.search.as_mut()
    }

    /// Its server's word is worth waiting for.
    pub(super) fn heard_from(&self) -> Option<BorrowedFd<'_>> {
        let search = self.output.as_ref()?.search.as_ref()?;
        search.follow.as_ref().filter(|_| !search.found).map(AsFd::as_fd)
    }

    /// Its status or kind is another than at first, or it began meanwhile.
    pub(super) fn has_changed(&self, status: &StatusRecord) -> bool {
        self.base.is_none_or(|base| base != (status.status, status.kind))
    }

    /// The text was found.
    pub(super) fn has_text(&self) -> bool {
        let search = self.output.as_ref().and_then(|output| output.search.as_ref());
        search.is_some_and(|search| search.found)
    }

    /// When its silence began, as far as its output tells: when it last wrote, or began.
    pub(super) fn last_output(&self) -> Option<Time> {
        let Output { source, quiet_from, .. } = self.output.as_ref()?;
        Some(source.range.last_output.unwrap_or(source.record.created).max(quiet_from.unwrap_or_default()))
    }
}

impl Search {
    /// Where the cursor is moved about, the screen shows what no run of the output does.
    fn ask_screen(&mut self) {
        if self.found || self.asked {
            return;
        }
        if let Some(follow) = self.follow.as_mut().filter(|_| self.fragments.take_moved()) {
            follow.ask_screen();
            self.asked = true;
        }
    }
}

/// Where nothing was sent yet, what comes from now on counts.
fn begin(source: &Source, from: From) -> Result<Start> {
    if from.since_send && source.status.sent.is_none() {
        return Ok(Start { offset: source.range.written, gap: 0 });
    }
    output::start(source, from.since, from.since_send)
}

fn none_if_over(error: Error) -> Result<Option<Follow>> {
    match error {
        Error::Refused(_) => Ok(None),
        error => Err(error),
    }
}
