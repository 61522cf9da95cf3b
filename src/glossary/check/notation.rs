//! A colour as style sheets and design tokens write it, by CSS Color 4 and the DTCG format.
//!
//! Read are the 148 names, `#…` and every function with plain numbers; what is computed (`calc`,
//! `var`, `from`) has no colour that a text alone could tell. How transparent it is does not
//! matter here.

use serde_json::Value;

use crate::glossary::colour::Colour;

/// Bytes of a function's arguments that are looked at.
const ARGUMENTS_MAX: usize = 120;

/// Names by CSS Color 4, section 6.1.
const NAMES: &str = "
    aliceblue=f0f8ff antiquewhite=faebd7 aqua=00ffff aquamarine=7fffd4 azure=f0ffff beige=f5f5dc
    bisque=ffe4c4 black=000000 blanchedalmond=ffebcd blue=0000ff blueviolet=8a2be2 brown=a52a2a
    burlywood=deb887 cadetblue=5f9ea0 chartreuse=7fff00 chocolate=d2691e coral=ff7f50
    cornflowerblue=6495ed cornsilk=fff8dc crimson=dc143c cyan=00ffff darkblue=00008b
    darkcyan=008b8b darkgoldenrod=b8860b darkgray=a9a9a9 darkgreen=006400 darkgrey=a9a9a9
    darkkhaki=bdb76b darkmagenta=8b008b darkolivegreen=556b2f darkorange=ff8c00
    darkorchid=9932cc darkred=8b0000 darksalmon=e9967a darkseagreen=8fbc8f darkslateblue=483d8b
    darkslategray=2f4f4f darkslategrey=2f4f4f darkturquoise=00ced1 darkviolet=9400d3
    deeppink=ff1493 deepskyblue=00bfff dimgray=696969 dimgrey=696969 dodgerblue=1e90ff
    firebrick=b22222 floralwhite=fffaf0 forestgreen=228b22 fuchsia=ff00ff gainsboro=dcdcdc
    ghostwhite=f8f8ff gold=ffd700 goldenrod=daa520 gray=808080 green=008000 greenyellow=adff2f
    grey=808080 honeydew=f0fff0 hotpink=ff69b4 indianred=cd5c5c indigo=4b0082 ivory=fffff0
    khaki=f0e68c lavender=e6e6fa lavenderblush=fff0f5 lawngreen=7cfc00 lemonchiffon=fffacd
    lightblue=add8e6 lightcoral=f08080 lightcyan=e0ffff lightgoldenrodyellow=fafad2
    lightgray=d3d3d3 lightgreen=90ee90 lightgrey=d3d3d3 lightpink=ffb6c1 lightsalmon=ffa07a
    lightseagreen=20b2aa lightskyblue=87cefa lightslategray=778899 lightslategrey=778899
    lightsteelblue=b0c4de lightyellow=ffffe0 lime=00ff00 limegreen=32cd32 linen=faf0e6
    magenta=ff00ff maroon=800000 mediumaquamarine=66cdaa mediumblue=0000cd mediumorchid=ba55d3
    mediumpurple=9370db mediumseagreen=3cb371 mediumslateblue=7b68ee mediumspringgreen=00fa9a
    mediumturquoise=48d1cc mediumvioletred=c71585 midnightblue=191970 mintcream=f5fffa
    mistyrose=ffe4e1 moccasin=ffe4b5 navajowhite=ffdead navy=000080 oldlace=fdf5e6 olive=808000
    olivedrab=6b8e23 orange=ffa500 orangered=ff4500 orchid=da70d6 palegoldenrod=eee8aa
    palegreen=98fb98 paleturquoise=afeeee palevioletred=db7093 papayawhip=ffefd5
    peachpuff=ffdab9 peru=cd853f pink=ffc0cb plum=dda0dd powderblue=b0e0e6 purple=800080
    rebeccapurple=663399 red=ff0000 rosybrown=bc8f8f royalblue=4169e1 saddlebrown=8b4513
    salmon=fa8072 sandybrown=f4a460 seagreen=2e8b57 seashell=fff5ee sienna=a0522d silver=c0c0c0
    skyblue=87ceeb slateblue=6a5acd slategray=708090 slategrey=708090 snow=fffafa
    springgreen=00ff7f steelblue=4682b4 tan=d2b48c teal=008080 thistle=d8bfd8 tomato=ff6347
    turquoise=40e0d0 violet=ee82ee wheat=f5deb3 white=ffffff whitesmoke=f5f5f5 yellow=ffff00
    yellowgreen=9acd32
