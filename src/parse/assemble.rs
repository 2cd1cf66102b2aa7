//! Tables come in, in the order in which they begin; what is known only at the log's end is settled here: times,
//! streams, restarts.

use hashbrown::HashMap;

use super::clock::{self, Hints, Moments, Stamps, Written};
use super::feed::Feed;
use super::lifetimes::{self, Streams};
use super::prefix::Writer;
use super::snapshots::{
    Call, Clock, Event, EventKind, Lines, Observation, Place, Snapshot, Snapshots, SnapshotsBuilder,
};
use super::stamp::Stamp;
use super::starts::{Kept, Start};
use super::table::{Draft, Tables};
use super::turned::Turned;
use super::{Broken, Dialect, ParseOptions};

/// Of a name that no table has shown so far.
const NONE: u32 = u32::MAX;

/// What was found so far of one log.
pub(super) struct Assembly<'a> {
    options: &'a ParseOptions,
    /// What the log was turned round by, if it was.
    turned: Option<&'a Turned>,
    builder: SnapshotsBuilder,
    /// The number of each type, by that of its name in the fold; [`NONE`] where it has none yet.
    ids: Vec<u32>,
    /// As long as the tables.
    written: Stamps,
    writer_of: Vec<u32>,
    writers: Vec<Writer>,
    index: HashMap<Writer, u32, foldhash::fast::FixedState>,
    lines_in_tables: u64,
    /// How many tables begin before each line that tells of a process's start, and before each that may.
    before: [Vec<u32>; 2],
}

/// Whether tables of this kind are read.
pub(super) fn wanted(draft: &Draft, dialect: Dialect) -> bool {
    match dialect {
        Dialect::Auto => true,
        Dialect::Repr => draft.listed,
        Dialect::MostCommon => !draft.listed && draft.call == Call::MostCommon,
        Dialect::Growth => !draft.listed && draft.call == Call::Growth,
    }
}

impl<'a> Assembly<'a> {
    pub(super) fn new(options: &'a ParseOptions, turned: Option<&'a Turned>) -> Self {
        Self {
            options,
            turned,
            builder: SnapshotsBuilder::new(options.keep_rows, options.max_memory),
            ids: Vec::new(),
            written: Stamps::default(),
            writer_of: Vec::new(),
            writers: Vec::new(),
            index: HashMap::default(),
            lines_in_tables: 0,
            before: [Vec::new(), Vec::new()],
        }
    }

    /// Takes the tables that begin before `limit`, or all.
    pub(super) fn take(&mut self, tables: &mut Tables, limit: Option<Place>) {
        let names = tables.type_names();
        let mut ids = std::mem::take(&mut self.ids);
        ids.resize(names.len(), NONE);
        let mut new = ids.iter().filter(|&&id| id == NONE).count();
        let found = &tables.found;
        for draft in found.in_order(limit).into_iter().filter(|draft| wanted(draft, self.options.dialect)) {
            // A type gets its number where a table first shows it; soon all have one.
            if new > 0 {
                for (name, _, _) in found.rows(draft) {
                    if let (Some(id @ &mut NONE), Some(name)) = (ids.get_mut(name as usize), names.get(name as usize)) {
                        *id = self.builder.type_id(name);
                        new -= 1;
                    }
                }
            }
            let writer = found.writer_of(draft);
            let number = self.number(writer);
            for (kept, before) in [&tables.starts.began, &tables.starts.perhaps].into_iter().zip(&mut self.before) {
                while kept.all.get(before.len()).is_some_and(|start| start.place < draft.place) {
                    before.push(self.writer_of.len() as u32);
                }
            }
            self.writer_of.push(number);
            self.written.push(Written { stamp: draft.stamp, own: draft.own_stamp });
            self.lines_in_tables += draft.lines;
            let snapshot = Snapshot {
                place: self.in_file(draft.place),
                last: self.in_file(draft.last),
                time: None,
                call: draft.call,
                stream: number,
                process: writer.process,
                torn: draft.torn,
            };
            match found.counts(draft) {
                Some((names, counts)) => self.builder.table_of_counts(&snapshot, names, &ids, counts),
                None => {
                    let row = |(name, count, delta): (u32, u64, Option<i64>)| {
                        Some(Observation { type_id: *ids.get(name as usize)?, count, delta })
                    };
                    self.builder.table(&snapshot, found.rows(draft).filter_map(row));
                }
            }
        }
        match limit {
            Some(limit) => tables.found.drop_before(limit),
            None => tables.found.clear(),
        }
        self.ids = ids;
    }

