//! Keeps a process alive whose mapped file somebody cuts short. The kernel raises SIGBUS where a page
//! is no longer in the file; the handler here puts private memory in the place of the whole map, notes
//! it, and lets the access go on. What was in the file is gone; noticing and mending is the owner's part.
//!
//! A SIGBUS anywhere else ends the process as it would have without this.
//!
//! By hand: nix sets the handler; what it does to the map is this file's own affair.

use std::ffi::{c_int, c_void};
use std::ptr::{self, NonNull};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use nix::errno::Errno;
use nix::libc::{self, siginfo_t};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

/// A place that is watched; free if `taken` is false. A handler can't take a lock, so they are fixed.
struct Slot {
    taken: AtomicBool,
    base: AtomicUsize,
    len: AtomicUsize,
    lost: AtomicBool,
}

static SLOTS: [Slot; 8] = [const {
    Slot {
        taken: AtomicBool::new(false),
        base: AtomicUsize::new(0),
        len: AtomicUsize::new(0),
        lost: AtomicBool::new(false),
    }
}; 8];

/// A map that is watched for as long as this lives.
#[derive(Debug)]
pub(super) struct Guard {
    slot: usize,
}

impl Guard {
    /// Watches a shared map; none if eight are watched already.
    ///
    /// # Safety
    ///
    /// The `len` bytes at `base` are a mapping of whole pages that outlives the guard, is accessed
    /// through pointers and atomics only, and whose contents nobody relies on once it [`is_lost`].
    ///
    /// [`is_lost`]: Guard::is_lost
    pub(super) unsafe fn new(base: NonNull<u8>, len: usize) -> Option<Guard> {
        static HANDLER: Once = Once::new();
        HANDLER.call_once(install);
        let slot = SLOTS.iter().position(|slot| !slot.taken.swap(true, Ordering::Acquire))?;
        SLOTS[slot].lost.store(false, Ordering::Relaxed);
        SLOTS[slot].len.store(len, Ordering::Relaxed);
        SLOTS[slot].base.store(base.as_ptr() as usize, Ordering::Release);
        Some(Guard { slot })
    }

    /// Whether private memory stands in the map's place.
    pub(super) fn is_lost(&self) -> bool {
        SLOTS[self.slot].lost.load(Ordering::Relaxed)
    }

    /// Puts private memory in the map's place, as the handler does: for a system call that met a page
    /// that is no longer in the file (EFAULT).
    pub(super) fn replace(&self) -> nix::Result<()> {
        SLOTS[self.slot].replace()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        SLOTS[self.slot].base.store(0, Ordering::Relaxed);
        SLOTS[self.slot].taken.store(false, Ordering::Release);
    }
}

impl Slot {
    fn holds(&self, address: usize) -> bool {
        let base = self.base.load(Ordering::Acquire);
        base != 0 && (base..base + self.len.load(Ordering::Relaxed)).contains(&address)
    }

    /// Only what a signal handler may do: one system call and a store.
    fn replace(&self) -> nix::Result<()> {
        let base = self.base.load(Ordering::Acquire) as *mut c_void;
        let len = self.len.load(Ordering::Relaxed);
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED | libc::MAP_NORESERVE;
        // SAFETY: the slot is taken, so by `Guard::new` this is one mapping, accessed through pointers
        // and atomics only, and its contents may change.
        let done = unsafe { libc::mmap(base, len, protection, flags, -1, 0) };
        if done == libc::MAP_FAILED {
            return Err(Errno::last());
        }
        self.lost.store(true, Ordering::Relaxed);
        Ok(())
    }
}

fn install() {
    let flags = SaFlags::SA_SIGINFO | SaFlags::SA_ONSTACK;
    let action = SigAction::new(SigHandler::SigAction(on_sigbus), flags, SigSet::empty());
    // SAFETY: the handler makes system calls and touches atomics, nothing else.
    let _ = unsafe { sigaction(Signal::SIGBUS, &action) };
}

extern "C" fn on_sigbus(_: c_int, info: *mut siginfo_t, _: *mut c_void) {
    let errno = Errno::last_raw();
    // SAFETY: with SA_SIGINFO the kernel passes a valid siginfo_t; of a fault (si_code above 0) it
    // holds the address.
    let (code, address) = unsafe { ((*info).si_code, (*info).si_addr() as usize) };
    let slot = SLOTS.iter().find(|slot| slot.holds(address)).filter(|_| code > 0);
    if slot.is_none_or(|slot| slot.replace().is_err()) {
        die();
    }
    Errno::set_raw(errno);
}

/// Lets the signal do what it does by default, once the handler has returned.
fn die() {
    // SAFETY: both are async-signal-safe (signal-safety(7)) and take no pointers but SIG_DFL.
    unsafe {
        libc::sigaction(libc::SIGBUS, &default_action(), ptr::null_mut());
        libc::raise(libc::SIGBUS);
    }
}

fn default_action() -> libc::sigaction {
    // SAFETY: sigaction is a C struct of integers, for which zeros are valid and mean SIG_DFL.
    unsafe { std::mem::zeroed() }
}
