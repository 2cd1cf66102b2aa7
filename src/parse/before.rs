//! Lines that were passed over before: what other loggers write comes again and again, but for its digits, and nothing that
//! is asked of such a line hangs on which digits they are.

use super::digits::{eight, have_masks, masked, masks};

/// Lines remembered at a time.
const SLOTS: usize = 4096;

/// Lines of other lengths are not remembered: they are rare, or soon looked at.
const LENGTHS: std::ops::RangeInclusive<usize> = 16..=400;

/// So many more lines that are new than lines that are known make it not worth a look, for so many lines to come.
const NEW: u32 = 2_000;

/// A line that was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Passed {
    /// Bytes of it that count: what a logger writes behind may not.
    pub(super) len: usize,
    /// It may name a call.
    pub(super) calls: bool,
}

#[derive(Debug, Default)]
struct Slot {
    /// The line's masks.
    text: Vec<u64>,
    /// Its length.
    len: usize,
    passed: Option<Passed>,
}

/// Remembers lines that were passed over.
#[derive(Debug, Default)]
pub(super) struct Before {
    slots: Vec<Slot>,
    /// By how many lines those that were new lead.
    new: u32,
    /// Lines that are not looked at.
    tired: u32,
}

fn slot(text: &[u8]) -> usize {
    let n = text.len();
    let mut key = n as u64;
    // Where lines of one length differ: a level and a logger's name, what is told, and the end.
    for at in [n - 8, n - 16, n / 2, 24, 32, 40] {
        key = (key.rotate_left(23) ^ masked(eight(text, at.min(n - 8), n))).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    (key >> 40) as usize % SLOTS
}

impl Before {
    /// What became of a line that differs from this one in digits only.
    pub(super) fn find(&mut self, text: &[u8]) -> Option<Passed> {
        if self.tired > 0 || !LENGTHS.contains(&text.len()) {
            self.tired = self.tired.saturating_sub(1);
            return None;
        }
        let found = self.slots.get(slot(text)).filter(|slot| slot.len == text.len() && have_masks(text, &slot.text));
        let passed = found.and_then(|slot| slot.passed);
        if passed.is_some() {
            self.new = self.new.saturating_sub(1);
        } else {
            self.new += 1;
            if self.new > NEW {
                (self.new, self.tired) = (NEW / 2, 16 * NEW);
            }
        }
        passed
    }

    /// Remembers what became of a line.
    pub(super) fn learn(&mut self, text: &[u8], passed: Passed) {
        if self.tired > 0 || !LENGTHS.contains(&text.len()) {
            return;
        }
        if self.slots.is_empty() {
            self.slots.resize_with(SLOTS, Slot::default);
        }
        if let Some(slot) = self.slots.get_mut(slot(text)) {
            slot.text.clear();
            masks(text, |mask| slot.text.push(mask));
            (slot.len, slot.passed) = (text.len(), Some(passed));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_known_again_but_for_their_digits() {
        let mut before = Before::default();
        let passed = Passed { len: 20, calls: false };
        let line = |n: u32, word: &str| format!("2024-03-01 10:00:{n:02},123 INFO app.web: {word} {n:05} ms");
        assert_eq!(before.find(line(1, "took").as_bytes()), None);
        before.learn(line(1, "took").as_bytes(), passed);
        assert_eq!(before.find(line(59, "took").as_bytes()), Some(passed));
        assert_eq!(before.find(line(59, "tool").as_bytes()), None);
        assert_eq!(before.find(line(123_456, "took").as_bytes()), None);
    }

    #[test]
    fn a_log_whose_lines_never_come_again_is_not_looked_at_for_long() {
        let mut before = Before::default();
        for i in 0..NEW {
            let line = format!("{} is a word", "abcdefghij".repeat(i as usize % 20 + 1));
            before.find(line.as_bytes());
        }
        assert_eq!(before.tired, 0);
        before.find(b"one more line that is new");
        assert!(before.tired > 0);
    }
}
