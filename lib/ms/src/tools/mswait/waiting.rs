//! The wait itself: sessions that are candidates, until enough of them have come true or no more can.

use std::collections::BTreeMap;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::candidate::{Candidate, From};
use super::conditions::Conditions;
use super::until::Until;
use crate::cli::{Out, deadline};
use ms_platform::time::Time;
use msession::format::attention::Attention;
use msession::format::error::{Error, Result};
use msession::format::session_name::SessionName;
use msession::format::status::{Status, StatusRecord};
use msession::format::urgency::urgency;
use msession::query::catalog::{self, Item};
use msession::query::elsewhere;
use msession::query::lookup::{self, Found};
use msession::query::roster::{Change, Known, Roster};
use msession::store::history::History;
use msession::store::session::Runtime;

/// A wait under way.
pub(super) struct Waiting {
    roster: Roster,
    conditions: Conditions,
    from: From,
    /// In the order of their names on the command line, or in which they came.
    candidates: Vec<Candidate>,
    /// Sessions that begin are candidates too.
    everybody: bool,
    /// All must come true, not one.
    all: bool,
    deadline: Option<Instant>,
    out: Out,
}

/// How it ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// Enough came true.
    Met,
    /// These ended, by name, before they could.
    Unmet(Vec<String>),
    /// Nobody reads the names.
    Unheard,
}

impl Waiting {
    pub(super) fn begin(
        names: &[String],
        all: bool,
        conditions: Conditions,
        from: From,
        timeout: Option<Duration>,
    ) -> Result<Waiting> {
        let deadline = deadline(timeout);
        let roster = Roster::open()?;
        let mut waiting = Waiting {
            candidates: Vec::new(),
            everybody: names.is_empty(),
            roster,
            conditions,
            from,
            all,
            deadline,
            out: Out::new(),
        };
        let ids: BTreeMap<String, &String> =
            waiting.roster.sessions().map(|(id, known)| (known.name.to_string(), id)).collect();
        let mut candidates: Vec<Candidate> = match names {
            [] => {
                let live = waiting.roster.sessions().map(|(id, known)| live(id, known));
                let done = waiting.conditions.until.contains(&Until::Attention(Attention::Done));
                live.chain(done.then(unseen).transpose()?.into_iter().flatten()).collect()
            }
            names => names.iter().map(|name| named(&waiting.roster, &ids, name)).collect::<Result<_>>()?,
        };
        for candidate in &mut candidates {
            waiting.prepare(candidate)?;
        }
        waiting.candidates = candidates;
        Ok(waiting)
    }

    /// Whether there is nobody to wait for yet.
    pub(super) fn is_empty(&self) -> bool {
        self.candidates.is_empty()
    }

    /// Waits, and prints the names of sessions as they come true.
    pub(super) fn run(&mut self) -> Result<Ended> {
        loop {
            self.tell_met()?;
            if let Some(ended) = self.ended() {
                return Ok(ended);
            }
            if !self.sleep()? {
                return Ok(Ended::Unheard);
            }
            for change in self.roster.refresh()? {
                self.take(&change)?;
            }
            self.candidates.iter_mut().try_for_each(Candidate::listen)?;
        }
    }

    /// What the last of the named sessions that is over returned; of several that began meanwhile, any's.
    pub(super) fn exit_status(&self) -> Option<&StatusRecord> {
        let over = self.candidates.iter().rev().map(|candidate| self.status(candidate));
        over.flatten().find(|status| status.status == Status::Completed)
    }

    fn prepare(&self, candidate: &mut Candidate) -> Result<()> {
        if self.conditions.need_output() {
            candidate.look_at_output(self.conditions.text.as_ref(), self.from, self.deadline)?;
        }
        Ok(())
    }

    fn take(&mut self, change: &Change) -> Result<()> {
        let Some(known) = self.roster.get(&change.id) else { return Ok(()) };
        match self.candidates.iter_mut().find(|candidate| candidate.id == change.id) {
            Some(candidate) => {
                candidate.name = known.name.clone();
                if known.is_over() {
                    // The last of what it wrote.
                    candidate.read()?;
                }
            }
            None if self.everybody && change.before.is_none() => {
                let mut candidate = Candidate::new(change.id.clone(), known.name.clone(), None);
                match self.prepare(&mut candidate) {
                    // It has ended again.
                    Err(Error::NoSession { .. } | Error::Refused(_)) => {}
                    done => {
                        done?;
                        self.candidates.push(candidate);
                    }
                }
            }
            None => {}
        }
        Ok(())
    }

    fn status<'a>(&'a self, candidate: &'a Candidate) -> Option<&'a StatusRecord> {
        let known = || self.roster.get(&candidate.id).map(|known| &known.status);
        candidate.over.as_ref().or_else(known)
    }

    fn tell_met(&mut self) -> Result<()> {
        self.look_at_quiet()?;
        let now = Time::now();
        let key = |candidate: &Candidate| {
            let status = self.status(candidate).filter(|_| !candidate.met)?;
            self.conditions.hold(candidate, status, now).then(|| (urgency(status), status.since))
        };
        let places = self.candidates.iter().enumerate();
        let mut met: Vec<_> = places.filter_map(|(at, c)| Some((key(c)?, at))).collect();
        // Whoever needs somebody most comes first, then whoever has been so for longest.
        met.sort_unstable();
        met.truncate(if self.all { met.len() } else { 1 });
        for (_, at) in met {
            self.candidates[at].met = true;
            self.out.line(&self.candidates[at].name)?;
        }
        self.out.flush()
    }

