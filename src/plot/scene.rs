//! [`Scene`]: a picture in CSS pixels, as strokes, areas and texts; PNG and SVG are two copies of one scene.

use super::palette::Ink;
use super::text::{self, Weight};

/// A place in CSS pixels, from the upper left corner.
pub(super) type Px = (f64, f64);

/// Everything that is drawn, the lowest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Scene {
    pub(super) items: Vec<Item>,
    /// Where each panel's data lie, for the HTML report's hover.
    pub(super) frames: Vec<Frame>,
}

/// Where a panel's data lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
    pub(super) x_range: (f64, f64),
    pub(super) y_range: (f64, f64),
}

impl Frame {
    pub(super) fn x(&self, v: f64) -> f64 {
        self.left + (v - self.x_range.0) / (self.x_range.1 - self.x_range.0) * (self.right - self.left)
    }

    pub(super) fn y(&self, v: f64) -> f64 {
        self.bottom - (v - self.y_range.0) / (self.y_range.1 - self.y_range.0) * (self.bottom - self.top)
    }
}

/// A colour by its meaning, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Paint {
    pub(super) ink: Ink,
    pub(super) alpha: f64,
}

impl From<Ink> for Paint {
    fn from(ink: Ink) -> Self {
        Self { ink, alpha: 1.0 }
    }
}

/// One thing that is drawn.
#[derive(Debug, Clone)]
pub(super) enum Item {
    /// A line with round joints and ends; a single point is a dot.
    Stroke { points: Vec<Px>, width: f64, paint: Paint },
    /// A closed area.
    Area { points: Vec<Px>, paint: Paint },
    /// A line of text.
    Text(Text),
}

/// A line of text whose glyphs stand on a baseline.
#[derive(Debug, Clone)]
pub(super) struct Text {
    pub(super) text: String,
    /// Left end of the baseline.
    pub(super) at: Px,
    /// Pixels per em.
    pub(super) size: f64,
    pub(super) weight: Weight,
    pub(super) paint: Paint,
}

/// Where a text stands.
#[derive(Debug, Clone, PartialEq)]
pub struct TextBox {
    /// The text.
    pub text: String,
    /// Left edge, in CSS pixels.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
    /// Pixels per em.
    pub size: f64,
}

impl Text {
    pub(super) fn place(&self) -> TextBox {
        TextBox {
            text: self.text.clone(),
            left: self.at.0,
            top: self.at.1 - text::ASCENT * self.size,
            right: self.at.0 + text::width(&self.text, self.size, self.weight),
            bottom: self.at.1 + text::DESCENT * self.size,
            size: self.size,
        }
    }
}

/// How text stands to the place that is given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Side {
    /// Text begins there.
    Left,
    /// Text is centred there.
    Middle,
    /// Text ends there.
    Right,
}

/// Size, weight and colour.
#[derive(Debug, Clone, Copy)]
pub(super) struct Type {
    pub(super) size: f64,
    pub(super) weight: Weight,
    pub(super) ink: Ink,
}

impl Type {
    pub(super) fn plain(size: f64, ink: Ink) -> Self {
        Self { size, weight: Weight::Regular, ink }
    }

    pub(super) fn bold(size: f64, ink: Ink) -> Self {
        Self { size, weight: Weight::Bold, ink }
    }

    pub(super) fn width(&self, text: &str) -> f64 {
        text::width(text, self.size, self.weight)
    }
}

impl Scene {
    pub(super) fn stroke(&mut self, points: Vec<Px>, width: f64, paint: impl Into<Paint>) {
        if !points.is_empty() {
            self.items.push(Item::Stroke { points, width, paint: paint.into() });
        }
    }

    pub(super) fn area(&mut self, points: Vec<Px>, paint: impl Into<Paint>) {
        if points.len() > 2 {
            self.items.push(Item::Area { points, paint: paint.into() });
        }
    }

    pub(super) fn rect(&mut self, (left, top): Px, (right, bottom): Px, paint: impl Into<Paint>) {
        self.area(vec![(left, top), (right, top), (right, bottom), (left, bottom)], paint);
    }

    /// Writes a line of text and tells where it stands.
    pub(super) fn text(&mut self, s: &str, (x, y): Px, side: Side, kind: Type) {
        if s.is_empty() {
            return;
        }
        let width = kind.width(s);
        let left = match side {
            Side::Left => x,
            Side::Middle => x - width / 2.0,
            Side::Right => x - width,
        };
        let paint = kind.ink.into();
        self.items.push(Item::Text(Text {
            text: s.to_owned(),
            at: (left, y),
            size: kind.size,
            weight: kind.weight,
            paint,
        }));
    }

    /// Where all texts stand.
    pub(super) fn boxes(&self) -> Vec<TextBox> {
        self.items.iter().filter_map(|i| if let Item::Text(t) = i { Some(t.place()) } else { None }).collect()
    }
}
