//! `mswait --follow`: a line for each change, for as long as somebody reads them.

use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde_json::{Value, json};

use super::until::Until;
use crate::cli::Out;
use ms_platform::time::Time;
use msession::format::error::{Error, Result};
use msession::query::elsewhere;
use msession::query::lookup;
use msession::query::roster::{Change, Known, Roster};
use msession::store::session::Runtime;

/// Which changes are told, and how.
pub(super) struct Changes {
    /// Ids of sessions; empty for all.
    ids: Vec<String>,
    until: Vec<Until>,
    json: bool,
    roster: Roster,
    out: Out,
}

impl Changes {
    /// Of the sessions of these names, or of all; into these statuses, or into any.
    pub(super) fn of(names: &[String], until: Vec<Until>, json: bool) -> Result<Changes> {
        let runtime = Runtime::open()?;
        let id = |name: &String| {
            let session = lookup::find_live(runtime.as_ref(), name)?;
            elsewhere::check_here(&session).and_then(|()| Ok(session.record()?.id))
        };
        let ids = names.iter().map(id).collect::<Result<_>>()?;
        Ok(Changes { ids, until, json, roster: Roster::open()?, out: Out::new() })
    }

    /// Tells, until all that were named are over or nobody reads.
    pub(super) fn tell(mut self) -> Result<()> {
        while !self.are_over() && self.sleep()? {
            for change in self.roster.refresh()? {
                self.tell_one(&change)?;
            }
            self.out.flush()?;
        }
        Ok(())
    }

    fn are_over(&self) -> bool {
        let over = |id: &String| self.roster.get(id).is_none_or(Known::is_over);
        !self.ids.is_empty() && self.ids.iter().all(over)
    }

    fn tell_one(&mut self, change: &Change) -> Result<()> {
        let Some(known) = self.roster.get(&change.id) else { return Ok(()) };
        let (status, kind) = (known.status.status, known.status.kind);
        // A line does not say who is needed: where nothing else changed it would be the line before.
        let tells_attention =
            self.json || self.until.iter().any(|until| matches!(until, Until::Attention(_)));
        let same = change.before.as_ref().is_some_and(|before| {
            (before.status, before.kind) == (status, kind)
                && (!tells_attention || before.attention() == known.status.attention())
        });
        let unwanted = !self.ids.is_empty() && !self.ids.contains(&change.id);
        let elsewhere = !self.until.is_empty() && !self.until.iter().any(|until| until.holds(&known.status));
        if unwanted || elsewhere || same && change.renamed.is_none() {
            return Ok(());
        }
        if self.json {
            return self.out.json(&object(change, known));
        }
        match (kind, known.status.exit) {
            (Some(kind), _) => self.out.line(format_args!("{} {status} {kind}", known.name)),
            (_, Some(exit)) => self.out.line(format_args!("{} {status} {exit}", known.name)),
            _ => self.out.line(format_args!("{} {status}", known.name)),
        }
    }

    fn sleep(&self) -> Result<bool> {
        let stdout = std::io::stdout();
        let mut fds = [
            PollFd::new(self.roster.as_fd(), PollFlags::POLLIN),
            PollFd::new(stdout.as_fd(), PollFlags::empty()),
        ];
        match poll(&mut fds, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(Error::errno("poll")(errno)),
        }
        Ok(!fds[1].revents().is_some_and(|seen| seen.contains(PollFlags::POLLERR)))
    }
}

/// A change for programs; the names are those of `msls --json`.
fn object(change: &Change, known: &Known) -> Value {
    let status = &known.status;
    let before = change.before.as_ref();
    json!({
        "time": Time::now(),
        "name": known.name,
        "id": change.id,
        "status": status.status,
        "kind": status.kind,
        "attention": status.attention(),
        "since": status.since,
        "message": status.message,
        "exit": status.exit,
        "before": before.map(|before| json!({ "status": before.status, "kind": before.kind, "attention": before.attention() })),
        "renamed": change.renamed,
    })
}
