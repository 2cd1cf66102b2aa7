//! A [`LogReport`] comes in, pictures go out: [`figure`] says what to draw in data units, [`write_png`] and [`write_svg`]
//! draw it. Both are copies of one scene, with a font that travels in the binary: no machine changes a picture.
//!
//! ```
//! use objtrend::plot::{PlotOptions, figure, write_svg};
//! # fn show(log: &objtrend::report::LogReport) -> std::io::Result<()> {
//! match figure(log, &PlotOptions::default()) {
//!     Some(figure) => write_svg(&figure, &mut std::fs::File::create("leak.svg")?),
//!     None => Ok(()), // no type: nothing to plot
//! }
//! # }
//! ```

mod build;
mod course;
mod draw;
mod figure;
pub(crate) mod inline;
mod labels;
mod layout;
mod numbers;
mod palette;
mod png;
mod scene;
mod strokes;
mod text;
mod ticks;
mod when;
mod words;

use std::io::{self, Write};

pub use figure::{Band, EndLabel, Figure, Line, Mark, MarkKind, Panel, Part, XAxis};
pub use inline::write_svg;
pub use scene::TextBox;

use crate::report::LogReport;

/// The ground on which a picture is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Theme {
    /// Dark on white.
    #[default]
    Light,
    /// Light on nearly black.
    Dark,
}

/// How to draw a picture. Which types it shows is the report's to say: only its findings are drawn.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PlotOptions {
    /// Width and height in CSS pixels; less than 320 by 240 is taken as that, and more than 8,000 as 8,000. Default is
    /// 1200 by 700.
    pub size: (u32, u32),
    /// Pixels of a PNG to each CSS pixel: 2 for screens of high density; less where the picture would have more than 64
    /// million pixels. Default is 1.
    pub scale: u32,
    /// Light or dark. Default is light.
    pub theme: Theme,
    /// Counts in place of objects gained since the first snapshot. Default is no.
    pub absolute: bool,
    /// A panel per suspect, where there are several. Default is no.
    pub facets: bool,
}

impl Default for PlotOptions {
    fn default() -> Self {
        Self { size: (1200, 700), scale: 1, theme: Theme::Light, absolute: false, facets: false }
    }
}

/// Least width and height: below, there is no room for words.
const LEAST: (u32, u32) = (320, 240);
/// Most width and height, …
const MOST: u32 = 8000;
/// … and most pixels: a mistaken nought should not cost all memory.
const MOST_PIXELS: u64 = 64_000_000;

/// What to draw of a log; `None` where there is nothing to plot: no type selected.
pub fn figure(log: &LogReport, options: &PlotOptions) -> Option<Figure> {
    let size = (options.size.0.clamp(LEAST.0, MOST), options.size.1.clamp(LEAST.1, MOST));
    let (wide, high) = (u64::from(size.0), u64::from(size.1));
    let room = (1..=8).rev().find(|s| wide * high * s * s <= MOST_PIXELS).unwrap_or(1) as u32;
    build::figure(log, &PlotOptions { size, scale: options.scale.clamp(1, room), ..options.clone() })
}

/// Draws a figure as PNG; `size` times `scale` pixels, opaque, the same bytes on every machine.
///
/// # Errors
/// Where `out` cannot be written.
pub fn write_png(figure: &Figure, out: &mut dyn Write) -> io::Result<()> {
    let scene = layout::scene(figure);
    let (width, height) = (figure.size.0 * figure.scale, figure.size.1 * figure.scale);
    draw::pixels(&scene, figure.size, figure.scale, figure.theme, |rgb| {
        png::write(rgb, (width, height), &figure.title, out)
    })
}

/// Where all texts of a figure stand, in CSS pixels: none overlaps another, none leaves the picture.
pub fn text_boxes(figure: &Figure) -> Vec<TextBox> {
    layout::scene(figure).boxes()
}
