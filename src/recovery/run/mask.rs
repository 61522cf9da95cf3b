//! Taking secrets out of what is printed, before it is kept anywhere.

use std::collections::BTreeSet;

/// A secret that is shorter cannot be told from ordinary text.
pub const SECRET_BYTES_MIN: usize = 8;
/// What stands in its place.
const MASK: &[u8] = b"[secret]";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Every form of the secrets of one run.
#[derive(Debug, Clone, Default)]
pub struct Mask {
    /// Longest first, so that a form inside another one does not leave its rest.
    needles: Vec<Vec<u8>>,
}

impl Mask {
    /// For these secrets.
    ///
    /// # Errors
    /// When one is too short to be masked: then nothing may run with it.
    pub fn new(secrets: &[String]) -> Result<Self, String> {
        let mut needles = BTreeSet::new();
        for secret in secrets {
            if secret.trim().len() < SECRET_BYTES_MIN {
                return Err(format!(
                    "a secret has fewer than {SECRET_BYTES_MIN} bytes and could not be masked"
                ));
            }
            needles.insert(secret.clone().into_bytes());
            // A key of several lines is printed line by line.
            for line in secret.lines().map(str::trim) {
                if line.len() >= SECRET_BYTES_MIN {
                    needles.extend(forms(line.as_bytes()));
                }
            }
        }
        let mut needles: Vec<Vec<u8>> = needles.into_iter().collect();
        needles.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        Ok(Self { needles })
    }

    /// The longest form, in bytes: what must be looked at together.
    pub fn reach(&self) -> usize {
        self.needles.first().map_or(0, Vec::len)
    }

    /// The same bytes with every secret replaced.
    pub fn apply(&self, bytes: &[u8]) -> Vec<u8> {
        if self.needles.is_empty() {
            return bytes.to_vec();
        }
        let mut masked = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            match self.needles.iter().find(|needle| starts_with(rest, needle)) {
                Some(needle) => {
                    masked.extend_from_slice(MASK);
                    at += needle.len();
                }
                None => {
                    masked.push(bytes[at]);
                    at += 1;
                }
            }
        }
        masked
    }

    /// The same text with every secret replaced.
    pub fn text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.apply(text.as_bytes())).into_owned()
    }
}

/// Percent-encoded forms differ in the case of their digits.
fn starts_with(bytes: &[u8], needle: &[u8]) -> bool {
    if !needle.contains(&b'%') {
        return bytes.starts_with(needle);
    }
    bytes.len() >= needle.len() && bytes.iter().zip(needle).all(|(a, b)| a.eq_ignore_ascii_case(b))
}

/// The secret as it is, in base64 at each of three alignments, and as part of an address.
fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut found = vec![secret.to_vec(), percent(secret, false), percent(secret, true)];
    for shift in 0..3 {
        let middle = base64_middle(secret, shift);
        if middle.len() >= SECRET_BYTES_MIN {
            let url = middle.iter().map(|b| match b {
                b'+' => b'-',
                b'/' => b'_',
                other => *other,
            });
            found.push(url.collect());
            found.push(middle);
        }
    }
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    found.push(hex.to_uppercase().into_bytes());
    found.push(hex.into_bytes());
    found.push(json(secret));
    found
}

fn percent(secret: &[u8], plus: bool) -> Vec<u8> {
    let mut found = Vec::new();
    for &byte in secret {
        match byte {
            b' ' if plus => found.push(b'+'),
            _ if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) => found.push(byte),
            _ => found.extend(format!("%{byte:02X}").into_bytes()),
        }
    }
    found
}

fn json(secret: &[u8]) -> Vec<u8> {
    let text = serde_json::Value::from(String::from_utf8_lossy(secret)).to_string();
    text.trim_matches('"').as_bytes().to_vec()
}

/// The characters of the secret's base64 that do not depend on what stands around it, when
/// `shift` bytes stand before it in its group of three.
fn base64_middle(secret: &[u8], shift: usize) -> Vec<u8> {
    let start = (3 - shift) % 3;
    let body = &secret[start.min(secret.len())..];
    let whole = &body[..body.len() - body.len() % 3];
    let mut found = Vec::new();
    for group in whole.chunks_exact(3) {
        let bits = u32::from(group[0]) << 16 | u32::from(group[1]) << 8 | u32::from(group[2]);
        found.extend([18, 12, 6, 0].map(|at| BASE64[(bits >> at & 63) as usize]));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_masked() {
        let secret = "s3cret/pass word+ä";
        let mask = Mask::new(&[secret.to_owned()]).unwrap();
        // printf '%s' "user:$secret" | base64, and with one and two more bytes before.
        for printed in [
            "password is s3cret/pass word+ä.",
            "https://x/?p=s3cret%2Fpass%20word%2B%C3%A4",
            "https://x/?p=s3cret%2fpass+word%2b%c3%a4",
            "733363726574",
        ] {
            let masked = mask.text(printed);
            assert!(!masked.contains("s3cret") || printed.starts_with('7'), "{masked}");
        }
        for before in ["", "u", "us", "user:", "user:x"] {
            let text = format!("{before}{secret}");
            let encoded = encode(text.as_bytes());
            let masked = mask.text(&encoded);
            assert!(masked.contains("[secret]"), "{before}: {encoded} -> {masked}");
        }
        assert_eq!(mask.text("nothing here"), "nothing here");
    }

    #[test]
    fn a_key_of_several_lines_is_masked_line_by_line() {
        let mask = Mask::new(&["first-line-of-key\nsecond-line-of-key\n".to_owned()]).unwrap();
        assert_eq!(mask.text("x second-line-of-key y"), "x [secret] y");
    }

    #[test]
    fn what_cannot_be_masked_is_refused() {
        assert!(Mask::new(&["short".to_owned()]).is_err());
        assert!(Mask::new(&["       1 ".to_owned()]).is_err());
    }

    fn encode(bytes: &[u8]) -> String {
        let mut padded = bytes.to_vec();
        while !padded.len().is_multiple_of(3) {
            padded.push(0);
        }
        String::from_utf8(base64_middle(&padded, 0)).unwrap()
    }
}
