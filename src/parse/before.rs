//! Lines that came before: what other loggers write comes again and again, but for its digits, and nothing that is asked
//! of such a line hangs on which digits they are.

use super::digits::{glance, has_mask, mask};

/// Lines of ordinary length remembered at a time, and longer ones.
const SLOTS: usize = 16_384;
const LONG_SLOTS: usize = 4_096;

/// Bytes of an ordinary line at the most: with what became of it they fill two lines of a processor's cache.
const ORDINARY: usize = 112;

/// Lines of other lengths are not remembered: they are rare, or soon looked at.
const LENGTHS: std::ops::RangeInclusive<usize> = 16..=LONGEST;
const LONGEST: usize = 400;

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
    pub(super) len: u32,
    /// It may name a call.
    pub(super) calls: bool,
    /// It may have a clock.
    pub(super) clock: bool,
}

/// A line that looks like a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    /// Where its name and its count begin.
    pub(super) name_at: u16,
    pub(super) count_at: u16,
    /// The shape that it had.
    pub(super) shape: u32,
}

/// A line of up to `N` bytes that is remembered.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Slot<const N: usize> {
    /// The line with one digit for all.
    text: [u8; N],
    /// 0 where none is remembered.
    len: u16,
    known: Known,
}

/// Lines of up to `N` bytes. Each has two places, which it shares with those of one other place.
#[derive(Debug)]
struct Slots<const N: usize>(Vec<Slot<N>>);

impl<const N: usize> Default for Slots<N> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<const N: usize> Slots<N> {
    #[inline]
    fn find(&self, text: &[u8], at: usize) -> Option<Known> {
        [at, at ^ 1].iter().find_map(|&at| {
            let slot = self.0.get(at)?;
            has_mask(text, slot.text.get(..slot.len.into())?).then_some(slot.known)
        })
    }

    fn learn(&mut self, text: &[u8], at: usize, known: Known, slots: usize) {
        if self.0.is_empty() {
            self.0.resize(slots, Slot { text: [0; N], len: 0, known });
        }
        // What was there goes to the other place.
        self.0.swap(at, at ^ 1);
        if let Some(slot) = self.0.get_mut(at)
            && let Some(place) = slot.text.get_mut(..text.len())
        {
            mask(text, place);
            (slot.len, slot.known) = (text.len() as u16, known);
        }
    }
}

/// Remembers lines.
#[derive(Debug, Default)]
pub(super) struct Before {
    ordinary: Slots<ORDINARY>,
    long: Slots<LONGEST>,
    /// By how many lines those that were new lead.
    new: u32,
    /// Lines that are not looked at.
    tired: u32,
}

fn slot(text: &[u8], slots: usize) -> usize {
    (glance(text) >> 40) as usize % slots
}

impl Before {
    /// What became of a line that differs from this one in digits only.
    pub(super) fn find(&mut self, text: &[u8]) -> Option<Known> {
        if self.tired > 0 || !LENGTHS.contains(&text.len()) {
            self.tired = self.tired.saturating_sub(1);
            return None;
        }
        let known = match text.len() {
            ..=ORDINARY => self.ordinary.find(text, slot(text, SLOTS)),
            _ => self.long.find(text, slot(text, LONG_SLOTS)),
        };
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
        match text.len() {
            ..=ORDINARY => self.ordinary.learn(text, slot(text, SLOTS), known, SLOTS),
            _ => self.long.learn(text, slot(text, LONG_SLOTS), known, LONG_SLOTS),
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
