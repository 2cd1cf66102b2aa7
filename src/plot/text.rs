//! Text in the font that travels in the binary: how wide it is, where its glyphs stand, what they look like.
//!
//! Sizes are pixels per em, as in CSS. A picture never asks the machine for a font.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, GlyphId, OutlineCurve};
use unicode_width::UnicodeWidthChar;

/// The two weights that the binary holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Weight {
    /// Plain text.
    Regular,
    /// Titles and suspects.
    Bold,
}

static REGULAR: LazyLock<FontRef<'static>> = LazyLock::new(|| {
    FontRef::try_from_slice(include_bytes!("fonts/NotoSans-Regular.ttf")).expect("the embedded font is a font")
});
static BOLD: LazyLock<FontRef<'static>> = LazyLock::new(|| {
    FontRef::try_from_slice(include_bytes!("fonts/NotoSans-Bold.ttf")).expect("the embedded font is a font")
});

/// How far above the baseline letters reach, in em: capitals, figures and their accents.
pub(super) const ASCENT: f64 = 0.80;
/// How far below the baseline letters reach, in em.
pub(super) const DESCENT: f64 = 0.24;
/// What stands for cut text.
const ELLIPSIS: char = '…';

/// The font of a weight.
pub(super) fn font(weight: Weight) -> &'static FontRef<'static> {
    match weight {
        Weight::Regular => &REGULAR,
        Weight::Bold => &BOLD,
    }
}

/// Units of the font to one em.
pub(super) fn units_per_em(weight: Weight) -> f64 {
    f64::from(font(weight).units_per_em().unwrap_or(1000.0))
}

/// A glyph and where it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placed {
    /// Which glyph of the font; 0 is the box that stands for what the font lacks.
    pub(super) glyph: GlyphId,
    /// Its origin right of the text's start, in em.
    pub(super) x: f64,
}

/// The glyphs of a text, and its width in em.
///
/// What the font lacks becomes its box for missing characters, whose width is known, so that no script breaks the
/// layout; what has no width (joiners, variation selectors, direction marks) is left out.
pub(super) fn layout(text: &str, weight: Weight) -> (Vec<Placed>, f64) {
    let font = font(weight);
    let em = units_per_em(weight);
    let mut glyphs = Vec::with_capacity(text.len());
    let mut x = 0.0;
    for c in text.chars() {
        let c = if c.is_control() { ' ' } else { c };
        let glyph = font.glyph_id(c);
        if c.width().unwrap_or(0) == 0 {
            continue;
        }
        glyphs.push(Placed { glyph, x });
        x += f64::from(font.h_advance_unscaled(glyph)) / em;
    }
    (glyphs, x)
}

/// How wide a text is, in pixels.
pub(super) fn width(text: &str, size: f64, weight: Weight) -> f64 {
    layout(text, weight).1 * size
}

/// The outline of a glyph in units of the font, y upwards; empty for a blank.
pub(super) fn outline(weight: Weight, glyph: GlyphId) -> Vec<OutlineCurve> {
    font(weight).outline(glyph).map(|o| o.curves).unwrap_or_default()
}

/// Cuts a text in its middle until it is at most `max` pixels wide. The end gets the greater part: in
/// `package.module.ClassName` it tells more.
pub(super) fn elide_middle(text: &str, max: f64, size: f64, weight: Weight) -> String {
    if width(text, size, weight) <= max {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    shorten(chars.len(), |keep| {
        let head = keep * 2 / 5;
        let mut s: String = chars[..head].iter().collect();
        s.push(ELLIPSIS);
        s.extend(&chars[chars.len() - (keep - head)..]);
        (width(&s, size, weight) <= max).then_some(s)
    })
}

/// Cuts a text at its end until it is at most `max` pixels wide.
pub(super) fn elide_end(text: &str, max: f64, size: f64, weight: Weight) -> String {
    if width(text, size, weight) <= max {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    shorten(chars.len(), |keep| {
        let kept: String = chars[..keep].iter().collect();
        let mut s = kept.trim_end().to_owned();
        s.push(ELLIPSIS);
        (width(&s, size, weight) <= max).then_some(s)
    })
}

/// The longest that fits, found by halving; a lone ellipsis where nothing does.
fn shorten(len: usize, fits: impl Fn(usize) -> Option<String>) -> String {
    let (mut low, mut high) = (0, len);
    let mut best = String::from(ELLIPSIS);
    while low < high {
        let keep = usize::midpoint(low, high);
        match fits(keep) {
            Some(s) => {
                best = s;
                low = keep + 1;
            }
            None => high = keep,
        }
    }
    best
}

/// Keeps at most `max` characters, cut in the middle as [`elide_middle`] does; for words that are not yet laid out.
pub(super) fn shorten_name(name: &str, max: usize) -> String {
    let chars: Vec<char> = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if chars.len() <= max {
        return chars.into_iter().collect();
    }
    let head = (max - 1) * 2 / 5;
    let mut s: String = chars[..head].iter().collect();
    s.push(ELLIPSIS);
    s.extend(&chars[chars.len() - (max - 1 - head)..]);
    s
}

/// Breaks a text into at most `lines` lines of at most `max` pixels: at blanks, else after `.`, `_` or `/`, else
/// anywhere. The last line is cut where more is left.
pub(super) fn wrap(text: &str, max: f64, lines: usize, size: f64, weight: Weight) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if out.len() + 1 >= lines {
            out.push(elide_end(rest, max, size, weight));
            break;
        }
        let cut = break_at(rest, max, size, weight);
        out.push(rest[..cut].trim_end().to_owned());
        rest = rest[cut..].trim_start();
    }
    out
}

