//! The words that stand for a fieldless enum in files, JSON and the database.

/// Gives an enum `WORDS`, `as_str` and `parse`, so that the schema and every boundary use the
/// same words.
macro_rules! words {
    ($name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $name {
            /// The words in files, JSON and the database, in the order of the variants.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word in files, JSON and the database.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value that `word` names.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

pub(crate) use words;
