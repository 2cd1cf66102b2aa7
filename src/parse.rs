//! A log's lines come in, [`Snapshots`] go out: the tables that objgraph printed, whatever else the log holds.

mod ahead;
mod assemble;
mod before;
mod block;
mod chain;
mod clock;
mod digits;
mod feed;
mod foreign;
mod hold;
mod inspect;
mod lifetimes;
mod line;
mod order;
mod pieces;
mod prefix;
mod remarks;
mod snapshots;
mod stamp;
mod starts;
mod table;
mod turned;
mod unwrap;
mod words;

pub use inspect::{Reading, inspect};
pub use order::sort_parts;
pub use snapshots::{
    Call, Clock, Event, EventKind, Lines, Observation, Observations, Observed, Place, Rows, Snapshot, Snapshots,
    SnapshotsBuilder, Totals,
};

use std::sync::Arc;

use crate::error::{Result, Warning};
use crate::input::chunk::{Chunks, MAX_LINE};
use crate::input::{Log, Part};
use assemble::Assembly;
use feed::Feed;
use pieces::Sizes;
use prefix::numbers::Numbers;
use prefix::told::Told;
use table::{Meta, Tables};
use turned::{Ties, Turned};
use unwrap::Unwrap;

/// What the user says about the log's lines; all of it is learnt where nothing is said.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ParseOptions {
    /// The zone of clocks that name none, an IANA name. Default is UTC.
    pub timezone: Option<String>,
    /// What stands before each row, a regex; its groups `time`, `pid` and `stream` are read. Default is learnt.
    pub prefix: Option<String>,
    /// What a row is, a regex with the groups `type`, `count` and perhaps `delta`. Default is learnt.
    pub row: Option<String>,
    /// What tells processes apart, a regex: its group `stream` or `pid`, else its first, else all of it. Default is learnt.
    pub stream: Option<String>,
    /// How times are written, as for `strptime`. Default is learnt.
    pub time_format: Option<String>,
    /// Which tables are read. Default is all.
    pub dialect: Dialect,
    /// When the log begins, in microseconds since 1970 UTC, for clocks that leave out the day. Default is unknown.
    pub start_us: Option<i64>,
    /// Keeps the order of rows in their tables, for [`Snapshots::rows`]. Default is off.
    pub keep_rows: bool,
    /// Bytes for the counts of one log; where they need more, only one in 2, 4, 8, … of its tables is kept, unless
    /// `keep_rows`. Default is 256 MiB.
    pub max_memory: Option<usize>,
}

impl ParseOptions {
    /// Whether the user says how lines are read.
    fn says_how(&self) -> bool {
        self.prefix.is_some() || self.row.is_some() || self.stream.is_some() || self.time_format.is_some()
    }
}

/// Which of objgraph's tables are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// All.
    #[default]
    Auto,
    /// `show_most_common_types` only.
    MostCommon,
    /// `show_growth` only.
    Growth,
    /// Printed lists only.
    Repr,
}

/// Reads all tables of a log.
///
/// # Errors
/// Where a part cannot be read, is binary, or the log is empty. A log without a table is no error here.
pub fn parse(log: &Log, options: &ParseOptions) -> Result<Snapshots> {
    let snapshots = parse_in_order(log, options, None)?;
    if !turned::may_run_back(&snapshots) || !turned::runs_back(log)? {
        return Ok(snapshots);
    }
    Ok(either_way(log, options, snapshots)?.0)
}