";

/// The colour with this name.
pub(super) fn named(name: &str) -> Option<Colour> {
    let lower = name.to_ascii_lowercase();
    let found = NAMES
        .split_whitespace()
        .find(|entry| entry.split_once('=').is_some_and(|(known, _)| known == lower))?;
    Colour::parse(&format!("#{}", found.split_once('=')?.1))
}

/// `#RGB`, `#RGBA`, `#RRGGBB` or `#RRGGBBAA` at byte `at`, and where it ends.
pub(super) fn hex(text: &str, at: usize) -> Option<(Colour, usize)> {
    let digits: String = text[at + 1..]
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect();
    if !digits.chars().all(|c| c.is_ascii_hexdigit()) {
        return None;
    }
    let full = match digits.len() {
        3 | 4 => digits.chars().take(3).flat_map(|c| [c, c]).collect(),
        6 | 8 => digits[..6].to_owned(),
        _ => return None,
    };
    Some((Colour::parse(&format!("#{full}"))?, at + 1 + digits.len()))
}

/// A function such as `hsl(46 65% 52%)` whose name is `text[at..open]`, and where it ends.
pub(super) fn function(text: &str, at: usize, open: usize) -> Option<(Colour, usize)> {
    let rest = text.get(open..)?.strip_prefix('(')?;
    let close = rest.find(')').filter(|close| *close <= ARGUMENTS_MAX)?;
    let name = text[at..open].to_ascii_lowercase();
    let mut parts = rest[..close]
        .split(|c: char| matches!(c, ',' | '/') || c.is_whitespace())
        .filter(|part| !part.is_empty());
    let space = if name == "color" { parts.next()?.to_ascii_lowercase() } else { name };
    let values: Vec<Number> = parts.map(number).collect::<Option<_>>()?;
    let [one, two, three, ..] = *values else { return None };
    let colour = in_space(&space, [one, two, three])?;
    Some((colour, open + 1 + close + 1))
}

/// A colour object of design tokens: `{"colorSpace": "srgb", "components": [0.8, 0.7, 0.2]}`.
///
/// One that has `hex` as well is read there.
pub(super) fn object(json: &str) -> Option<Colour> {
    let value: Value = serde_json::from_str(json).ok()?;
    if value.get("hex").is_some() {
        return None;
    }
    let component = |value: &Value| match value.as_f64() {
        Some(number) => Some(Number::Plain(number)),
        None => (value.as_str() == Some("none")).then_some(Number::Plain(0.0)),
    };
    let parts: Vec<Number> =
        value.get("components")?.as_array()?.iter().map(component).collect::<Option<_>>()?;
    let [one, two, three] = *parts else { return None };
    in_space(value.get("colorSpace")?.as_str()?, [one, two, three])
}

/// An argument of a colour function.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Number {
    Plain(f64),
    /// 0 to 100.
    Share(f64),
    /// An angle in degrees.
    Degrees(f64),
}

fn number(part: &str) -> Option<Number> {
    let part = part.to_ascii_lowercase();
    if part == "none" {
        return Some(Number::Plain(0.0));
    }
    let with = |unit: &str| part.strip_suffix(unit).and_then(|head| head.parse::<f64>().ok());
    let found = with("%").map(Number::Share).or_else(|| {
        let turned = with("turn").map(|turns| turns * 360.0);
        let grad = || with("grad").map(|grad| grad * 0.9);
        let rad = || with("rad").map(f64::to_degrees);
        turned.or_else(grad).or_else(rad).or_else(|| with("deg")).map(Number::Degrees)
    });
    found.or_else(|| part.parse().ok().map(Number::Plain)).filter(|number| number.is_finite())
}

