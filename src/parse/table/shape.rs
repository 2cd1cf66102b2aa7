//! How the lines of a lane begin and end, byte by byte, so that the next one is known again without a look at what it
//! says: only digits that a clock or a counter changes may differ.

use hashbrown::HashMap;

use super::super::digits::{fits, hash};
use super::super::stamp::{self, Stamp};

/// Shapes kept at a time; a log with more has no shapes.
const MOST: usize = 4096;
/// Shapes that differ in digits only, at a time: processes of one program.
const ALIKE: usize = 32;
/// Where there are as many, or more lanes than [`ALIKE`], one more is learnt this seldom: numbers that never come again tell
/// no processes apart.
const SELDOM: u32 = 256;
/// Keys kept of lines without a shape.
const SEEN: usize = 1024;
/// Lines longer than this before their name have no shape.
pub(super) const LONGEST: usize = 512;

/// What the digits of a run may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Free {
    /// Anything.
    Any,
    /// A number from the first to the second, as months, hours and minutes are; any other is to be checked.
    Within(u8, u8),
    /// Anything that turns out to be in the same lane.
    Check,
}

impl Free {
    /// Whether the digits need no closer look.
    fn allows(self, digits: &[u8]) -> bool {
        match self {
            Self::Any => true,
            // All of them have two digits.
            Self::Within(least, most) => {
                let [tens, ones] = digits else { return false };
                let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
                tens < 10 && ones < 10 && (least..=most).contains(&(10 * tens + ones))
            }
            Self::Check => false,
        }
    }
}

const MINUTES: Free = Free::Within(0, 59);
const HOURS: Free = Free::Within(0, 23);
const MONTHS: Free = Free::Within(1, 12);
/// Of every month.
const DAYS: Free = Free::Within(1, 28);

/// Digits that may change from line to line.
#[derive(Debug, Clone, Copy)]
struct Run {
    from: usize,
    to: usize,
    free: Free,
}

/// How a line compares with a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Like {
    Same,
    /// It has this shape if its lane is the shape's.
    Check,
    No,
}

/// Bytes of which some digits may change.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub(super) bytes: Vec<u8>,
    /// Of each of them, how many digits may stand there in its place, 0, 1, .. up to some number: whatever the others are,
    /// and at the most.
    free: Vec<u8>,
    most: Vec<u8>,
    runs: Vec<Run>,
}

/// How many digits may stand at each byte, whatever the others are.
fn free_of(runs: &[Run], len: usize) -> Vec<u8> {
    of_runs(runs, len, |free, bytes| match (free, bytes) {
        (Free::Any, bytes) => bytes.fill(10),
        (MINUTES, [tens, ones]) => (*tens, *ones) = (6, 10),
        // Other numbers ask for more than a look at each of their digits.
        _ => {}
    })
}

fn of_runs(runs: &[Run], len: usize, fill: impl Fn(Free, &mut [u8])) -> Vec<u8> {
    let mut of = vec![0; len];
    for run in runs {
        of.get_mut(run.from..run.to).into_iter().for_each(|bytes| fill(run.free, bytes));
    }
    of
}