/// What was read of a log whose clock runs back from line to line, or what is read of it from its end where that has as
/// many rows; and the log that it was read of then.
fn either_way(log: &Log, options: &ParseOptions, mut snapshots: Snapshots) -> Result<(Snapshots, Option<Turned>)> {
    let mut best: Option<(Snapshots, Turned)> = None;
    for ties in [Ties::Behind, Ties::Before] {
        let Some(turned) = Turned::of(log, ties)? else {
            let message = "its newest lines come first, and it is too long to be turned round here; `tac` does that";
            snapshots.warnings.push(Warning::new("newest-first", format!("{}: {message}", log.name)));
            return Ok((snapshots, None));
        };
        let read = parse_in_order(&turned.log, options, Some(&turned))?;
        if read.n_rows() > best.as_ref().map_or(0, |best| best.0.n_rows()) {
            best = Some((read, turned));
        }
        if best.as_ref().is_some_and(|best| best.0.lines.like_rows == 0) {
            break;
        }
    }
    let best = best.filter(|best| best.0.n_rows() >= snapshots.n_rows());
    let Some((mut best, turned)) = best else { return Ok((snapshots, None)) };
    let message = format!("{}: its newest lines come first, so it was read from its end", log.name);
    best.warnings.push(Warning::new("newest-first", message));
    // What broke off was seen at the first reading.
    best.broken = snapshots.broken;
    Ok((best, Some(turned)))
}

/// Reads all tables of a log as its lines stand; `turned`: they stood in another order.
fn parse_in_order(log: &Log, options: &ParseOptions, turned: Option<&Turned>) -> Result<Snapshots> {
    if options.says_how() {
        let mut assembly = Assembly::new(options, turned);
        let (mut tables, lines, broken) = fold(log, options, false)?;
        assembly.take(&mut tables, None);
        return Ok(assembly.finish(&tables, lines, broken));
    }
    let (snapshots, has_bare_numbers) = read(log, options, &Arc::default(), turned)?;
    if has_bare_numbers {
        // Whether they are ids only more of the log tells; then it is read as if each line had said so.
        let numbers = Numbers::learn(log)?;
        if !numbers.is_empty() {
            return Ok(read(log, options, &Arc::new(numbers), turned)?.0);
        }
    }
    Ok(snapshots)
}

/// Reads a log in which `numbers` are process ids; also whether other numbers stand where some may.
fn read(
    log: &Log,
    options: &ParseOptions,
    numbers: &Arc<Numbers>,
    turned: Option<&Turned>,
) -> Result<(Snapshots, bool)> {
    let mut assembly = Assembly::new(options, turned);
    let mut feed = Feed::new();
    feed.tables.set_numbers(numbers);
    let mut broken = Vec::new();
    let mut carry = Vec::new();
    for (part, file) in log.parts.iter().enumerate() {
        feed.part(part as u32);
        let is_last = part + 1 == log.parts.len();
        if let Err(source) = read_part(&mut feed, &mut assembly, &mut carry, file, is_last)? {
            broken.push((file.name.clone(), Arc::new(source)));
        }
    }
    if !carry.is_empty() {
        feed.line(&carry);
    }
    feed.finish();
    assembly.take(&mut feed.tables, None);
    let has_bare_numbers = feed.tables.has_bare_numbers();
    Ok((assembly.finish(&feed.tables, feed.lines, broken), has_bare_numbers))
}

/// Feeds a part, in pieces where that pays; the inner error says where it broke off.
fn read_part(
    feed: &mut Feed,
    assembly: &mut Assembly,
    carry: &mut Vec<u8>,
    file: &Part,
    is_last: bool,
) -> Result<std::io::Result<()>> {
    let ranged = if carry.is_empty() && rayon::current_num_threads() > 1 { file.ranged()? } else { None };
    if let Some(ranged) = ranged.filter(|ranged| Sizes::USUAL.suit(ranged)) {
        match pieces::read(feed, assembly, &ranged, Sizes::USUAL) {
            Ok(None) => {}
            Ok(Some(end)) => {
                let mut rest = vec![0; (ranged.len() - end).min(MAX_LINE as u64) as usize];
                return Ok(ranged.read_at(&mut rest, end).map(|n| {
                    feed_chunk(feed, carry, rest.get(..n).unwrap_or_default(), is_last);
                }));
            }
            Err(source) => return Ok(Err(source)),
        }
    }
    let mut chunks = Chunks::new(file.open()?);
    loop {
        match chunks.next_chunk() {
            Ok(Some(chunk)) => feed_chunk(feed, carry, chunk, is_last),
            Ok(None) => return Ok(Ok(())),
            Err(source) => return Ok(Err(source)),
        }
        assembly.take_settled(feed);
    }
}