    /// Where a session may have been quiet long enough by now, when it last wrote must be looked up.
    fn look_at_quiet(&mut self) -> Result<()> {
        let now = Time::now();
        let due = |candidate: &Candidate| {
            let at = self.status(candidate).and_then(|status| self.conditions.quiet_at(candidate, status));
            at.is_some_and(|at| at <= now) && !candidate.met
        };
        let due: Vec<bool> = self.candidates.iter().map(due).collect();
        let candidates = self.candidates.iter_mut().zip(due).filter(|(_, due)| *due);
        candidates.map(|(candidate, _)| candidate).try_for_each(Candidate::read)
    }

    fn ended(&self) -> Option<Ended> {
        let met = self.candidates.iter().filter(|candidate| candidate.met).count();
        if met > 0 && !self.all {
            return Some(Ended::Met);
        }
        let over = |candidate: &&Candidate| {
            !candidate.met && self.status(candidate).is_some_and(|status| status.status == Status::Completed)
        };
        let unmet: Vec<String> = self.candidates.iter().filter(over).map(|c| c.name.to_string()).collect();
        match met + unmet.len() == self.candidates.len() {
            true if unmet.is_empty() && self.all => Some(Ended::Met),
            true if !unmet.is_empty() && (!self.everybody || self.all) => Some(Ended::Unmet(unmet)),
            _ => None,
        }
    }

    /// Sleeps until something may have come true; false if nobody would read it.
    fn sleep(&self) -> Result<bool> {
        let stdout = std::io::stdout();
        let mut fds = vec![
            PollFd::new(self.roster.as_fd(), PollFlags::POLLIN),
            PollFd::new(stdout.as_fd(), PollFlags::empty()),
        ];
        let heard =
            self.candidates.iter().filter(|candidate| !candidate.met).filter_map(Candidate::heard_from);
        fds.extend(heard.map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
        match poll(&mut fds, self.patience()?) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(Error::errno("poll")(errno)),
        }
        Ok(!fds[1].revents().is_some_and(|seen| seen.contains(PollFlags::POLLERR)))
    }

    /// Until the earliest moment at which time alone brings something about.
    fn patience(&self) -> Result<PollTimeout> {
        let now = Time::now();
        let open = self.candidates.iter().filter(|candidate| !candidate.met);
        let quiet = open
            .filter_map(|candidate| self.conditions.quiet_at(candidate, self.status(candidate)?))
            // Where it has been quiet for long enough, something else is missing.
            .filter(|at| *at > now)
            .min()
            .map(|at| now.until(at));
        let left = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            return Err(self.late());
        }
        let Some(span) = quiet.into_iter().chain(left).min() else { return Ok(PollTimeout::NONE) };
        Ok(PollTimeout::try_from(span + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX))
    }

    fn late(&self) -> Error {
        let open: Vec<String> =
            self.candidates.iter().filter(|c| !c.met).filter_map(|c| self.said_of(c)).collect();
        Error::TimedOut(match open.as_slice() {
            [] => "timed out: there is no session".into(),
            open => format!("timed out: {}", open.join(", ")),
        })
    }

    fn said_of(&self, candidate: &Candidate) -> Option<String> {
        Some(format!("{} is {}", candidate.name, self.status(candidate)?.status))
    }
}

fn live(id: &str, known: &Known) -> Candidate {
    Candidate::new(id.to_owned(), known.name.clone(), Some(&known.status))
}

/// The sessions that ended and that nobody has looked at.
fn unseen() -> Result<Vec<Candidate>> {
    let Some(history) = History::open()? else { return Ok(Vec::new()) };
    let live = Runtime::open()?.map_or(Ok(Vec::new()), |runtime| catalog::live(&runtime))?;
    let names: Vec<SessionName> = live.iter().map(|item| item.name.clone()).collect();
    let unseen = catalog::unseen(&history, &live)?;
    let handles = lookup::handles(&history, &names, &unseen);
    let candidate = |(item, name): (Item, SessionName)| {
        let facts = item.facts.ok()?;
        Some(Candidate::completed(facts.record.id, name, facts.status))
    };
    Ok(unseen.into_iter().zip(handles).filter_map(candidate).collect())
}

/// The session that a name or an id means: a live one, or the newest that completed.
fn named(roster: &Roster, ids: &BTreeMap<String, &String>, name: &String) -> Result<Candidate> {
    let id = ids.get(name).copied().unwrap_or(name);
    if let Some(known) = roster.get(id) {
        return Ok(live(id, known));
    }
    match lookup::find(name)? {
        Found::Live(session) => {
            elsewhere::check_here(&session)?;
            // It began, or was renamed, since the roster was made; that will hear of it.
            Ok(Candidate::new(session.record()?.id, session.name().clone(), Some(&session.status()?)))
        }
        Found::Saved(entry) => {
            let facts = catalog::entry_facts(&entry)?;
            Ok(Candidate::completed(facts.record.id, facts.record.name, facts.status))
        }
    }
}
