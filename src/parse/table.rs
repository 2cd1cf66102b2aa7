//! The one fold: lines come in, in order, tables go out. All memory of the parser is here.
//!
//! Lines that look like rows are sorted into lanes, by what stands before them with digits masked and by who wrote
//! them; in each lane a block is open, which takes rows as long as one table can hold them. `block` cuts a finished
//! block into tables and judges them.

mod lists;
mod said;

use std::collections::{BTreeMap, VecDeque};

use hashbrown::HashMap;

use super::block::{Block, Context, Ends, History, Layout, Seam};
use super::chain::{Chain, Link};
use super::hold::Held;
use super::lifetimes;
use super::line::{self, Tail};
use super::prefix::{self, Writer};
use super::snapshots::{Call, Place};
use super::stamp::{self, Stamp};
use super::words;
use said::{begins_process, ends_table, names_call};

/// A table as the fold finds it; streams and times are for the log's end to say.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) place: Place,
    pub(super) last: Place,
    pub(super) call: Call,
    pub(super) stamp: Option<Stamp>,
    pub(super) own_stamp: bool,
    pub(super) writer: Writer,
    pub(super) torn: bool,
    /// It is a printed list.
    pub(super) listed: bool,
    /// Where each row stands; only where that is asked for.
    pub(super) places: Vec<Place>,
    /// Lines of the file that hold its rows.
    pub(super) lines: u64,
    /// Name as an index into [`Folded::names`], count, and what it grew by; compact, since a log has millions.
    pub(super) rows: Box<[(u32, u64, i64)]>,
}

/// A line that says that a process began.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) place: Place,
    pub(super) text: String,
    pub(super) stamp: Option<Stamp>,
    pub(super) writer: Writer,
}

/// What the fold has found.
#[derive(Debug)]
pub(super) struct Folded {
    /// In the order in which they begin.
    pub(super) drafts: Vec<Draft>,
    pub(super) starts: Vec<Start>,
    /// Every type's name, once.
    pub(super) names: Vec<String>,
    pub(super) like_rows: u64,
    /// Lines that look like rows, and why they are none; only where that is asked for.
    pub(super) rejected: Vec<(Place, &'static str)>,
    /// The first day that a clock in the log names.
    pub(super) day: Option<(i16, i8, i8)>,
    /// The last time that the log shows, in a table or elsewhere.
    pub(super) end: Option<Stamp>,
}

/// Starts kept of one log: a process that dies at once, again and again, would fill memory.
const MOST_STARTS: usize = 100_000;

/// Fields that stand beside a line's text, as in JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Meta {
    pub(super) stamp: Option<Stamp>,
    pub(super) writer: Writer,
    /// Where the type's name begins, as the user says.
    pub(super) name_at: Option<usize>,
    /// The user says that it is a row.
    pub(super) told_row: bool,
    /// The user says that it is none.
    pub(super) no_row: bool,
}

/// Lanes kept at a time.
const MOST_LANES: usize = 4096;

/// After so many lines without a row a block is over.
const PATIENCE: u64 = 256;
/// Lines before a table that are looked at for a clock or a title.
const RECENT: usize = 8;
/// How much of a passed line is kept for that.
const KEEP: usize = 240;

/// Lines in which a day is looked for; a log that names none in so many names none.
const LOOKS: u32 = 2_000;

/// Why the rows of a chain without a name in common are none.
const UNSORTED: &str = "the lines with it are in no order of counts, and name nothing twice: an unsorted list";

/// Names of types, each kept once.
#[derive(Default)]
struct Names {
    names: Vec<String>,
    index: HashMap<String, u32, foldhash::fast::FixedState>,
}

impl Names {
    fn id(&mut self, name: &str) -> u32 {
        if let Some(&id) = self.index.get(name) {
            return id;
        }
        let id = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.index.insert(name.to_owned(), id);
        id
    }
}

struct Lane {
    prefix: Vec<u8>,
    open: Option<Block>,
    chain: Chain,
    held: Held,
    /// The last block in which a table was.
    last: Option<Block>,
    history: History,
    writer: Writer,
    meta: Meta,
}

