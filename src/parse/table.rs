//! The one fold: lines come in, in order, tables go out. All memory of the parser is here.
//!
//! Lines that look like rows are sorted into lanes, by what stands before them with digits masked and by who wrote
//! them; in each lane a table is open, which takes rows as long as one table can hold them. Nearly all are [`clean`];
//! any other is a block, which `block` cuts into tables and judges.

mod again;
mod burst;
mod clean;
mod expected;
mod found;
mod join;
mod lane;
mod lists;
mod recent;
mod rows;
mod said;
mod shape;
mod wrapped;

use std::sync::Arc;

use hashbrown::HashMap;

pub(super) use found::{Draft, Found};
pub(super) use recent::may_have_clock;

use super::block::{Block, Context, Judged};
use super::chain::Link;
use super::line;
use super::prefix::numbers::Numbers;
use super::prefix::{self, Writer};
use super::snapshots::{Call, Place};
use super::stamp::{self, Stamp};
use super::starts::{Start, Starts};
use super::{unwrap, words};
use clean::Open;
use lane::{Lanes, MOST_LANES};
use recent::{KEEP, Recents};
use said::{ends_table, is_of_process, names_call};
use shape::{Like, Pattern, Shape, Shapes, Told};

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

/// After so many lines without a row a block is over.
const PATIENCE: u64 = 256;

/// What a lane holds back is decided after so many lines, since all later tables of the log wait for that.
const WAIT: u64 = 1 << 20;

/// Lines in which a day is looked for; a log that names none in so many names none.
const LOOKS: u32 = 2_000;

/// Why the rows of a chain without a name in common are none.
const UNSORTED: &str = "the lines with it are in no order of counts, and name nothing twice: an unsorted list";

/// Names kept of a lane in which no table was found.
const FEW_NAMES: usize = 16;

/// Names of types, each kept once.
#[derive(Debug, Default, Clone)]
struct Names {
    names: Vec<Arc<str>>,
    index: HashMap<Arc<str>, u32, foldhash::fast::FixedState>,
}

impl Names {
    fn id(&mut self, name: &str) -> u32 {
        if let Some(&id) = self.index.get(name) {
            return id;
        }
        let id = self.names.len() as u32;
        let name: Arc<str> = name.into();
        self.names.push(Arc::clone(&name));
        self.index.insert(name, id);
        id
    }
}

/// Where the parts of the line before lie that looked like a row.
#[derive(Debug, Clone, Copy)]
struct LastRow {
    lane: usize,
    name_at: usize,
    count_at: usize,
    end: usize,
}

/// The parser's memory.
#[derive(Debug)]
pub(super) struct Tables {
    lanes: Lanes,
    shapes: Shapes,
    names: Names,
    /// The lane of the line before, where that looked like a row.
    last_lane: Option<usize>,
    /// Logical lines read, and those among them that are no rows.
    line: u64,
    passed: u64,
    recents: Recents,
    pub(super) found: Found,
    pub(super) like_rows: u64,
    open_list: Option<lists::OpenList>,
    pub(super) starts: Starts,
    /// The first day that a clock in the log names.
    pub(super) day: Option<(i16, i8, i8)>,
    /// Lines in which a day was looked for.
    looked: u32,
    /// Blocks that lanes hold back.
    held: usize,
    /// The log breaks off within this line, or its last line lacks an end.
    pub(super) unended: bool,
    trace: bool,
    /// The user says how times are written: no other clock counts.
    told_clock: bool,
    /// The line before as a row.
    last_row: Option<LastRow>,
    /// Lines that look like rows, and why they are none; only where that is asked for.
    pub(super) rejected: Vec<(Place, &'static str)>,
}

impl Tables {
    /// `trace`: what became of each line that looks like a row is kept, too. `told_clock`: the user says how times are
    /// written.
    pub(super) fn new(trace: bool, told_clock: bool) -> Self {
        Self {
            lanes: Lanes::default(),
            shapes: Shapes::default(),
            names: Names::default(),
            last_lane: None,
            line: 0,
            passed: 0,
            recents: Recents::default(),
            found: Found::default(),
            like_rows: 0,
            open_list: None,
            starts: Starts::default(),
            day: None,
            looked: 0,
            held: 0,
            unended: false,
            trace,
            told_clock,
            last_row: None,
            rejected: Vec::new(),
        }
    }