impl Pattern {
    /// `bytes`, with those of its runs of digits free for which `same` says that a line with the other digits is of
    /// the same lane.
    pub(super) fn learn(bytes: &[u8], mut same: impl FnMut(&[u8]) -> bool) -> Self {
        let clocks = clocks(bytes);
        let mut runs = Vec::new();
        let mut from = 0;
        let mut other = bytes.to_vec();
        while let Some(at) = bytes.get(from..).and_then(|b| b.iter().position(u8::is_ascii_digit)) {
            let start = from + at;
            let end = start + bytes.iter().skip(start).take_while(|b| b.is_ascii_digit()).count();
            from = end;
            let last = bytes[end - 1];
            // Two other numbers: a clock may not allow one of them, a process is another one by both.
            let mut kept = 0;
            for digit in [b'0' + (last - b'0' + 1) % 10, b'0' + (last - b'0' + 9) % 10] {
                other[end - 1] = digit;
                kept += usize::from(same(&other));
            }
            other[end - 1] = last;
            let in_clock = clocks.iter().any(|&(a, b)| a <= start && end <= b);
            let before = start.checked_sub(1).map(|i| bytes[i]);
            let after = bytes.get(end);
            let last_run = runs.last().filter(|r: &&Run| r.to + 1 == start);
            let seconds = last_run.is_some_and(|r| r.free == MINUTES);
            // What reads like a clock's hours may be those of a zone, and fewer.
            let mut holds = |free: &Free| {
                let Free::Within(least, most) = *free else { return true };
                let kept = [least, most].iter().all(|n| {
                    other[start..end].copy_from_slice(&[b'0' + n / 10, b'0' + n % 10]);
                    self::clocks(&other) == clocks
                });
                other[start..end].copy_from_slice(&bytes[start..end]);
                kept
            };
            let mut one_of = |all: &[Free]| Some(all.iter().copied().find(&mut holds).unwrap_or(Free::Check));
            let free = match before {
                _ if !in_clock && kept < 2 => None,
                // With other digits it may be one.
                _ if !in_clock => Some(if may_be_clock(bytes, start, end) { Free::Check } else { Free::Any }),
                _ if kept == 0 => None,
                Some(b'.' | b',') if kept == 2 && seconds => Some(Free::Any),
                _ if end - start != 2 => Some(Free::Check),
                Some(b':') => one_of(&[MINUTES, HOURS]),
                _ if after == Some(&b':') => one_of(&[HOURS]),
                // `2024-03-01`: a month behind a year, a day behind a month.
                Some(b'-' | b'/') => match last_run {
                    Some(r) if r.to - r.from == 4 => one_of(&[MONTHS]),
                    Some(r) if r.free == MONTHS => one_of(&[DAYS]),
                    _ => Some(Free::Check),
                },
                _ => Some(Free::Check),
            };
            if let Some(free) = free {
                runs.push(Run { from: start, to: end, free });
            }
        }
        let free = free_of(&runs, bytes.len());
        let most = of_runs(&runs, bytes.len(), |_, bytes| bytes.fill(10));
        Self { bytes: bytes.to_vec(), free, most, runs }
    }

    /// How `text` compares; it must be as long.
    pub(super) fn like(&self, text: &[u8]) -> Like {
        if text.len() != self.bytes.len() {
            return Like::No;
        }
        if self.fits(text, &self.free) {
            Like::Same
        } else if self.fits(text, &self.most) {
            self.closer(text)
        } else {
            Like::No
        }
    }

    /// Whether nothing differs but digits, in the place of digits below those of `below`.
    fn fits(&self, text: &[u8], below: &[u8]) -> bool {
        let bytes = &self.bytes;
        let lasts = (text.last_chunk(), bytes.last_chunk(), below.last_chunk());
        let (Some(last), Some(last_bytes), Some(last_below)) = lasts else {
            return text.iter().zip(bytes).zip(below).all(|((b, of), below)| b == of || b.wrapping_sub(b'0') < *below);
        };
        let mut blocks = text.as_chunks().0.iter().zip(bytes.as_chunks().0).zip(below.as_chunks().0);
        // What comes just before the name differs most between lines of other kinds.
        fits(*last, *last_bytes, *last_below) && blocks.all(|((block, bytes), below)| fits(*block, *bytes, *below))
    }

    /// The same where digits differ that need a closer look.
    #[inline(never)]
    fn closer(&self, text: &[u8]) -> Like {
        let surely = |run: &Run| {
            let digits = text.get(run.from..run.to).unwrap_or_default();
            self.bytes.get(run.from..run.to) == Some(digits) || run.free.allows(digits)
        };
        if self.runs.iter().all(surely) { Like::Same } else { Like::Check }
    }

    /// Whether lines of this kind may differ at all.
    fn is_fixed(&self) -> bool {
        self.runs.is_empty()
    }

    /// Whether `text` differs in digits that may change only.
    pub(super) fn may_be(&self, text: &[u8]) -> bool {
        self.like(text) != Like::No
    }

    /// Takes over a line that is like it.
    pub(super) fn update(&mut self, text: &[u8]) {
        self.bytes.copy_from_slice(text);
    }
}

/// Whether both, which are as long, are the same; short ones without a call.
#[inline(always)]
fn same(a: &[u8], b: &[u8]) -> bool {
    match a.len() {
        8..=16 => a.first_chunk::<8>() == b.first_chunk::<8>() && a.last_chunk::<8>() == b.last_chunk::<8>(),
        4..=7 => a.first_chunk::<4>() == b.first_chunk::<4>() && a.last_chunk::<4>() == b.last_chunk::<4>(),
        _ => a == b,
    }
}

