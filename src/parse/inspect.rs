//! A log comes in; how each of its lines was read goes out, in the log's order. The same fold as [`parse`](super::parse)
//! with a note of what became of every line; the log is read twice, so that its text need not be kept.

use hashbrown::HashMap;

use super::assemble::{Assembly, wanted};
use super::foreign::Foreign;
use super::snapshots::{Place, Snapshots};
use super::unwrap::Unwrap;
use super::{ParseOptions, either_way, fold, parse_in_order, stamp, turned, walk};
use crate::error::Result;
use crate::input::Log;

/// How a line was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reading {
    /// It holds rows of a snapshot.
    Row {
        /// The snapshot's number in the log.
        snapshot: u32,
        /// The first of its rows that the line holds, from 0.
        row: u32,
        /// How many rows it holds.
        rows: u32,
        /// Whether the snapshot's time stands on its own lines or right before them.
        own_time: bool,
    },
    /// It looks like a row, or belongs to another tool's table, and was passed over.
    Passed {
        /// Why it is no row.
        why: Option<&'static str>,
        /// The other tool.
        tool: Option<&'static str>,
    },
    /// It says that a process began.
    Restart,
    /// Its clock gave a snapshot its time.
    Clock {
        /// The first such snapshot.
        snapshot: u32,
    },
    /// Anything else.
    Other,
}

/// Where a table's time is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Own,
    Before,
}

/// Hands every line of the log to `each`: where it stands, its text without its end, and how it was read. Where the
/// newest lines come first, the last one is the first.
///
/// # Errors
/// Where a part cannot be read.
pub fn inspect(
    log: &Log,
    options: &ParseOptions,
    each: &mut dyn FnMut(&Snapshots, Place, &[u8], Reading),
) -> Result<Snapshots> {
    // Every table is told, so that all are kept.
    let options = &ParseOptions { max_memory: Some(usize::MAX), ..options.clone() };
    let (mut warnings, mut turned) = (Vec::new(), None);
    if turned::runs_back(log)? {
        let read = parse_in_order(log, options, None)?;
        if turned::may_run_back(&read) {
            let (read, other) = either_way(log, options, read)?;
            (warnings, turned) = (read.warnings, other);
        }
    }
    let log = turned.as_ref().map_or(log, |turned| &turned.log);
    let in_file = |place| turned.as_ref().map_or(place, |turned| turned.place(place));
    let (mut tables, lines, broken) = fold(log, options, true)?;
    let mut read: HashMap<Place, Reading, foldhash::fast::FixedState> = HashMap::default();
    for &(place, why) in &tables.rejected {
        read.insert(place, Reading::Passed { why: Some(why), tool: None });
    }
    for start in &tables.starts.began.all {
        read.insert(start.place, Reading::Restart);
    }
    // Places at which a table begins whose clock stands before it.
    let mut clocks: Vec<(Place, u32, Source)> = Vec::new();
    let drafts = tables.found.in_order(None).into_iter().filter(|draft| wanted(draft, options.dialect));
    for (snapshot, draft) in drafts.enumerate() {
        let snapshot = snapshot as u32;
        let own_time = draft.own_stamp;
        if draft.stamp.is_some() {
            clocks.push((draft.place, snapshot, if draft.own_stamp { Source::Own } else { Source::Before }));
        }
        if draft.places.is_empty() {
            let rows = draft.len() as u32;
            // A printed list; where it is wrapped its rows are told on its first line.
            for line in draft.place.line..=draft.last.line.max(draft.place.line) {
                let place = Place { part: draft.place.part, line };
                let rows = if place == draft.place { rows } else { 0 };
                read.insert(place, Reading::Row { snapshot, row: 0, rows, own_time });
            }
        }
        for (row, &place) in draft.places.iter().enumerate() {
            match read.get_mut(&place) {
                Some(Reading::Row { snapshot: same, rows, .. }) if *same == snapshot => *rows += 1,
                _ => {
                    read.insert(place, Reading::Row { snapshot, row: row as u32, rows: 1, own_time });
                }
            }
        }
    }
    let mut assembly = Assembly::new(options, turned.as_ref());
    assembly.take(&mut tables, None);
    let mut snapshots = assembly.finish(&tables, lines, broken);
    drop(tables);
    let mut foreign = Foreign::default();
    let mut unwrap = Unwrap::default();
    let mut next_clock = 0;
    // A line's reading may hang on the next line: a clock counts where a table follows. One line is kept back.
    let mut kept: Option<(Place, Vec<u8>, Reading)> = None;
    walk(log, |text, place| {
        let text = text.trim_ascii_end();
        let known = read.get(&place).copied();
        let mut tool = None;
        unwrap.lines(text, &mut |inner, _| tool = tool.or(foreign.tool(inner)));
        let reading = match (known, tool) {
            (Some(Reading::Passed { why, .. }), tool) => Reading::Passed { why, tool },
            (None, Some(_)) => Reading::Passed { why: None, tool },
            (Some(known), _) => known,
            (None, None) => Reading::Other,
        };
        while clocks.get(next_clock).is_some_and(|c| c.0 < place) {
            next_clock += 1;
        }
        let begins = clocks.get(next_clock).filter(|c| c.0 == place && c.2 == Source::Own);
        if let (Some((_, before, was @ Reading::Other)), Some(&(_, snapshot, _))) = (&mut kept, begins)
            && stamp::find(before).is_some()
        {
            *was = Reading::Clock { snapshot };
        }
        if let Some((place, text, reading)) = kept.replace((place, text.to_vec(), reading)) {
            each(&snapshots, in_file(place), &text, reading);
        }
    })?;
    if let Some((place, text, reading)) = kept {
        each(&snapshots, in_file(place), &text, reading);
    }
    snapshots.warnings.extend(warnings);
    Ok(snapshots)
}
