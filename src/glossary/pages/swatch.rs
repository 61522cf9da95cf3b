//! Colours drawn as colour.

use crate::glossary::colour::Colour;
use crate::glossary::concept::Concept;

/// A colour drawn on light and on dark, with its name, its value and its contrast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SwatchView {
    /// `#7A0019`: parsed and printed again, safe as an attribute.
    pub hex: String,
    /// What it is for, or why it is wrong.
    pub name: String,
    /// Contrast with white, `12.3`.
    pub on_light: String,
    /// Contrast with near-black.
    pub on_dark: String,
    /// Tolerance as a CIEDE2000 difference; empty when not stated.
    pub tolerance: String,
    /// Whether this colour is expressly not the meaning.
    pub wrong: bool,
}

fn view(hex: &str, name: Option<&String>, delta_e: Option<f64>, wrong: bool) -> Option<SwatchView> {
    let colour = Colour::parse(hex)?;
    Some(SwatchView {
        hex: colour.to_string(),
        name: name.cloned().unwrap_or_default(),
        on_light: format!("{:.1}", colour.contrast(Colour::WHITE)),
        on_dark: format!("{:.1}", colour.contrast(Colour::NIGHT)),
        tolerance: delta_e.map(|delta| format!("ΔE00 ≤ {delta}")).unwrap_or_default(),
        wrong,
    })
}

/// The colours that a concept is, then those that it is not.
pub fn swatches(concept: &Concept) -> Vec<SwatchView> {
    let right =
        concept.swatch.iter().filter_map(|s| view(&s.hex, s.role.as_ref(), s.delta_e, false));
    let wrong = concept.not_swatch.iter().filter_map(|s| view(&s.hex, s.why.as_ref(), None, true));
    right.chain(wrong).collect()
}

/// A colour that somebody picked, without a name.
pub fn of_colour(colour: Colour) -> SwatchView {
    SwatchView {
        hex: colour.to_string(),
        name: String::new(),
        on_light: format!("{:.1}", colour.contrast(Colour::WHITE)),
        on_dark: format!("{:.1}", colour.contrast(Colour::NIGHT)),
        tolerance: String::new(),
        wrong: false,
    }
}
