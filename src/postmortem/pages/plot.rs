//! Dot plots as SVG, drawn on the server with presentation attributes alone.
//!
//! Minutes stand on a logarithmic axis: incidents last from a minute to a week, and on a linear
//! one all but the longest would share one place. Dots that would overlap are piled up, so that
//! each is a target of its own of 24 pixels (WCAG 2.2, 2.5.8).

use crate::http::page::Page;
use crate::postmortem::figures::{Distribution, Point};

/// Pixels between two dots.
const STEP: u32 = 24;
/// Columns of dots.
const COLUMNS: u32 = 38;
/// Dots in a column; what is more stands in the table.
const PILE_MAX: u32 = 12;
/// Room left and right of the dots.
const MARGIN: u32 = 24;
/// Room beneath for the axis.
const AXIS: u32 = 32;
/// The right end of the axis: a week.
const MINUTES_MAX: f64 = 7.0 * 24.0 * 60.0;

/// A plot of one interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Where the axis stands.
    pub base: u32,
    /// Every dot.
    pub dots: Vec<Dot>,
    /// Marks of the axis: place and label.
    pub ticks: Vec<(u32, String)>,
    /// Where the median stands.
    pub median: Option<u32>,
    /// Dots that a full column has no room for.
    pub hidden: usize,
}

/// One incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dot {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// The incident's page.
    pub url: String,
    /// `hanbit-42: 14 min`.
    pub label: String,
}

/// Draws an interval.
pub fn plot(page: &Page, distribution: &Distribution) -> Plot {
    let mut piles = vec![0_u32; COLUMNS as usize + 1];
    let mut placed: Vec<(u32, u32, &Point)> = Vec::new();
    let mut hidden = 0;
    for point in &distribution.points {
        let column = column(point.minutes);
        let pile = &mut piles[column as usize];
        if *pile == PILE_MAX {
            hidden += 1;
            continue;
        }
        placed.push((column, *pile, point));
        *pile += 1;
    }
    let highest = piles.iter().copied().max().unwrap_or(0).max(1);
    let base = highest * STEP + STEP / 2;
    let x = |column: u32| MARGIN + column * STEP;
    let dots = placed.into_iter().map(|(column, above, point)| Dot {
        x: x(column),
        y: base - STEP / 2 - above * STEP,
        url: format!("/p/{}/postmortems/{}", point.project, point.id),
        label: format!("{}: {}", point.id, length(page, point.minutes)),
    });
    let marks = [1.0, 5.0, 15.0, 60.0, 240.0, 1_440.0, MINUTES_MAX];
    Plot {
        width: 2 * MARGIN + COLUMNS * STEP,
        height: base + AXIS,
        base,
        dots: dots.collect(),
        ticks: marks.map(|minutes| (x(column(minutes)), length(page, minutes))).to_vec(),
        median: distribution.median().map(|minutes| x(column(minutes))),
        hidden,
    }
}

/// The column of a length.
fn column(minutes: f64) -> u32 {
    let share = (1.0 + minutes.clamp(0.0, MINUTES_MAX)).ln() / (1.0 + MINUTES_MAX).ln();
    // A share of 0 to 1 of a small number of columns.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let column = (share * f64::from(COLUMNS)).round() as u32;
    column.min(COLUMNS)
}

/// A length in words.
pub fn length(page: &Page, minutes: f64) -> String {
    let from = jiff::Timestamp::UNIX_EPOCH;
    // Lengths of incidents are far below the largest span of time.
    #[expect(clippy::cast_possible_truncation)]
    let seconds = (minutes * 60.0).round() as i64;
    let to = jiff::Timestamp::from_second(seconds).unwrap_or(from);
    crate::http::when::duration(page.t, from, to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::text::Lang;

    #[test]
    fn dots_never_overlap_and_none_is_lost_silently() {
        let point = |number: usize, minutes| Point {
            project: "p".to_owned(),
            id: format!("p-{number}"),
            title: String::new(),
            minutes,
        };
        let mut points: Vec<Point> = (0..20).map(|number| point(number, 5.0)).collect();
        points.extend([point(20, 0.0), point(21, 1e9), point(22, 60.0)]);
        let distribution = Distribution { word: "x", points, unknown: 0, contradictory: 0 };
        let drawn = plot(&Page::bare(Lang::En), &distribution);
        assert_eq!(drawn.dots.len() + drawn.hidden, 23);
        assert_eq!(drawn.hidden, 20 - PILE_MAX as usize);
        for (number, dot) in drawn.dots.iter().enumerate() {
            assert!(dot.x <= drawn.width - MARGIN && dot.y < drawn.base);
            for other in &drawn.dots[number + 1..] {
                let apart = dot.x.abs_diff(other.x).max(dot.y.abs_diff(other.y));
                assert!(apart >= STEP, "{dot:?} {other:?}");
            }
        }
    }
}
