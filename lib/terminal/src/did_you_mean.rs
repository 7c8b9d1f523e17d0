//! "Did you mean": the nearest of some words. For messages only: nothing is ever done to a thing because
//! its name is near.

/// The word nearest to `text`, if any is near enough to be meant.
pub fn nearest<T: AsRef<str>>(text: &str, words: &[T]) -> Option<String> {
    let limit = (text.len() / 3).max(1);
    words
        .iter()
        .map(|word| (score(text, word.as_ref()), word.as_ref()))
        .filter(|(score, _)| *score <= limit)
        .min()
        .map(|(_, word)| word.to_owned())
}

/// The nearest words, the nearest first. More generous than [`nearest`], since there is more than one to
/// pick from; case does not matter.
pub fn several<T: AsRef<str>>(text: &str, words: &[T], most: usize) -> Vec<String> {
    let text = text.to_lowercase();
    let limit = (text.len() / 2).max(1);
    let mut near: Vec<(usize, &str)> =
        words.iter().map(|word| (score(&text, &word.as_ref().to_lowercase()), word.as_ref())).collect();
    near.retain(|(score, _)| *score <= limit);
    near.sort();
    near.into_iter().take(most).map(|(_, word)| word.to_owned()).collect()
}

/// Edits between the two; one is as good as the other's beginning.
fn score(text: &str, word: &str) -> usize {
    let starts = text.len() >= 2 && (word.starts_with(text) || text.starts_with(word) && word.len() >= 2);
    if starts { 1 } else { distance(text.as_bytes(), word.as_bytes()) }
}

/// Levenshtein's distance, with one row of memory.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let words = ["build2", "api", "frontend"];
        assert_eq!(nearest("build", &words), Some("build2".into()));
        assert_eq!(nearest("apu", &words), Some("api".into()));
        assert_eq!(nearest("fronted", &words), Some("frontend".into()));
        assert_eq!(several("AP", &words, 2), ["api"]);
        assert!(several("x", &words, 2).is_empty());
        assert_eq!(nearest("x", &words), None);
        assert_eq!(nearest("database", &words), None);
    }
}
