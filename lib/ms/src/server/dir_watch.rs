//! What tells a server that its directory may be gone, or that there may be a way back: inotify, the
//! older signals where the user's inotify instances are all taken, and the table of mounts. It tells of
//! a change and never of what it is; without any of them SIGUSR1 still makes the server look.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::path::Path;

use nix::errno::Errno;
use nix::poll::PollFlags;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, InotifyEvent, WatchDescriptor};

use ms_platform::mounts::Mounts;
use ms_platform::sys::dnotify::Dnotify;
use msession::store::rundir;
use msession::store::session::{SessionDir, file};

/// Files that a session must have.
const NEEDED: [&str; 5] = [file::LOCK, file::RECORD, file::STATUS, file::OUTPUT, file::CONTROL];

/// Its listeners.
#[derive(Debug)]
pub(super) struct DirWatch {
    notifier: Notifier,
    mounts: Option<Mounts>,
    /// The session's own directory.
    own: Option<WatchDescriptor>,
    /// Directories on the way to it.
    above: Vec<WatchDescriptor>,
}

#[derive(Debug)]
enum Notifier {
    ByInotify(Inotify),
    BySignals(Dnotify),
    /// By nobody.
    Not,
}

impl Notifier {
    fn open() -> Notifier {
        match Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK) {
            Ok(inotify) => Notifier::ByInotify(inotify),
            Err(_) => Notifier::by_signals(),
        }
    }

    fn by_signals() -> Notifier {
        Dnotify::new().map_or(Notifier::Not, Notifier::BySignals)
    }
}

impl DirWatch {
    /// Listens for the end of this directory.
    pub(super) fn to(session: &SessionDir) -> DirWatch {
        let mut watch =
            DirWatch { notifier: Notifier::open(), mounts: Mounts::open(), own: None, above: Vec::new() };
        watch.settle(session);
        watch
    }

    /// What to poll, and for what: the table of mounts comes last.
    pub(super) fn fds(&self) -> impl Iterator<Item = (BorrowedFd<'_>, PollFlags)> {
        let told = match &self.notifier {
            Notifier::ByInotify(inotify) => Some((inotify.as_fd(), PollFlags::POLLIN)),
            Notifier::BySignals(signals) => Some((signals.as_fd(), PollFlags::POLLIN)),
            Notifier::Not => None,
        };
        told.into_iter().chain(self.mounts.iter().map(|mounts| (mounts.as_fd(), PollFlags::POLLPRI)))
    }

    /// Listens for the end of this directory, of its files, and of the directories on the way to it.
    /// What others do in those is nothing to it.
    pub(super) fn settle(&mut self, session: &SessionDir) {
        self.forget();
        match &self.notifier {
            Notifier::ByInotify(inotify) => {
                match inotify.add_watch(descriptor_path(session).as_str(), of_session()) {
                    // The user's watches are all taken, too.
                    Err(Errno::ENOSPC | Errno::ENOMEM) => {
                        self.notifier = Notifier::by_signals();
                        return self.settle(session);
                    }
                    own => self.own = own.ok(),
                }
                self.above = rundir::runtime_path()
                    .ancestors()
                    .filter_map(|dir| inotify.add_watch(dir, of_way()).ok())
                    .collect();
            }
            // Told of by their own events, when a name in them goes.
            Notifier::BySignals(signals) => drop(signals.watch(session.dir().as_fd())),
            Notifier::Not => {}
        }
    }

    /// Listens for what may come in the nearest directory that there is, too.
    pub(super) fn look_out(&mut self, session: &SessionDir) {
        if matches!(self.notifier, Notifier::Not | Notifier::BySignals(_)) {
            // There may be an instance now.
            self.notifier = Notifier::open();
        }
        self.settle(session);
        let path = rundir::runtime_path();
        let nearest = path.ancestors().find(|dir| dir.is_dir()).unwrap_or(Path::new("/"));
        if let Notifier::ByInotify(inotify) = &self.notifier {
            let names = AddWatchFlags::IN_CREATE | AddWatchFlags::IN_MOVED_TO;
            self.above.extend(inotify.add_watch(nearest, of_way() | names | AddWatchFlags::IN_ATTRIB).ok());
        }
    }

    fn forget(&mut self) {
        let old = self.above.drain(..).chain(self.own.take());
        if let Notifier::ByInotify(inotify) = &self.notifier {
            // The kernel has removed it already where the directory is gone.
            old.for_each(|watch| {
                let _ = inotify.rm_watch(watch);
            });
        }
    }

    /// Takes what was told; true if it may be about the way.
    pub(super) fn hear(&mut self) -> bool {
        let mut counts = false;
        match &self.notifier {
            Notifier::ByInotify(inotify) => {
                while let Ok(events) = inotify.read_events() {
                    counts |= events.iter().any(|event| self.is_about_us(event));
                }
            }
            Notifier::BySignals(signals) => {
                counts = signals.take().is_ok_and(|told| told.lost || !told.dirs.is_empty());
            }
            Notifier::Not => {}
        }
        counts
    }

    fn is_about_us(&self, event: &InotifyEvent) -> bool {
        if event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW) {
            return true;
        }
        if Some(event.wd) != self.own {
            return self.above.contains(&event.wd);
        }
        let Some(name) = event.name.as_ref().and_then(|name| name.to_str()) else { return true };
        // Renamed into its place at every change of the status.
        let own_doing = name == file::STATUS && event.mask.contains(AddWatchFlags::IN_MOVED_TO);
        NEEDED.contains(&name) && !own_doing
    }
}

/// A directory whose last link is gone tells so by IN_DELETE_SELF only once nobody has it open; the
/// unlinking of the files in it comes first, and a directory's own removal changes its link count
/// (IN_ATTRIB).
fn of_session() -> AddWatchFlags {
    use AddWatchFlags as F;
    let files = F::IN_DELETE | F::IN_MOVED_FROM | F::IN_MOVED_TO | F::IN_CLOSE_WRITE;
    files | F::IN_ATTRIB | F::IN_DELETE_SELF | F::IN_MOVE_SELF | F::IN_ONLYDIR
}

fn of_way() -> AddWatchFlags {
    AddWatchFlags::IN_DELETE_SELF | AddWatchFlags::IN_MOVE_SELF | AddWatchFlags::IN_ONLYDIR
}

fn descriptor_path(session: &SessionDir) -> String {
    format!("/proc/self/fd/{}/", session.dir().as_fd().as_raw_fd())
}
