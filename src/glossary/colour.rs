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
        let [red, green, blue] = self.channels.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// Contrast with another colour as WCAG 2 defines it, from 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }
}

/// A colour in CIE L\*a\*b\* (D65 white, 2° observer), in which distances mean something to an eye.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lab {
    /// Lightness, 0 (black) to 100 (white).
    pub l: f64,
    /// Green (negative) to red.
    pub a: f64,
    /// Blue (negative) to yellow.
    pub b: f64,
}

impl From<Colour> for Lab {
    /// By IEC 61966-2-1 (sRGB to XYZ) and CIE 15 (XYZ to Lab).
    fn from(colour: Colour) -> Self {
        let [red, green, blue] = colour.channels.map(linear);
        let x = 0.412_456_4 * red + 0.357_576_1 * green + 0.180_437_5 * blue;
        let y = 0.212_672_9 * red + 0.715_152_2 * green + 0.072_175_0 * blue;
        let z = 0.019_333_9 * red + 0.119_192_0 * green + 0.950_304_1 * blue;
        let f = |share: f64| {
            if share > 216.0 / 24_389.0 {
                share.cbrt()
            } else {
                (share * 24_389.0 / 27.0 + 16.0) / 116.0
            }
        };
        let (x, y, z) = (f(x / 0.950_47), f(y), f(z / 1.088_83));
        Self { l: 116.0 * y - 16.0, a: 500.0 * (x - y), b: 200.0 * (y - z) }
    }
}

/// The CIEDE2000 difference of two colours: about 1 is just noticeable, 3 is seen at a glance.
///
/// By G. Sharma, W. Wu, E. N. Dalal, "The CIEDE2000 Color-Difference Formula: Implementation
/// Notes, Supplementary Test Data, and Mathematical Observations" (2005), with all weights 1; the
/// numbers in brackets are its equations.
pub fn delta_e_2000(one: Lab, two: Lab) -> f64 {
    // (2)-(7): chroma, with a stretched for greys, and hue in degrees.
    let mean_chroma = f64::midpoint(one.a.hypot(one.b), two.a.hypot(two.b));
    let stretch = 1.5 - 0.5 * seventh(mean_chroma).sqrt();
    let polar = |lab: Lab| {
        let a = lab.a * stretch;
        let hue = lab.b.atan2(a).to_degrees();
        (a.hypot(lab.b), if hue < 0.0 { hue + 360.0 } else { hue })
    };
    let ((chroma_1, hue_1), (chroma_2, hue_2)) = (polar(one), polar(two));
    let grey = chroma_1 * chroma_2 == 0.0;
    // (8)-(11): the differences.
    let turn = match hue_2 - hue_1 {
        _ if grey => 0.0,
        turn if turn > 180.0 => turn - 360.0,
        turn if turn < -180.0 => turn + 360.0,
        turn => turn,
    };
    let (lightness, chroma) = (two.l - one.l, chroma_2 - chroma_1);
    let hue = 2.0 * (chroma_1 * chroma_2).sqrt() * (turn / 2.0).to_radians().sin();
    // (12)-(14): the means.
    let (mean_l, mean_c) = (f64::midpoint(one.l, two.l), f64::midpoint(chroma_1, chroma_2));
    let mean_h = match hue_1 + hue_2 {
        sum if grey => sum,
        sum if (hue_1 - hue_2).abs() <= 180.0 => sum / 2.0,
        sum if sum < 360.0 => (sum + 360.0) / 2.0,
        sum => (sum - 360.0) / 2.0,
    };
    // (15)-(21): the weights.
    let cos = |factor: f64, shift: f64| (factor * mean_h + shift).to_radians().cos();
    let t = 1.0 - 0.17 * cos(1.0, -30.0) + 0.24 * cos(2.0, 0.0) + 0.32 * cos(3.0, 6.0)
        - 0.20 * cos(4.0, -63.0);
    let rotation = 30.0 * (-((mean_h - 275.0) / 25.0).powi(2)).exp();
    let from_middle = (mean_l - 50.0).powi(2);
    let weight_l = 1.0 + 0.015 * from_middle / (20.0 + from_middle).sqrt();
    let weight_c = 1.0 + 0.045 * mean_c;
    let weight_h = 1.0 + 0.015 * mean_c * t;
    let interplay = -(2.0 * rotation).to_radians().sin() * 2.0 * seventh(mean_c).sqrt();
    // (22).
    let (l, c, h) = (lightness / weight_l, chroma / weight_c, hue / weight_h);
    (l * l + c * c + h * h + interplay * c * h).max(0.0).sqrt()
}

