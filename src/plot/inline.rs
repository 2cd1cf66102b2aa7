//! A figure as SVG: a file of its own, or a chart within a page, whose colours the page's style sheet gives and whose
//! values show under the pointer.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::draw::{self, escaped};
use super::figure::{Figure, Line, Part};
use super::palette::{Ink, Rgb};
use super::scene::Frame;
use super::{Theme, layout};

/// Draws a figure as SVG; it needs neither fonts nor style sheets, and says in words what it shows.
///
/// # Errors
/// Where `out` cannot be written.
pub fn write_svg(figure: &Figure, out: &mut dyn Write) -> io::Result<()> {
    let scene = layout::scene(figure);
    let plain = |(r, g, b): Rgb| format!("#{r:02x}{g:02x}{b:02x}");
    let elements = draw::elements(&scene, figure.size, figure.theme, &plain)?;
    let (width, height) = figure.size;
    let mut glyphs = BTreeMap::new();
    elements.share(&mut glyphs);
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    write!(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" ")?;
    write!(out, "width=\"{width}\" height=\"{height}\" viewBox=\"{}\" ", view_box(figure))?;
    writeln!(out, "role=\"img\" aria-labelledby=\"title desc\" {ROUND}>")?;
    writeln!(out, "<title id=\"title\">{}</title>", escaped(&figure.title))?;
    writeln!(out, "<desc id=\"desc\">{}</desc>", escaped(&format!("{}. {}", figure.subtitle, figure.footer)))?;
    out.write_all(draw::definitions(&glyphs).as_bytes())?;
    out.write_all(elements.body.as_bytes())?;
    writeln!(out, "</svg>")
}

const ROUND: &str = "stroke-linecap=\"round\" stroke-linejoin=\"round\"";

fn view_box(figure: &Figure) -> String {
    format!("0 0 {} {}", figure.size.0 * draw::UNITS, figure.size.1 * draw::UNITS)
}

/// Charts of one page: they share their glyphs.
#[derive(Debug, Default)]
pub(crate) struct Page {
    glyphs: BTreeMap<String, String>,
}

/// One chart of a page.
#[derive(Debug)]
pub(crate) struct Chart {
    /// The `<svg>` element.
    pub(crate) svg: String,
    /// What shows under the pointer.
    pub(crate) hover: Hover,
}

/// What shows under the pointer, in units of the chart's view box.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Hover {
    /// Left, top, right, bottom of the data.
    frame: [f64; 4],
    /// What y counts.
    caption: String,
    /// Moments at which the pointer snaps.
    moments: Vec<(i64, String)>,
    series: Vec<HoverSeries>,
}

#[derive(Debug, serde::Serialize)]
struct HoverSeries {
    name: String,
    /// The name of its colour in the style sheet.
    ink: String,
    /// x, y, count, and how many were gained since the first snapshot.
    points: Vec<(i64, i64, f64, f64)>,
}

/// Most moments of a chart; more than pixels would be in vain.
const MOMENTS: usize = 600;
/// Most points of a series.
const POINTS: usize = 1000;

impl Page {
    /// Draws a chart without title and footer: the page has the words. `figure.panels` has one panel.
    pub(crate) fn chart(&mut self, figure: &Figure, id: &str) -> io::Result<Chart> {
        let bare = Figure {
            title: String::new(),
            subtitle: String::new(),
            footer: String::new(),
            theme: Theme::Light,
            ..figure.clone()
        };
        let scene = layout::scene(&bare);
        let names: BTreeMap<Rgb, String> = Ink::all().map(|ink| (ink.rgb(Theme::Light), variable(ink))).collect();
        let colour = |c: Rgb| names.get(&c).map_or_else(|| "none".to_owned(), |name| format!("var({name})"));
        let elements = draw::elements(&scene, bare.size, Theme::Light, &colour)?;
        elements.share(&mut self.glyphs);
        let svg = format!(
            "<svg class=\"chart\" viewBox=\"{}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\" {ROUND}>\n<title id=\"{id}-t\">{}</title>\
             <desc id=\"{id}-d\">{}</desc>\n{}</svg>\n",
            view_box(figure),
            escaped(&figure.title),
            escaped(&figure.subtitle),
            elements.body
        );
        Ok(Chart { svg, hover: hover(&bare, scene.frames.first().copied()) })
    }

    /// The glyphs of all charts drawn so far, as an element that takes no room.
    pub(crate) fn glyphs(&self) -> String {
        format!(
            "<svg width=\"0\" height=\"0\" style=\"position:absolute\" aria-hidden=\"true\">{}</svg>\n",
            draw::definitions(&self.glyphs)
        )
    }
}

/// The style sheet's variables in a theme: `--hue0:#c42649;…`
pub(crate) fn variables(theme: Theme) -> String {
    let mut out = String::new();
    for ink in Ink::all() {
        let (r, g, b) = ink.rgb(theme);
        let _ = write!(out, "{}:#{r:02x}{g:02x}{b:02x};", variable(ink));
    }
    out
}

fn variable(ink: Ink) -> String {
    // `Hue(0)` → `--hue0`
    format!("--{ink:?}").to_lowercase().replace(['(', ')'], "")
}

fn hover(figure: &Figure, frame: Option<Frame>) -> Hover {
    let unit = f64::from(draw::UNITS);
    let round = |v: f64| (v * unit).round() as i64;
    let (Some(frame), Some(panel)) = (frame, figure.panels.first()) else {
        return Hover { frame: [0.0; 4], caption: String::new(), moments: Vec::new(), series: Vec::new() };
    };
    let mut moments: Vec<f64> = Vec::new();
    let mut series: Vec<HoverSeries> = Vec::new();
    // Lines are in drawing order: what matters most comes last, and is told first.
    for line in panel.lines.iter().rev() {
        let Some(ink) = ink(line.part) else { continue };
        let name = match &line.stream {
            Some(stream) => format!("{} · {stream}", line.name),
            None => line.name.clone(),
        };
        moments.extend(line.pieces.iter().flatten().map(|p| p.0));
        let points = points(line, &frame, round);
        match series.iter_mut().find(|s| s.name == name) {
            Some(known) => known.points.extend(points),
            None => series.push(HoverSeries { name, ink: variable(ink), points }),
        }
    }
    series.iter_mut().for_each(|s| s.points.sort_by_key(|p| p.0));
    moments.sort_by(f64::total_cmp);
    moments.dedup();
    let step = moments.len().div_ceil(MOMENTS).max(1);
    let moments = moments.into_iter().step_by(step).map(|x| (round(frame.x(x)), figure.when.at(x))).collect();
    let frame = [frame.left, frame.top, frame.right, frame.bottom].map(|v| (v * unit).round());
    Hover { frame, caption: panel.caption.clone(), moments, series }
}

fn ink(part: Part) -> Option<Ink> {
    match part {
        Part::Root(hue) => Some(Ink::Hue(hue)),
        Part::Companion(hue, _) => Some(Ink::Companion(hue)),
        Part::Mover(i) => Some(Ink::Calm(i)),
        Part::More(_) | Part::Fit(_) | Part::Other => None,
    }
}

fn points(line: &Line, frame: &Frame, round: impl Fn(f64) -> i64) -> Vec<(i64, i64, f64, f64)> {
    let n: usize = line.pieces.iter().map(Vec::len).sum();
    let all = line.pieces.iter().flatten().step_by(n.div_ceil(POINTS).max(1));
    all.map(|&(x, y)| (round(frame.x(x)), round(frame.y(y)), y + line.base, y)).collect()
}
