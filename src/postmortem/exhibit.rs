//! What may be kept as evidence, under which name, and how it is given out: pure rules.
//!
//! A file is bytes. It is never unpacked, never run and never shown as a page: whatever it is, it
//! leaves as plain text or as a stream of octets to be saved.

/// Bytes of one file.
pub const FILE_BYTES_MAX: usize = 16 << 20;
/// Bytes of all files of one request.
pub const REQUEST_BYTES_MAX: usize = 40 << 20;
/// Files of one request.
pub const REQUEST_FILES_MAX: usize = 20;
/// Files of one incident.
pub const FILES_MAX: usize = 500;
/// Characters of a name.
const NAME_CHARS_MAX: usize = 200;
/// Bytes of a file that are searched.
const TEXT_BYTES_MAX: usize = 64 << 10;

/// How plain text is given out.
pub const PLAIN: &str = "text/plain";
/// How everything else is given out.
pub const OCTETS: &str = "application/octet-stream";

/// The name under which a file is kept: what stands after the last slash of any system, without
/// characters that are not shown or that turn the direction of writing.
pub fn name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown = |c: &char| !c.is_control() && !is_hidden(*c);
    let name: String = last.chars().filter(shown).take(NAME_CHARS_MAX).collect();
    let name = name.trim().trim_start_matches('.').trim();
    if name.is_empty() { "file".to_owned() } else { name.to_owned() }
}

/// Marks that are not seen and change what is: `evidence\u{202e}gpj.exe`.
fn is_hidden(c: char) -> bool {
    let code = u32::from(c);
    let ranges = [0x200b..=0x200f, 0x2028..=0x202e, 0x2060..=0x2069, 0xfeff..=0xfeff];
    ranges.iter().any(|range| range.contains(&code))
}

/// The text of a file, where it is one: UTF-8 without what no text has.
pub fn text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let allowed = |b: u8| b >= 0x20 || matches!(b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    text.bytes().all(allowed).then_some(text)
}

/// What of a text file is searched: its beginning and its end, since a log fails at the end.
pub fn searched(text: &str) -> String {
    let clean = |part: &str| -> String {
        part.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
    };
    if text.len() <= TEXT_BYTES_MAX {
        return clean(text);
    }
    let half = TEXT_BYTES_MAX / 2;
    let begin = &text[..text.floor_char_boundary(half)];
    let end = &text[text.ceil_char_boundary(text.len() - half)..];
    format!("{}\n{}", clean(begin), clean(end))
}

/// The media type under which bytes are given out.
pub fn served_as(bytes: &[u8]) -> &'static str {
    if text(bytes).is_some() { "text/plain; charset=utf-8" } else { OCTETS }
}

/// `Content-Disposition` of a download (RFC 6266): an ASCII name, and the whole one encoded.
pub fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "._- ()".contains(c) { c } else { '_' })
        .collect();
    let encoded = crate::http::page::encode(name);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_anywhere() {
        for (given, kept) in [
            ("web-2.log", "web-2.log"),
            ("../../etc/passwd", "passwd"),
            ("C:\\fakepath\\로그.txt", "로그.txt"),
            ("/", "file"),
            ("..", "file"),
            (".htaccess", "htaccess"),
            ("a\u{202e}gpj.exe\n\0", "agpj.exe"),
            ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
            ("", "file"),
        ] {
            assert_eq!(name(given), kept, "{given:?}");
        }
        assert_eq!(name(&"가".repeat(999)).chars().count(), NAME_CHARS_MAX);
    }

    #[test]
    fn what_is_no_text_is_octets() {
        assert_eq!(served_as(b"<script>alert(1)</script>"), "text/plain; charset=utf-8");
        for bytes in [&b"PK\x03\x04\x00"[..], b"\xff\xfe", b"\x00", b"\x89PNG\r\n\x1a\n\x00"] {
            assert_eq!(served_as(bytes), OCTETS);
        }
        assert_eq!(text(b"\x1b[31mred\x1b[0m\n"), Some("\u{1b}[31mred\u{1b}[0m\n"));
    }

    #[test]
    fn a_header_is_never_broken_by_a_name() {
        assert_eq!(
            disposition("a\"\r\nb 로.txt"),
            "attachment; filename=\"a___b _.txt\"; filename*=UTF-8''a%22%0D%0Ab%20%EB%A1%9C.txt"
        );
    }

    #[test]
    fn of_a_long_log_beginning_and_end_are_searched() {
        let log = format!("first\n{}last \u{1b}[0m", "가나다 라마바\n".repeat(20_000));
        let kept = searched(&log);
        assert!(kept.starts_with("first\n") && kept.ends_with("last  [0m"));
        assert!(kept.len() <= TEXT_BYTES_MAX + 8);
    }
}
