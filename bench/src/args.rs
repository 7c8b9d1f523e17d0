//! The command line of the benchmark.

use std::path::PathBuf;

use crate::Result;

/// What `--help` prints.
pub const HELP: &str = "\
Usage: ms-bench [--quick] [--only PATTERN] [--tools DIR] [--list]

  --quick          fewer rounds: ratios to look at, not to publish
  --only PATTERN   only the subjects whose name contains PATTERN; may be repeated
  --tools DIR      where the tools are; else beside this program
  --list           names of the subjects";

/// What was asked for.
#[derive(Debug, Default)]
pub struct Args {
    pub quick: bool,
    pub help: bool,
    pub list: bool,
    pub tools: Option<PathBuf>,
    only: Vec<String>,
}

impl Args {
    /// Takes the command line apart.
    pub fn parse(words: impl Iterator<Item = String>) -> Result<Args> {
        let mut args = Args::default();
        let mut words = words;
        while let Some(word) = words.next() {
            match word.as_str() {
                "--quick" => args.quick = true,
                "--help" | "-h" => args.help = true,
                "--list" => args.list = true,
                "--only" => args.only.push(words.next().ok_or("--only needs a pattern")?),
                "--tools" => args.tools = Some(words.next().ok_or("--tools needs a directory")?.into()),
                other => return Err(format!("{other}: no such option\n{HELP}").into()),
            }
        }
        Ok(args)
    }

    /// Whether this subject is wanted.
    pub fn wants(&self, subject: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|pattern| subject.contains(pattern.as_str()))
    }

    /// Rounds of a measurement that takes `full` of them.
    pub fn rounds(&self, full: usize) -> usize {
        if self.quick { (full / 4).max(3) } else { full }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Args> {
        Args::parse(line.split_whitespace().map(String::from))
    }

    #[test]
    fn patterns_choose_subjects() {
        let args = parse("--quick --only ech --only list").unwrap();
        assert!(args.quick && args.wants("echo") && args.wants("list") && !args.wants("create"));
        assert!(parse("").unwrap().wants("create"));
        assert!(parse("--fast").is_err() && parse("--only").is_err());
    }
}
