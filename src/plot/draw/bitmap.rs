//! Pixels: lines, areas and glyphs with smooth edges at any scale.
//!
//! A line covers a pixel by the pixel's distance from it, so that joints, ends and crossings of one line are even; areas
//! and glyphs cover it by the part of it that lies within.

use ab_glyph::{Font, Glyph, PxScale, point};

use super::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, Never, Rgb, UNITS,
    rgb, weight,
};
use crate::plot::text;

type Drawn = Result<(), DrawingErrorKind<Never>>;

/// An opaque picture.
pub(super) struct Canvas {
    size: (u32, u32),
    width: usize,
    height: usize,
    /// Pixels to a unit of the drawing space.
    factor: f32,
    rgb: Vec<u8>,
    /// Coverage of the line that is being drawn, 255 where it is whole; all 0 between two drawings.
    mask: Vec<u8>,
    /// The columns of each row that the line may touch: from, to; empty between two drawings. A line's box is large, and
    /// nearly all of it is empty.
    spans: Vec<(usize, usize)>,
    /// What the edges of the area that is being drawn cover; kept for its room.
    sums: Vec<f32>,
}

/// No columns.
const NOWHERE: (usize, usize) = (usize::MAX, 0);

/// What an area covers at least where it covers anything; less is what is left of a sum that should be 0.
const LEAST: f32 = 1e-4;

/// Pixels that are passed over at once where nothing covers them.
const STEP: usize = 8;

impl Canvas {
    pub(super) fn new((width, height): (u32, u32), scale: u32) -> Self {
        let (w, h) = ((width * scale) as usize, (height * scale) as usize);
        let rgb = vec![0; 3 * w * h];
        let factor = scale as f32 / UNITS as f32;
        let (mask, spans) = (vec![0; w * h], vec![NOWHERE; h]);
        Self { size: (width, height), width: w, height: h, factor, rgb, mask, spans, sums: Vec::new() }
    }

    /// Whether its pixels do for a picture of this size.
    pub(super) fn fits(&self, (width, height): (u32, u32), scale: u32) -> bool {
        self.size == (width, height) && self.width == (width * scale) as usize
    }

    /// Begins anew.
    pub(super) fn clear(&mut self, ground: Rgb) {
        self.rgb.as_chunks_mut::<3>().0.fill([ground.0, ground.1, ground.2]);
    }

    /// Rows of red, green, blue.
    pub(super) fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    fn px(&self, (x, y): BackendCoord) -> (f32, f32) {
        (x as f32 * self.factor, y as f32 * self.factor)
    }

    /// The pixels that a box touches: columns from, to, rows from, to; ends excluded.
    fn clip(&self, low: (f32, f32), high: (f32, f32)) -> (usize, usize, usize, usize) {
        let cut = |v: f32, most: usize| v.max(0.0).min(most as f32) as usize;
        (
            cut(low.0.floor(), self.width),
            cut(high.0.ceil(), self.width),
            cut(low.1.floor(), self.height),
            cut(high.1.ceil(), self.height),
        )
    }

    fn blend(&mut self, at: usize, colour: Rgb, alpha: f32) {
        // In steps of 1 / 65,536, to the nearest.
        let part = (alpha * 65_536.0 + 0.5) as i32;
        let (pixel, _) = self.rgb[at * 3..at * 3 + 3].as_chunks_mut::<3>();
        for (p, c) in pixel.iter_mut().flatten().zip([colour.0, colour.1, colour.2]) {
            let old = i32::from(*p);
            *p = (old + (((i32::from(c) - old) * part + 32_768) >> 16)) as u8;
        }
    }

    /// Says that columns of a row may be covered.
    fn touch(&mut self, y: usize, (from, to): (usize, usize)) {
        let (low, high) = self.spans[y];
        self.spans[y] = (low.min(from), high.max(to));
    }

    /// Lays the mask of some rows onto the picture and clears it.
    fn lay(&mut self, (y0, y1): (usize, usize), colour: BackendColor) {
        let (ink, alpha) = (rgb(colour), colour.alpha as f32 / 255.0);
        for y in y0..y1 {
            let (mut x, to) = std::mem::replace(&mut self.spans[y], NOWHERE);
            while x < to {
                let at = y * self.width + x;
                let end = at + STEP.min(to - x);
                if self.mask[at..end].iter().any(|m| *m > 0) {
                    for at in at..end {
                        let covered = std::mem::take(&mut self.mask[at]);
                        if covered > 0 {
                            self.blend(at, ink, f32::from(covered) * alpha);
                        }
                    }
                }
                x += STEP;
            }
        }
    }

