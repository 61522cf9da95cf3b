//! The known word that is nearest to a mistyped one.

/// The candidate that is nearest to `word`, by edits (insert, delete, replace, swap).
///
/// Case and the difference between `-` and `_` do not count, and an abbreviation counts as one
/// edit. Of equally near candidates the first wins; without candidates there is none.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = fold(word);
    candidates.into_iter().min_by_key(|candidate| score(&word, &fold(candidate)))
}

fn fold(word: &str) -> Vec<char> {
    let fold = |c: char| if c == '-' { '_' } else { c };
    // A word longer than any key cannot come near one; the cut bounds the work.
    word.chars().flat_map(char::to_lowercase).map(fold).take(64).collect()
}

fn score(word: &[char], candidate: &[char]) -> usize {
    let short = word.len().min(candidate.len());
    if short >= 3 && word[..short] == candidate[..short] && word != candidate {
        return 1;
    }
    distance(word, candidate)
}

/// Optimal string alignment distance.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replace = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replace.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = last;
        last = row;
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_meant_word() {
        let keys = ["id", "title", "severity", "status", "services", "started", "not_swatch"];
        for (word, meant) in [
            ("titel", "title"),
            ("sev", "severity"),
            ("statsu", "status"),
            ("Service", "services"),
            ("not-swatch", "not_swatch"),
            ("start", "started"),
        ] {
            assert_eq!(nearest(word, keys), Some(meant), "{word}");
        }
        assert_eq!(nearest("x", []), None);
    }
}