#[derive(Default)]
struct Recent {
    line: u64,
    text: Vec<u8>,
    meta_stamp: Option<Stamp>,
}

/// The parser's memory.
pub(super) struct Tables {
    lanes: Vec<Lane>,
    names: Names,
    index: HashMap<(Vec<u8>, Writer), usize, foldhash::fast::FixedState>,
    /// The lane of the line before, where that looked like a row.
    last_lane: Option<usize>,
    /// Logical lines read, and those among them that are no rows.
    line: u64,
    passed: u64,
    recent: VecDeque<Recent>,
    stamped: VecDeque<Recent>,
    done: BTreeMap<(Place, usize), Draft>,
    pub(super) like_rows: u64,
    open_list: Option<lists::OpenList>,
    starts: Vec<Start>,
    day: Option<(i16, i8, i8)>,
    /// Lines in which a day was looked for.
    looked: u32,
    /// Blocks that lanes hold back.
    held: usize,
    trace: bool,
    /// The user says how times are written: no other clock counts.
    pub(super) told_clock: bool,
    /// The log breaks off within this line, or its last line lacks an end.
    pub(super) unended: bool,
    rejected: Vec<(Place, &'static str)>,
    key: Vec<u8>,
}

impl Tables {
    pub(super) fn new(trace: bool) -> Self {
        Self {
            lanes: Vec::new(),
            names: Names::default(),
            index: HashMap::default(),
            last_lane: None,
            line: 0,
            passed: 0,
            recent: VecDeque::new(),
            stamped: VecDeque::new(),
            done: BTreeMap::new(),
            like_rows: 0,
            open_list: None,
            starts: Vec::new(),
            day: None,
            looked: 0,
            held: 0,
            trace,
            told_clock: false,
            unended: false,
            rejected: Vec::new(),
            key: Vec::new(),
        }
    }

    /// Takes the next line, without its end and trailing blanks.
    pub(super) fn line(&mut self, text: &[u8], place: Place, meta: &Meta) {
        self.line += 1;
        if self.lanes.len() >= MOST_LANES {
            self.sweep();
        }
        if meta.no_row {
            return self.pass(text, place, meta);
        }
        if self.in_list(text, place, meta) {
            return;
        }
        // What a logger writes after the row is looked for only where the line does not end as a row does.
        let (text, tail) = match line::tail(text) {
            Some(tail) => (text, Some(tail)),
            None => {
                let text = text.get(..line::row_end(text)).unwrap_or(text);
                (text, line::tail(text))
            }
        };
        let row = tail.map(|tail| {
            let told = meta.name_at.filter(|&at| at < tail.name_end);
            (tail, told.unwrap_or_else(|| prefix::name_start(text, tail.name_end)))
        });
        match row {
            // `starting worker, pid 4090` looks like a row.
            Some((_, name_at)) if begins_process(text.get(..name_at).unwrap_or_default()) => {
                self.pass(text, place, meta);
            }
            Some((tail, name_at)) if words::plausible(text.get(name_at..tail.name_end).unwrap_or_default()) => {
                self.row(text, tail, name_at, place, meta);
            }
            row => {
                // A name that only the lines around it show to be one.
                if let (Some((tail, name_at)), Some(last)) = (row, self.last_lane)
                    && let Some(lane) = self.join_longer(last, text, &tail, name_at, place)
                {
                    self.last_lane = Some(lane);
                    return;
                }
                if row.is_some() && self.trace {
                    self.rejected.push((place, "no name of a type before its number"));
                }
                self.pass(text, place, meta);
            }
        }
    }

    /// Keeps a line that is no row: it may tell the next table's time.
    fn pass(&mut self, text: &[u8], place: Place, meta: &Meta) {
        self.passed += 1;
        self.last_lane = None;
        if text.is_empty() {
            return;
        }
        remember(&mut self.recent, self.line, text, meta);
        if self.starts.len() < MOST_STARTS && lifetimes::says_start(text) {
            let writer = prefix::writer(text);
            let stamp = self.clock(text).or(meta.stamp);
            self.see_day(stamp);
            let text = String::from_utf8_lossy(text.get(..text.len().min(KEEP)).unwrap_or_default()).into_owned();
            self.starts.push(Start { place, text, stamp, writer });
        }
        let digits = text.iter().take(64).filter(|b| b.is_ascii_digit()).count();
        if digits >= 5 || meta.stamp.is_some() {
            self.look_for_day(text, meta);
            remember(&mut self.stamped, self.line, text, meta);
        }
    }