    /// Where in the log's files something stands.
    fn in_file(&self, place: Place) -> Place {
        self.turned.map_or(place, |turned| turned.place(place))
    }

    /// The number of a writer; mostly that of the table before.
    fn number(&mut self, writer: &Writer) -> u32 {
        let last = self.writer_of.last().copied().filter(|&last| self.writers.get(last as usize) == Some(writer));
        last.or_else(|| self.index.get(writer).copied()).unwrap_or_else(|| {
            let number = self.writers.len() as u32;
            self.writers.push(writer.clone());
            self.index.insert(writer.clone(), number);
            number
        })
    }

    /// Takes the tables that cannot change any more.
    pub(super) fn take_settled(&mut self, feed: &mut Feed) {
        let settled = feed.tables.settled();
        self.take(&mut feed.tables, Some(settled));
    }

    /// Lines that hold rows of the tables taken so far.
    pub(super) fn lines_in_tables(&self) -> u64 {
        self.lines_in_tables
    }

    /// The fold numbers names anew.
    pub(super) fn other_names(&mut self) {
        self.ids.clear();
    }

    /// The log as a whole: `tables` has come to its end, and `lines` were read.
    pub(super) fn finish(mut self, tables: &Tables, lines: u64, broken: Broken) -> Snapshots {
        let streams = lifetimes::streams(&self.writers, &self.writer_of);
        let (times, end, clock) = self.times(tables);
        (0..times.len()).for_each(|index| self.builder.set_time(index, times.get(index)));
        self.builder.set_streams(&streams.of_writer);
        let n_tables = self.writer_of.len() as u32;
        let events = |kept: &Kept, before: &[u32]| {
            let before = before.iter().copied().chain(std::iter::repeat(n_tables));
            kept.all.iter().zip(before).map(|(start, before)| event(start, before, &streams)).collect()
        };
        let [began, perhaps] = &self.before;
        let (events, hints) = (events(&tables.starts.began, began), events(&tables.starts.perhaps, perhaps));
        self.builder.name_streams(streams.names);
        let out = self.builder.snapshots_mut();
        (out.events, out.hints) = (events, hints);
        (out.clock, out.end, out.broken) = (clock, end, broken);
        // Two tables may share a line, as records in JSON do.
        let in_tables = self.lines_in_tables.min(lines);
        out.lines = Lines { read: lines, in_tables, like_rows: tables.like_rows };
        self.builder.finish()
    }

    /// When each table was printed, as far as the log tells.
    fn times(&mut self, tables: &Tables) -> (Moments, Option<i64>, Clock) {
        let mut written = std::mem::take(&mut self.written);
        // The log's end is read as if a table stood there, in the same clock.
        written.push(Written { stamp: tables.end(), own: true });
        let zone = self.options.timezone.as_deref().and_then(|name| jiff::tz::TimeZone::get(name).ok());
        let day = tables.day.and_then(|(year, month, day)| jiff::civil::Date::new(year, month, day).ok());
        let hints = Hints { zone, day, start: self.options.start_us };
        let (mut times, clock) = clock::resolve(written, &hints);
        let end = times.pop();
        // A clock that no table has is no clock of the tables.
        let clock = if times.none() { Clock::None } else { clock };
        (times, end, clock)
    }
}

/// A line that says that a process began, or may, as an event of the stream that it names; `before` tables begin before it.
fn event(start: &Start, before: u32, streams: &Streams) -> Event {
    let by_process = start.writer.process.and_then(|p| streams.of_process.get(&(start.writer.label.clone(), p)));
    let by_label = streams.names.iter().position(|n| n.is_some() && *n == start.writer.label);
    let time = match start.stamp {
        Some(Stamp::Instant(time)) => Some(time),
        _ => None,
    };
    Event {
        kind: EventKind::Restart,
        snapshot: before,
        stream: by_process.copied().or(by_label).map(|s| s as u32),
        time,
        text: start.text.clone(),
    }
}
