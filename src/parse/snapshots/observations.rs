//! A type's counts come out of its column again, one by one or many at once.

use super::Observed;
use super::column::{ESCAPE, LONG, NEAR, STAYED, take, unzigzag};
use super::tables::{TURNS, Tables};

/// A type's counts in the order of snapshots, read off its codes.
#[derive(Debug, Clone)]
pub struct Observations<'a> {
    codes: &'a [u8],
    next: u32,
    /// The last count.
    count: u64,
    /// The last count of each whose turn it may be; empty where one process prints all.
    lasts: Vec<u64>,
    /// How many more times the count stays.
    stays: u8,
    rest: &'a [Vec<u8>],
    open: Option<&'a [u8]>,
    deltas: &'a [u8],
    tables: &'a Tables,
}

impl<'a> Observations<'a> {
    /// Of the codes on the first page, on the full ones behind it, and on the open one.
    pub(super) fn new(
        codes: &'a [u8],
        rest: &'a [Vec<u8>],
        open: Option<&'a [u8]>,
        deltas: &'a [u8],
        tables: &'a Tables,
    ) -> Self {
        let lasts = match tables.n_writers() {
            0 | 1 => Vec::new(),
            n => vec![0; n.min(TURNS)],
        };
        Self { codes, next: 0, count: 0, lasts, stays: 0, rest, open, deltas, tables }
    }

    /// Puts the next counts that stand in snapshots without a gap into `counts`, at most `most` of them, and says which
    /// snapshot the first is of. `None` after the last. Only for types that `show_growth` never shows.
    pub(crate) fn next_run(&mut self, most: usize, counts: &mut Vec<u64>) -> Option<u32> {
        counts.clear();
        let first = self.step()?;
        counts.push(self.count);
        self.go_on(most, counts);
        Some(first)
    }

    /// Puts the counts that follow the last one without a gap behind those in `counts`, until these are `most`. Only for types that
    /// `show_growth` never shows.
    pub(crate) fn go_on(&mut self, most: usize, counts: &mut Vec<u64>) {
        if !self.lasts.is_empty() {
            return self.go_on_by_turns(most, counts);
        }
        while counts.len() < most {
            if self.stays > 0 {
                let n = usize::from(self.stays).min(most - counts.len());
                counts.resize(counts.len() + n, self.count);
                self.stays -= n as u8;
                self.next = self.next.wrapping_add(n as u32);
            }
            // Single bytes, as far as they go.
            let codes = self.codes.get(..self.codes.len().min(most - counts.len())).unwrap_or_default();
            let n = singles(codes);
            let mut count = self.count;
            counts.extend(codes[..n].iter().map(|&code| {
                count = count.wrapping_add_signed(unzigzag(u64::from(code)));
                count
            }));
            self.count = count;
            self.codes = &self.codes[n..];
            self.next = self.next.wrapping_add(n as u32);
            if counts.len() < most {
                if self.ahead() != Some(self.next) {
                    break;
                }
                self.step();
                counts.push(self.count);
            }
        }
    }

    /// Puts the counts behind those in `counts` there, up to `most`, as far as they go without a gap.
    fn go_on_by_turns(&mut self, most: usize, counts: &mut Vec<u64>) {
        while counts.len() < most && self.ahead() == Some(self.next) {
            if self.stays > 0 || self.codes.first().is_none_or(|&code| code >= NEAR as u8) {
                self.step();
                counts.push(self.count);
                continue;
            }
            // Single bytes, as far as they go.
            let before = counts.len();
            let codes = self.codes.get(..self.codes.len().min(most - before)).unwrap_or_default();
            for (&code, turn) in codes.iter().zip(self.tables.turns(self.next as usize)) {
                if code >= NEAR as u8 {
                    break;
                }
                let Some(last) = self.lasts.get_mut(usize::from(turn)) else { break };
                *last = last.wrapping_add_signed(unzigzag(u64::from(code)));
                counts.push(*last);
            }
            let n = counts.len() - before;
            let (Some(&last), 1..) = (counts.last(), n) else { break };
            self.count = last;
            self.codes = self.codes.get(n..).unwrap_or_default();
            self.next = self.next.wrapping_add(n as u32);
        }
    }