    /// A rectangle covers a pixel by its part of the column times its part of the row.
    fn rectangle(&mut self, low: (f32, f32), high: (f32, f32), colour: BackendColor) {
        let (x0, x1, y0, y1) = self.clip(low, high);
        let part = |i: usize, low: f32, high: f32| (high.min(i as f32 + 1.0) - low.max(i as f32)).clamp(0.0, 1.0);
        let columns: Vec<f32> = (x0..x1).map(|x| part(x, low.0, high.0)).collect();
        let ink = rgb(colour);
        // What lies wholly within, from the first whole column to the last, is alike.
        let left = columns.iter().position(|c| *c >= 1.0).unwrap_or(columns.len());
        let right = columns.iter().rposition(|c| *c >= 1.0).map_or(left, |i| i + 1);
        for y in y0..y1 {
            let alpha = part(y, low.1, high.1) * colour.alpha as f32;
            let row = y * self.width + x0;
            if alpha >= 1.0 {
                let (pixels, _) = self.rgb[(row + left) * 3..(row + right) * 3].as_chunks_mut::<3>();
                pixels.fill([ink.0, ink.1, ink.2]);
            }
            for (x, column) in columns.iter().enumerate().filter(|(x, _)| alpha < 1.0 || !(left..right).contains(x)) {
                self.blend(row + x, ink, column * alpha);
            }
        }
    }

    fn stroke(&mut self, points: &[(f32, f32)], width: f32, colour: BackendColor) {
        let half = width / 2.0;
        // A line thinner than a pixel is a pixel wide and paler.
        let most = width.min(1.0) * 255.0;
        let half = half.max(0.5);
        let reach = half + 0.5;
        let mut touched: Option<(usize, usize)> = None;
        let single = [points[0], points[0]];
        let points = if points.len() == 1 { &single[..] } else { points };
        for pair in points.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let low = (a.0.min(b.0) - reach, a.1.min(b.1) - reach);
            let high = (a.0.max(b.0) + reach, a.1.max(b.1) + reach);
            let (x0, x1, y0, y1) = self.clip(low, high);
            touched = Some(touched.map_or((y0, y1), |t| (t.0.min(y0), t.1.max(y1))));
            let (dx, dy) = (b.0 - a.0, b.1 - a.1);
            let length2 = dx * dx + dy * dy;
            let per_length = if length2 > 0.0 { 1.0 / length2.sqrt() } else { 0.0 };
            for y in y0..y1 {
                let py = y as f32 + 0.5;
                let (from, to) = self.span(a, (dx, dy), py, reach, (x0, x1));
                self.touch(y, (from, to));
                for x in from..to {
                    let (vx, vy) = (x as f32 + 0.5 - a.0, py - a.1);
                    let along = vx * dx + vy * dy;
                    // Beside the segment its line is nearest, beyond its ends the end is.
                    let distance = if along <= 0.0 {
                        (vx * vx + vy * vy).sqrt()
                    } else if along >= length2 {
                        ((vx - dx) * (vx - dx) + (vy - dy) * (vy - dy)).sqrt()
                    } else {
                        (vx * dy - vy * dx).abs() * per_length
                    };
                    if distance >= reach {
                        continue;
                    }
                    let part = (reach - distance).min(1.0);
                    let covered = (part * most + 0.5) as u8;
                    let mask = &mut self.mask[y * self.width + x];
                    *mask = (*mask).max(covered);
                }
            }
        }
        if let Some(rows) = touched {
            self.lay(rows, colour);
        }
    }

    /// The columns of a row that a segment can touch: a long slanted line has a wide box, but few pixels in each row.
    fn span(
        &self,
        a: (f32, f32),
        (dx, dy): (f32, f32),
        py: f32,
        reach: f32,
        (x0, x1): (usize, usize),
    ) -> (usize, usize) {
        if dy.abs() < 1e-3 {
            return (x0, x1);
        }
        // The strip of the line, cut by this row, to the middles of pixels; the round ends lie within it, too.
        let at = a.0 + (py - a.1) / dy * dx;
        let wide = reach * (dx * dx + dy * dy).sqrt() / dy.abs();
        let from = ((at - wide - 0.5).max(x0 as f32) as usize).min(x1);
        let to = ((at + wide + 0.5).max(0.0) as usize).clamp(from, x1);
        (from, to)
    }

    /// Fills a closed area; parts that it winds around either way are in.
    fn fill(&mut self, points: &[(f32, f32)], colour: BackendColor) {
        let bounds = points.iter().fold(((f32::MAX, f32::MAX), (f32::MIN, f32::MIN)), |(l, h), p| {
            ((l.0.min(p.0), l.1.min(p.1)), (h.0.max(p.0), h.1.max(p.1)))
        });
        let (x0, x1, y0, y1) = self.clip(bounds.0, bounds.1);
        if x0 >= x1 || y0 >= y1 {
            return;
        }
        if upright(points) {
            return self.rectangle(bounds.0, bounds.1, colour);
        }
        // Signed area that each edge adds to its pixel, and to all right of it; the running sum is the coverage.
        let wide = x1 - x0 + 2;
        let mut sums = std::mem::take(&mut self.sums);
        sums.clear();
        sums.resize(wide * (y1 - y0), 0.0);
        let shifted = |p: (f32, f32)| (p.0 - x0 as f32, p.1 - y0 as f32);
        for i in 0..points.len() {
            let (a, b) = (shifted(points[i]), shifted(points[(i + 1) % points.len()]));
            edge(&mut sums, wide, y1 - y0, a, b);
        }
        let (ink, alpha) = (rgb(colour), colour.alpha as f32);
        for y in y0..y1 {
            let mut sum = 0.0f32;
            let edges = &sums[(y - y0) * wide..(y - y0 + 1) * wide];
            for (x, edge) in (x0..x1).zip(edges) {
                sum += edge;
                let covered = sum.abs().min(1.0);
                if covered > LEAST {
                    self.blend(y * self.width + x, ink, covered * alpha);
                }
            }
        }
        self.sums = sums;
    }
}