/// C⁷ / (C⁷ + 25⁷), which the formula uses twice.
fn seventh(chroma: f64) -> f64 {
    let power = chroma.powi(7);
    power / (power + 25_f64.powi(7))
}

/// The share of light of a channel of sRGB, from 0 to 1.
fn linear(channel: u8) -> f64 {
    let share = f64::from(channel) / 255.0;
    if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
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

    #[test]
    fn lab_of_known_colours() {
        for (hex, l, a, b) in [
            ("#000000", 0.0, 0.0, 0.0),
            ("#FFFFFF", 100.0, 0.0, 0.0),
            ("#FF0000", 53.24, 80.09, 67.20),
            ("#00FF00", 87.73, -86.18, 83.18),
            ("#0000FF", 32.30, 79.19, -107.86),
        ] {
            let lab = Lab::from(Colour::parse(hex).unwrap());
            let off = (lab.l - l).abs().max((lab.a - a).abs()).max((lab.b - b).abs());
            assert!(off < 0.02, "{hex}: {lab:?}");
        }
    }

    /// Table 1 of the paper, both ways round, to its four digits.
    #[test]
    fn ciede2000_is_that_of_the_paper() {
        const TABLE: &str = "
            50.0000 2.6772 -79.7751 50.0000 0.0000 -82.7485 2.0425
            50.0000 3.1571 -77.2803 50.0000 0.0000 -82.7485 2.8615
            50.0000 2.8361 -74.0200 50.0000 0.0000 -82.7485 3.4412
            50.0000 -1.3802 -84.2814 50.0000 0.0000 -82.7485 1.0000
            50.0000 -1.1848 -84.8006 50.0000 0.0000 -82.7485 1.0000
            50.0000 -0.9009 -85.5211 50.0000 0.0000 -82.7485 1.0000
            50.0000 0.0000 0.0000 50.0000 -1.0000 2.0000 2.3669
            50.0000 -1.0000 2.0000 50.0000 0.0000 0.0000 2.3669
            50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0009 7.1792
            50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0010 7.1792
            50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0011 7.2195
            50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0012 7.2195
            50.0000 -0.0010 2.4900 50.0000 0.0009 -2.4900 4.8045
            50.0000 -0.0010 2.4900 50.0000 0.0010 -2.4900 4.8045
            50.0000 -0.0010 2.4900 50.0000 0.0011 -2.4900 4.7461
            50.0000 2.5000 0.0000 50.0000 0.0000 -2.5000 4.3065
            50.0000 2.5000 0.0000 73.0000 25.0000 -18.0000 27.1492
            50.0000 2.5000 0.0000 61.0000 -5.0000 29.0000 22.8977
            50.0000 2.5000 0.0000 56.0000 -27.0000 -3.0000 31.9030
            50.0000 2.5000 0.0000 58.0000 24.0000 15.0000 19.4535
            50.0000 2.5000 0.0000 50.0000 3.1736 0.5854 1.0000
            50.0000 2.5000 0.0000 50.0000 3.2972 0.0000 1.0000
            50.0000 2.5000 0.0000 50.0000 1.8634 0.5757 1.0000
            50.0000 2.5000 0.0000 50.0000 3.2592 0.3350 1.0000
            60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
            63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
            61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
            35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
            22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
            36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
            90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
            90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
            6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
            2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082";
        let mut pairs = 0;
        for line in TABLE.lines().filter(|line| !line.trim().is_empty()) {
            let n: Vec<f64> = line.split_whitespace().map(|word| word.parse().unwrap()).collect();
            let (one, two) = (Lab { l: n[0], a: n[1], b: n[2] }, Lab { l: n[3], a: n[4], b: n[5] });
            assert!((delta_e_2000(one, two) - n[6]).abs() < 5e-5, "{line}");
            assert!((delta_e_2000(two, one) - n[6]).abs() < 5e-5, "{line}, turned round");
            pairs += 1;
        }
        assert_eq!(pairs, 34);
    }
}