/// Whether the digits from `start` to `end`, which are part of no clock, could be part of one if they were others.
fn may_be_clock(bytes: &[u8], start: usize, end: usize) -> bool {
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let joins = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(|b| b":-/., _hT".contains(b));
    let before = joins(start.checked_sub(1)) && digit(start.checked_sub(2));
    let after = joins(Some(end)) && digit(Some(end + 1));
    // Days without marks, seconds since 1970; a month's name or a level before a day.
    let long = end - start == 8 || end - start >= 10;
    let named =
        start > 0 && bytes.get(..start).is_some_and(|b| b.trim_ascii_end().last().is_some_and(u8::is_ascii_alphabetic));
    before || after || long || named && joins(Some(end)) && bytes.iter().skip(end).take(8).any(u8::is_ascii_digit)
}

/// Where clocks stand.
fn clocks(text: &[u8]) -> Vec<(usize, usize)> {
    let mut text = text.to_vec();
    let mut found = Vec::new();
    for _ in 0..3 {
        let Some(clock) = stamp::find(&text) else { break };
        found.push((clock.from, clock.to));
        text[clock.from..clock.to].fill(b' ');
    }
    found
}

/// What a collector tells of a line beside who wrote it, which is the same for all lines of a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Nothing,
    /// Its clock, which is the one that stands before what the program wrote.
    Before,
    /// Its clock, which is the one that stands behind.
    Behind,
    /// Its clock, which only a look at the whole line tells.
    Somewhere,
}

/// How the lines of a lane begin and end.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) lane: usize,
    /// From the line's beginning to the name.
    pub(super) head: Pattern,
    /// From the count's end to the line's.
    pub(super) tail: Pattern,
    /// Where, in the line, what the program wrote begins: before it stands what a collector put there.
    pub(super) inner: usize,
    /// What stands before the name has digits enough for a clock.
    pub(super) stamped: bool,
    /// There is a clock among them.
    pub(super) clock: bool,
    pub(super) told: Told,
}

impl Shape {
    /// Where the name begins in the line at `line`, if that begins as the shape's lines do.
    #[inline]
    pub(super) fn begins(&mut self, chunk: &[u8], line: usize) -> Option<usize> {
        if self.head.bytes.is_empty() {
            return Some(line);
        }
        let at = line + self.head.bytes.len();
        let head = chunk.get(line..at)?;
        (same(head, &self.head.bytes) || self.begins_as(head)).then_some(at)
    }

    /// Takes over what stands before the name, in the text and in all of the line, where that may be so. Digits that need
    /// a closer look may be no clock any more.
    pub(super) fn take(&mut self, head: &[u8], prefix: &[u8]) {
        if self.head.like(head) != Like::Same {
            self.clock = stamp::find(prefix).is_some();
        }
        self.head.update(head);
    }

    /// Whether `head` may stand before the name where it is not what stood there last; it is taken over then.
    #[inline(never)]
    fn begins_as(&mut self, head: &[u8]) -> bool {
        // Lines of other kinds differ at once where the name should begin.
        let other = head.last() != self.head.bytes.last() && !head.last().is_some_and(u8::is_ascii_digit);
        if other || self.head.is_fixed() || self.head.like(head) != Like::Same {
            return false;
        }
        self.head.update(head);
        true
    }

    /// Where the line ends that goes on at `at` as the shape's lines do behind their counts.
    #[inline]
    pub(super) fn ends(&mut self, chunk: &[u8], at: usize) -> Option<usize> {
        let mut at = at;
        let n = self.tail.bytes.len();
        if n > 0 {
            let tail = chunk.get(at..at + n)?;
            // A collector's clock never stays.
            if self.tail.like(tail) != Like::Same {
                return None;
            }
            self.tail.update(tail);
            at += n;
        }
        (chunk.get(at) == Some(&b'\n')).then_some(at + 1)
    }

    /// The clock that a collector put around the line that was read last. The outer `None`: only a look at the whole line
    /// tells.
    pub(super) fn told_clock(&self) -> Option<Option<Stamp>> {
        self.clock_around(&self.head.bytes, &self.tail.bytes)
    }

    /// The same of a line that begins and ends so.
    pub(super) fn clock_around(&self, head: &[u8], tail: &[u8]) -> Option<Option<Stamp>> {
        let around = match self.told {
            Told::Nothing => return Some(None),
            Told::Before => head.get(..self.inner)?,
            Told::Behind => tail,
            Told::Somewhere => return None,
        };
        Some(Some(stamp::find(around)?.stamp))
    }