    /// The clock in a text, where clocks are learnt.
    fn clock(&self, text: &[u8]) -> Option<Stamp> {
        if self.told_clock { None } else { stamp::find(text).map(|f| f.stamp) }
    }

    /// Looks for a day that the log names, in its first lines with a clock.
    fn look_for_day(&mut self, text: &[u8], meta: &Meta) {
        if self.day.is_none() && self.looked < LOOKS {
            self.looked += 1;
            self.see_day(meta.stamp);
            self.see_day(self.clock(text));
        }
    }

    /// Remembers the first day that the log names, for clocks that leave it out.
    fn see_day(&mut self, stamp: Option<Stamp>) {
        if let (None, Some(Stamp::Civil { year: Some(year), month, day, .. })) = (self.day, stamp) {
            self.day = Some((year, month, day));
        }
    }

    /// What the lines before this one say.
    fn context(&mut self, after_line: u64) -> Context {
        let mut context = Context::default();
        for recent in self.stamped.iter().rev() {
            if let Some(stamp) = self.clock(&recent.text).or(recent.meta_stamp) {
                context.stamp = Some(stamp);
                context.own = recent.line + 1 == self.line;
                break;
            }
        }
        context.called =
            self.recent.iter().any(|r| r.line > after_line && r.line + 6 > self.line && names_call(&r.text));
        context
    }

    /// The line just before this one, where it is a title: the first line of a record that goes on with the table.
    fn title(&self) -> Option<&[u8]> {
        let before = self.recent.back().filter(|r| r.line + 1 == self.line)?;
        (before.text.ends_with(b":") || names_call(&before.text)).then_some(before.text.as_slice())
    }

    fn lane(&mut self, text: &[u8], name_at: usize, meta: &Meta) -> usize {
        let prefix = text.get(..name_at).unwrap_or_default();
        let mut key = std::mem::take(&mut self.key);
        prefix::masked(prefix, &mut key);
        let mut writer =
            if prefix.iter().any(u8::is_ascii_alphanumeric) { prefix::writer(prefix) } else { Writer::default() };
        writer.label = writer.label.or_else(|| meta.writer.label.clone());
        writer.process = writer.process.or(meta.writer.process);
        let pair = (key, writer);
        let found = self.index.get(&pair).copied();
        let lane = found.unwrap_or_else(|| {
            self.lanes.push(Lane {
                prefix: prefix.to_vec(),
                open: None,
                chain: Chain::default(),
                held: Held::default(),
                last: None,
                history: History::default(),
                writer: pair.1.clone(),
                meta: meta.clone(),
            });
            self.index.insert(pair.clone(), self.lanes.len() - 1);
            self.lanes.len() - 1
        });
        self.key = pair.0;
        lane
    }

