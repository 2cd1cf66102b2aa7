//! Digits, eight bytes at a time: which bytes are some, and what number they are.

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

/// The bytes from `from` up to `to`, eight at most, the first one lowest.
#[inline]
pub(super) fn eight(bytes: &[u8], from: usize, to: usize) -> u64 {
    let rest = bytes.get(from..to).unwrap_or_default();
    if let Some(eight) = rest.first_chunk::<8>() {
        return u64::from_le_bytes(*eight);
    }
    // Pieces that overlap.
    if let (Some(first), Some(last)) = (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        return u64::from(first) | u64::from(last) << (8 * (rest.len() - 4));
    }
    rest.iter().rev().fold(0, |all, &b| all << 8 | u64::from(b))
}

/// Eight bytes without their digits: texts without NULs that come to the same differ in digits only.
#[inline]
pub(super) fn masked(eight: u64) -> u64 {
    let others = (others(digits_of(&eight.to_le_bytes())) >> 7) * 0xff;
    eight & others
}

/// Hands the masked bytes of a text to `each`, eight by eight, and its last eight at the end.
#[inline]
pub(super) fn masks(text: &[u8], mut each: impl FnMut(u64)) {
    let (eights, _) = text.as_chunks::<8>();
    for eight in eights {
        each(masked(u64::from_le_bytes(*eight)));
    }
    each(masked(eight(text, text.len().saturating_sub(8), text.len())));
}

/// Whether `of` are the [`masks`] of `text`, which is as long as the text that they are of.
#[inline]
pub(super) fn have_masks(text: &[u8], of: &[u64]) -> bool {
    let (eights, _) = text.as_chunks::<8>();
    let last = eight(text, text.len().saturating_sub(8), text.len());
    of.last() == Some(&masked(last))
        && eights.iter().zip(of).all(|(eight, mask)| masked(u64::from_le_bytes(*eight)) == *mask)
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