impl Number {
    fn is_finite(self) -> bool {
        let (Self::Plain(value) | Self::Share(value) | Self::Degrees(value)) = self;
        value.is_finite()
    }

    /// The value where `full` is what 100 % means.
    fn of(self, full: f64) -> f64 {
        match self {
            Self::Plain(value) | Self::Degrees(value) => value,
            Self::Share(share) => share / 100.0 * full,
        }
    }
}

/// A colour by the space that it is given in.
fn in_space(space: &str, [one, two, three]: [Number; 3]) -> Option<Colour> {
    let unit = |number: Number| number.of(1.0);
    let srgb = match space {
        "rgb" | "rgba" => [one, two, three].map(|n| n.of(255.0) / 255.0),
        "srgb" => [one, two, three].map(unit),
        "srgb-linear" => [one, two, three].map(unit).map(encoded),
        "display-p3" => p3([one, two, three].map(unit)).map(encoded),
        "hsl" | "hsla" => hsl(one.of(360.0), two.of(100.0), three.of(100.0)),
        "hwb" => hwb(one.of(360.0), two.of(100.0), three.of(100.0)),
        "lab" => lab(one.of(100.0), two.of(125.0), three.of(125.0)).map(encoded),
        "lch" => {
            let (a, b) = polar(two.of(150.0), three.of(360.0));
            lab(one.of(100.0), a, b).map(encoded)
        }
        "oklab" => oklab(one.of(1.0), two.of(0.4), three.of(0.4)).map(encoded),
        "oklch" => {
            let (a, b) = polar(two.of(0.4), three.of(360.0));
            oklab(one.of(1.0), a, b).map(encoded)
        }
        _ => return None,
    };
    // In range after clamping, so the cast loses only the fraction.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
    let channel = |share: f64| (share * 255.0).round().clamp(0.0, 255.0) as u8;
    Some(Colour { channels: srgb.map(channel) })
}

/// A share of light as sRGB encodes it (IEC 61966-2-1).
fn encoded(light: f64) -> f64 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

fn decoded(share: f64) -> f64 {
    if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
}

/// By CSS Color 4, section 7.1.
fn hsl(hue: f64, saturation: f64, lightness: f64) -> [f64; 3] {
    let (s, l) = (saturation.clamp(0.0, 100.0) / 100.0, lightness / 100.0);
    let a = s * l.min(1.0 - l);
    [0.0, 8.0, 4.0].map(|n: f64| {
        let k = (n + hue / 30.0).rem_euclid(12.0);
        l - a * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0)
    })
}

/// By CSS Color 4, section 8.1.
fn hwb(hue: f64, white: f64, black: f64) -> [f64; 3] {
    let (white, black) = (white / 100.0, black / 100.0);
    if white + black >= 1.0 {
        return [white / (white + black); 3];
    }
    hsl(hue, 100.0, 50.0).map(|share| share * (1.0 - white - black) + white)
}

fn polar(chroma: f64, hue: f64) -> (f64, f64) {
    let angle = hue.to_radians();
    (chroma * angle.cos(), chroma * angle.sin())
}

/// CIE Lab under D50 to linear sRGB, by CSS Color 4, sections 9.1 and 10.
fn lab(l: f64, a: f64, b: f64) -> [f64; 3] {
    const KAPPA: f64 = 24_389.0 / 27.0;
    const EPSILON: f64 = 216.0 / 24_389.0;
    let y = (l + 16.0) / 116.0;
    let (x, z) = (y + a / 500.0, y - b / 200.0);
    let share = |f: f64| if f.powi(3) > EPSILON { f.powi(3) } else { (116.0 * f - 16.0) / KAPPA };
    let light = if l > KAPPA * EPSILON { y.powi(3) } else { l / KAPPA };
    let d50 = [share(x) * 0.964_295_68, light, share(z) * 0.825_104_60];
    let d65 = times(
        &[
            [0.955_473_42, -0.023_098_45, 0.063_259_24],
            [-0.028_369_71, 1.009_995_40, 0.021_041_44],
            [0.012_314_01, -0.020_507_65, 1.330_365_93],
        ],
        d50,
    );
    times(
        &[
            [3.240_969_94, -1.537_383_18, -0.498_610_76],
            [-0.969_243_64, 1.875_967_50, 0.041_555_06],
            [0.055_630_08, -0.203_976_96, 1.056_971_51],
        ],
        d65,
    )
}

