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

/// A block without its digits: texts without NULs that come to the same differ in digits only.
#[inline]
pub(super) fn masked(block: Block) -> Block {
    let block = u8x16::new(block);
    let value = block - u8x16::splat(b'0');
    (block & value.simd_ge(u8x16::splat(10))).to_array()
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
pub(super) fn masks(text: &[u8], mut each: impl FnMut(Block)) {
    for block in text.as_chunks().0 {
        each(masked(*block));
    }
    each(masked(last_block(text)));
}

/// Whether `of` are the [`masks`] of `text`, which is as long as the text that they are of.
#[inline]
pub(super) fn have_masks(text: &[u8], of: &[Block]) -> bool {
    let (blocks, _) = text.as_chunks();
    of.last() == Some(&masked(last_block(text))) && blocks.iter().zip(of).all(|(block, mask)| masked(*block) == *mask)
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
    // Where lines of one length differ: a level and a logger's name, what is told, and the end.
    let blocks = [24, 40, text.len() / 2, last].into_iter().map(|at| {
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
            let mut out = Vec::new();
            masks(text.as_bytes(), |mask| out.push(mask));
            out
        };
        assert_eq!(of("2024-03-01 10:00:00,123 took 17 ms"), of("2031-12-31 23:59:59,999 took 00 ms"));
        for other in ["2024-03-01 10:00:00,123 took 17 m", "2024-03-01 10:00:00.123 took 17 ms", "", "7", "took"] {
            assert_ne!(of("2024-03-01 10:00:00,123 took 17 ms"), of(other), "{other}");
        }
        let (a, b) = ("2024-03-01 10:00:00,123 took 17 ms", "2031-12-31 23:59:59,999 took 00 ms");
        assert!(have_masks(a.as_bytes(), &of(b)) && !have_masks(b"2024-03-01 10:00:00,123 tock 17 ms", &of(b)));
        assert_eq!(of("ab1"), of("ab2"));
        assert_ne!(of("ab1"), of("ac1"));
    }
}
