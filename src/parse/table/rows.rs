//! A line that looks like a row comes in; it joins its lane's open table, or begins the next one.

use super::super::block::{Block, Context, Layout, Seam};
use super::super::chain::Link;
use super::super::line::Tail;
use super::super::prefix::{self, Writer};
use super::super::snapshots::Place;
use super::super::words::{self, Known};
use super::clean::Open;
use super::recent::may_have_clock;
use super::{LastRow, Meta, PATIENCE, Tables};

/// A line that looks like a row, and where its parts lie.
struct Row<'a> {
    text: &'a [u8],
    tail: Tail,
    name_at: usize,
    place: Place,
}

impl<'a> Row<'a> {
    fn name(&self) -> &'a [u8] {
        self.text.get(self.name_at..self.tail.name_end).unwrap_or_default()
    }

    fn prefix(&self) -> &'a [u8] {
        self.text.get(..self.name_at).unwrap_or_default()
    }

    fn layout(&self) -> Layout {
        Layout::of(self.text, self.name_at, &self.tail)
    }
}

impl Tables {
    /// Takes a line that looks like a row.
    pub(super) fn row(&mut self, text: &[u8], tail: Tail, name_at: usize, place: Place, meta: &Meta) {
        let last_lane = self.last_lane.take();
        // It may turn out to be no row; its clock is one all the same.
        let prefix = text.get(..name_at).unwrap_or_default();
        let name = text.get(name_at..tail.name_end).unwrap_or_default();
        if may_have_clock(prefix) {
            self.recents.stamp(self.line, prefix, meta.stamp);
        }
        self.look_for_day_of_row(prefix, meta);
        if let Some(lane) = last_lane.and_then(|last| self.join_longer(last, text, &tail, name_at, place)) {
            self.last_lane = Some(lane);
            return;
        }
        let (lane, clocked) = self.lane(text, name_at, meta);
        self.last_lane = Some(lane);
        self.last_row = Some(LastRow { lane, name_at, count_at: tail.count_at, end: tail.end });
        // Where rows of several processes alternate, nothing is a table as long as nobody knows the ids.
        let of_type = || tail.delta.is_some() || words::known(&String::from_utf8_lossy(name)) != Known::No;
        if !self.lanes.bare && self.lanes.all.get(lane).is_some_and(|l| l.bare) && of_type() {
            self.lanes.bare = true;
        }
        let last_line = self.lanes.all.get(lane).and_then(|l| l.last_line());
        if last_line.is_some_and(|last| last + PATIENCE < self.line) {
            self.close(lane, Link::Apart);
        }
        let row = Row { text, tail, name_at, place };
        let layout = row.layout();
        let head = last_lane
            .filter(|&last| last != lane)
            .and_then(|last| self.head_row(last, lane, row.name(), &tail, &layout));
        if head.is_none() && self.join(lane, &row, &layout, meta) {
            return;
        }
        if head.is_none()
            && let Some(mut rest) = self.split(lane, &row, &layout)
        {
            self.close(lane, Link::Apart);
            rest.push(text, name_at, tail, place, Seam::None, None);
            (rest.last_line, rest.passed) = (self.line, self.passed);
            if let Some(l) = self.lanes.all.get_mut(lane) {
                l.open = Some(Open::Block(Box::new(rest)));
            }
            return;
        }
        self.open(lane, head, &row, &layout, (meta, clocked));
    }

    /// Adds a row to its lane's open table, where it can follow there.
    fn join(&mut self, lane: usize, row: &Row, layout: &Layout, meta: &Meta) -> bool {
        let (line, passed) = (self.line, self.passed);
        let Some(l) = self.lanes.all.get(lane) else { return false };
        let (aligned, open_passed, last_line) = match &l.open {
            None => return false,
            Some(Open::Clean(clean)) => (clean.layout().agrees(layout), clean.passed, clean.last_line),
            Some(Open::Block(block)) => (block.aligned(layout), block.passed, block.last_line),
        };
        // What was begun of a next table is no rest of the last one.
        let begun = self.unended && open_passed != passed;
        if begun || !l.follows(row.name(), &row.tail) || self.recents.ended(&[], last_line) {
            return false;
        }
        let seam = match (open_passed != passed, aligned) {
            (false, true) => Seam::None,
            (false, false) => Seam::Column,
            (true, true) => Seam::Text,
            (true, false) => Seam::Both,
        };
        let context = (seam != Seam::None).then(|| {
            let mut context = self.context(&[], last_line).told(meta.stamp);
            context.called |= meta.told_row;
            context
        });
        let Some(l) = self.lanes.all.get_mut(lane) else { return false };
        match &mut l.open {
            Some(Open::Clean(clean)) if seam == Seam::None && !layout.has_tabs() && row.place != clean.last => {
                let name = l.names.entry(row.name(), row.prefix());
                l.push(name, row.tail.count, row.place, line, passed);
            }
            _ => {
                let Some(block) = l.block() else { return false };
                block.push(row.text, row.name_at, row.tail, row.place, seam, context);
                (block.last_line, block.passed) = (line, passed);
            }
        }
        true
    }

