//! SVG elements: paths in twentieths of a pixel, and text as outlines of the embedded font, each glyph defined once.
//!
//! Neither a font nor a style sheet is asked of the viewer, so the picture looks the same everywhere; what a text says
//! stands in its `aria-label`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use ab_glyph::{GlyphId, OutlineCurve, Point};

use super::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, Never, Rgb, UNITS,
    rgb, weight,
};
use crate::plot::text::{self, Weight};

type Drawn = Result<(), DrawingErrorKind<Never>>;

/// How a colour is written: `#c42649`, or `var(--hue0)`.
pub(in crate::plot) type Colours<'a> = &'a dyn Fn(Rgb) -> String;

/// What stands within `<svg>`.
#[derive(Debug)]
pub(in crate::plot) struct Elements {
    /// Names of glyphs with their paths.
    glyphs: BTreeMap<String, String>,
    /// What uses them.
    pub(in crate::plot) body: String,
}

impl Elements {
    /// Adds the glyphs to those of other pictures in the same page.
    pub(in crate::plot) fn share(&self, all: &mut BTreeMap<String, String>) {
        all.extend(self.glyphs.iter().map(|(name, path)| (name.clone(), path.clone())));
    }
}

/// The definitions of glyphs.
pub(in crate::plot) fn definitions(glyphs: &BTreeMap<String, String>) -> String {
    let mut out = String::from("<defs>");
    for (name, path) in glyphs {
        let _ = write!(out, "<path id=\"{name}\" d=\"{path}\"/>");
    }
    out.push_str("</defs>\n");
    out
}

/// What is drawn so far.
pub(super) struct Paper<'a> {
    size: (u32, u32),
    colours: Colours<'a>,
    body: String,
    glyphs: BTreeSet<(Weight, u16)>,
    /// The line whose path is still open: dashes of one line are one path.
    open: Option<(String, String)>,
}

impl<'a> Paper<'a> {
    pub(super) fn new(size: (u32, u32), colours: Colours<'a>) -> Self {
        Self { size, colours, body: String::new(), glyphs: BTreeSet::new(), open: None }
    }

    /// Everything drawn, and the definitions of the glyphs that it uses.
    pub(super) fn into_elements(mut self) -> Elements {
        self.close();
        let glyphs = self.glyphs.iter().map(|&(w, g)| (glyph_name(w, g), glyph_path(w, GlyphId(g)))).collect();
        Elements { glyphs, body: self.body }
    }

    fn close(&mut self) {
        if let Some((style, d)) = self.open.take() {
            let _ = writeln!(self.body, "<path fill=\"none\" {style} d=\"{d}\"/>");
        }
    }

    fn paint(&self, name: &str, colour: BackendColor) -> String {
        let mut s = format!("{name}=\"{}\"", (self.colours)(rgb(colour)));
        if colour.alpha < 1.0 {
            let _ = write!(s, " {name}-opacity=\"{}\"", short(colour.alpha));
        }
        s
    }
}

/// The name of a glyph's definition; the same in all pictures, so that several in one page may share it.
fn glyph_name(weight: Weight, glyph: u16) -> String {
    format!("g{}{glyph}", if weight == Weight::Bold { 'b' } else { 'r' })
}

