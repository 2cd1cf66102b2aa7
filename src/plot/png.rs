//! Pixels → PNG with a palette of at most 256 colours: a third of the bytes, and no eye sees the difference, since most
//! pixels have one of a dozen inks and the rest are shades on the edges of lines and letters.

use std::io::{self, Write};

use hashbrown::HashMap;

/// Most colours of a palette in PNG.
const MOST: usize = 256;

type Rgb = [u8; 3];
/// Colours with the number of their pixels.
type Counted = Vec<(Rgb, u32)>;

/// Writes rows of red, green, blue.
pub(super) fn write(rgb: &[u8], (width, height): (u32, u32), title: &str, out: &mut dyn Write) -> io::Result<()> {
    let (palette, indices) = quantize(rgb);
    let mut encoder = ::png::Encoder::new(out, width, height);
    encoder.set_color(::png::ColorType::Indexed);
    encoder.set_depth(::png::BitDepth::Eight);
    encoder.set_palette(palette.concat());
    encoder.set_compression(::png::Compression::High);
    // Indices are names, not amounts: their differences say nothing.
    encoder.set_filter(::png::Filter::NoFilter);
    encoder.add_text_chunk("Title".to_owned(), latin1(title)).map_err(io::Error::other)?;
    let mut writer = encoder.write_header().map_err(io::Error::other)?;
    writer.write_image_data(&indices).map_err(io::Error::other)?;
    writer.finish().map_err(io::Error::other)
}

/// A PNG's text chunks know no more than Latin-1.
fn latin1(s: &str) -> String {
    s.chars().map(|c| if u32::from(c) < 256 { c } else { '?' }).collect()
}

/// A palette, and each pixel's place in it. Median cut: the box of colours that errs most is halved until there are
/// enough; each is shown as its commonest colour, so that grounds, inks and lines keep theirs exactly.
///
/// Source: Heckbert (1982), Computer Graphics 16(3):297.
fn quantize(rgb: &[u8]) -> (Vec<Rgb>, Vec<u8>) {
    let mut counts: HashMap<Rgb, u32, foldhash::fast::FixedState> = HashMap::default();
    let pixels = || rgb.chunks_exact(3).map(|p| [p[0], p[1], p[2]]);
    for p in pixels() {
        *counts.entry(p).or_insert(0) += 1;
    }
    let mut colours: Counted = counts.iter().map(|(c, n)| (*c, *n)).collect();
    // The order of a hash map is nobody's business.
    colours.sort_unstable();
    let mut boxes = vec![colours];
    while boxes.len() < MOST {
        let worst = boxes.iter().enumerate().map(|(i, b)| (error(b), i)).max_by(|a, b| a.0.total_cmp(&b.0));
        match worst {
            Some((e, i)) if e > 0.0 => {
                let (low, high) = halves(boxes.swap_remove(i));
                boxes.push(low);
                boxes.push(high);
            }
            _ => break,
        }
    }
    let mut palette = Vec::with_capacity(boxes.len());
    for (i, colours) in boxes.iter().enumerate() {
        let commonest = colours.iter().max_by_key(|(_, n)| *n).map_or([0, 0, 0], |(c, _)| *c);
        palette.push(commonest);
        for (c, _) in colours {
            counts.insert(*c, i as u32);
        }
    }
    let indices = pixels().map(|p| counts.get(&p).copied().unwrap_or(0) as u8).collect();
    (palette, indices)
}

/// How much is lost where all colours of a box are shown as one: its spread, by how many pixels see it. The root keeps
/// rare shades from being given up for the commonest one.
fn error(colours: &[(Rgb, u32)]) -> f64 {
    let spread = widest(colours).1;
    let pixels: f64 = colours.iter().map(|(_, n)| f64::from(*n).sqrt()).sum();
    f64::from(spread).powi(2) * pixels.sqrt()
}

/// The channel in which colours differ most, and by how much.
fn widest(colours: &[(Rgb, u32)]) -> (usize, u8) {
    let range = |k: usize| {
        let values = colours.iter().map(|(c, _)| c[k]);
        let (low, high) = values.fold((u8::MAX, 0), |(l, h), v| (l.min(v), h.max(v)));
        (k, high.saturating_sub(low))
    };
    // Green is seen best: among equals it is cut first.
    [range(1), range(0), range(2)].into_iter().fold((1, 0), |best, r| if r.1 > best.1 { r } else { best })
}

/// Cuts a box of two colours or more in the middle of its pixels, along the channel in which it is widest.
fn halves(mut colours: Counted) -> (Counted, Counted) {
    let k = widest(&colours).0;
    colours.sort_by_key(|(c, _)| (c[k], *c));
    let weight = |n: u32| f64::from(n).sqrt();
    let half = colours.iter().map(|(_, n)| weight(*n)).sum::<f64>() / 2.0;
    let mut sum = 0.0;
    let cut = colours.iter().position(|(_, n)| {
        sum += weight(*n);
        sum >= half
    });
    let cut = cut.map_or(1, |i| i + 1).clamp(1, colours.len() - 1);
    let high = colours.split_off(cut);
    (colours, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_colours_stay_as_they_are() {
        let rgb: Vec<u8> = (0..200u8).flat_map(|v| [v, 255 - v, v / 2]).collect();
        let (palette, indices) = quantize(&rgb);
        let back: Vec<u8> = indices.iter().flat_map(|i| palette[*i as usize]).collect();
        assert_eq!(back, rgb);
    }

    #[test]
    fn many_colours_are_met_closely_and_the_commonest_exactly() {
        let mut rgb = vec![250; 30_000];
        rgb.extend((0..40_000u32).flat_map(|i| [(i % 251) as u8, (i / 7 % 253) as u8, 30]));
        let (palette, indices) = quantize(&rgb);
        assert!(palette.len() <= 256 && palette.contains(&[250, 250, 250]));
        let far = rgb
            .chunks(3)
            .zip(&indices)
            .map(|(p, i)| p.iter().zip(palette[*i as usize]).map(|(a, b)| u32::from(a.abs_diff(b))).max().unwrap_or(0));
        let far = far.max().unwrap();
        assert!(far <= 40, "{far}");
    }
}
