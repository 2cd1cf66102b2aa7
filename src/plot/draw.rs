//! [`Scene`] → plotters → PNG or SVG. The one place that knows plotters.
//!
//! plotters' own backends set coordinates on whole pixels, and draw thick lines without smooth edges. So the scene is
//! drawn in a space of [`UNITS`] to a pixel, by two backends of our own: one fills pixels by exact coverage, one writes
//! paths. Both draw text from the same outlines at the same places.

mod bitmap;
mod svg;

use std::cell::Cell;
use std::io;

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{PathElement, Polygon};
use plotters::style::{FontDesc, FontFamily, FontStyle, RGBAColor, ShapeStyle};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind};

use super::Theme;
use super::palette::Rgb;
use super::scene::{Item, Paint, Px, Scene};
use super::text::Weight;

pub(super) use svg::{Colours, Elements, definitions, escaped};

/// Steps of the drawing space to a CSS pixel; even, so that a hairline can stand on the middle of a pixel.
pub(super) const UNITS: u32 = 20;

/// What can go wrong in a backend: nothing; plotters wants a type.
type Never = std::convert::Infallible;

/// Most bytes of a canvas that is kept for the next picture.
const KEPT: usize = 16 << 20;

thread_local! {
    /// The last canvas: many pictures of one size are drawn in the room of one, and memory stays in one piece.
    static LAST: Cell<Option<bitmap::Canvas>> = const { Cell::new(None) };
}

/// Draws a scene and gives `encode` its rows of red, green, blue; the picture is `scale` times as wide and as high as
/// `size`.
pub(super) fn pixels(
    scene: &Scene,
    size: (u32, u32),
    scale: u32,
    theme: Theme,
    encode: impl FnOnce(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let last = LAST.take().filter(|canvas| canvas.fits(size, scale));
    let mut canvas = last.unwrap_or_else(|| bitmap::Canvas::new(size, scale));
    canvas.clear(super::palette::Ink::Ground.rgb(theme));
    paint(scene, theme, &mut canvas)?;
    encode(canvas.rgb())?;
    if canvas.rgb().len() <= KEPT {
        LAST.set(Some(canvas));
    }
    Ok(())
}

/// Draws a scene as SVG elements.
pub(super) fn elements(scene: &Scene, size: (u32, u32), theme: Theme, colours: Colours<'_>) -> io::Result<Elements> {
    let mut paper = svg::Paper::new(size, colours);
    paint(scene, theme, &mut paper)?;
    Ok(paper.into_elements())
}

fn paint<B: DrawingBackend>(scene: &Scene, theme: Theme, backend: B) -> io::Result<()>
where
    B::ErrorType: 'static,
{
    let area = backend.into_drawing_area();
    for item in &scene.items {
        put(&area, item, theme).map_err(|e| io::Error::other(format!("cannot draw the picture: {e}")))?;
    }
    area.present().map_err(|e| io::Error::other(format!("cannot draw the picture: {e}")))
}

fn put<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    item: &Item,
    theme: Theme,
) -> Result<(), plotters::drawing::DrawingAreaErrorKind<B::ErrorType>> {
    match item {
        Item::Stroke { points, width, paint } => {
            let stroke_width = (width * f64::from(UNITS)).round() as u32;
            let style = ShapeStyle { color: colour(*paint, theme), filled: false, stroke_width };
            area.draw(&PathElement::new(points.iter().map(|&p| units(p)).collect::<Vec<_>>(), style))
        }
        Item::Area { points, paint } => {
            let style = ShapeStyle { color: colour(*paint, theme), filled: true, stroke_width: 0 };
            area.draw(&Polygon::new(points.iter().map(|&p| units(p)).collect::<Vec<_>>(), style))
        }
        Item::Text(t) => {
            let weight = if t.weight == Weight::Bold { FontStyle::Bold } else { FontStyle::Normal };
            let font = FontDesc::new(FontFamily::SansSerif, t.size * f64::from(UNITS), weight);
            area.draw_text(&t.text, &font.color(&colour(t.paint, theme)), units(t.at))
        }
    }
}

fn units((x, y): Px) -> (i32, i32) {
    ((x * f64::from(UNITS)).round() as i32, (y * f64::from(UNITS)).round() as i32)
}

fn colour(paint: Paint, theme: Theme) -> RGBAColor {
    let (r, g, b) = paint.ink.rgb(theme);
    RGBAColor(r, g, b, paint.alpha)
}

/// Which of our fonts a text style means.
fn weight<S: BackendTextStyle>(style: &S) -> Weight {
    // Both crates name the type alike; the words are the same, whichever it is.
    if style.style().as_str() == FontStyle::Bold.as_str() { Weight::Bold } else { Weight::Regular }
}

fn rgb(colour: BackendColor) -> Rgb {
    colour.rgb
}
