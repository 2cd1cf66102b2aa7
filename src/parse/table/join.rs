//! Two folds over one log are joined: one has read up to a line, another has begun further back, with what a look at
//! the log's beginning taught, and has read on from there. Where both stand alike at that line, what the second makes
//! of the rest is what the first would have made of it, to the byte.

use super::clean::{Clean, Open};
use super::lane::{Lane, MOST_LANES};
use super::shape::Shapes;
use super::{Block, Found, Place, Tables};
use crate::parse::stamp;

/// How numbers that both count differ.
#[derive(Debug, Clone, Copy)]
pub(in crate::parse) struct Shift {
    /// Lines of the file.
    place: u64,
    /// Logical lines.
    line: u64,
    /// Logical lines that are no rows.
    passed: u64,
    /// Logical lines up to this one were read by both.
    common: u64,
}

impl Shift {
    fn place(&self, place: Place) -> Place {
        Place { line: place.line.wrapping_add(self.place), ..place }
    }

    pub(super) fn line(&self, line: u64) -> u64 {
        if line <= self.common { line } else { line.wrapping_add(self.line) }
    }
}

/// Far more lines than any log has: what was read before the beginning lies so far back.
const FAR: u64 = 1 << 48;

impl Tables {
    /// A fold that begins somewhere further on in the log, with what this one has learnt.
    pub(in crate::parse) fn taught(&self) -> Self {
        let mut taught = self.without_found();
        for lane in &mut taught.lanes.all {
            lane.forget_open();
        }
        (taught.last_lane, taught.open_list, taught.held) = (None, None, 0);
        taught.line += FAR;
        taught.passed += FAR;
        taught
    }

    /// All but the tables that were found.
    pub(in crate::parse) fn without_found(&self) -> Self {
        Self { shapes: self.shapes.clone(), ..self.stand() }
    }

    /// The same, as far as another fold that stands alike has the same.
    pub(in crate::parse) fn stand(&self) -> Self {
        Self {
            lanes: self.lanes.clone(),
            shapes: Shapes::default(),
            names: self.names.clone(),
            last_lane: self.last_lane,
            line: self.line,
            passed: self.passed,
            recents: self.recents.clone(),
            found: self.found.writers_only(),
            like_rows: self.like_rows,
            open_list: self.open_list.clone(),
            starts: self.starts.stand(),
            day: self.day,
            looked: self.looked,
            held: self.held,
            unended: false,
            trace: self.trace,
            told_clock: self.told_clock,
            last_row: None,
            rejected: Vec::new(),
        }
    }

    /// How this fold's numbers differ from those of `there`, which stands at the same line; `places`: by how many lines
    /// of the file, `common`: lines read before `there` began.
    pub(in crate::parse) fn shift_from(&self, there: &Self, places: u64, taught: &Self) -> Shift {
        Shift {
            place: places,
            line: self.line.wrapping_sub(there.line),
            passed: self.passed.wrapping_sub(there.passed),
            common: taught.line.wrapping_sub(FAR),
        }
    }

    /// Whether `there`, at the same line, will make the same of the rest; `end` is how it stands behind that.
    pub(in crate::parse) fn stands_like(&mut self, there: &mut Self, end: &Self, shift: Shift) -> bool {
        self.close_over();
        there.close_over();
        let key = |tables: &Self| tables.last_lane.and_then(|lane| Some(tables.lanes.all.get(lane)?.key()));
        let counted = self.day == there.day && self.looked == there.looked;
        // None of those that matter is let go.
        let few = [&*self, &*there, end].iter().all(|t| t.lanes.that_matter() < MOST_LANES / 4);
        if !counted || !few || self.open_list.is_some() || there.open_list.is_some() || key(self) != key(there) {
            return false;
        }
        let here_open = self.lanes.all.iter().filter(|lane| lane.open.is_some()).count();
        let there_open = there.lanes.all.iter().filter(|lane| lane.open.is_some()).count();
        here_open == there_open
            && self.recents.same(&there.recents, shift)
            && self.lanes.all.iter().all(|lane| match there.lanes.like(lane) {
                Some(other) => lane.stands_like(other, shift),
                // One that only this fold knows must not matter further on.
                None => lane.open.is_none() && (!lane.matters() || lane.is_done() && end.lanes.like(lane).is_none()),
            })
            // One that only the other fold knows must not either: a part of a line may have made it.
            && there.lanes.all.iter().all(|lane| self.lanes.like(lane).is_some() || !lane.matters())
    }