    /// Something stands around the line.
    pub(super) fn wrapped(&self) -> bool {
        self.inner > 0 || !self.tail.bytes.is_empty()
    }
}

/// The shapes of all lanes.
#[derive(Debug, Clone, Default)]
pub(super) struct Shapes {
    pub(super) all: Vec<Shape>,
    /// Those that differ in digits only, by what stands before the name with each digit masked.
    index: HashMap<u64, Vec<u32>, foldhash::fast::FixedState>,
    /// Lines without a shape that were not worth one more.
    missed: u32,
    /// Keys of lines without a shape, each at its place.
    seen: Vec<u64>,
    /// The ones that were met last, the last first.
    pub(super) lately: Vec<u32>,
    /// Those with something around the line.
    pub(super) wrapped: Vec<u32>,
    /// How often one of those was looked for in a line that has none so far.
    pub(super) tries: u32,
}

/// Shapes that the next line is held against.
const LATELY: usize = 4;

impl Shapes {
    /// The shape without a tail whose head is like `head`.
    pub(super) fn find(&mut self, head: &[u8]) -> Option<(usize, Like)> {
        let hash = hash(head);
        self.index.get(&hash)?.iter().find_map(|&at| {
            let like = self.all.get(at as usize)?.head.like(head);
            (like != Like::No).then_some((at as usize, like))
        })
    }

    /// Whether a shape for `head`, which has none, is worth its learning; `lanes`: how many lanes lines like it are of.
    pub(super) fn wants(&mut self, head: &[u8], lanes: usize) -> bool {
        let hash = hash(head);
        let alike = self.index.get(&hash).map(Vec::len);
        if lanes > ALIKE || alike.is_some_and(|alike| alike >= ALIKE) {
            self.missed = self.missed.wrapping_add(1);
            return self.missed.is_multiple_of(SELDOM);
        }
        alike.is_some() || self.was_seen(hash)
    }

    /// Whether a line without a shape had this key before: one that never comes again is not worth learning.
    fn was_seen(&mut self, hash: u64) -> bool {
        self.seen.resize(SEEN, 0);
        let last = self.seen.get_mut(hash as usize % SEEN).map(|slot| std::mem::replace(slot, hash));
        last == Some(hash)
    }

    /// Adds a shape, where there is room.
    pub(super) fn add(&mut self, shape: Shape) -> Option<usize> {
        if shape.head.bytes.len() > LONGEST || shape.tail.bytes.len() > LONGEST {
            return None;
        }
        if self.all.len() >= MOST {
            self.clear();
        }
        let at = self.all.len();
        if shape.wrapped() {
            self.wrapped.push(at as u32);
        } else {
            let hash = hash(&shape.head.bytes);
            let alike = self.index.entry(hash).or_default();
            if alike.len() >= ALIKE {
                alike.remove(0);
            }
            alike.push(at as u32);
        }
        self.all.push(shape);
        Some(at)
    }

    /// Lanes have other numbers, or are no more.
    pub(super) fn move_lanes(&mut self, moved: &[Option<usize>]) {
        let (shapes, lately) = (std::mem::take(&mut self.all), std::mem::take(&mut self.lately));
        self.clear();
        let add = |mut shape: Shape| {
            shape.lane = moved.get(shape.lane).copied().flatten()?;
            self.add(shape)
        };
        let places: Vec<Option<usize>> = shapes.into_iter().map(add).collect();
        let place = |at: u32| places.get(at as usize).copied().flatten();
        self.lately = lately.into_iter().filter_map(place).map(|at| at as u32).collect();
    }

    /// Remembers that a line had this shape.
    pub(super) fn met(&mut self, at: usize) {
        let at = at as u32;
        if self.lately.first() == Some(&at) {
            return;
        }
        if self.lately.get(1) == Some(&at) {
            return self.lately.swap(0, 1);
        }
        match self.lately.iter().position(|&other| other == at) {
            Some(place) => self.lately[..=place].rotate_right(1),
            None => {
                self.lately.truncate(LATELY - 1);
                self.lately.insert(0, at);
            }
        }
    }

    /// Forgets all shapes.
    pub(super) fn clear(&mut self) {
        self.all.clear();
        self.index.clear();
        self.lately.clear();
        self.wrapped.clear();
    }
}
