//! What a forked child has, and how it ends. A program of its own, since the threads of a test runner forbid to fork.

use std::fs::File;
use std::os::fd::AsFd;

use ms_platform::sys::process::fork_child;
use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::wait::{WaitStatus, waitpid};

fn ended(child: nix::unistd::Pid) -> i32 {
    match waitpid(child, None) {
        Ok(WaitStatus::Exited(_, code)) => code,
        other => panic!("{other:?}"),
    }
}

fn is_open(file: &File) -> bool {
    fcntl(file.as_fd(), FcntlArg::F_GETFD).is_ok()
}

fn main() {
    let files = [(); 5].map(|()| File::open("/dev/null").unwrap());
    let child = fork_child(|child| {
        let before = files.iter().all(is_open);
        child.keep_only(&[files[3].as_fd(), files[1].as_fd()]);
        let after = [false, true, false, true, false];
        let standard = std::io::stdin().as_fd().try_clone_to_owned().is_ok();
        i32::from(before && standard && files.each_ref().map(is_open) == after)
    });
    assert_eq!(ended(child.unwrap()), 1, "it has what it keeps, what is standard and nothing else");
    assert!(files.iter().all(is_open), "the parent has all");

    let child = fork_child(|child| {
        child.keep_only(&[]);
        i32::from(files.iter().any(is_open))
    });
    assert_eq!(ended(child.unwrap()), 0, "it keeps nothing");

    std::panic::set_hook(Box::new(|_| {}));
    let forked_by = std::process::id();
    let child = fork_child(|_| panic!("a child that fails"));
    assert_eq!(std::process::id(), forked_by, "a panic does not bring the child back here");
    drop(std::panic::take_hook());
    assert_eq!(ended(child.unwrap()), 101);
}
