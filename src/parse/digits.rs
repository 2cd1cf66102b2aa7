//! Digits, many bytes at a time: which bytes are some, and what number they are.

use wide::u8x16;

/// Eight bytes, each of which is its value if it is a digit.
#[inline]
pub(super) fn digits_of(eight: &[u8; 8]) -> u64 {
    u64::from_le_bytes(*eight) ^ 0x3030_3030_3030_3030
}

/// The highest bit of each byte of [`digits_of`] that is no digit. A 9 behind a byte beyond ASCII may be taken for none.
#[inline]
pub(super) fn others(eight: u64) -> u64 {
    (eight.wrapping_add(0x7676_7676_7676_7676) | eight) & 0x8080_8080_8080_8080
}

/// The number that the first `n` bytes of [`digits_of`] are, one to seven of them.
#[inline]
pub(super) fn value(eight: u64, n: usize) -> u64 {
    // The digits behind zeros, then pairs, fours and all eight of them at once.
    let x = eight << (64 - 8 * n);
    let x = (x.wrapping_mul(10) + (x >> 8)) & 0x00ff_00ff_00ff_00ff;
    let x = (x.wrapping_mul(100) + (x >> 16)) & 0x0000_ffff_0000_ffff;
    (x.wrapping_mul(10_000) + (x >> 32)) & 0xffff_ffff
}

/// Bytes of a text that are looked at in one step.
pub(super) type Block = [u8; 16];

/// What stands for any digit: one of them, so that no other byte is taken for one.
const DIGIT: u8 = b'0';

/// A block with one digit for all: texts that come to the same differ in digits only.
#[inline]
pub(super) fn masked(block: Block) -> Block {
    let block = u8x16::new(block);
    let value = block - u8x16::splat(b'0');
    let other = value.simd_ge(u8x16::splat(10));
    ((block & other) | (u8x16::splat(DIGIT) & !other)).to_array()
}

/// Whether each byte of `text` is the one of `bytes`, or one of so many digits from 0 on as `digits` says of its place.
#[inline]
pub(super) fn fits(text: Block, bytes: Block, digits: Block) -> bool {
    let text = u8x16::new(text);
    let same = text.simd_eq(u8x16::new(bytes));
    let value = text - u8x16::splat(b'0');
    let other = value.simd_ge(u8x16::new(digits));
    (same | !other).all()
}

/// The masked blocks of a text, the last of which ends where the text does; a short one has blanks behind it.
#[inline]
fn masks(text: &[u8], mut each: impl FnMut(Block)) {
    for block in text.as_chunks().0 {
        each(masked(*block));
    }
    each(masked(last_block(text)));
}

/// Puts a text with one digit for all into `out`, which is as long.
pub(super) fn mask(text: &[u8], out: &mut [u8]) {
    let masked = text.iter().map(|b| if b.is_ascii_digit() { DIGIT } else { *b });
    out.iter_mut().zip(masked).for_each(|(out, b)| *out = b);
}

/// Whether `of` is the [`mask`] of `text`.
#[inline]
pub(super) fn has_mask(text: &[u8], of: &[u8]) -> bool {
    // In pieces the last of which overlap, as large as they may be: then their number hardly differs from text to text.
    match text.len() {
        n if n != of.len() => false,
        64.. => have_mask::<64>(text, of),
        16.. => have_mask::<16>(text, of),
        _ => text.iter().zip(of).all(|(b, of)| if b.is_ascii_digit() { *of == DIGIT } else { b == of }),
    }
}

#[inline(always)]
fn have_mask<const N: usize>(text: &[u8], of: &[u8]) -> bool {
    let same = |text: &[u8; N], of: &[u8; N]| {
        let blocks = text.as_chunks().0.iter().zip(of.as_chunks().0);
        blocks.map(|(block, of)| unlike(*block, *of)).fold(u8x16::ZERO, |all, one| all | one) == u8x16::ZERO
    };
    let Some((last, of_last)) = text.last_chunk().zip(of.last_chunk()) else { return false };
    same(last, of_last) && text.as_chunks().0.iter().zip(of.as_chunks().0).all(|(text, of)| same(text, of))
}

/// Something but 0 where a block and a masked one differ in more than digits.
#[inline(always)]
fn unlike(block: Block, of: Block) -> u8x16 {
    let of = u8x16::new(of);
    // In the place of a digit another one differs by 9 at the most, and so does nothing else.
    let digits = of.simd_eq(u8x16::splat(DIGIT)) & u8x16::splat(9);
    (u8x16::new(block) ^ of).saturating_sub(digits)
}