/// Feeds a chunk of a part; a line that lacks its end at the part's own end goes on in the next part.
fn feed_chunk(feed: &mut Feed, carry: &mut Vec<u8>, chunk: &[u8], is_last: bool) {
    let mut chunk = chunk;
    if !carry.is_empty() {
        let end = memchr::memchr(b'\n', chunk).map_or(chunk.len(), |i| i + 1);
        carry.extend_from_slice(chunk.get(..end).unwrap_or_default());
        chunk = chunk.get(end..).unwrap_or_default();
        if carry.last() == Some(&b'\n') || is_last {
            feed.line(carry);
            carry.clear();
        }
    }
    let end = if is_last { chunk.len() } else { memchr::memrchr(b'\n', chunk).map_or(0, |i| i + 1) };
    feed.chunk(chunk.get(..end).unwrap_or_default());
    carry.extend_from_slice(chunk.get(end..).unwrap_or_default());
}

/// The log's tables as the fold finds them, every line on its own. `trace`: what became of each line that looks like a
/// row is kept, too.
fn fold(log: &Log, options: &ParseOptions, trace: bool) -> Result<(Tables, u64, Broken)> {
    let folded = fold_with(log, options, trace, &Arc::default())?;
    if folded.0.has_bare_numbers() {
        let numbers = Numbers::learn(log)?;
        if !numbers.is_empty() {
            return fold_with(log, options, trace, &Arc::new(numbers));
        }
    }
    Ok(folded)
}

fn fold_with(log: &Log, options: &ParseOptions, trace: bool, numbers: &Arc<Numbers>) -> Result<(Tables, u64, Broken)> {
    let mut told = Told::new(options)?;
    let mut tables = Tables::new(trace, told.as_ref().is_some_and(Told::has_clock));
    tables.set_numbers(numbers);
    let mut unwrap = Unwrap::default();
    let mut end = Place { part: 0, line: 0 };
    let mut lines = 0;
    let broken = walk(log, |text, place| {
        lines += 1;
        end = place;
        tables.unended = text.last() != Some(&b'\n');
        unwrap.lines(text, &mut |text: &[u8], meta: &Meta| match &mut told {
            None => tables.line(text, place, meta),
            Some(told) => told.line(text, meta, &mut |text, meta| tables.line(text, place, meta)),
        });
    })?;
    unwrap.finish(&mut |text, meta| tables.line(text, end, meta));
    tables.finish();
    if let Some(told) = told {
        told.finish()?;
    }
    Ok((tables, lines, broken))
}

/// Files that broke off, and why.
type Broken = Vec<(String, Arc<std::io::Error>)>;

/// Hands every line of the log to `each`, with its end; a line that a rotation cut is whole again.
fn walk(log: &Log, mut each: impl FnMut(&[u8], Place)) -> Result<Broken> {
    let mut broken = Vec::new();
    let mut carry = Vec::new();
    let mut place = Place { part: 0, line: 0 };
    for (part, file) in log.parts.iter().enumerate() {
        let mut chunks = Chunks::new(file.open()?);
        place = Place { part: part as u32, line: 0 };
        let is_last = part + 1 == log.parts.len();
        loop {
            let chunk = match chunks.next_chunk() {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                Err(source) => {
                    broken.push((file.name.clone(), Arc::new(source)));
                    break;
                }
            };
            for text in chunk.split_inclusive(|&b| b == b'\n') {
                // A line without an end at the end of a part goes on in the next part: rotation cut it.
                if !is_last && text.last() != Some(&b'\n') {
                    carry.extend_from_slice(text);
                    continue;
                }
                place.line += 1;
                if carry.is_empty() {
                    each(text, place);
                } else {
                    carry.extend_from_slice(text);
                    each(&carry, place);
                    carry.clear();
                }
            }
        }
    }
    if !carry.is_empty() {
        place.line += 1;
        each(&carry, place);
    }
    Ok(broken)
}