    /// The rows that this one goes on with, off the open table that it cannot follow.
    fn split(&mut self, lane: usize, row: &Row, layout: &Layout) -> Option<Block> {
        let passed = self.passed;
        match &mut self.lanes.all.get_mut(lane)?.open {
            Some(Open::Block(block)) if block.passed == passed && block.aligned(layout) => {
                block.split_at_text(row.name(), &row.tail)
            }
            _ => None,
        }
    }

    /// Closes what is open in a lane and begins a table there; with `head` as its first row. `clocked`: what stands before
    /// the row has a clock.
    fn open(&mut self, lane: usize, head: Option<Block>, row: &Row, layout: &Layout, (meta, clocked): (&Meta, bool)) {
        let open = self.lanes.all.get(lane);
        let since = open.and_then(|l| l.last_line()).unwrap_or(0);
        let behind = head.is_none() && !meta.told_row && open.and_then(|l| l.passed()) == Some(self.passed);
        let link = open.filter(|_| behind).map_or(Link::Apart, |l| l.link(row.name(), &row.tail));
        self.close(lane, link);
        let context = if clocked { self.clocked(&[], since) } else { self.context(&[], since) };
        let mut context = context.told(meta.stamp);
        context.called |= meta.told_row;
        let titled = if head.is_none() { self.titled(&[], lane, &context) } else { None };
        let (line, passed, trace) = (self.line, self.passed, self.trace);
        let Some(l) = self.lanes.all.get_mut(lane) else { return };
        if !trace && head.is_none() && row.tail.delta.is_none() && !layout.has_tabs() {
            l.forget_names_of_none();
            let name = l.names.entry(row.name(), row.prefix());
            l.begin(row.prefix(), layout.column(), context, titled, row.place);
            l.push(name, row.tail.count, row.place, line, passed);
            return;
        }
        let mut block = Block::new(row.tail.delta.is_some());
        if let Some((first, _, context)) = head.as_ref().and_then(Block::only_row) {
            let line = head.as_ref().map(|head| head.line(first)).unwrap_or_default();
            block.push(line, first.name_at, first.tail, first.place, Seam::None, Some(context));
        }
        let context = head.is_none().then_some(context);
        block.push(row.text, row.name_at, row.tail, row.place, Seam::None, context);
        (block.last_line, block.passed) = (line, passed);
        block.titled = titled;
        l.open = Some(Open::Block(Box::new(block)));
    }

    /// Who wrote the title over a table that begins in the lane now, where its own rows do not tell.
    pub(super) fn titled(&self, chunk: &[u8], lane: usize, context: &Context) -> Option<Writer> {
        let lane = self.lanes.all.get(lane).filter(|lane| lane.writer == Writer::default())?;
        let title = self.recents.title(chunk, self.line)?;
        if context.own {
            return Some(prefix::writer(title));
        }
        // What a collector puts before a line stands before the title, too; the server's own brackets follow.
        let at = if lane.prefix.is_empty() { None } else { prefix::after_same(&lane.prefix, title) }?;
        let brackets = prefix::brackets(title.get(at..)?);
        (!brackets.is_empty()).then(|| prefix::writer(brackets))
    }

    /// A name that holds blanks shows in that the line begins as the lines before it and its count stands in their
    /// column; so does one in the line before, which then is taken anew.
    pub(super) fn join_longer(
        &mut self,
        last: usize,
        text: &[u8],
        tail: &Tail,
        name_at: usize,
        place: Place,
    ) -> Option<usize> {
        let (line, passed) = (self.line, self.passed);
        let lane = self.lanes.all.get_mut(last)?;
        let at = prefix::after_same(&lane.prefix, text)?;
        if at >= name_at {
            return None;
        }
        let row = Row { text, tail: *tail, name_at: at, place };
        let layout = row.layout();
        let (rows, aligned) = lane.open.as_ref()?.rows_and_column(&layout);
        if !(rows > 1 && words::possible(row.name()) && aligned && lane.follows(row.name(), tail)) {
            return None;
        }
        match &mut lane.open {
            Some(Open::Clean(clean)) if !layout.has_tabs() && place != clean.last => {
                let name = lane.names.entry(row.name(), row.prefix());
                lane.push(name, tail.count, place, line, passed);
            }
            _ => {
                let block = lane.block()?;
                block.push(text, at, *tail, place, Seam::None, None);
                (block.last_line, block.passed) = (line, passed);
            }
        }
        Some(last)
    }

    /// The line before, where it is the first row of the table that this row goes on with: a logger's prefix may
    /// stand on the first line of a record only.
    fn head_row(&mut self, last: usize, lane: usize, name: &[u8], tail: &Tail, layout: &Layout) -> Option<Block> {
        let shorter = &self.lanes.all.get(lane)?.prefix;
        let head = self.lanes.all.get(last)?;
        if prefix::after_same(shorter, &head.prefix).is_none_or(|end| end >= head.prefix.len()) {
            return None;
        }
        let (rows, aligned) = head.open.as_ref()?.rows_and_column(layout);
        if rows != 1 || !aligned || !head.follows(name, tail) {
            return None;
        }
        let head = self.lanes.all.get_mut(last)?;
        head.block()?;
        match head.open.take()? {
            Open::Block(block) => Some(*block),
            Open::Clean(_) => None,
        }
    }
}
