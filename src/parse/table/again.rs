//! Lines of other loggers that look like rows come again and again: each ends the table that the one before has begun in
//! their lane, which is none, and begins another one like it.

use super::super::before::Row;
use super::super::chain::Link;
use super::super::snapshots::Place;
use super::burst::{Short, claims, number, stands};
use super::clean::{Clean, Open};
use super::lane::Lane;
use super::shape::Like;
use super::{PATIENCE, Tables};

impl Tables {
    /// Takes the line at `from..to` of the chunk, which differs from one before in digits only, where that looked like
    /// `row`, it is the same type's in the same lane, and nobody would take what that lane has open for a table. What
    /// becomes of it is what [`rows_of`](Self::rows_of) would make of it. `place` is its own.
    pub(in crate::parse) fn once_more(
        &mut self,
        row: Row,
        chunk: &[u8],
        (from, to): (usize, usize),
        place: Place,
    ) -> Option<()> {
        let shape = self.shapes.all.get_mut(row.shape as usize)?;
        let (lane_at, name_at, count_at) =
            (shape.lane, from + usize::from(row.name_at), from + usize::from(row.count_at));
        let head = chunk.get(from..name_at)?;
        if !(shape.clock && shape.stamped) || shape.wrapped() || shape.head.like(head) != Like::Same {
            return None;
        }
        shape.head.update(head);
        let lane = self.lanes.all.get(lane_at)?;
        let Some(Open::Clean(clean)) = &lane.open else { return None };
        let &[name] = clean.names.as_slice() else { return None };
        let one = lane.surely_none(clean) && lane.held.is_empty() && lane.chain.is_idle();
        let width = count_at.checked_sub(name_at + 1)?;
        if !one || width > 64 || !stands(lane.names.entries.get(name as usize)?, chunk, name_at, width) {
            return None;
        }
        let (count, end) = number(chunk, count_at)?;
        if end != to || chunk.get(end) != Some(&b'\n') {
            return None;
        }
        // One that has waited too long is over.
        let in_time = clean.last_line + PATIENCE > self.line;
        let since = if in_time { clean.last_line } else { 0 };
        let link = if in_time && clean.passed == self.passed { Link::NameAgain } else { Link::Apart };
        let last = self.last_lane.filter(|&last| last != lane_at).and_then(|last| self.lanes.all.get(last));
        if last.is_some_and(|last| last.kin != lane.kin) {
            let row = Short { name, count, line: from, name_at, count_at, next: end + 1 };
            if claims(last?, lane, shape, chunk, &row) {
                return None;
            }
        }
        self.line += 1;
        self.recents.note_stamped(self.line, (from, name_at));
        let context = self.clocked(chunk, since);
        let titled = self.titled(chunk, lane_at, &context);
        self.like_rows += 1;
        self.last_lane = Some(lane_at);
        let lane = self.lanes.all.get_mut(lane_at)?;
        lane.chain.lets_pass(link);
        let clean = lane.begin_once_more(name, count_at - name_at, count)?;
        (clean.first, clean.last) = (place, place);
        (clean.context, clean.titled) = (context, titled);
        (clean.last_line, clean.passed) = (self.line, self.passed);
        clean.prefix.clear();
        clean.prefix.extend_from_slice(head);
        Some(())
    }
}

impl Lane {
    /// Begins a clean table with the row of a name in the place of the open one, which has that name only.
    fn begin_once_more(&mut self, name: u32, column: usize, count: u64) -> Option<&mut Clean> {
        self.begun += 1;
        let Some(Open::Clean(clean)) = &mut self.open else { return None };
        clean.table = self.begun;
        *self.names.shown.get_mut(name as usize)? = self.begun;
        let touching = self.names.entries.get(name as usize)?.chars + 1 == column;
        (clean.exact, clean.padded) = (touching, !touching);
        clean.straight = self.expected.names().first() == Some(&name);
        (clean.column, *clean.counts.first_mut()?) = (column, count);
        Some(clean)
    }
}
