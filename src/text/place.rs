//! Where a byte of a text stands, as a person counts.

/// The beginnings of the lines of a text, to place many offsets.
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Finds the lines of `text`.
    pub fn new(text: &'a str) -> Self {
        let after = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        Self { text, starts: std::iter::once(0).chain(after).collect() }
    }

    /// Line and column of a byte offset, in characters, both from 1.
    ///
    /// An offset inside a character counts as its beginning, one beyond the end as the end.
    pub fn place(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|&start| start <= offset);
        let column = self.text[self.starts[line - 1]..offset].chars().count() + 1;
        (line, column)
    }
}

/// Line and column of one byte offset, in characters, both from 1.
pub fn place(text: &str, offset: usize) -> (usize, usize) {
    Lines::new(text).place(offset)
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn counts_characters_from_one() {
        for (text, offset, expected) in [
            ("", 0, (1, 1)),
            ("장애가", 3, (1, 2)),
            ("장애가", 4, (1, 2)),
            ("a\n障害\n", 2, (2, 1)),
            ("a\n障害\n", 5, (2, 2)),
            ("a\n障害\n", 8, (2, 3)),
            ("a\n障害\n", 9, (3, 1)),
            ("a\n障害\n", 99, (3, 1)),
        ] {
            assert_eq!(place(text, offset), expected, "{text:?} {offset}");
        }
    }
}