/// A number with at most three decimals.
fn short(v: f64) -> String {
    let s = format!("{v:.3}");
    s.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Straight lines from the first point on: relative, in whole units.
fn path(d: &mut String, points: &[BackendCoord]) {
    let Some(&(x, y)) = points.first() else { return };
    let _ = write!(d, "M{x} {y}");
    let (mut at_x, mut at_y) = (x, y);
    let mut first = true;
    for &(x, y) in &points[1..] {
        let (dx, dy) = (x - at_x, y - at_y);
        if (dx, dy) == (0, 0) && points.len() > 2 {
            continue;
        }
        let _ = write!(
            d,
            "{}{dx}",
            if first {
                "l"
            } else if dx < 0 {
                ""
            } else {
                " "
            }
        );
        let _ = write!(d, "{}{dy}", if dy < 0 { "" } else { " " });
        (at_x, at_y, first) = (x, y, false);
    }
    if points.len() == 1 {
        // A dot: round ends make a line of no length visible.
        d.push_str("l0 0");
    }
}

/// A glyph's outline in units of the font, y upwards.
fn glyph_path(weight: Weight, glyph: GlyphId) -> String {
    let mut d = String::new();
    let mut at: Option<Point> = None;
    let n = |v: f32| v.round() as i32;
    for curve in text::outline(weight, glyph) {
        let (from, to) = match &curve {
            OutlineCurve::Line(a, b) => (*a, *b),
            OutlineCurve::Quad(a, _, b) => (*a, *b),
            OutlineCurve::Cubic(a, _, _, b) => (*a, *b),
        };
        if at != Some(from) {
            let _ = write!(d, "{}M{} {}", if at.is_some() { "Z" } else { "" }, n(from.x), n(from.y));
        }
        let rel = |p: &Point| format!("{} {}", n(p.x) - n(from.x), n(p.y) - n(from.y));
        let _ = match &curve {
            OutlineCurve::Line(_, b) => write!(d, "l{}", rel(b)),
            OutlineCurve::Quad(_, c, b) => write!(d, "q{} {}", rel(c), rel(b)),
            OutlineCurve::Cubic(_, c, e, b) => write!(d, "c{} {} {}", rel(c), rel(e), rel(b)),
        };
        at = Some(to);
    }
    if at.is_some() {
        d.push('Z');
    }
    d
}

/// Text that XML takes: markup escaped, what it forbids left out.
pub(in crate::plot) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

impl DrawingBackend for &mut Paper<'_> {
    type ErrorType = Never;

    fn get_size(&self) -> (u32, u32) {
        (self.size.0 * UNITS, self.size.1 * UNITS)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        self.close();
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, colour: BackendColor) -> Drawn {
        self.close();
        let paint = self.paint("fill", colour);
        let _ = writeln!(self.body, "<rect x=\"{x}\" y=\"{y}\" width=\"1\" height=\"1\" {paint}/>");
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, points: I, style: &S) -> Drawn {
        let points: Vec<_> = points.into_iter().collect();
        let style = format!("{} stroke-width=\"{}\"", self.paint("stroke", style.color()), style.stroke_width());
        if self.open.as_ref().is_none_or(|(open, _)| *open != style) {
            self.close();
            self.open = Some((style, String::new()));
        }
        if let Some((_, d)) = &mut self.open {
            path(d, &points);
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, points: I, style: &S) -> Drawn {
        self.close();
        let mut d = String::new();
        path(&mut d, &points.into_iter().collect::<Vec<_>>());
        let paint = self.paint("fill", style.color());
        let _ = writeln!(self.body, "<path stroke=\"none\" {paint} d=\"{d}z\"/>");
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, words: &str, style: &S, (x, y): BackendCoord) -> Drawn {
        self.close();
        let weight = weight(style);
        let em = text::units_per_em(weight);
        let scale = format!("{:.5}", style.size() / em);
        let paint = self.paint("fill", style.color());
        let label = escaped(words);
        let _ = write!(
            self.body,
            "<g role=\"img\" aria-label=\"{label}\" {paint} transform=\"translate({x} {y}) scale({scale} -{scale})\">"
        );
        for placed in text::layout(words, weight).0 {
            if text::outline(weight, placed.glyph).is_empty() {
                continue;
            }
            self.glyphs.insert((weight, placed.glyph.0));
            let name = glyph_name(weight, placed.glyph.0);
            let _ = write!(self.body, "<use xlink:href=\"#{name}\" x=\"{}\"/>", (placed.x * em).round());
        }
        self.body.push_str("</g>\n");
        Ok(())
    }
}
