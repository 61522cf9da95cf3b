//! What is wrong with a text, where, and what would be right.

use std::fmt;

/// One fault of one file. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// The file, relative to the imported folder, or the record's own path.
    pub path: String,
    /// Line of the place.
    pub line: u32,
    /// Column of the place, in characters.
    pub column: u32,
    /// The key that it is about.
    pub key: Option<String>,
    /// The known key or value that is nearest to what was written.
    pub nearest: Option<String>,
    /// What is wrong and what would be right, in English.
    pub message: String,
}

impl Diagnostic {
    /// A fault of the whole file, shown at its first character.
    pub fn of_file(path: &str, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line: 1,
            column: 1,
            key: None,
            nearest: None,
            message: message.into(),
        }
    }

    /// A fault at byte `at` of `text`.
    pub fn at(path: &str, text: &str, at: usize, message: impl Into<String>) -> Self {
        let (line, column) = place(text, at);
        Self { line, column, ..Self::of_file(path, message) }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What was sent in a request has no file, and often no place either.
        match (self.path.as_str(), self.line, self.column) {
            ("", 0 | 1, 0 | 1) => f.write_str(&self.message),
            ("", line, column) => write!(f, "{line}:{column}: {}", self.message),
            (path, line, column) => write!(f, "{path}:{line}:{column}: {}", self.message),
        }
    }
}

/// Line and column (both from 1, the column in characters) of byte `at` of `text`.
///
/// An offset past the end means the end; one inside a character means that character.
pub fn place(text: &str, at: usize) -> (u32, u32) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
    let column = before[line_start..].chars().count() + 1;
    (saturate(line), saturate(column))
}

fn saturate(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn columns_count_characters() {
        let text = "id = \"가\"\n장애 = 1\n";
        assert_eq!(place(text, 0), (1, 1));
        assert_eq!(place(text, text.find("= 1").unwrap_or(0)), (2, 4));
        assert_eq!(place(text, 7), (1, 7), "inside a character is that character");
        assert_eq!(place(text, 999), (3, 1));
    }
}