    /// Goes on with what `end` has become of a fold that stood at `there` as this one does. Memory that is left over
    /// comes back.
    pub(in crate::parse) fn go_on_with(
        &mut self,
        there: &Self,
        mut end: Self,
        found_there: usize,
        shift: Shift,
    ) -> Found {
        end.lanes.bare |= self.lanes.bare;
        end.lanes.all.iter_mut().for_each(|lane| lane.shift(shift));
        for lane in &self.lanes.all {
            if lane.has_history() && end.lanes.like(lane).is_none() {
                end.lanes.adopt(lane.clone());
            }
        }
        if let Some(list) = &mut end.open_list {
            list.place = shift.place(list.place);
        }
        end.recents.shift(shift);
        end.line = shift.line(end.line);
        end.passed = end.passed.wrapping_add(shift.passed);
        end.like_rows = self.like_rows + (end.like_rows - there.like_rows);
        let theirs = std::mem::take(&mut end.starts);
        end.starts = std::mem::take(&mut self.starts);
        end.starts.go_on_with(&there.starts, theirs, |place| shift.place(place));
        let mut found = std::mem::take(&mut end.found);
        found.skip(found_there, |place| shift.place(place));
        for draft in self.found.in_order(None) {
            let mut kept = draft.clone();
            kept.writer = found.writer(self.found.writer_of(draft));
            let names = &mut end.names;
            let here = &self.names.names;
            let rows = self.found.rows(draft).map(|(name, count, delta)| {
                (names.id(here.get(name as usize).map_or("", |name| name)), count, delta.unwrap_or(0))
            });
            found.push(kept, rows);
        }
        end.found = found;
        std::mem::replace(self, end).found
    }
}

impl Lane {
    /// Nothing in it is undecided.
    fn is_done(&self) -> bool {
        self.held.is_empty() && !self.held.has_refused() && self.chain.is_idle()
    }

    fn has_history(&self) -> bool {
        self.history.tables > 0 || self.history.lists > 0
    }

    /// Both stand alike at one line.
    fn stands_like(&self, there: &Self, shift: Shift) -> bool {
        let (a, b) = (&self.history, &there.history);
        let history = (a.tables > 0, a.lists > 0, a.usual_rows, a.last_most, a.trusted, a.single_rows, a.growth_lists)
            == (b.tables > 0, b.lists > 0, b.usual_rows, b.last_most, b.trusted, b.single_rows, b.growth_lists);
        let open = match (&self.open, &there.open) {
            (None, None) => true,
            (Some(Open::Clean(a)), Some(Open::Clean(b))) => a.is(b, self, there, shift),
            (Some(Open::Block(a)), Some(Open::Block(b))) => {
                a.is(b, |place| shift.place(place)) && {
                    a.last_line == shift.line(b.last_line) && a.passed == b.passed.wrapping_add(shift.passed)
                }
            }
            _ => false,
        };
        let idle = self.held.is_empty() && there.held.is_empty() && self.held.has_refused() == there.held.has_refused();
        history && open && idle && self.chain.stands_like(&there.chain) && self.last_names().eq(there.last_names())
    }

    /// Counts as the other fold does.
    fn shift(&mut self, shift: Shift) {
        let change = |block: &mut Block| {
            block.rows.iter_mut().for_each(|row| row.place = shift.place(row.place));
            block.last_line = shift.line(block.last_line);
            block.passed = block.passed.wrapping_add(shift.passed);
        };
        match &mut self.open {
            None => {}
            Some(Open::Clean(clean)) => {
                (clean.first, clean.last) = (shift.place(clean.first), shift.place(clean.last));
                clean.last_line = shift.line(clean.last_line);
                clean.passed = clean.passed.wrapping_add(shift.passed);
            }
            Some(Open::Block(block)) => change(block),
        }
        self.chain.shift(change);
        self.held.shift(change, |line| shift.line(line));
    }
}

impl Clean {
    /// Both are the same table.
    fn is(&self, other: &Self, here: &Lane, there: &Lane, shift: Shift) -> bool {
        // A row with a clock of its own asks for no other: one fold may know that of it at once, and one may not.
        let beside = self.context.beside || other.context.beside;
        let untold = || !beside && stamp::find(&self.prefix).is_some();
        let name = |lane: &Lane, name: u32| lane.names.entries.get(name as usize).map(|e| e.name.clone());
        self.first == shift.place(other.first)
            && self.last == shift.place(other.last)
            && self.last_line == shift.line(other.last_line)
            && self.passed == other.passed.wrapping_add(shift.passed)
            && (self.column, &self.prefix, &self.counts) == (other.column, &other.prefix, &other.counts)
            && self.context.called == other.context.called
            && ((self.context.stamp, self.context.own) == (other.context.stamp, other.context.own) || untold())
            && self.titled == other.titled
            && self.names.iter().zip(&other.names).all(|(&a, &b)| name(here, a) == name(there, b))
    }
}