    /// Takes the next line, without its end and trailing blanks.
    pub(super) fn line(&mut self, text: &[u8], place: Place, meta: &Meta) {
        self.line += 1;
        self.last_row = None;
        if self.lanes.are_full() {
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
            Some((tail, name_at)) if is_of_process(&text[..name_at], &text[name_at..tail.name_end]) => {
                self.pass(text, place, meta);
            }
            Some((tail, name_at)) if words::plausible(&text[name_at..tail.name_end]) => {
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
        self.recents.pass(self.line, text, meta.stamp);
        if let Some(says) = self.starts.look(text) {
            let writer = prefix::writer(text);
            let stamp = self.clock(text).or(meta.stamp);
            let text = String::from_utf8_lossy(text.get(..text.len().min(KEEP)).unwrap_or_default()).into_owned();
            self.starts.keep(says, Start { place, text, stamp, writer });
        }
        if may_have_clock(text) || meta.stamp.is_some() {
            self.look_for_day(text, meta);
            self.recents.stamp(self.line, text, meta.stamp);
        }
    }

    /// The clock in a text, where clocks are learnt.
    fn clock(&self, text: &[u8]) -> Option<Stamp> {
        if self.told_clock { None } else { stamp::find(text).map(|f| f.stamp) }
    }

    /// Whether a line need not be looked at for a day.
    pub(super) fn knows_day(&self) -> bool {
        self.day.is_some() || self.looked >= LOOKS
    }

    /// Whether a day is there, or nothing in which it could be.
    pub(super) fn waits_for_no_day(&self) -> bool {
        self.knows_day() || self.looked == 0
    }

    /// Looks for a day that the log names, in its first lines with a clock.
    fn look_for_day(&mut self, text: &[u8], meta: &Meta) {
        if !self.knows_day() {
            self.looked += 1;
            self.see_day(meta.stamp);
            self.see_day(self.clock(text));
        }
    }

    /// The same in what stands before a row. Rows do not count as looks, since those that are known are not looked at: what
    /// is like them names no day either.
    fn look_for_day_of_row(&mut self, prefix: &[u8], meta: &Meta) {
        if !self.knows_day() {
            self.see_day(meta.stamp);
            if may_have_clock(prefix) {
                self.see_day(self.clock(prefix));
            }
        }
    }

    /// Remembers the first day that the log names, for clocks that leave it out.
    fn see_day(&mut self, stamp: Option<Stamp>) {
        self.day = self.day.or(match stamp {
            Some(Stamp::Civil { year: Some(year), month, day, .. }) => Some((year, month, day)),
            Some(Stamp::Numbered { numbers, .. }) => {
                stamp::numbered::likeliest(numbers).map(|date| (date.year(), date.month(), date.day()))
            }
            _ => None,
        });
    }

    /// What stands before a row with a clock of its own: no other one counts, so that none is looked for.
    fn clocked(&mut self, chunk: &[u8], after_line: u64) -> Context {
        Context { called: self.recents.called(chunk, after_line, self.line), ..Context::default() }
    }

    /// What the lines before this one say; those that lie in `chunk` are looked up there.
    fn context(&mut self, chunk: &[u8], after_line: u64) -> Context {
        let newest = self.recents.newest(chunk, self.told_clock);
        Context {
            stamp: newest.map(|(stamp, _)| stamp),
            own: newest.is_some_and(|(_, line)| line + 1 == self.line),
            beside: false,
            called: self.recents.called(chunk, after_line, self.line),
        }
    }

    /// The lane of a row whose name begins at `name_at`, and whether what stands before that surely has a clock.
    fn lane(&mut self, text: &[u8], name_at: usize, meta: &Meta) -> (usize, bool) {
        let prefix = text.get(..name_at).unwrap_or_default();
        // What a collector tells beside the line is no part of a shape.
        let learns = !self.trace && *meta == Meta::default();
        let learns = learns && line::list::begins(prefix).is_none() && !unwrap::has_ends(prefix);
        let known = if learns { self.shapes.find(prefix) } else { None };
        let known = known.and_then(|(at, like)| Some((at, like, self.shapes.all.get(at)?.lane)));
        let lane = match known {
            Some((_, Like::Same, lane)) => lane,
            _ => self.lanes.of(prefix, meta),
        };
        match known {
            Some((at, like, known)) if known == lane => {
                self.shapes.met(at);
                let Some(shape) = self.shapes.all.get_mut(at) else { return (lane, false) };
                shape.take(prefix, prefix);
                return (lane, like == Like::Same && shape.clock && shape.stamped && !self.told_clock);
            }
            Some(_) => {}
            None if learns && self.shapes.wants(prefix, self.lanes.alike(lane)) => self.learn(prefix, lane),
            None => {}
        }
        (lane, false)
    }

    /// Learns how the lines of a lane begin.
    fn learn(&mut self, prefix: &[u8], lane: usize) {
        let key = |prefix: &[u8]| lane::key(prefix, &Meta::default(), &self.lanes.numbers);
        let own = key(prefix);
        let head = Pattern::learn(prefix, |other| key(other) == own);
        let tail = Pattern::learn(&[], |_| true);
        let clock = stamp::find(prefix).is_some();
        let stamped = may_have_clock(prefix);
        let added = self.shapes.add(Shape { lane, head, tail, inner: 0, stamped, clock, told: Told::Nothing });
        if let Some(at) = added {
            self.shapes.met(at);
        }
    }

    /// Lets go of lanes in which nothing was found, and of most others: a log whose every line begins in its own way
    /// must not fill memory. Up to so many that hold something it changes nothing that is found later.
    fn sweep(&mut self) {
        if self.lanes.all.iter().filter(|lane| !lane.held.is_empty()).count() > MOST_LANES / 4 {
            (0..self.lanes.all.len()).for_each(|lane| self.end_of_waiting(lane));
        }
        self.close_over();
        let moved = self.lanes.sweep();
        self.shapes.move_lanes(&moved);
        self.last_lane = self.last_lane.and_then(|lane| moved.get(lane).copied().flatten());
    }

    /// Closes the tables that have waited too long for a row.
    pub(super) fn close_over(&mut self) {
        for lane in 0..self.lanes.all.len() {
            let last = self.lanes.all.get(lane).and_then(|l| l.last_line());
            if last.is_some_and(|last| last + PATIENCE < self.line) {
                self.close(lane, Link::Apart);
            }
            self.waited_long(lane, self.line);
        }
    }

    /// Decides what a lane has held back for long before `line`.
    fn waited_long(&mut self, lane: usize, line: u64) {
        let since = self.lanes.all.get(lane).and_then(|l| l.held.since());
        if since.is_some_and(|since| since + WAIT < line) {
            self.end_of_waiting(lane);
        }
    }

    /// The line at which the open table of a lane is over, at the latest this one: whenever somebody looks, it is the
    /// same.
    fn over_at(&self, lane: usize) -> u64 {
        let last = self.lanes.all.get(lane).and_then(|l| l.last_line());
        last.map_or(self.line, |last| self.line.min(last + PATIENCE + 1))
    }

    /// Ends the open table of a lane; `link` is what lies behind it.
    fn close(&mut self, lane: usize, link: Link) {
        let line = self.over_at(lane);
        self.waited_long(lane, line);
        let Some(l) = self.lanes.all.get_mut(lane) else { return };
        if let Some(Open::Clean(clean)) = &l.open {
            let table = l.history.tables > 0 && clean.is_table();
            if table && l.held.is_empty() && l.chain.lets_pass(link) {
                return self.take_clean(lane);
            }
            if !table && l.surely_none(clean) && l.chain.lets_pass(link) {
                self.like_rows += 1;
                return l.put_by();
            }
        }
        l.block();
        let Some(Open::Block(block)) = l.open.take() else { return };
        if l.chain.lets_pass(link) {
            return self.judge(lane, *block, true, Some(line));
        }
        let mut chain = std::mem::take(&mut l.chain);
        let mut decided = Vec::new();
        chain.take(*block, link, || l.last_block(), &mut |block, stands| decided.push((block, stands)));
        l.chain = chain;
        for (block, stands) in decided {
            self.judge(lane, block, stands, Some(line));
        }
    }

    /// Nothing more comes in a lane.
    fn end_of_waiting(&mut self, lane: usize) {
        let Some(at) = self.lanes.all.get_mut(lane).filter(|at| !at.held.is_empty()) else { return };
        at.history.trusted |= at.held.suffices_now();
        let trusted = at.history.trusted;
        self.release(lane, trusted);
    }

    /// Decides what a lane holds back.
    fn release(&mut self, lane: usize, stands: bool) {
        let Some(at) = self.lanes.all.get_mut(lane) else { return };
        for block in at.held.take(&mut self.held, !stands) {
            self.judge(lane, block, true, None);
        }
    }

    /// Takes the tables out of a block. It may wait for more like it, from line `wait` on.
    fn judge(&mut self, at: usize, block: Block, stands: bool, wait: Option<u64>) {
        let Some(l) = self.lanes.all.get_mut(at) else { return };
        let tables = l.history.tables;
        let judged = if stands { block.finish(&l.history) } else { vec![block.no_table(UNSORTED)] };
        let waits = |one: &Judged| stands && !one.accepted && block.may_be_own();
        let block = match (judged.as_slice(), wait) {
            ([one], Some(line)) if waits(one) => match l.held.keep(block, line, &mut self.held) {
                Some(block) => block,
                None if l.held.suffices() => {
                    l.history.trusted = true;
                    return self.release(at, true);
                }
                None if l.held.is_full() => return self.release(at, false),
                None => return,
            },
            _ => block,
        };
        for mut judged in judged {
            if stands && !judged.accepted && judged.range.start > 0 {
                // What the pieces before it have shown counts.
                judged = block.judge(judged.range, &l.history);
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
            l.history.take(rows.len(), first.tail.count);
            self.lanes.bare |= l.bare;
            let before = block.line(first).get(..first.name_at).unwrap_or_default();
            let own = if self.told_clock { None } else { stamp::find(before).map(|f| f.stamp) };
            let mut draft = Draft::new(block.call(), first.place, last.place);
            (draft.stamp, draft.own_stamp) = judged.context.time(own);
            let another = first.name_at > l.prefix.len() && prefix::after_same(&l.prefix, before) != Some(before.len());
            draft.writer = if another && l.writer == Writer::default() {
                // A record whose first line alone has the logger's prefix.
                self.found.writer(&prefix::writer(before))
            } else {
                l.number(&mut self.found, block.titled.as_ref().filter(|_| judged.range.start == 0))
            };
            draft.torn = !judged.exact;
            draft.places = if self.trace { rows.iter().map(|row| row.place).collect() } else { Vec::new() };
            draft.lines = 1 + rows.windows(2).filter(|w| matches!(w, [a, b] if a.place != b.place)).count() as u64;
            let names = &mut self.names;
            let rows = block.table(&judged);
            let rows = rows.map(|(name, row)| (names.id(&name), row.tail.count, row.tail.delta.unwrap_or(0)));
            self.found.push(draft, rows);
            if !self.trace {
                l.learn(block.table(&judged).map(|(name, row)| (name, block.line(row), row.name_at)));
            }
        }
        if l.history.tables > tables {
            l.keep_last(block);
            if !l.held.is_empty() {
                self.release(at, true);
            }
        } else {
            l.forget_names_of_none();
        }
    }

    /// Takes a lane's open table as what it surely is.
    fn take_clean(&mut self, lane: usize) {
        let Some(l) = self.lanes.all.get_mut(lane) else { return };
        let Some(Open::Clean(clean)) = l.open.take() else { return };
        l.history.take(clean.counts.len(), clean.counts.first().copied().unwrap_or(0));
        self.lanes.bare |= l.bare;
        let own = if self.told_clock { None } else { l.clocks.find(&clean.prefix).map(|f| f.stamp) };
        let mut draft = Draft::new(Call::MostCommon, clean.first, clean.last);
        (draft.stamp, draft.own_stamp) = clean.context.time(own);
        draft.writer = l.number(&mut self.found, clean.titled.as_ref());
        draft.lines = clean.counts.len() as u64;
        l.expect(&clean.names, |name| self.names.id(name));
        self.found.push_counts(draft, l.ids(), &clean.counts);
        l.put_by_after(clean);
    }

    /// Where the tables end that cannot change any more: before the first row of what is open.
    pub(super) fn settled(&mut self) -> Place {
        self.close_over();
        let end = Place { part: u32::MAX, line: u64::MAX };
        let first = |l: &lane::Lane| {
            let open = match &l.open {
                None => end,
                Some(Open::Clean(clean)) => clean.first,
                Some(Open::Block(block)) => block.rows.first().map_or(end, |row| row.place),
            };
            open.min(l.chain.first().unwrap_or(end)).min(l.held.first().unwrap_or(end))
        };
        let lists = self.open_list.as_ref().map_or(end, |list| list.place);
        self.lanes.all.iter().map(first).min().unwrap_or(end).min(lists)
    }

    /// Tells which bare numbers before rows are process ids.
    pub(super) fn set_numbers(&mut self, numbers: &Arc<Numbers>) {
        self.lanes.numbers = Arc::clone(numbers);
    }

    /// Whether a number that may be a process id stands alone before rows, and nobody told that it is one.
    pub(super) fn has_bare_numbers(&self) -> bool {
        self.lanes.bare
    }

    /// The names of all types.
    pub(super) fn type_names(&self) -> &[Arc<str>] {
        &self.names.names
    }

    /// The last time that the log shows, in a table or elsewhere.
    pub(super) fn end(&self) -> Option<Stamp> {
        self.recents.end()
    }

    /// Closes everything.
    pub(super) fn finish(&mut self) {
        for lane in 0..self.lanes.all.len() {
            self.close(lane, Link::Apart);
            self.end_of_waiting(lane);
        }
    }
}
