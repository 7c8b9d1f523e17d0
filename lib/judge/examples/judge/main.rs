//! Runs a program on a pty of its own and prints each verdict with its time: to try the judgement on a
//! program, and to measure what a look costs.
//!
//!     cargo run --example judge -- [-t SECONDS] [-s AFTER:TEXT]... [-v] [--] COMMAND [ARG]...
//!     cargo run --example judge -- [-t SECONDS] [-v] --pid NUMBER

mod by_pid;
#[path = "../../tests/judge/stage.rs"]
mod stage;

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use ms_judge::Verdict;
use stage::Stage;

fn main() -> ExitCode {
    let mut limit = 5.0;
    let mut pid = None;
    let mut sends: Vec<(f64, String)> = Vec::new();
    let mut verbose = false;
    let mut args = std::env::args().skip(1).peekable();
    while let Some(arg) = args.next_if(|arg| arg.starts_with('-')) {
        match arg.as_str() {
            "-t" => limit = args.next().and_then(|text| text.parse().ok()).unwrap_or(limit),
            "-s" => sends.extend(args.next().as_deref().and_then(send)),
            "-v" => verbose = true,
            "--pid" => pid = args.next().and_then(|text| text.parse().ok()),
            _ => break,
        }
    }
    if let Some(pid) = pid {
        let mut tell = |at: Duration, verdict: &Verdict| {
            say(&line(at, verdict, verbose));
            false
        };
        return match by_pid::follow(pid, Duration::from_secs_f64(limit), &mut tell) {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                let _ = writeln!(std::io::stderr(), "judge: {why}");
                ExitCode::FAILURE
            }
        };
    }
    let argv: Vec<String> = args.collect();
    if argv.is_empty() {
        let _ = writeln!(std::io::stderr(), "judge: which command, or --pid NUMBER?");
        return ExitCode::from(2);
    }
    let argv: Vec<&str> = argv.iter().map(String::as_str).collect();
    let mut stage = Stage::run(&argv);
    for (after, text) in sends {
        let wait = Duration::from_secs_f64(after).saturating_sub(stage.now());
        run(&mut stage, wait, verbose);
        say(&format!("{:7.3}  typed {text:?}", stage.now().as_secs_f64()));
        stage.send(&text);
    }
    let rest = Duration::from_secs_f64(limit).saturating_sub(stage.now());
    run(&mut stage, rest, verbose);
    let cost = stage.cost;
    let each = cost.time.as_secs_f64() * 1e6 / f64::from(cost.looks.max(1));
    say(&format!("{} looks, {each:.0} µs each; next look {:?}", cost.looks, stage.judge.next_look()));
    ExitCode::SUCCESS
}

fn send(text: &str) -> Option<(f64, String)> {
    let (after, text) = text.split_once(':')?;
    let text =
        text.replace("\\r", "\r").replace("\\e", "\x1b").replace("\\x03", "\x03").replace("\\x1a", "\x1a");
    Some((after.parse().ok()?, text))
}

fn run(stage: &mut Stage, time: Duration, verbose: bool) {
    let mut told = stage.verdicts.len();
    stage.until(time, |stage| {
        for (at, verdict) in &stage.verdicts[told..] {
            say(&line(*at, verdict, verbose));
        }
        told = stage.verdicts.len();
        false
    });
}

fn line(at: Duration, verdict: &Verdict, verbose: bool) -> String {
    let kind = verdict.kind.map_or("", |kind| kind.as_str());
    let mut text = format!(
        "{:7.3}  {:10} {kind:8} {:6} {} [{}]",
        at.as_secs_f64(),
        verdict.status.as_str(),
        verdict.confidence.as_str(),
        verdict.rule,
        verdict.message.as_deref().unwrap_or("")
    );
    for sign in verdict.evidence.iter().filter(|_| verbose) {
        let mark = if sign.decided { '*' } else { ' ' };
        let _ = write!(
            text,
            "\n         {mark} {:8} {} ({:.3})",
            sign.source.as_str(),
            sign.says,
            sign.seen.as_secs_f64()
        );
    }
    text
}

fn say(text: &str) {
    // Whoever reads may have gone; then there is nobody to tell.
    let _ = writeln!(std::io::stdout(), "{text}");
}
