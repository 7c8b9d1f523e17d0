//! Named steps at which a test has the process killed, or a call fail as if the kernel had refused it.
//! None of it is in a build without the feature `faults`: there a step is nothing.
//!
//! The variable MS_FAULTS names a directory. What stands in a file there that is called like a step is
//! done each time that step is reached: `kill`, or the name of an error such as `ENOSPC`. Each step that
//! is reached leaves a file `NAME.reached`, so that a test can tell a fault that was survived from one
//! that never came.

use crate::format::error::Result;

/// All steps, in the order in which a session meets them. A test holds them against the source.
#[cfg(feature = "faults")]
pub const STEPS: &[&str] = &[
    // msnew, and the server before its program runs.
    "create.claim",
    "create.lock",
    "create.fork",
    "create.output",
    "create.record",
    "create.exec",
    "create.status",
    // A directory, or a file in it, that is put back.
    "back.claim",
    "back.control",
    "back.status",
    "back.output",
    "back.record",
    "mend.lock",
    "mend.control",
    "mend.output",
    "mend.status",
    "mend.record",
    // The history's record of it, a moment later.
    "begin.record",
    "begin.status",
    "status.write",
    // A command outside a terminal.
    "on.fork",
    "pause.stop",
    "pause.resume",
    "rename.move",
    "rename.record",
    // The end, by the server or, where that died, by the next tool.
    "finalize.read",
    "save.record",
    "save.waits",
    "save.output",
    "save.unseen",
    "save.status",
    "remove.hide",
    "end.tell",
    "remove.clear",
    "forget.hide",
];

/// Passes a step: `Ok`, unless a test wants something else. Stands before the call that it stands for.
///
/// # Errors
/// What the test wants.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub fn step(_name: &'static str) -> Result<()> {
    Ok(())
}

/// Passes a step: `Ok`, unless a test wants something else. Stands before the call that it stands for.
///
/// # Errors
/// What the test wants.
#[cfg(feature = "faults")]
pub fn step(name: &'static str) -> Result<()> {
    use crate::format::error::Error;
    assert!(STEPS.contains(&name), "{name} is no step");
    let Some(dir) = std::env::var_os("MS_FAULTS").map(std::path::PathBuf::from) else { return Ok(()) };
    let _ = std::fs::write(dir.join(format!("{name}.reached")), "");
    match std::fs::read_to_string(dir.join(name)) {
        Ok(text) if text.trim() == "kill" => die(),
        Ok(text) => Err(Error::errno(name)(errno(text.trim()))),
        Err(_) => Ok(()),
    }
}

#[cfg(feature = "faults")]
fn die() -> ! {
    let _ = nix::sys::signal::raise(nix::sys::signal::Signal::SIGKILL);
    std::process::abort()
}

/// The error of this name.
#[cfg(feature = "faults")]
fn errno(name: &str) -> nix::errno::Errno {
    let all = (1..134).map(nix::errno::Errno::from_raw);
    all.into_iter().find(|errno| format!("{errno:?}") == name).unwrap_or(nix::errno::Errno::EIO)
}

#[cfg(all(test, feature = "faults"))]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    fn sources(dir: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(dir).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.file_name().is_some_and(|name| name != "faults.rs") {
                let text = fs::read_to_string(&path).unwrap();
                let steps = text.split("faults::step(\"").skip(1);
                found.extend(steps.map(|rest| rest.split('"').next().unwrap().to_owned()));
            }
        }
    }

    #[test]
    fn each_step_stands_in_the_source_and_in_the_list() {
        let mut found = BTreeSet::new();
        for layer in ["src", "../ms/src"] {
            sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(layer), &mut found);
        }
        assert_eq!(found, STEPS.iter().map(|step| (*step).to_owned()).collect());
    }

    #[test]
    fn errors_go_by_their_names() {
        for name in ["ENOSPC", "EMFILE", "EIO", "EACCES", "ENOMEM", "ELOOP"] {
            assert_eq!(format!("{:?}", errno(name)), name);
        }
    }
}
