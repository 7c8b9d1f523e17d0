//! Keeping the history to the limits that `[history]` in the configuration sets: the oldest go first, under
//! a lock, and never many at a time, so that nobody waits for it. What is still running, here or elsewhere,
//! is never among them.

use std::time::{Duration, Instant};

use nix::fcntl::{AtFlags, OFlag};
use nix::sys::stat::{FileStat, fstatat};

use super::{Entry, GONE, History, OUTPUT};
use crate::format::config::History as Limits;
use crate::format::error::{Error, Result};
use crate::format::id;
use crate::format::status::Status;
use crate::store::alive;
use crate::store::files;
use crate::store::halves::in_halves;
use crate::store::session::{self, file};
use ms_platform::sys;
use ms_platform::time::Time;

/// So long who is waited for may remove entries.
pub const A_MOMENT: Duration = Duration::from_millis(20);
/// So long who is not waited for may.
pub const A_WHILE: Duration = Duration::from_secs(1);

/// What decides of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Saved {
    id: String,
    /// When it was completed; of one without output, when it was last written.
    at: u64,
    /// Bytes of saved output; none if there is none (yet).
    size: Option<u64>,
}

impl History {
    /// Forgets what is beyond the limits, if nobody else is at it; returns the ids of what is within them,
    /// in no order. Where there is more to forget than can be done in `time`, the next goes on.
    ///
    /// # Errors
    /// `System` if the history cannot be read; an entry that cannot be forgotten stays.
    pub fn keep_limits(&self, limits: &Limits, time: Duration) -> Result<Vec<String>> {
        let mut names = session::file_names(&self.dir)?;
        let cut_off = names.iter().any(|name| name.starts_with(GONE));
        names.retain(|name| id::is_id(name));
        let saved = in_halves(&names, |ids| ids.iter().map(|id| self.look_at(id)).collect());
        let now = Time::now().0;
        let (mut kept, mut beyond) = within(saved, limits, now);
        if !beyond.is_empty() {
            // What lives counts for nothing, however lately its entry was written.
            let all = kept.into_iter().chain(beyond);
            let is_over = |saved: &Saved| saved.size.is_some() || self.is_over(&saved.id);
            let (ended, live): (Vec<Saved>, Vec<Saved>) = all.partition(is_over);
            (kept, beyond) = within(ended, limits, now);
            kept.extend(live);
        }
        if cut_off || !beyond.is_empty() {
            // What is beyond the limits is tried again by the next.
            let _ = self.forget_oldest(&beyond, time);
        }
        Ok(kept.into_iter().map(|saved| saved.id).collect())
    }

    /// Whether the entry's session has ended: its status says so, or its server is gone.
    pub fn is_over(&self, id: &str) -> bool {
        let entry = match self.entry(id) {
            Ok(entry) => entry,
            Err(error) => return !error.is_exhaustion(),
        };
        if entry.status().is_ok_and(|status| status.status == Status::Completed) {
            return true;
        }
        match entry.record() {
            Ok(record) => !alive::server_lives(&record),
            Err(error) => !error.is_exhaustion(),
        }
    }

    fn look_at(&self, id: &str) -> Saved {
        let stat = |name: &str| {
            fstatat(&self.dir, format!("{id}/{name}").as_str(), AtFlags::AT_SYMLINK_NOFOLLOW).ok()
        };
        let output = stat(OUTPUT);
        let at = output.or_else(|| stat(file::STATUS)).or_else(|| stat("."));
        Saved {
            at: at.as_ref().map_or(0, modified),
            size: output.map(|stat| u64::try_from(stat.st_size).unwrap_or(0)),
            id: id.to_owned(),
        }
    }

