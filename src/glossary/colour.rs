//! A colour that is a meaning: read from text as hex and printed again, never passed through.

use std::fmt;

/// A colour in sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour {
    /// Red, green and blue.
    pub channels: [u8; 3],
}

impl Colour {
    /// White.
    pub const WHITE: Self = Self { channels: [0xff; 3] };
    /// The near-black on which swatches are shown.
    pub const NIGHT: Self = Self { channels: [0x14, 0x17, 0x1a] };

    /// Reads `#RRGGBB`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim().strip_prefix('#')?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let value = u32::from_str_radix(digits, 16).ok()?;
        let [_, red, green, blue] = value.to_be_bytes();
        Some(Self { channels: [red, green, blue] })
    }

    /// Relative luminance as WCAG 2 defines it, from 0 to 1.
    pub fn luminance(self) -> f64 {
        let [red, green, blue] = self.channels.map(|channel| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// Contrast with another colour as WCAG 2 defines it, from 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.channels;
        write!(f, "#{red:02X}{green:02X}{blue:02X}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_six_hex_digits_are_a_colour() {
        assert_eq!(Colour::parse("#7a0019").unwrap().to_string(), "#7A0019");
        for other in ["7A0019", "#7A001", "#7A00199", "#+A0019", "red", "#\"/><s", "#é0019"] {
            assert_eq!(Colour::parse(other), None, "{other}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        let black = Colour::parse("#000000").unwrap();
        assert!((Colour::WHITE.contrast(black) - 21.0).abs() < 1e-9);
        assert!((Colour::parse("#767676").unwrap().contrast(Colour::WHITE) - 4.54).abs() < 0.01);
    }
}