#[inline]
fn last_block(text: &[u8]) -> Block {
    match text.last_chunk() {
        Some(block) => *block,
        None => short_block(text),
    }
}

#[cold]
fn short_block(text: &[u8]) -> Block {
    let mut block = [b' '; 16];
    block.iter_mut().zip(text).for_each(|(to, b)| *to = *b);
    block
}

/// A number for what a text is but for its digits.
pub(super) fn hash(text: &[u8]) -> u64 {
    let mut key = text.len() as u64;
    masks(text, |block| key = mixed(key, block));
    key
}

/// The same from some places of the text only.
#[inline]
pub(super) fn glance(text: &[u8]) -> u64 {
    let last = text.len().saturating_sub(16);
    // Where lines of one length differ: a level and a logger's name, what is told, numbers in it, and the end.
    let blocks = [24, 40, text.len() / 2, text.len() * 3 / 4, last].into_iter().map(|at| {
        let block = text.get(at.min(last)..).and_then(<[u8]>::first_chunk);
        u8x16::new(masked(block.copied().unwrap_or_else(|| short_block(text))))
    });
    // Twice what there was so far: so it matters which place a block is from.
    mixed(text.len() as u64, blocks.fold(u8x16::ZERO, |all, block| all + all + block).to_array())
}

/// A factor for each half: their product spreads the bits of both.
#[inline]
fn mixed(key: u64, block: Block) -> u64 {
    let block = u128::from_le_bytes(block);
    let (low, high) = (block as u64, (block >> 64) as u64);
    let product = u128::from(low ^ 0x9e37_79b9_7f4a_7c15) * u128::from(high ^ 0x2545_f491_4f6c_dd1d);
    key.rotate_left(23) ^ product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_tell_all_but_digits() {
        let of = |text: &str| {
            let mut out = vec![0; text.len()];
            mask(text.as_bytes(), &mut out);
            out
        };
        let long = |text: &str| format!("{text} and so on: {}", "of all that a line may tell ".repeat(9));
        for (a, b) in
            [("took 17 ms", "took 00 ms"), ("ab1", "ab2"), ("2024-03-01 10:00:00,123", "2031-12-31 23:59:59,999")]
        {
            for (a, b) in [(a.to_owned(), b.to_owned()), (long(a), long(b)), (a.repeat(6), b.repeat(6))] {
                assert!(has_mask(a.as_bytes(), &of(&b)), "{a} {b}");
                assert_eq!((hash(a.as_bytes()), glance(a.as_bytes())), (hash(b.as_bytes()), glance(b.as_bytes())));
                for at in 0..a.len() {
                    let mut other = a.clone().into_bytes();
                    other[at] = if a.as_bytes()[at].is_ascii_digit() { b"\0:"[at % 2] } else { b'7' };
                    assert!(!has_mask(&other, &of(&b)), "{a}, {at}");
                    assert_ne!(hash(&other), hash(b.as_bytes()), "{a}, {at}");
                }
                assert!(!has_mask(&a.as_bytes()[1..], &of(&b)));
            }
        }
    }

    #[test]
    fn blocks_are_alike_but_for_their_digits() {
        let block = b"10:00:00,123 INF";
        assert_eq!(masked(*block), masked(*b"99:59:59,999 INF"));
        for other in [b"10:00:00,123 INf", b"10:00:00,12\0 INF", b"10:00:00,12: INF", b"a0:00:00,123 INF"] {
            assert_ne!(masked(*block), masked(*other), "{other:?}");
        }
    }

    #[test]
    fn digits_up_to_some_number_fit() {
        let fit =
            |text: &[u8; 16], bytes: &[u8; 16]| fits(*text, *bytes, [0, 0, 0, 0, 0, 0, 6, 10, 0, 0, 0, 0, 0, 0, 0, 0]);
        for (text, is) in [
            (b"10:00:00,123 INF", true),
            (b"10:00:59,123 INF", true),
            (b"10:00:60,123 INF", false),
            (b"10:00:5:,123 INF", false),
            (b"10:01:00,123 INF", false),
            (b"10:00:00,123 INf", false),
        ] {
            assert_eq!(fit(text, b"10:00:00,123 INF"), is, "{text:?}");
        }
    }
}
