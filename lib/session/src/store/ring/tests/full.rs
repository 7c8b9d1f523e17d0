//! A full tmpfs, a real one: an error at the start or a shorter ring later, never SIGBUS. It is mounted
//! in a mount namespace of its own by unshare(1); where that is not allowed the test is skipped and
//! says so. `model` has the same cases without one.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::unistd::geteuid;

use super::*;
use crate::format::error::Error;

#[path = "../../../../../../tests/world/skip.rs"]
mod skip;

const DIR: &str = "MS_TEST_TMPFS";

/// unshare(1) with a mount namespace, and a user namespace if it takes one.
fn unshare() -> Command {
    let mut command = Command::new("unshare");
    command.arg(if geteuid().is_root() { "-m" } else { "-rm" });
    command
}

fn is_possible(dir: &Path) -> bool {
    let mount = format!("mount -t tmpfs -o size=64k ms {}", dir.display());
    let tried = unshare().args(["sh", "-c", &mount]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

#[test]
fn a_full_tmpfs_costs_old_output_and_never_a_signal() {
    let dir = tempfile::tempdir().unwrap();
    if !is_possible(dir.path()) {
        return skip::skip("no mount namespace is to be had here");
    }
    let run = unshare()
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", &super::path_of(module_path!(), "in_a_small_tmpfs"), "--ignored", "--nocapture"])
        .env(DIR, dir.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{}\n{told}{}", run.status, String::from_utf8_lossy(&run.stderr));
    assert!(told.contains("1 passed"), "{told}");
}

#[test]
#[ignore = "run by the test above in a namespace of its own"]
fn in_a_small_tmpfs() {
    let Some(dir) = std::env::var_os(DIR).map(PathBuf::from) else { return };
    too_little_for_a_ring(&small(&dir, "16k"));
    too_little_for_all_of_it(&small(&dir, "256k"));
    filled_by_somebody_else(&small(&dir, "512k"));
    no_room_for_marks(&small(&dir, "128k"));
}

/// Mounts a tmpfs of this size over the directory.
fn small(dir: &Path, size: &str) -> PathBuf {
    let status =
        Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "ms"]).arg(dir).status();
    assert!(status.unwrap().success());
    dir.join("output")
}

fn create(path: &Path) -> crate::format::error::Result<Writer> {
    let file = File::options().read(true).write(true).create_new(true).open(path).unwrap();
    Writer::create(file, 1 << 20, 80, 24, NOW)
}

/// Writes `len` bytes, a millisecond apart by the page, and checks what can be read then.
fn write_and_check(writer: &mut Writer, path: &Path, len: u64) {
    let end = writer.written() + len;
    let byte = |offset: u64| (offset % 251) as u8;
    while writer.written() < end {
        let from = writer.written();
        let piece: Vec<u8> = (from..end.min(from + 1000)).map(byte).collect();
        writer.append_at(&piece, Time(NOW.0 + from / 4));
    }
    let reader = Reader::open(File::open(path).unwrap()).unwrap();
    let mut bytes = Vec::new();
    let chunk = reader.read(0, usize::MAX, &mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, writer.capacity().min(end));
    assert!(bytes.iter().copied().eq((chunk.offset..end).map(byte)));
    let last = reader.time_marks().unwrap().pop().unwrap();
    assert!(last.offset > end - 2000 && last.time == Time(NOW.0 + last.offset / 4), "{last:?}");
}

fn too_little_for_a_ring(path: &Path) {
    let error = create(path).unwrap_err();
    assert!(
        matches!(&error, Error::System { source, .. } if source.kind() == std::io::ErrorKind::StorageFull),
        "{error}"
    );
}

fn too_little_for_all_of_it(path: &Path) {
    let mut writer = create(path).unwrap();
    write_and_check(&mut writer, path, 3 << 20);
    assert!(writer.shortened());
    assert!((100 << 10..256 << 10).contains(&writer.capacity()), "{}", writer.capacity());
}

fn filled_by_somebody_else(path: &Path) {
    let mut writer = create(path).unwrap();
    write_and_check(&mut writer, path, 100 << 10);
    assert!(!writer.shortened());
    let mut filler = File::create(path.with_file_name("filler")).unwrap();
    while filler.write_all(&[0; 4096]).is_ok() {}
    write_and_check(&mut writer, path, 1 << 20);
    assert!(writer.shortened() && writer.capacity() >= 100 << 10);
    drop(filler);
    std::fs::remove_file(path.with_file_name("filler")).unwrap();
    write_and_check(&mut writer, path, 1 << 20);
}

/// Output that takes many marks of time and little room.
fn no_room_for_marks(path: &Path) {
    let mut writer = create(path).unwrap();
    for tick in 0..20_000 {
        writer.append_at(b"tick", Time(NOW.0 + tick * 10));
    }
    let reader = Reader::open(File::open(path).unwrap()).unwrap();
    let marks = reader.time_marks().unwrap();
    assert!(marks.len() > 256);
    let newest = marks.last().unwrap();
    assert_eq!((newest.offset, newest.time), (4 * 19_999, Time(NOW.0 + 199_990)));
}