    fn row(&mut self, text: &[u8], tail: Tail, name_at: usize, place: Place, meta: &Meta) {
        let last_lane = self.last_lane.take();
        // It may turn out to be no row; its clock is one all the same.
        let prefix = text.get(..name_at).unwrap_or_default();
        if prefix.iter().take(64).filter(|b| b.is_ascii_digit()).count() >= 5 {
            remember(&mut self.stamped, self.line, prefix, meta);
        }
        if let Some(lane) = last_lane.and_then(|last| self.join_longer(last, text, &tail, name_at, place)) {
            self.last_lane = Some(lane);
            return;
        }
        let lane = self.lane(text, name_at, meta);
        let name = text.get(name_at..tail.name_end).unwrap_or_default();
        let layout = Layout::of(text, name_at, &tail);
        let head =
            last_lane.filter(|&last| last != lane).and_then(|last| self.head_row(last, lane, name, &tail, &layout));
        if head.is_none() {
            let (line, passed) = (self.line, self.passed);
            let called_since = |last_line: u64, recent: &VecDeque<Recent>| {
                recent.iter().any(|r| r.line > last_line && ends_table(&r.text))
            };
            let recent = &self.recent;
            let unended = self.unended;
            let context = self.lanes.get(lane).and_then(|l| l.open.as_ref()).map(|open| {
                let patience = line.saturating_sub(open.last_line) <= PATIENCE;
                let joins = patience && open.follows(name, &tail).is_ok() && !called_since(open.last_line, recent);
                let text_between = open.passed != passed;
                // What was begun of a next table is no rest of the last one.
                let joins = joins && !(unended && text_between);
                let aligned = open.aligned(&layout);
                let seam = match (text_between, aligned) {
                    (false, true) => Seam::None,
                    (false, false) => Seam::Column,
                    (true, true) => Seam::Text,
                    (true, false) => Seam::Both,
                };
                (joins, seam, open.last_line)
            });
            if let Some((true, seam, last_line)) = context {
                let context = (seam != Seam::None).then(|| {
                    let mut context = self.context(last_line);
                    context.stamp = meta.stamp.or(context.stamp);
                    context.called |= meta.told_row;
                    context
                });
                if let Some(open) = self.lanes.get_mut(lane).and_then(|l| l.open.as_mut()) {
                    open.push(text, name_at, tail, place, seam, context);
                    open.last_line = line;
                    open.passed = passed;
                }
                self.last_lane = Some(lane);
                return;
            }
        }
        let (line, passed) = (self.line, self.passed);
        let rest = self.lanes.get_mut(lane).and_then(|l| l.open.as_mut()).and_then(|open| {
            let adjacent = open.passed == passed && open.aligned(&layout);
            if adjacent && head.is_none() { open.split_at_text(name, &tail) } else { None }
        });
        if let Some(mut rest) = rest {
            self.close(lane, Link::Apart);
            rest.push(text, name_at, tail, place, Seam::None, None);
            (rest.last_line, rest.passed) = (line, passed);
            if let Some(l) = self.lanes.get_mut(lane) {
                l.open = Some(rest);
            }
            self.last_lane = Some(lane);
            return;
        }
        let open = self.lanes.get(lane).and_then(|l| l.open.as_ref());
        let since = open.map_or(0, |o| o.last_line);
        let link =
            open.filter(|o| o.passed == passed && head.is_none() && !meta.told_row).map_or(Link::Apart, |open| {
                match open.follows(name, &tail) {
                    _ if open.holds(name) => Link::NameAgain,
                    Err(Ends::Rises) => Link::Rise,
                    _ => Link::Apart,
                }
            });
        self.close(lane, link);
        let mut context = self.context(since);
        context.stamp = meta.stamp.or(context.stamp);
        context.own |= meta.stamp.is_some();
        context.called |= meta.told_row;
        let mut block = Block::new(tail.delta.is_some());
        if head.is_none() && context.own && self.lanes.get(lane).is_some_and(|l| l.writer == Writer::default()) {
            block.titled = self.title().map(prefix::writer);
        }
        if let Some((head, _)) = &head
            && let Some((row, _, context)) = head.only_row()
        {
            block.push(head.line(row), row.name_at, row.tail, row.place, Seam::None, Some(context));
        }
        let context = head.is_none().then_some(context);
        block.push(text, name_at, tail, place, Seam::None, context);
        block.last_line = self.line;
        block.passed = self.passed;
        if let Some(l) = self.lanes.get_mut(lane) {
            l.open = Some(block);
        }
        self.last_lane = Some(lane);
    }

    /// A name that holds blanks shows in that the line begins as the lines before it and its count stands in their
    /// column; so does one in the line before, which then is taken anew.
    fn join_longer(&mut self, last: usize, text: &[u8], tail: &Tail, name_at: usize, place: Place) -> Option<usize> {
        let line = self.line;
        let lane = self.lanes.get_mut(last)?;
        let lane_prefix = lane.prefix.clone();
        let open = lane.open.as_mut()?;
        let at = prefix::after_same(&lane_prefix, text)?;
        if at >= name_at {
            return None;
        }
        let name = text.get(at..tail.name_end)?;
        let layout = Layout::of(text, at, tail);
        if !(open.rows.len() > 1 && words::possible(name) && open.aligned(&layout) && open.follows(name, tail).is_ok())
        {
            return None;
        }
        open.push(text, at, *tail, place, Seam::None, None);
        open.last_line = line;
        open.passed = self.passed;
        Some(last)
    }