/// Whether an area is a rectangle whose sides are rows and columns.
fn upright(points: &[(f32, f32)]) -> bool {
    let [a, b, c, d] = points else { return false };
    (a.1 == b.1 && b.0 == c.0 && c.1 == d.1 && d.0 == a.0) || (a.0 == b.0 && b.1 == c.1 && c.0 == d.0 && d.1 == a.1)
}

/// Adds what one edge of an area covers.
fn edge(sums: &mut [f32], wide: usize, rows: usize, a: (f32, f32), b: (f32, f32)) {
    if a.1 == b.1 {
        return;
    }
    let (sign, top, end) = if a.1 < b.1 { (1.0, a, b) } else { (-1.0, b, a) };
    let slope = (end.0 - top.0) / (end.1 - top.1);
    let last_column = (wide - 2) as f32;
    for row in (top.1.max(0.0) as usize)..(end.1.ceil().max(0.0) as usize).min(rows) {
        let (from, to) = (top.1.max(row as f32), end.1.min(row as f32 + 1.0));
        if to <= from {
            continue;
        }
        let x_at = |y: f32| (top.0 + (y - top.1) * slope).clamp(0.0, last_column);
        let (xa, xb) = (x_at(from), x_at(to));
        let (left, right) = (xa.min(xb), xa.max(xb));
        let height = (to - from) * sign;
        let line = &mut sums[row * wide..(row + 1) * wide];
        let (c0, c1) = (left.floor() as usize, right.ceil() as usize);
        if c1 <= c0 + 1 {
            let middle = f32::midpoint(left, right) - c0 as f32;
            line[c0] += height * (1.0 - middle);
            line[c0 + 1] += height * middle;
        } else {
            // What lies right of the edge, column by column: the integral of how far the edge has come.
            let per = 1.0 / (right - left);
            let mut before = 0.0;
            for (c, sum) in line.iter_mut().enumerate().take(c1 + 1).skip(c0) {
                // Mean over the column of the part of the edge that is left of a place.
                let covered = ramp(c as f32 + 1.0, left, right, per) - ramp(c as f32, left, right, per);
                *sum += height * (covered - before);
                before = covered;
            }
        }
    }
}

/// Integral from -∞ to `x` of a step that rises evenly from 0 at `left` to 1 at `right`.
fn ramp(x: f32, left: f32, right: f32, per: f32) -> f32 {
    if x <= left {
        0.0
    } else if x >= right {
        (right - left) / 2.0 + (x - right)
    } else {
        (x - left) * (x - left) * per / 2.0
    }
}

impl DrawingBackend for &mut Canvas {
    type ErrorType = Never;