    fn forget_oldest(&self, beyond: &[Saved], time: Duration) -> Result<()> {
        let what = || self.dir.path().join(".lock").display().to_string();
        let lock = files::create_at(&self.dir, ".lock", OFlag::O_RDWR, what)?;
        if !sys::lock::try_lock_exclusive(&lock).map_err(|errno| Error::errno(what())(errno))? {
            return Ok(());
        }
        let until = Instant::now() + time;
        let names = session::file_names(&self.dir)?;
        for name in names.iter().filter(|name| name.starts_with(GONE)) {
            session::remove_tree(&self.dir, name)?;
        }
        for saved in beyond.iter().rev() {
            if Instant::now() > until {
                break;
            }
            self.forget(&saved.id)?;
        }
        Ok(())
    }
}

impl Entry {
    /// Whether output was saved.
    pub fn has_output(&self) -> bool {
        fstatat(&self.dir, OUTPUT, AtFlags::AT_SYMLINK_NOFOLLOW).is_ok()
    }
}

/// Milliseconds since 1970.
fn modified(stat: &FileStat) -> u64 {
    let whole = u64::try_from(stat.st_mtime).unwrap_or(0).saturating_mul(1000);
    whole.saturating_add(u64::try_from(stat.st_mtime_nsec).unwrap_or(0) / 1_000_000)
}

/// Those within the limits, and the others, newest first.
fn within(mut saved: Vec<Saved>, limits: &Limits, now: u64) -> (Vec<Saved>, Vec<Saved>) {
    saved.sort_unstable_by(|a, b| (b.at, &b.id).cmp(&(a.at, &a.id)));
    let keep = u64::try_from(limits.keep.0.as_millis()).unwrap_or(u64::MAX);
    let (mut count, mut bytes) = (0u64, 0u64);
    let fits = |saved: &Saved| {
        count += 1;
        bytes = bytes.saturating_add(saved.size.unwrap_or(0));
        count <= u64::from(limits.max) && bytes <= limits.size.0 && now.saturating_sub(saved.at) <= keep
    };
    // All that decides only grows, so whatever is older than the first that does not fit goes too.
    saved.into_iter().partition(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::config::Size;
    use crate::format::span::Span;
    use proptest::prelude::*;

    fn limits(keep: u64, max: u32, size: u64) -> Limits {
        Limits { keep: Span(Duration::from_millis(keep)), max, size: Size(size) }
    }

    proptest! {
        #[test]
        fn what_is_kept_is_the_newest_and_within_every_limit(
            entries in prop::collection::vec((0u64..100, prop::option::of(0u64..50)), 0..40),
            keep in 0u64..120, max in 0u32..50, size in 0u64..600,
        ) {
            let one = |(number, (at, size)): (usize, &(u64, Option<u64>))| {
                Saved { id: format!("{number:020}"), at: *at, size: *size }
            };
            let all: Vec<Saved> = entries.iter().enumerate().map(one).collect();
            let (kept, beyond) = within(all.clone(), &limits(keep, max, size), 100);
            prop_assert_eq!(kept.len() + beyond.len(), all.len());
            let kept: Vec<String> = kept.into_iter().map(|saved| saved.id).collect();
            let of = |id: &String| all.iter().find(|saved| saved.id == *id).unwrap();
            prop_assert!(kept.len() <= max as usize);
            prop_assert!(kept.iter().map(|id| of(id).size.unwrap_or(0)).sum::<u64>() <= size);
            prop_assert!(kept.iter().all(|id| of(id).at + keep >= 100));
            let youngest_gone = beyond.iter().map(|saved| saved.at).max();
            prop_assert!(youngest_gone.is_none_or(|gone| kept.iter().all(|id| of(id).at >= gone)));
            // Nothing goes that could have stayed.
            if let Some(first) = beyond.first() {
                let bytes: u64 = kept.iter().map(|id| of(id).size.unwrap_or(0)).sum();
                let fits = kept.len() < max as usize
                    && bytes + first.size.unwrap_or(0) <= size
                    && first.at + keep >= 100;
                prop_assert!(!fits);
            }
        }
    }
}
