//! The second factor: codes of an authenticator app (RFC 6238) and recovery codes.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};
use totp_rs::{Builder, Secret, Totp};
use unicode_normalization::UnicodeNormalization;

use crate::http::page::encode;
use crate::store::audit::sha256_hex;

/// Bytes of a secret: the length of an HMAC-SHA-1, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;
/// Recovery codes of a person.
pub const RECOVERY_CODES: usize = 10;
/// Characters of a recovery code without its hyphens; five bits each.
const RECOVERY_CHARS: usize = 24;
/// Without `l` and `o`, which look like digits.
const RECOVERY_ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Nothing longer is looked at.
const TYPED_CHARS_MAX: usize = 64;

/// The secret that a person's app and this service share.
#[derive(Clone)]
pub struct TotpSecret(Vec<u8>);

impl TotpSecret {
    /// A new one.
    pub fn new() -> Self {
        let mut bytes = [0; SECRET_BYTES];
        getrandom::fill(&mut bytes).expect("the system gives random numbers");
        Self(bytes.to_vec())
    }

    /// One that was kept.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Its bytes, to be sealed.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// What a person types into an app that cannot read pictures: base32.
    pub fn text(&self) -> String {
        Secret::from(self.0.clone()).to_base32()
    }

    /// The 30-second step whose code this is, at most one step away from `now_ms`. The caller sees
    /// to it that no step counts twice.
    pub fn step_of(&self, code: &str, now_ms: i64) -> Option<i64> {
        let now_s = u64::try_from(now_ms / 1_000).ok()?;
        self.totp().check(code, now_s).and_then(|step| i64::try_from(step).ok())
    }

    /// The code of a moment.
    pub fn code_at(&self, now_ms: i64) -> String {
        self.totp().generate(u64::try_from(now_ms / 1_000).unwrap_or_default()).to_string()
    }

    fn totp(&self) -> Totp {
        // SHA-1, six digits, 30 seconds, one step of grace: all that every app understands.
        Builder::new().with_secret(self.0.clone()).build_noncompliant()
    }

    /// The address that an app reads from the picture.
    pub fn url(&self, host: &str, person: &str) -> String {
        let (host, person) = (encode(host), encode(person));
        format!(
            "otpauth://totp/sajeon%20{host}:{person}?secret={}&issuer=sajeon%20{host}",
            self.text()
        )
    }
}

impl Default for TotpSecret {
    fn default() -> Self {
        Self::new()
    }
}

/// A picture of black squares, as the path of an SVG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qr {
    /// Width and height in squares, with the quiet edge of four.
    pub size: i32,
    /// The `d` of the path.
    pub path: String,
}

/// The picture of a text; none when it is too long for one.
pub fn qr(text: &str) -> Option<Qr> {
    const EDGE: i32 = 4;
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let from = x;
            while x < code.size() && code.get_module(x, y) {
                x += 1;
            }
            if x > from {
                write!(path, "M{} {}h{}v1h-{}z", from + EDGE, y + EDGE, x - from, x - from)
                    .expect("a String takes all that is written");
            }
            x += 1;
        }
    }
    Some(Qr { size: code.size() + 2 * EDGE, path })
}

/// What somebody typed as their second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// Six digits of an app.
    Code(String),
    /// A recovery code, as it is hashed.
    Recovery(String),
}

/// Reads a second factor however it was typed: with spaces or hyphens, or in the wide characters
/// of a Japanese keyboard.
pub fn parse(typed: &str) -> Option<Typed> {
    let typed: String = typed
        .chars()
        .take(TYPED_CHARS_MAX)
        .nfkc()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .flat_map(char::to_lowercase)
        .collect();
    if typed.len() == 6 && typed.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Typed::Code(typed));
    }
    let known = typed.bytes().all(|byte| RECOVERY_ALPHABET.contains(&byte));
    (known && typed.len() == RECOVERY_CHARS).then_some(Typed::Recovery(typed))
}

/// New recovery codes, as a person writes them down: `abcd-efgh-ijkm-npqr-stuv-wxyz`.
pub fn recovery_codes() -> Vec<String> {
    (0..RECOVERY_CODES).map(|_| recovery_code()).collect()
}

fn recovery_code() -> String {
    let mut bytes = [0; RECOVERY_CHARS];
    getrandom::fill(&mut bytes).expect("the system gives random numbers");
    let mut code = String::new();
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            code.push('-');
        }
        // 256 is a multiple of 32: every character is equally likely.
        code.push(char::from(RECOVERY_ALPHABET[usize::from(byte % 32)]));
    }
    code
}

/// What is stored of a recovery code; its 120 random bits need no slow hash (ASVS 6.5.2
/// asks for 112).
pub fn recovery_hash(code: &str) -> String {
    let plain: String = code.chars().filter(|c| *c != '-').collect();
    sha256_hex(&format!("recovery {plain}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const WRITTEN: &str = "abcdefghijkmnpqrstuvwxyz";

    #[test]
    fn gives_the_codes_of_rfc_6238() {
        // Appendix B with SHA-1; six digits are the last of its eight.
        let secret = TotpSecret::from_bytes(b"12345678901234567890".to_vec());
        for (time_s, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.code_at(time_s * 1_000), code, "{time_s}");
            assert_eq!(secret.step_of(code, time_s * 1_000), Some(time_s / 30), "{time_s}");
        }
        assert_eq!(secret.text(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn takes_one_step_of_grace_and_no_more() {
        let secret = TotpSecret::new();
        let now_ms = 1_800_000_015_000;
        let step = now_ms / 30_000;
        for (away, taken) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let code = secret.code_at(now_ms + away * 30_000);
            assert_eq!(secret.step_of(&code, now_ms), taken.then_some(step + away), "{away}");
        }
        assert_eq!(secret.step_of("12345", now_ms), None);
        assert_eq!(secret.step_of("", now_ms), None);
        assert_eq!(secret.step_of("000000", -1), None);
    }

    #[test]
    fn reads_a_second_factor_however_it_was_typed() {
        for (typed, read) in [
            (" 287 082 ", Some(Typed::Code("287082".to_owned()))),
            ("２８７０８２", Some(Typed::Code("287082".to_owned()))),
            ("ABCD-efgh ijkm-npqr stuv-wxyz", Some(Typed::Recovery(WRITTEN.to_owned()))),
            ("28708", None),
            ("abcd-efgh-ijkm-npqr", None),
            ("abcd-efgh-ijkl-mnop-qrst-uvwx", None),
            ("", None),
        ] {
            assert_eq!(parse(typed), read, "{typed:?}");
        }
    }

    #[test]
    fn recovery_codes_are_read_back_and_differ() {
        let codes = recovery_codes();
        let different: std::collections::BTreeSet<_> = codes.iter().collect();
        assert_eq!(different.len(), RECOVERY_CODES);
        for code in &codes {
            let Some(Typed::Recovery(typed)) = parse(code) else { panic!("{code}") };
            assert_eq!(recovery_hash(&typed), recovery_hash(code));
        }
    }

    #[test]
    fn the_picture_has_an_edge_and_fits_a_long_name() {
        let secret = TotpSecret::new();
        let url = secret.url("sajeon.example", &"민".repeat(64));
        let qr = qr(&url).unwrap();
        assert!(qr.path.starts_with("M4 4h7v1h-7z"), "{}", qr.path);
        assert!((20..200).contains(&qr.size));
        assert!(url.is_ascii() && url.contains(&secret.text()));
    }
}
