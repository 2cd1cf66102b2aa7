//! Pixels → PNG with a palette of at most 256 colours: a third of the bytes, and no eye sees the difference, since most
//! pixels have one of a dozen inks and the rest are shades on the edges of lines and letters.

use std::io::{self, Write};

use hashbrown::HashMap;

/// Most colours of a palette in PNG.
const MOST: usize = 256;

/// Level of the compression.
const LEVEL: u8 = 4;

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
    // The highest level takes ten times as long for a twentieth of the bytes.
    encoder.set_deflate_compression(::png::DeflateCompression::Level(LEVEL));
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
/// enough; each is shown as its commonest colour, so that grounds, inks and lines keep theirs exactly. Colours that
/// differ in the last bits only are one from the beginning, unless there are few.
///
/// Source: Heckbert (1982), Computer Graphics 16(3):297.
fn quantize(rgb: &[u8]) -> (Vec<Rgb>, Vec<u8>) {
    let (pixels, _) = rgb.as_chunks::<3>();
    if let Some(exact) = few(pixels) {
        return exact;
    }
    let mut shades = vec![([0; 3], 0u32, 0u32); 1 << (3 * BITS)];
    each_run(pixels, |colour, length| {
        let (likeliest, votes, count) = &mut shades[shade(colour)];
        *count += length;
        // Who has more than half of all votes is left over, and for less it does not matter (Boyer and Moore 1991).
        match (*likeliest == colour, *votes > length) {
            (true, _) => *votes += length,
            (false, true) => *votes -= length,
            (false, false) => (*likeliest, *votes) = (colour, length - *votes),
        }
    });
    let colours: Counted = shades.iter().filter(|s| s.2 > 0).map(|s| (s.0, s.2)).collect();
    let mut boxes = vec![(error(&colours), colours)];
    while boxes.len() < MOST {
        let worst = boxes.iter().enumerate().max_by(|a, b| a.1.0.total_cmp(&b.1.0)).filter(|(_, b)| b.0 > 0.0);
        let Some((i, _)) = worst else { break };
        let (low, high) = halves(boxes.swap_remove(i).1);
        boxes.push((error(&low), low));
        boxes.push((error(&high), high));
    }
    let mut palette = Vec::with_capacity(boxes.len());
    let mut index = vec![0; shades.len()];
    for (i, (_, colours)) in boxes.iter().enumerate() {
        let commonest = colours.iter().max_by_key(|(_, n)| *n).map_or([0, 0, 0], |(c, _)| *c);
        palette.push(commonest);
        colours.iter().for_each(|(c, _)| index[shade(*c)] = i as u8);
    }
    let mut indices = Vec::with_capacity(pixels.len());
    each_run(pixels, |colour, length| indices.resize(indices.len() + length as usize, index[shade(colour)]));
    (palette, indices)
}

/// Bits of each channel that tell shades apart.
const BITS: usize = 5;

fn shade(colour: Rgb) -> usize {
    colour.iter().fold(0, |shade, c| (shade << BITS) | usize::from(c >> (8 - BITS)))
}

/// The exact answer where there are no more colours than a palette holds.
fn few(pixels: &[Rgb]) -> Option<(Vec<Rgb>, Vec<u8>)> {
    let mut places: HashMap<Rgb, u8, foldhash::fast::FixedState> = HashMap::default();
    let mut palette = Vec::new();
    let mut indices = Vec::with_capacity(pixels.len());
    let mut rest = pixels;
    while let Some(&colour) = rest.first() {
        let length = run(rest, colour);
        rest = &rest[length..];
        if !places.contains_key(&colour) {
            if palette.len() == MOST {
                return None;
            }
            places.insert(colour, palette.len() as u8);
            palette.push(colour);
        }
        indices.resize(indices.len() + length, places[&colour]);
    }
    Some((palette, indices))
}

/// Tells of each run of pixels of one colour.
fn each_run(pixels: &[Rgb], mut tell: impl FnMut(Rgb, u32)) {
    let mut rest = pixels;
    while let Some(&colour) = rest.first() {
        let length = run(rest, colour);
        rest = &rest[length..];
        tell(colour, length as u32);
    }
}

/// How many pixels from the first on have its colour; eight at a time.
fn run(pixels: &[Rgb], colour: Rgb) -> usize {
    if pixels.get(1) != Some(&colour) {
        return 1;
    }
    let words = |eight: &[Rgb; 8]| {
        let (words, _) = eight.as_flattened().as_chunks::<8>();
        [0, 1, 2].map(|i| u64::from_ne_bytes(words[i]))
    };
    let alike = words(&[colour; 8]);
    let whole = pixels.as_chunks::<8>().0.iter().take_while(|p| words(p) == alike).count() * 8;
    whole + pixels[whole..].iter().take_while(|p| **p == colour).count()
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