/// Where the first line of a text ends, in bytes; at least one character.
fn break_at(text: &str, max: f64, size: f64, weight: Weight) -> usize {
    if width(text, size, weight) <= max {
        return text.len();
    }
    let ends: Vec<usize> = text.char_indices().map(|(i, c)| i + c.len_utf8()).collect();
    let fit = ends.partition_point(|&end| width(&text[..end], size, weight) <= max).max(1);
    let hard = ends[fit - 1];
    // A blank right after the last character that fits is as good a place as one before it.
    let seen = &text[..ends.get(fit).copied().unwrap_or(hard)];
    if let Some(blank) = seen.rfind(' ').filter(|&at| at > 0) {
        return blank;
    }
    let soft = text[..hard].rfind(['.', '_', '/', ':']).map(|at| at + 1).filter(|&at| at * 3 > hard);
    soft.unwrap_or(hard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_fonts_are_fonts() {
        assert!(width("tuple", 13.0, Weight::Regular) > 20.0);
        assert!(width("tuple", 13.0, Weight::Bold) > width("tuple", 13.0, Weight::Regular));
    }

    #[test]
    fn every_character_that_pictures_use_is_in_the_font() {
        for weight in [Weight::Regular, Weight::Bold] {
            for c in "→↑↓≤≥≈−–·…“”’×%Ключα".chars() {
                assert_ne!(font(weight).glyph_id(c).0, 0, "{c}");
            }
        }
    }

    #[test]
    fn what_the_font_lacks_has_a_known_width() {
        let one = width("名", 10.0, Weight::Regular);
        assert!(one > 4.0 && (width("名前", 10.0, Weight::Regular) - 2.0 * one).abs() < 1e-9);
        assert_eq!(width("\u{200d}\u{fe0f}", 10.0, Weight::Regular), 0.0);
    }

    #[test]
    fn cut_text_fits_and_keeps_both_ends() {
        let name = "package.module.submodule.ClassNameThatIsLong";
        let cut = elide_middle(name, 120.0, 13.0, Weight::Regular);
        assert!(width(&cut, 13.0, Weight::Regular) <= 120.0);
        assert!(cut.starts_with("pac") && cut.ends_with("Long") && cut.contains('…'), "{cut}");
        assert_eq!(elide_middle("short", 120.0, 13.0, Weight::Regular), "short");
        assert_eq!(elide_end("anything", 1.0, 13.0, Weight::Regular), "…");
    }

    #[test]
    fn wrapped_lines_fit_and_lose_nothing_but_blanks() {
        let text = "each Payload brings 1 dict and 1 list, and something else besides";
        let lines = wrap(text, 150.0, 9, 13.0, Weight::Regular);
        assert!(lines.iter().all(|l| width(l, 13.0, Weight::Regular) <= 150.0));
        assert_eq!(lines.join(" "), text);
        let name = wrap("myapp.services.billing.InvoiceRenderer", 150.0, 2, 13.0, Weight::Regular);
        assert_eq!(name.concat(), "myapp.services.billing.InvoiceRenderer");
        assert!(name[0].ends_with('.'));
    }
}