    /// The line before, where it is the first row of the table that this row goes on with: a logger's prefix may
    /// stand on the first line of a record only.
    fn head_row(
        &mut self,
        last: usize,
        lane: usize,
        name: &[u8],
        tail: &Tail,
        layout: &Layout,
    ) -> Option<(Block, usize)> {
        let shorter = self.lanes.get(lane)?.prefix.clone();
        let head = self.lanes.get_mut(last)?;
        if head.prefix.len() <= shorter.len() || prefix::after_same(&shorter, &head.prefix).is_none() {
            return None;
        }
        let open = head.open.as_ref()?;
        open.only_row()?;
        if !open.aligned(layout) || open.follows(name, tail).is_err() {
            return None;
        }
        head.open.take().map(|open| (open, last))
    }

    /// Lets go of lanes in which nothing was found, and of most others: a log whose every line begins in its own way
    /// must not fill memory.
    fn sweep(&mut self) {
        if self.lanes.iter().filter(|lane| !lane.held.is_empty()).count() > MOST_LANES / 4 {
            (0..self.lanes.len()).for_each(|lane| self.end_of_waiting(lane));
        }
        for lane in 0..self.lanes.len() {
            let open = self.lanes.get(lane).and_then(|l| l.open.as_ref());
            if open.is_some_and(|open| open.last_line + PATIENCE < self.line) {
                self.close(lane, Link::Apart);
            }
        }
        let mut moved: Vec<Option<usize>> = Vec::with_capacity(self.lanes.len());
        let mut kept = 0;
        self.lanes.retain(|lane| {
            let found = lane.history.tables > 0 || lane.history.lists > 0 || !lane.held.is_empty();
            let keep = lane.open.is_some() || found && kept < MOST_LANES / 2;
            moved.push(keep.then_some(kept));
            kept += usize::from(keep);
            keep
        });
        let place = |lane: usize| moved.get(lane).copied().flatten();
        self.index.retain(|_, lane| match place(*lane) {
            Some(at) => {
                *lane = at;
                true
            }
            None => false,
        });
        self.last_lane = self.last_lane.and_then(place);
    }

    /// Ends the open block of a lane; `link` is what lies behind it.
    fn close(&mut self, lane: usize, link: Link) {
        let Some(at) = self.lanes.get_mut(lane) else { return };
        let Some(block) = at.open.take() else { return };
        if at.chain.lets_pass(link) {
            return self.settle(lane, block, true, true);
        }
        let mut chain = std::mem::take(&mut at.chain);
        let last = at.last.take();
        let mut decided = Vec::new();
        chain.take(block, link, last.as_ref(), &mut |block, stands| decided.push((block, stands)));
        at.chain = chain;
        at.last = last;
        for (block, stands) in decided {
            self.settle(lane, block, stands, true);
        }
    }

    /// Nothing more comes in a lane.
    fn end_of_waiting(&mut self, lane: usize) {
        let Some(at) = self.lanes.get_mut(lane).filter(|at| !at.held.is_empty()) else { return };
        at.history.trusted |= at.held.suffices_now();
        let trusted = at.history.trusted;
        self.release(lane, trusted);
    }

    /// Decides what a lane holds back.
    fn release(&mut self, lane: usize, stands: bool) {
        let Some(at) = self.lanes.get_mut(lane) else { return };
        for block in at.held.take(&mut self.held, !stands) {
            self.settle(lane, block, true, false);
        }
    }