    /// The snapshot that comes next.
    pub(crate) fn ahead(&self) -> Option<u32> {
        if self.stays > 0 {
            return Some(self.next);
        }
        let codes = match self.codes {
            [] => self.rest.first().map(Vec::as_slice).or(self.open)?,
            codes => codes,
        };
        // Nearly always it is the one that follows.
        let (&code, mut behind) = codes.split_first()?;
        if code != ESCAPE {
            return Some(self.next);
        }
        Some(self.next.wrapping_add(take(&mut behind) as u32).wrapping_sub(1))
    }

    /// Whether deltas stand beside some counts.
    pub(crate) fn has_deltas(&self) -> bool {
        !self.deltas.is_empty()
    }

    /// The codes go on on the next page; `None` after the last.
    #[cold]
    fn turn_page(&mut self) -> Option<()> {
        let page = match self.rest.split_first() {
            Some((page, rest)) => {
                self.rest = rest;
                page
            }
            None => self.open.take()?,
        };
        self.codes = page;
        Some(())
    }

    fn byte(&mut self) -> u8 {
        let Some((&byte, rest)) = self.codes.split_first() else { return 0 };
        self.codes = rest;
        byte
    }

    /// What the next code says, as the snapshot that it is of.
    #[inline]
    fn step(&mut self) -> Option<u32> {
        let mut step = 0;
        if self.stays > 0 {
            self.stays -= 1;
        } else {
            let code = loop {
                match self.codes.split_first() {
                    Some((&code, rest)) => {
                        self.codes = rest;
                        break code;
                    }
                    None => self.turn_page()?,
                }
            };
            if code >= STAYED {
                self.stays = code - STAYED + LONG - 1;
            } else if code < NEAR as u8 {
                step = unzigzag(u64::from(code));
            } else if code != ESCAPE {
                let above = ((u64::from(code) - NEAR) << 8) | u64::from(self.byte());
                step = unzigzag(NEAR + above);
            } else {
                let passed = take(&mut self.codes) as u32;
                step = unzigzag(take(&mut self.codes));
                self.next = self.next.wrapping_add(passed).wrapping_sub(1);
            }
        }
        let last = match self.lasts.as_mut_slice() {
            [] => &mut self.count,
            lasts => lasts.get_mut(usize::from(self.tables.turn(self.next as usize)))?,
        };
        *last = last.wrapping_add_signed(step);
        self.count = *last;
        let snapshot = self.next;
        self.next = snapshot.wrapping_add(1);
        Some(snapshot)
    }
}

/// How many codes of one byte come first.
fn singles(codes: &[u8]) -> usize {
    const EACH: u64 = u64::from_ne_bytes([1; 8]);
    // What is not below carries into the highest bit of its byte, or has it.
    let longer = |eight: &[u8; 8]| {
        let eight = u64::from_ne_bytes(*eight);
        (eight | eight.wrapping_add(EACH * (128 - NEAR))) & (EACH << 7) != 0
    };
    let (eights, rest) = codes.as_chunks();
    let all = eights.iter().take_while(|eight| !longer(eight)).count();
    let rest = eights.get(all).map_or(rest, <[u8; 8]>::as_slice);
    8 * all + rest.iter().take_while(|&&code| code < NEAR as u8).count()
}

impl Iterator for Observations<'_> {
    type Item = Observed;

    #[inline]
    fn next(&mut self) -> Option<Observed> {
        let snapshot = self.step()?;
        let delta = (!self.deltas.is_empty() && self.tables.is_growth(snapshot as usize))
            .then(|| unzigzag(take(&mut self.deltas)));
        Some(Observed { snapshot, count: self.count, delta })
    }
}
