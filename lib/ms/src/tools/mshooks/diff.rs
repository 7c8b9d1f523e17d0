//! What would change in a file, as a unified diff.

use std::path::Path;

use crate::cli::Out;
use msession::format::error::Result;

/// Lines around a change.
const AROUND: usize = 3;
/// Texts with more lines between their common ends are not compared line by line.
const MOST: usize = 2_000;

/// A line of a diff: its sign, and the line.
type Line<'t> = (char, &'t str);

/// Prints the difference between two texts of a file.
///
/// # Errors
/// Nothing can be written.
pub(super) fn print(out: &mut Out, path: &Path, old: &str, new: &str) -> Result<()> {
    out.line(format!("--- {}", path.display()))?;
    out.line(format!("+++ {}", path.display()))?;
    hunks(old, new).iter().try_for_each(|line| out.line(line))
}

/// The hunks, with their heads.
fn hunks(old: &str, new: &str) -> Vec<String> {
    let lines = lines(old, new);
    let is_near = |at: usize| {
        let near = at.saturating_sub(AROUND)..(at + AROUND + 1).min(lines.len());
        lines[near].iter().any(|(sign, _)| *sign != ' ')
    };
    let mut hunks = Vec::new();
    let (mut old_at, mut new_at, mut at) = (1, 1, 0);
    while at < lines.len() {
        let length = (at..lines.len()).take_while(|at| is_near(*at)).count();
        let part = &lines[at..at + length.max(1)];
        let (olds, news) = (count(part, '+'), count(part, '-'));
        if length > 0 {
            hunks.push(format!("@@ -{} +{} @@", range(old_at, olds), range(new_at, news)));
            hunks.extend(part.iter().map(|(sign, line)| format!("{sign}{line}")));
        }
        (old_at, new_at, at) = (old_at + olds, new_at + news, at + part.len());
    }
    hunks
}

/// How many lines are of the text that does not have this sign's.
fn count(lines: &[Line], not: char) -> usize {
    lines.iter().filter(|(sign, _)| *sign != not).count()
}

fn range(at: usize, lines: usize) -> String {
    format!("{},{lines}", if lines == 0 { at - 1 } else { at })
}

fn lines<'t>(old: &'t str, new: &'t str) -> Vec<Line<'t>> {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let mut lines: Vec<Line> = old[..head].iter().map(|line| (' ', *line)).collect();
    lines.extend(between(&old_rest[..old_rest.len() - tail], &new_rest[..new_rest.len() - tail]));
    lines.extend(old_rest[old_rest.len() - tail..].iter().map(|line| (' ', *line)));
    lines
}

/// The longest lines in common, by a table of their number.
fn between<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<Line<'t>> {
    let mut lines = Vec::new();
    let (mut a, mut b) = (0, 0);
    if old.len() <= MOST && new.len() <= MOST {
        let mut common = vec![vec![0u32; new.len() + 1]; old.len() + 1];
        for a in (0..old.len()).rev() {
            for b in (0..new.len()).rev() {
                common[a][b] = match old[a] == new[b] {
                    true => common[a + 1][b + 1] + 1,
                    false => common[a + 1][b].max(common[a][b + 1]),
                };
            }
        }
        while a < old.len() && b < new.len() {
            if old[a] == new[b] {
                lines.push((' ', old[a]));
                (a, b) = (a + 1, b + 1);
            } else if common[a + 1][b] >= common[a][b + 1] {
                lines.push(('-', old[a]));
                a += 1;
            } else {
                lines.push(('+', new[b]));
                b += 1;
            }
        }
    }
    lines.extend(old[a..].iter().map(|line| ('-', *line)));
    lines.extend(new[b..].iter().map(|line| ('+', *line)));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_stand_among_their_neighbours() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n";
        let new = "a\nb\nc\nd\nX\nf\ng\nh\ni\nj\nk\n";
        let expected = ["@@ -2,9 +2,10 @@", " b", " c", " d", "-e", "+X", " f", " g", " h", " i", " j", "+k"];
        assert_eq!(hunks(old, new), expected);
        assert_eq!(hunks("", "a\n"), ["@@ -0,0 +1,1 @@", "+a"]);
        assert_eq!(hunks("a\n", ""), ["@@ -1,1 +0,0 @@", "-a"]);
        assert_eq!(hunks(old, old), [""; 0]);
    }
}
