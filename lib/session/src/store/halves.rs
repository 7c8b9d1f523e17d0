//! Looking at many things of one kind in two threads: most of the time goes into system calls.

use std::panic::resume_unwind;
use std::thread;

/// So many sessions take longer to read than a second thread to start.
const WORTH_A_THREAD: usize = 24;

/// What `look_at` makes of all, in order; of many in two threads.
pub(crate) fn in_halves<K: Sync, T: Send>(all: &[K], look_at: impl Fn(&[K]) -> Vec<T> + Sync) -> Vec<T> {
    if all.len() < WORTH_A_THREAD {
        return look_at(all);
    }
    let (first, second) = all.split_at(all.len() / 2);
    thread::scope(|scope| {
        let second = scope.spawn(|| look_at(second));
        let mut all = look_at(first);
        all.extend(second.join().unwrap_or_else(|panic| resume_unwind(panic)));
        all
    })
}