    fn get_size(&self) -> (u32, u32) {
        (self.size.0 * UNITS, self.size.1 * UNITS)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, at: BackendCoord, colour: BackendColor) -> Drawn {
        let (x, y) = self.px(at);
        self.stroke(&[(x, y)], 1.0, colour);
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        let points: Vec<_> = path.into_iter().map(|p| self.px(p)).collect();
        if !points.is_empty() {
            self.stroke(&points, style.stroke_width() as f32 * self.factor, style.color());
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        let points: Vec<_> = path.into_iter().map(|p| self.px(p)).collect();
        if points.len() > 2 {
            self.fill(&points, style.color());
        }
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, words: &str, style: &S, at: BackendCoord) -> Drawn {
        let weight = weight(style);
        let font = text::font(weight);
        let em = style.size() as f32 * self.factor;
        // The crate's scale is the height from ascent to descent, not the em.
        let scale = PxScale::from(em * font.height_unscaled() / text::units_per_em(weight) as f32);
        let (x, y) = self.px(at);
        for placed in text::layout(words, weight).0 {
            let at = point(x + placed.x as f32 * em, y);
            let Some(glyph) = font.outline_glyph(Glyph { id: placed.glyph, scale, position: at }) else { continue };
            let corner = glyph.px_bounds().min;
            let (width, height) = (self.width as i64, self.height as i64);
            let colour = style.color();
            glyph.draw(|gx, gy, covered| {
                let (x, y) = (corner.x as i64 + i64::from(gx), corner.y as i64 + i64::from(gy));
                if covered > 0.0 && (0..width).contains(&x) && (0..height).contains(&y) {
                    self.blend((y * width + x) as usize, rgb(colour), covered.min(1.0) * colour.alpha as f32);
                }
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLACK: BackendColor = BackendColor { alpha: 1.0, rgb: (0, 0, 0) };

    fn dark(c: &Canvas, x: usize, y: usize) -> f32 {
        1.0 - f32::from(c.rgb[(y * c.width + x) * 3]) / 255.0
    }

    #[test]
    fn areas_cover_pixels_by_their_part() {
        let mut c = Canvas::new((20, 10), 1);
        c.clear((255, 255, 255));
        c.fill(&[(2.25, 2.5), (12.75, 2.5), (12.75, 6.0), (2.25, 6.0)], BLACK);
        for (x, y, part) in
            [(1, 3, 0.0), (2, 3, 0.75), (3, 3, 1.0), (12, 3, 0.75), (13, 3, 0.0), (5, 2, 0.5), (5, 6, 0.0)]
        {
            assert!((dark(&c, x, y) - part).abs() < 0.01, "{x},{y}: {}", dark(&c, x, y));
        }
    }

    #[test]
    fn a_triangle_covers_its_area_whichever_way_it_winds() {
        for flip in [false, true] {
            let mut c = Canvas::new((60, 40), 1);
            c.clear((255, 255, 255));
            let mut points = [(3.3, 2.1), (55.7, 9.4), (20.2, 36.8)];
            if flip {
                points.reverse();
            }
            c.fill(&points, BLACK);
            let sum: f32 = (0..40).flat_map(|y| (0..60).map(move |x| (x, y))).map(|(x, y)| dark(&c, x, y)).sum();
            let area: f32 = ((52.4f32 * 34.7) - (16.9 * 7.3)) / 2.0;
            assert!((sum - area).abs() < area * 0.005, "{sum} {area}");
        }
    }

    #[test]
    fn a_line_is_as_wide_as_said_and_even_where_it_turns() {
        let mut c = Canvas::new((60, 40), 1);
        c.clear((255, 255, 255));
        c.stroke(&[(5.0, 10.0), (30.0, 10.0), (30.0, 10.0), (50.0, 10.0)], 3.0, BLACK);
        for x in [10, 29, 30, 31, 45] {
            let column: f32 = (0..40).map(|y| dark(&c, x, y)).sum();
            assert!((column - 3.0).abs() < 0.03, "{x}: {column}");
        }
    }

    #[test]
    fn a_long_slanted_line_has_no_holes() {
        let mut c = Canvas::new((200, 100), 1);
        c.clear((255, 255, 255));
        c.stroke(&[(3.0, 5.0), (195.0, 90.0)], 2.0, BLACK);
        c.stroke(&[(100.0, 95.0), (104.0, 3.0)], 2.0, BLACK);
        for x in 5..190 {
            let column: f32 = (0..100).map(|y| dark(&c, x, y)).sum();
            assert!(column > 1.9, "{x}: {column}");
        }
    }
}