/// Oklab to linear sRGB, by B. Ottosson (2020), as CSS Color 4 takes it.
fn oklab(l: f64, a: f64, b: f64) -> [f64; 3] {
    let cones = [
        l + 0.396_337_777_4 * a + 0.215_803_757_3 * b,
        l - 0.105_561_345_8 * a - 0.063_854_172_8 * b,
        l - 0.089_484_177_5 * a - 1.291_485_548_0 * b,
    ];
    times(
        &[
            [4.076_741_662_1, -3.307_711_591_3, 0.230_969_929_2],
            [-1.268_438_004_6, 2.609_757_401_1, -0.341_319_396_5],
            [-0.004_196_086_3, -0.703_418_614_7, 1.707_614_701_0],
        ],
        cones.map(|cone| cone.powi(3)),
    )
}

/// Display P3 to linear sRGB; what sRGB cannot show is cut off.
fn p3(shares: [f64; 3]) -> [f64; 3] {
    times(
        &[
            [1.224_940_18, -0.224_940_18, 0.0],
            [-0.042_056_95, 1.042_056_95, 0.0],
            [-0.019_637_55, -0.078_636_05, 1.098_273_60],
        ],
        shares.map(decoded),
    )
}

fn times(matrix: &[[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row.iter().zip(vector).map(|(one, two)| one * two).sum())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// By the formulas of CSS Color 4, to one step of a channel.
    #[test]
    fn colours_are_read_in_every_notation() {
        for (written, expected) in [
            ("hsl(46, 65%, 52%)", "#D4AF35"),
            ("hsla(46deg 65% 52% / 50%)", "#D4AF35"),
            ("HSL(0.5turn 100% 50%)", "#00FFFF"),
            ("hsl(-120 100% 50%)", "#0000FF"),
            ("hwb(46 22% 17%)", "#D4B038"),
            ("hwb(0 60% 60%)", "#808080"),
            ("rgb(83%, 69%, 22%)", "#D4B038"),
            ("rgba(212 175 55 / 50%)", "#D4AF37"),
            ("rgb(none 255 0)", "#00FF00"),
            ("color(srgb 1 0.5 0)", "#FF8000"),
            ("color(srgb-linear 1 0.2140411 0)", "#FF8000"),
            ("color(display-p3 1 1 1)", "#FFFFFF"),
            ("lab(100% 0 0)", "#FFFFFF"),
            ("lab(54.29 80.82 69.88)", "#FF0000"),
            ("lch(54.29 106.84 40.86)", "#FF0000"),
            ("oklab(0.628 0.2249 0.1258)", "#FF0000"),
            ("oklch(62.8% 0.2577 29.23)", "#FF0000"),
        ] {
            let open = written.find('(').unwrap();
            let (colour, end) = function(written, 0, open).unwrap();
            assert_eq!(end, written.len());
            let wanted = Colour::parse(expected).unwrap();
            let far = colour.channels.iter().zip(wanted.channels);
            assert!(far.clone().all(|(a, b)| a.abs_diff(b) <= 1), "{written}: {colour}");
        }
        for written in ["rgb(var(--x))", "rgb(from red r g b)", "hsl(1 2%)", "color(xyz 1 1 1)"] {
            assert_eq!(function(written, 0, written.find('(').unwrap()), None, "{written}");
        }
        assert_eq!(named("Gold").unwrap().to_string(), "#FFD700");
        assert_eq!(named("golden"), None);
        assert_eq!(NAMES.split_whitespace().count(), 148);
        let gold = r#"{"colorSpace": "srgb", "components": [0.83, 0.69, 0.22], "alpha": 1}"#;
        assert_eq!(object(gold).unwrap().to_string(), "#D4B038");
    }
}
