//! [`Figure`] → [`Scene`]: where everything stands, in CSS pixels.

mod marks;
mod panel;

use super::figure::Figure;
use super::palette::Ink;
use super::scene::{Px, Scene, Side, Type};
use super::text::{self, Weight};
use panel::Cell;

/// Size for which the fonts are as written here; smaller and larger pictures have smaller and larger ones.
const NORMAL: f64 = 1200.0 * 700.0;

/// Font sizes and distances of a picture, in CSS pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure {
    /// What all sizes are multiplied by. The smallest text is 12 before, so 9 at least after.
    pub(super) factor: f64,
    /// Left and right of everything.
    pub(super) margin: f64,
}

impl Measure {
    fn new((width, height): (u32, u32)) -> Self {
        let factor = (f64::from(width) * f64::from(height) / NORMAL).sqrt().clamp(0.75, 1.3);
        Self { factor, margin: 40.0 * factor.min(1.0) * (f64::from(width) / 1200.0).clamp(0.4, 1.0) }
    }

    /// A length or font size.
    pub(super) fn px(&self, v: f64) -> f64 {
        v * self.factor
    }
}

/// Places everything.
pub(super) fn scene(figure: &Figure) -> Scene {
    // Where words stand beside the picture, it has none of its own, and is as large as the page makes it.
    let bare = figure.title.is_empty();
    let m = if bare { Measure { factor: 1.0, margin: 0.0 } } else { Measure::new(figure.size) };
    let (width, height) = (f64::from(figure.size.0), f64::from(figure.size.1));
    let mut scene = Scene::default();
    scene.rect((0.0, 0.0), (width, height), Ink::Ground);
    let room = width - 2.0 * m.margin;

    let mut y = if bare { 0.0 } else { m.px(20.0) };
    let (size, lines) = if bare { (0.0, Vec::new()) } else { title(&figure.title, room, m) };
    for line in &lines {
        y += size * 1.02;
        scene.text(line, (m.margin, y), Side::Left, Type::bold(size, Ink::Title));
        y += size * 0.26;
    }
    let subtitle = Type::plain(m.px(15.5), Ink::Text);
    for line in text::wrap(&figure.subtitle, room, 2, subtitle.size, Weight::Regular) {
        y += subtitle.size * 1.12;
        scene.text(&line, (m.margin, y), Side::Left, subtitle);
        y += subtitle.size * 0.34;
    }

    let footer = Type::plain(m.px(12.0), Ink::Faint);
    let bottom = height - m.px(18.0);
    let words = text::elide_end(&figure.footer, room, footer.size, Weight::Regular);
    scene.text(&words, (m.margin, bottom), Side::Left, footer);

    let upper = y + m.px(10.0);
    let lower = if bare { height - m.px(6.0) } else { bottom - footer.size * text::ASCENT - m.px(14.0) };
    cells(figure, (m.margin, upper), (width - m.margin, lower), m, &mut scene);
    scene
}

/// The largest size at which the title stands on one line; else two or three lines of the smallest.
fn title(words: &str, room: f64, m: Measure) -> (f64, Vec<String>) {
    for size in [26.0, 24.0, 22.0, 20.0] {
        if text::width(words, m.px(size), Weight::Bold) <= room {
            return (m.px(size), vec![words.to_owned()]);
        }
    }
    (m.px(20.0), text::wrap(words, room, 3, m.px(20.0), Weight::Bold))
}

fn cells(figure: &Figure, (left, top): Px, (right, bottom): Px, m: Measure, scene: &mut Scene) {
    let n = figure.panels.len();
    if let [only] = figure.panels.as_slice() {
        let cell = Cell::new(figure, only, (left, top), (right, bottom), m);
        let sides = cell.sides(m);
        panel::place(cell, sides, m, scene);
        return;
    }
    // The caption is the same for all: said once.
    let caption = Type::plain(m.px(12.5), Ink::Faint);
    if let Some(first) = figure.panels.first() {
        scene.text(&first.caption, (left, top + caption.size), Side::Left, caption);
    }
    let top = top + caption.size + m.px(14.0);
    let columns = columns(n, right - left, bottom - top);
    let rows = n.div_ceil(columns);
    let gap = (m.px(30.0), m.px(20.0));
    let wide = (right - left - gap.0 * (columns - 1) as f64) / columns as f64;
    let high = (bottom - top - gap.1 * (rows - 1) as f64) / rows as f64;
    let cell = |(i, panel)| {
        let (x, y) = (left + (i % columns) as f64 * (wide + gap.0), top + (i / columns) as f64 * (high + gap.1));
        Cell::new(figure, panel, (x, y), (x + wide, y + high), m)
    };
    let cells: Vec<Cell<'_>> = figure.panels.iter().enumerate().map(cell).collect();
    let sides = cells.iter().map(|cell| cell.sides(m));
    let widest = sides.fold((0.0, 0.0), |a: (f64, f64), b| (a.0.max(b.0), a.1.max(b.1)));
    cells.into_iter().for_each(|cell| panel::place(cell, widest, m, scene));
}

/// Columns of panels that are about half as high as wide.
fn columns(n: usize, wide: f64, high: f64) -> usize {
    let odd = |c: usize| {
        let aspect = (wide / c as f64) / (high / n.div_ceil(c) as f64);
        // An empty place at the end counts against a grid.
        (aspect / 1.9).ln().abs() + (c * n.div_ceil(c) - n) as f64 * 0.15
    };
    (1..=n).min_by(|&a, &b| odd(a).total_cmp(&odd(b))).unwrap_or(1)
}
