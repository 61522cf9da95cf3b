//! What a value may not hold, because programs give it a meaning of their own.
//!
//! No shell of ours reads an argument, but the program that is called may: git takes
//! `--upload-pack=…` for an option, curl sends the file that `@…` names, `psql -d` takes a whole
//! connection string, HAProxy's socket takes `;` for the next command. Each rule below was seen to
//! work as an attack before it became a rule.

/// Longest value of any parameter, in bytes.
pub const VALUE_BYTES_MAX: usize = 1_024;

/// Words that begin a connection string of a database client.
const CONNECTION_WORDS: [&str; 12] = [
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "service",
    "options",
    "sslmode",
    "passfile",
    "server",
    "proxy_command",
];

/// Why `value` may not be handed to a program; `None` when it may.
pub fn refuse(value: &str) -> Option<String> {
    if value.is_empty() {
        return Some("it is empty".to_owned());
    }
    if value.len() > VALUE_BYTES_MAX {
        return Some(format!("it has {} bytes; {VALUE_BYTES_MAX} are allowed", value.len()));
    }
    if let Some(c) = value.chars().find(|c| c.is_control() || is_invisible(*c)) {
        return Some(format!("it holds the invisible character U+{:04X}", u32::from(c)));
    }
    if value.starts_with('-') {
        return Some("it begins with `-`: a program would take it for an option".to_owned());
    }
    if value.starts_with('@') {
        return Some("it begins with `@`: a program would read the file that follows".to_owned());
    }
    if let Some(c) = value.chars().find(|c| ";\\`$|&<>\"'{}".contains(*c)) {
        return Some(format!("it holds `{c}`: a program could take what follows for a command"));
    }
    if let Some(scheme) = scheme(value) {
        return Some(format!("it names a resource (`{scheme}`): a program would fetch it"));
    }
    if is_connection_string(value) {
        return Some("it reads as a connection string: it would lead to another server".to_owned());
    }
    if value.trim() != value {
        return Some("it begins or ends with a blank".to_owned());
    }
    None
}

/// Why a value of a reviewed file may not be handed to a program: addresses and paths may stand
/// there, what would be taken for an option or a command may not.
pub fn refuse_reviewed(value: &str) -> Option<String> {
    if value.is_empty() || value.len() > VALUE_BYTES_MAX {
        return Some(format!("it needs 1 to {VALUE_BYTES_MAX} bytes"));
    }
    if value.chars().any(|c| c.is_control() || is_invisible(c)) {
        return Some("it holds an invisible character".to_owned());
    }
    if value.starts_with(['-', '@']) {
        return Some(
            "it begins with `-` or `@`, which programs take for more than text".to_owned(),
        );
    }
    value.contains([';', '\\', '`']).then(|| "it holds `;`, `\\` or a backtick".to_owned())
}

/// Marks that change how text looks or joins without being seen, of Unicode's category Cf.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}'
    )
}

fn scheme(value: &str) -> Option<&str> {
    let (scheme, rest) = value.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+.-".contains(&b));
    let lower = scheme.to_ascii_lowercase();
    let known = ["file", "fileb", "data", "ext", "http", "https", "ssh", "unix"];
    let found = is_scheme && (rest.starts_with("//") || known.contains(&&*lower));
    found.then_some(scheme)
}

fn is_connection_string(value: &str) -> bool {
    let words = value.split(|c: char| c.is_whitespace() || c == ',' || c == '?');
    words
        .filter_map(|word| word.split_once('='))
        .any(|(key, _)| CONNECTION_WORDS.contains(&&*key.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_would_interpret_is_refused() {
        for bad in [
            "",
            " a",
            "a ",
            "--upload-pack=touch x;",
            "-o",
            "n2 state ready; set server web/n3",
            r"\! echo X",
            "host=127.0.0.1 port=15434",
            "dbname=x",
            "file:///etc/passwd",
            "fileb://x",
            "FILE:///x",
            "http://169.254.169.254/",
            "@/etc/passwd",
            "a\nb",
            "a\0b",
            "a\tb",
            "$(id)",
            "`id`",
            "a|b",
            "a&&b",
            "x>y",
            "a\u{202e}b",
            "a\u{200b}b",
            "x\u{7f}",
            "${IFS}",
            "{{7*7}}",
            "ext::sh -c id",
            "postgres://x",
            "x proxy_command=y",
            "a\rb",
            "'",
            "\"",
        ] {
            assert!(refuse(bad).is_some(), "{bad:?}");
        }
        assert!(refuse(&"a".repeat(VALUE_BYTES_MAX + 1)).is_some());
        for good in ["web-2", "한빛", "2026-03-01T09:12:00+09:00", "a/b", "10:30", "a=b", "..", "~"]
        {
            assert_eq!(refuse(good), None, "{good:?}");
        }
    }

    #[test]
    fn reviewed_values_may_be_addresses() {
        for good in ["127.0.0.1:18002", "https://lab.example/x", "/run/lab.sock", "web/n2"] {
            assert_eq!(refuse_reviewed(good), None, "{good}");
        }
        for bad in ["-x", "@x", "a;b", "a\nb", ""] {
            assert!(refuse_reviewed(bad).is_some(), "{bad:?}");
        }
    }
}
