//! Recordings of real programs (`corpus/`), judged again without a process: the index says what must come
//! out of each, and when.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ms_judge::{FactsFile, Verdict};
use nix::time::{ClockId, clock_gettime};

/// So many recordings there are at least.
const LEAST: usize = 60;
/// All recordings together are no larger, in bytes.
const LARGEST: u64 = 1 << 20;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// What the index says of one recording.
struct Entry {
    name: String,
    /// Moments, with the status, or status and kind, that must hold then.
    moments: Vec<(Duration, String)>,
}

fn index() -> Vec<Entry> {
    let text = fs::read_to_string(corpus().join("index")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(entry).collect()
}

fn entry(line: &str) -> Entry {
    let mut words = line.split_whitespace();
    let name = words.next().unwrap().to_owned();
    let moments = words.map(|word| {
        let (at, wanted) = word.split_once('=').unwrap_or_else(|| panic!("{name}: {word}"));
        let at = at.parse().unwrap_or_else(|why| panic!("{name}: {word}: {why}"));
        (Duration::from_secs_f64(at), wanted.to_owned())
    });
    let moments = moments.collect();
    Entry { name, moments }
}

fn recording(name: &str) -> FactsFile {
    let text = fs::read_to_string(corpus().join(format!("{name}.facts")))
        .unwrap_or_else(|why| panic!("{name}: {why}"));
    FactsFile::read(&text).unwrap_or_else(|why| panic!("{name}: {why}"))
}

/// The verdict that stood at a moment, in the words of the index.
fn stood(verdicts: &[(Duration, Verdict)], at: Duration) -> String {
    let Some((_, verdict)) = verdicts.iter().rev().find(|(moment, _)| *moment <= at) else {
        return "none".into();
    };
    let kind = verdict.kind.map(|kind| format!("/{kind}")).unwrap_or_default();
    format!("{}{kind}", verdict.status)
}

#[test]
fn each_recording_is_judged_as_the_index_says() {
    let began = cpu();
    let mut wrong = Vec::new();
    for Entry { name, moments } in index() {
        assert!(!moments.is_empty(), "{name}: nothing is expected of it");
        let verdicts = recording(&name).replay();
        for (at, wanted) in moments {
            let got = stood(&verdicts, at);
            if got != wanted {
                wrong.push(format!("{name} at {:.2}: {got}, not {wanted}", at.as_secs_f64()));
            }
        }
    }
    let took = cpu() - began;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(took < Duration::from_secs(1), "{took:?}");
}

/// CPU time of this thread, however busy the machine is.
fn cpu() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from).unwrap()
}

#[test]
fn the_index_has_a_line_for_each_recording_and_they_are_many_and_small() {
    let listed: BTreeSet<String> = index().into_iter().map(|entry| entry.name + ".facts").collect();
    let files = fs::read_dir(corpus()).unwrap().map(|entry| entry.unwrap());
    let files: Vec<_> = files.filter(|file| file.file_name().to_string_lossy().ends_with(".facts")).collect();
    let there: BTreeSet<String> = files.iter().map(|file| file.file_name().into_string().unwrap()).collect();
    assert_eq!(listed, there);
    assert!(there.len() >= LEAST, "{}", there.len());
    assert!(files.iter().map(|file| file.metadata().unwrap().len()).sum::<u64>() < LARGEST);
}

#[test]
fn all_statuses_and_most_kinds_are_expected_of_some() {
    let all: BTreeSet<String> =
        index().into_iter().flat_map(|entry| entry.moments).map(|(_, wanted)| wanted).collect();
    for wanted in [
        "active",
        "processing",
        "waiting/password",
        "waiting/confirm",
        "waiting/line",
        "waiting/shell",
        "waiting/repl",
        "waiting/menu",
        "waiting/pager",
        "waiting/editor",
        "waiting/turn",
    ] {
        assert!(all.contains(wanted), "{wanted}: none of {all:?}");
    }
}