    /// Takes the tables out of a block. It may wait for more like it.
    fn settle(&mut self, at: usize, block: Block, stands: bool, may_wait: bool) {
        let told_clock = self.told_clock;
        let Some(lane) = self.lanes.get_mut(at) else { return };
        let tables = lane.history.tables;
        let judged = if stands { block.finish(&lane.history) } else { vec![block.no_table(UNSORTED)] };
        let block = match judged.as_slice() {
            [one] if stands && !one.accepted && may_wait && block.may_be_own() => {
                match lane.held.keep(block, &mut self.held) {
                    Some(block) => block,
                    None if lane.held.suffices() => {
                        lane.history.trusted = true;
                        return self.release(at, true);
                    }
                    None if lane.held.is_full() => return self.release(at, false),
                    None => return,
                }
            }
            _ => block,
        };
        for mut judged in judged {
            if stands && !judged.accepted && judged.range.start > 0 {
                // What the pieces before it have shown counts.
                judged = block.judge(judged.range, &lane.history);
            }
            let rows = block.rows.get(judged.range.clone()).unwrap_or_default();
            let (Some(first), Some(last)) = (rows.first(), rows.last()) else { continue };
            if !judged.accepted {
                self.like_rows += rows.len() as u64;
                if self.trace {
                    self.rejected.extend(rows.iter().map(|row| (row.place, judged.why)));
                }
                continue;
            }
            lane.history.tables += 1;
            lane.history.usual_rows = Some(rows.len());
            lane.history.single_rows |= rows.len() == 1;
            lane.history.last_most = first.tail.count;
            let line = block.line(first);
            let before = line.get(..first.name_at).unwrap_or_default();
            let own = if told_clock { None } else { stamp::find(before).map(|f| f.stamp) };
            let (stamp, own_stamp) = match (own, lane.meta.stamp.and(judged.context.stamp), judged.context.stamp) {
                (Some(own), Some(meta), _) if meta.worth() > own.worth() => (Some(meta), true),
                (Some(own), _, _) => (Some(own), true),
                (None, _, context) => (context, judged.context.own),
            };
            let mut writer = lane.writer.clone();
            if first.name_at > lane.prefix.len() && writer == Writer::default() {
                // A record whose first line alone has the logger's prefix.
                writer = prefix::writer(before);
            } else if let Some(titled) = block.titled.as_ref().filter(|_| judged.range.start == 0) {
                writer = titled.clone();
            }
            let draft = Draft {
                place: first.place,
                last: last.place,
                call: block.call(),
                stamp,
                own_stamp,
                writer,
                torn: !judged.exact,
                listed: false,
                places: if self.trace { rows.iter().map(|row| row.place).collect() } else { Vec::new() },
                lines: 1 + rows.windows(2).filter(|w| matches!(w, [a, b] if a.place != b.place)).count() as u64,
                rows: block
                    .table(&judged)
                    .map(|(name, row)| (self.names.id(&name), row.tail.count, row.tail.delta.unwrap_or(0)))
                    .collect(),
            };
            self.done.insert((first.place, self.done.len()), draft);
        }
        if lane.history.tables > tables {
            lane.last = Some(block);
            if !lane.held.is_empty() {
                self.release(at, true);
            }
        }
    }

    /// All tables, in the order in which they began.
    pub(super) fn finish(mut self) -> Folded {
        for lane in 0..self.lanes.len() {
            self.close(lane, Link::Apart);
            self.end_of_waiting(lane);
        }
        let end = self.stamped.iter().rev().find_map(|r| stamp::find(&r.text).map(|f| f.stamp).or(r.meta_stamp));
        Folded {
            end,
            drafts: self.done.into_values().collect(),
            starts: self.starts,
            names: self.names.names,
            like_rows: self.like_rows,
            rejected: self.rejected,
            day: self.day,
        }
    }
}

fn remember(ring: &mut VecDeque<Recent>, line: u64, text: &[u8], meta: &Meta) {
    let mut slot = if ring.len() >= RECENT { ring.pop_front().unwrap_or_default() } else { Recent::default() };
    slot.line = line;
    slot.text.clear();
    slot.text.extend_from_slice(text.get(..text.len().min(KEEP)).unwrap_or_default());
    slot.meta_stamp = meta.stamp;
    ring.push_back(slot);
}
