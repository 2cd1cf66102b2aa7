//! Lines that came before: what other loggers write comes again and again, but for its digits, and nothing that is asked
//! of such a line hangs on which digits they are.

use super::digits::{glance, has_mask, mask};

/// Lines remembered at a time.
const SLOTS: usize = 16_384;

/// Lines of other lengths are not remembered: they are rare, or soon looked at.
const LENGTHS: std::ops::RangeInclusive<usize> = 16..=400;

/// So many more lines that are new than lines that are known make it not worth a look, for so many lines to come.
const NEW: u32 = 2_000;

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Passed(Passed),
    Row(Row),
}

/// A line that was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Passed {
    /// Bytes of it that count: what a logger writes behind may not.
    pub(super) len: usize,
    /// It may name a call.
    pub(super) calls: bool,
    /// It may have a clock.
    pub(super) clock: bool,
}

/// A line that looks like a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    /// Where its name and its count begin.
    pub(super) name_at: usize,
    pub(super) count_at: usize,
    /// The shape that it had.
    pub(super) shape: usize,
}

#[derive(Debug, Default)]
struct Slot {
    /// The line with one digit for all.
    text: Vec<u8>,
    known: Option<Known>,
}

/// Remembers lines.
#[derive(Debug, Default)]
pub(super) struct Before {
    slots: Vec<Slot>,
    /// By how many lines those that were new lead.
    new: u32,
    /// Lines that are not looked at.
    tired: u32,
}

fn slot(text: &[u8]) -> usize {
    (glance(text) >> 40) as usize % SLOTS
}

impl Before {
    /// What became of a line that differs from this one in digits only.
    pub(super) fn find(&mut self, text: &[u8]) -> Option<Known> {
        if self.tired > 0 || !LENGTHS.contains(&text.len()) {
            self.tired = self.tired.saturating_sub(1);
            return None;
        }
        let at = slot(text);
        let known = [at, at ^ 1].iter().find_map(|&at| {
            let slot = self.slots.get(at)?;
            if has_mask(text, &slot.text) { slot.known } else { None }
        });
        if known.is_some() {
            self.new = self.new.saturating_sub(1);
        } else {
            self.new += 1;
            if self.new > NEW {
                (self.new, self.tired) = (NEW / 2, 16 * NEW);
            }
        }
        known
    }

    /// Remembers what became of a line.
    pub(super) fn learn(&mut self, text: &[u8], known: Known) {
        if self.tired > 0 || !LENGTHS.contains(&text.len()) {
            return;
        }
        if self.slots.is_empty() {
            self.slots.resize_with(SLOTS, Slot::default);
        }
        // Two places that have their neighbour in common: what was there goes to the other.
        let at = slot(text);
        self.slots.swap(at, at ^ 1);
        if let Some(slot) = self.slots.get_mut(at) {
            mask(text, &mut slot.text);
            slot.known = Some(known);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_known_again_but_for_their_digits() {
        let mut before = Before::default();
        let known = Known::Passed(Passed { len: 20, calls: false, clock: true });
        let line = |n: u32, word: &str| format!("2024-03-01 10:00:{n:02},123 INFO app.web: {word} {n:05} ms");
        assert_eq!(before.find(line(1, "took").as_bytes()), None);
        before.learn(line(1, "took").as_bytes(), known);
        assert_eq!(before.find(line(59, "took").as_bytes()), Some(known));
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
