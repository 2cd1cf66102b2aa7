//! A large part that lies plain is read in pieces, by several threads: each piece by a fold of its own, taught by the
//! log's beginning. In order, the log's fold reads a little of each piece itself, until it stands as the piece's fold
//! did at the same line; from there on it goes on with what that one has made of the rest. Where it never stands alike
//! it reads the piece itself. So the result is that of one fold over all lines, for any number of threads.

mod queue;

use std::io::{self, Read};

use super::Assembly;
use super::feed::{Feed, Spare, Stand};
use crate::input::Ranged;
use crate::input::chunk::Chunks;

use queue::{Queue, Task};

/// In how large pieces a part is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// Bytes from which the folds of the pieces are taught.
    taught: u64,
    /// Bytes of a piece at least: enough that what is read twice is little, few enough to stay small in memory.
    piece: u64,
    /// Bytes of a chunk of a piece.
    chunk: usize,
}

impl Sizes {
    /// What is fast.
    pub(super) const USUAL: Self = Self { taught: 1 << 20, piece: 2 << 20, chunk: 64 << 10 };

    /// Whether a part is large enough to be read in pieces.
    pub(super) fn suit(&self, part: &Ranged) -> bool {
        part.len() >= 8 * self.piece
    }

    /// Bytes of a piece of a part in whose first `taught` bytes so many rows were found: where they are few, more of it
    /// needs no more memory, and what many loggers have taught is not copied so often.
    fn piece_of(&self, part: &Ranged, taught: u64, rows: u64) -> u64 {
        let bytes_of_row = taught / rows.max(1);
        (self.piece * bytes_of_row / BARE_ROW).min(part.len() / MANY).clamp(self.piece, 8 * self.piece)
    }
}

/// Bytes of a row with nothing before it.
const BARE_ROW: u64 = 32;

/// So many pieces keep all threads busy up to the end.
const MANY: u64 = 64;

/// After so many pieces in a row that were read for nothing the rest is read as one.
const MOST_READ_AGAIN: u32 = 6;

/// So many times as much is read at most until the day is known on which the log begins, or that it names none.
const MOST_TAUGHT: u64 = 16;

/// Chunks of a piece after which its fold may be joined.
const MEETINGS: [usize; 2] = [1, 4];

/// Reads a range of a part.
struct Range<'a> {
    part: &'a Ranged<'a>,
    at: u64,
    to: u64,
}

impl Read for Range<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = (self.to - self.at).min(out.len() as u64) as usize;
        let n = self.part.read_at(out.get_mut(..n).unwrap_or_default(), self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}

/// What a piece's fold has become.
struct Piece {
    /// Where its first line begins, and where the line behind its last does.
    from: u64,
    to: u64,
    /// Where in the part it may be joined, and how it stood there.
    meetings: Vec<(u64, Stand)>,
    end: Feed,
}

/// The first byte of the first line that begins at `at` or later, if one does before `to`.
fn line_at(part: &Ranged, at: u64, to: u64) -> io::Result<Option<u64>> {
    let Some(mut before) = at.checked_sub(1) else { return Ok(Some(0)) };
    let mut buffer = [0; 4096];
    while before < to {
        let n = part.read_at(&mut buffer, before)?;
        if n == 0 {
            break;
        }
        match memchr::memchr(b'\n', buffer.get(..n).unwrap_or_default()) {
            Some(end) => return Ok(Some(before + end as u64 + 1).filter(|&at| at < to)),
            None => before += n as u64,
        }
    }
    Ok(None)
}

/// Feeds the lines of a range; they are whole. After each chunk `each` is told where the next begins.
fn feed(feed: &mut Feed, range: Range<'_>, sizes: Sizes, mut each: impl FnMut(&mut Feed, u64)) -> io::Result<()> {
    let mut at = range.at;
    let mut chunks = Chunks::of_line_feeds(range, sizes.chunk);
    while let Some(chunk) = chunks.next_chunk()? {
        feed.chunk(chunk);
        at += chunk.len() as u64;
        each(feed, at);
    }
    Ok(())
}

/// Reads a piece, from the first line that begins in it on; `None` where none does. `end`: where the last piece ends.
/// `spare`: what one before has left.
fn piece(
    taught: &Feed,
    part: &Ranged,
    (from, to): (u64, u64),
    end: u64,
    sizes: Sizes,
    spare: Option<Spare>,
) -> io::Result<Option<Piece>> {
    let Some(from) = line_at(part, from, to)? else { return Ok(None) };
    let to = line_at(part, to, end)?.unwrap_or(end);
    // What one has learnt is cheap to copy beside what a piece holds.
    let mut fold = taught.again(spare.unwrap_or_default());
    let mut meetings = Vec::new();
    let (mut chunks, mut last) = (0, from);
    feed(&mut fold, Range { part, at: from, to }, sizes, |feed, at| {
        (chunks, last) = (chunks + 1, at);
        if MEETINGS.contains(&chunks) && at < to {
            meetings.push((at, feed.stand()));
        }
    })?;
    if last != to {
        // A line was too long to be kept whole: where the others begin is not known.
        meetings.clear();
    }
    Ok(Some(Piece { from, to, meetings, end: fold }))
}

/// Feeds the whole lines of a large part; gives where the first line begins that lacks its end. `None`, and nothing is
/// read, where it does not begin as lines do that line feeds end.
///
/// # Errors
/// What the system says.
pub(super) fn read(log: &mut Feed, assembly: &mut Assembly, part: &Ranged, sizes: Sizes) -> io::Result<Option<u64>> {
    let Sizes { taught, .. } = sizes;
    if line_at(part, 1, taught)?.is_none() {
        return Ok(None);
    }
    let Some(end) = last_line_end(part)? else { return Ok(None) };
    let rows_before = assembly.lines_in_tables();
    let mut first = 0;
    for _ in 0..MOST_TAUGHT {
        let to = line_at(part, (first + taught).min(end), end)?.unwrap_or(end);
        feed(log, Range { part, at: first, to }, sizes, |_, _| ())?;
        assembly.take_settled(log);
        first = to;
        // Until then a fold that knows more lines may still see what one that knows fewer does not look for any more.
        if log.tables.waits_for_no_day() {
            break;
        }
    }
    let length = sizes.piece_of(part, first, assembly.lines_in_tables() - rows_before);
    let Some(taught) = log.taught() else {
        feed(log, Range { part, at: first, to: end }, sizes, |log, _| assembly.take_settled(log))?;
        return Ok(Some(end));
    };
    let cuts: Vec<(u64, u64)> =
        (first..end).step_by(length as usize).map(|from| (from, (from + length).min(end))).collect();
    let threads = rayon::current_num_threads();
    let queue = Queue::new(cuts.len(), 2 * threads);
    let make = |at: usize, spare: Option<Spare>| {
        queue.made(at, piece(&taught, part, cuts.get(at).copied().unwrap_or_default(), end, sizes, spare));
    };
    rayon::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|_| {
                let _ends = queue.ends(true);
                while let Some((at, spare)) = queue.next_to_make() {
                    make(at, spare);
                }
            });
        }
        let _ends = queue.ends(false);
        let mut read_again = 0;
        while let Some(task) = queue.next() {
            match task {
                Task::Take(piece) => {
                    // Where no line begins, the piece before goes on.
                    let Some(piece) = piece? else { continue };
                    let to = piece.to;
                    match join(log, assembly, part, piece, &taught, sizes)? {
                        Some(spare) => {
                            queue.give_back(spare);
                            read_again = 0;
                        }
                        None => read_again += 1,
                    }
                    if read_again == MOST_READ_AGAIN {
                        return feed(log, Range { part, at: to, to: end }, sizes, |log, _| assembly.take_settled(log));
                    }
                }
                Task::Make(at, spare) => make(at, spare),
            }
        }
        Ok(())
    })?;
    Ok(Some(end))
}

/// Where the last line that is whole ends.
fn last_line_end(part: &Ranged) -> io::Result<Option<u64>> {
    let mut to = part.len();
    let mut buffer = [0; 4096];
    while to > 0 {
        let from = to.saturating_sub(buffer.len() as u64);
        let n = part.read_at(buffer.get_mut(..(to - from) as usize).unwrap_or_default(), from)?;
        if let Some(at) = memchr::memrchr(b'\n', buffer.get(..n).unwrap_or_default()) {
            return Ok(Some(from + at as u64 + 1));
        }
        to = from;
    }
    Ok(None)
}

/// Goes on with a piece. What is left over comes back.
fn join(
    log: &mut Feed,
    assembly: &mut Assembly,
    part: &Ranged,
    piece: Piece,
    taught: &Feed,
    sizes: Sizes,
) -> io::Result<Option<Spare>> {
    let Piece { from, to, meetings, end } = piece;
    let mut at = from;
    for (meeting, mut there) in meetings {
        feed(log, Range { part, at, to: meeting }, sizes, |_, _| ())?;
        at = meeting;
        if log.stands_like(&mut there, &end, taught) {
            assembly.take_settled(log);
            let spare = log.go_on_with(&there, end, taught);
            assembly.other_names();
            assembly.take_settled(log);
            return Ok(Some(spare));
        }
    }
    feed(log, Range { part, at, to }, sizes, |log, _| assembly.take_settled(log))?;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::super::{ParseOptions, Snapshots};
    use super::*;
    use proptest::prelude::*;

    use crate::input::{InputOptions, Part, discover};
    use crate::{Source, input};

    fn part(bytes: &[u8]) -> Part {
        let found = discover(vec![Source::memory("app.log", bytes)], &InputOptions::default()).unwrap();
        let mut log: input::Log = found.logs.into_iter().next().unwrap();
        log.parts.remove(0)
    }

    /// All that a reading holds, as text.
    fn shown(s: &Snapshots) -> String {
        let columns = (0..s.type_names().len() as u32).map(|id| s.column(id).map(|o| (o.snapshot, o.count)).collect());
        let columns: Vec<Vec<_>> = columns.collect();
        let tables: Vec<_> = s.tables().collect();
        format!(
            "{:?} {:?} {:?} {:?} {:?} {tables:?} {columns:?}",
            s.lines,
            s.events,
            s.hints,
            s.type_names(),
            s.stream_names()
        )
    }

    fn read_with(bytes: &[u8], sizes: Option<Sizes>) -> String {
        let part = part(bytes);
        let options = ParseOptions::default();
        let (mut log, mut assembly) = (Feed::new(), Assembly::new(&options, None));
        log.part(0);
        let ranged = part.ranged().unwrap().unwrap();
        let end = sizes.and_then(|sizes| read(&mut log, &mut assembly, &ranged, sizes).unwrap()).unwrap_or(0) as usize;
        log.chunk(&bytes[end..]);
        log.finish();
        assembly.take(&mut log.tables, None);
        shown(&assembly.finish(&log.tables, log.lines, Vec::new()))
    }

    /// A log of several kinds of lines; `kind` decides how its rows begin.
    fn log(kind: usize) -> String {
        let mut log = String::new();
        let prefix = |n: usize, process: usize| match kind {
            0 | 1 => String::new(),
            2 => format!("2024-03-01 10:{:02}:{:02},{:03} INFO app: ", n / 60 % 60, n % 60, n * 7 % 1000),
            3 => format!("[2024-03-01 10:00:{:02} +0000] [409{process}] [INFO] ", n % 60),
            _ => format!("web_{process}  | "),
        };
        for n in 0..400 {
            if kind != 1 && n % 3 > 0 {
                log += &format!("2024-03-01 10:{:02}:00,123 INFO app: objects snapshot {n}\n", n % 60);
            }
            if n % 11 == 5 {
                log += "[2024-03-01 10:00:00 +0000] [8842] [INFO] Booting worker with pid: 8842\n";
            }
            for row in 0..8 {
                for process in 0..if kind > 2 { 2 } else { 1 } {
                    let name =
                        ["function", "wrapper_descriptor", "dict", "tuple", "Message", "cell", "list", "type"][row];
                    let count = 9000 / (row + 1) + n * (row + process) % 40;
                    log += &format!("{}{name:<18} {count}\n", prefix(n, process));
                }
            }
            if n % 7 == 0 {
                log += "GET /health 200\ntook 17 ms\n\n";
            }
        }
        log
    }

    #[test]
    fn pieces_of_any_size_come_to_the_same() {
        for kind in 0..5 {
            let log = log(kind);
            let whole = read_with(log.as_bytes(), None);
            for (taught, piece, chunk) in [(4096, 8192, 512), (1000, 3001, 700), (20_000, 40_000, 4096), (64, 100, 10)]
            {
                let pieces = read_with(log.as_bytes(), Some(Sizes { taught, piece, chunk }));
                assert!(whole == pieces, "kind {kind}, {taught} {piece} {chunk}:\n{whole}\n{pieces}");
            }
        }
    }

    /// One step of a program that logs.
    #[derive(Debug, Clone)]
    enum Step {
        /// A table whose rows begin in one of some ways.
        Table { way: usize, rows: usize, add: u64, odd: bool },
        /// Lines of other loggers.
        Others { kind: usize, lines: usize },
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let table = (0_usize..12, 1_usize..9, 0_u64..300, prop::bool::weighted(0.1));
        let table = table.prop_map(|(way, rows, add, odd)| Step::Table { way, rows, add, odd });
        let others = (0_usize..15, prop_oneof![8 => 1_usize..4, 2 => 4_usize..40, 1 => 240_usize..300]);
        let others = others.prop_map(|(kind, lines)| Step::Others { kind, lines });
        // A program writes in few ways, and says few things.
        let few = (prop::collection::vec(table, 1..4), prop::collection::vec(others, 1..5));
        few.prop_flat_map(|(tables, others)| {
            let step = prop_oneof![
                (prop::sample::select(tables), 0_u64..40).prop_map(|(mut step, more)| {
                    if let Step::Table { add, .. } = &mut step {
                        *add += more;
                    }
                    step
                }),
                prop::sample::select(others),
            ];
            prop::collection::vec(step, 5..120)
        })
    }

    fn written(steps: &[Step]) -> String {
        let mut log = String::new();
        for (n, step) in steps.iter().enumerate() {
            let (m, s) = (n / 60 % 60, n % 60);
            match *step {
                Step::Table { way, rows, add, odd } => {
                    if way == 8 {
                        log += &format!("2024-03-01 10:{m:02}:{s:02},000 [409{}] INFO objects:\n", n % 2);
                    }
                    for row in 0..rows {
                        let name =
                            ["tuple", "list", "wrapper_descriptor", "Abcde", "dict", "UserSession", "cell", "set"]
                                [(row + usize::from(way == 9) * 5) % 8];
                        let colon = if odd && row == 2 { "a:" } else { "" };
                        let count = 9000 / (row as u64 + 1) + add;
                        let row = format!("{colon}{name:<18} {count}");
                        log += &match way {
                            0 | 8 => format!("{row}\n"),
                            1 => format!("2024-03-01 10:{m:02}:{s:02},{:03} INFO app: {row}\n", n * 7 % 1000),
                            2 => format!("[2024-03-01 10:00:{s:02} +0000] [409{}] [INFO] {row}\n", n % 3),
                            3 => format!("web_{}  | {row}\n", n % 2),
                            4 => {
                                format!("{{\"timestamp\":\"2024-03-01T10:{m:02}:{s:02}Z\",\"message\":\"m: {row}\"}}\n")
                            }
                            5 => format!("m: {row}\n"),
                            6 => format!("#{n}: {row}\n"),
                            7 => format!(
                                "{{\"log\":\"{row}\\n\",\"stream\":\"stdout\",\"time\":\"2024-03-01T10:{m:02}:{s:02}.5Z\"}}\n"
                            ),
                            9 => format!("10:{m:02}:{s:02} {row}\n"),
                            10 => format!("app[40{}]: {row} +{}\n", n % 2, add + 1),
                            _ => format!("{name} {}\n", 10_000 - count + n as u64),
                        };
                    }
                }
                Step::Others { kind, lines } => {
                    for i in 0..lines {
                        log += &match kind {
                            0 => "a line\n".to_owned(),
                            1 => format!("2024-03-01 10:{m:02}:{s:02},{i:03} INFO app: took {i} ms\n"),
                            2 => format!("2024-03-01 10:{m:02}:{s:02},{i:03} INFO app: attempt {i}\n"),
                            3 => format!("job {i} ({n}) done, next run at {}\n", n * 31 % 97),
                            4 => format!("objgraph.show_most_common_types(), call {n}\n"),
                            5 => format!(
                                "[2024-03-01 10:00:{s:02} +0000] [884{i}] [INFO] Booting worker with pid: 884{i}\n"
                            ),
                            6 => format!("[('dict', {}), ('list', {i})]\n", 1000 + n),
                            7 => format!("[('dict', {}),\n ('list', {i})]\n", 1000 + n),
                            8 => format!("UserSession {}\n", 5000 + n),
                            9 => format!("user u{} {}\n", n * 7919 % 1000, n + i),
                            10 => "\n".to_owned(),
                            11 => format!("2024-03-01 10:{m:02}:{s:02},000 INFO app: objects snapshot {n}\n"),
                            12 => format!("\u{1b}[32mINFO\u{1b}[0m step {i}\n"),
                            13 => format!("{}\n", "a long line ".repeat(n * 131 % 700)),
                            _ => format!("{n} of {i}\r{i} of {n}\n"),
                        };
                    }
                }
            }
        }
        log
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 192, max_shrink_iters: 400, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn pieces_of_any_log_come_to_the_same(
            steps in steps(),
            taught in 100_u64..4000,
            piece in 200_u64..6000,
            chunk in 40_usize..2000,
        ) {
            let log = written(&steps);
            if log.is_empty() {
                return Ok(());
            }
            let whole = read_with(log.as_bytes(), None);
            let pieces = read_with(log.as_bytes(), Some(Sizes { taught, piece, chunk }));
            prop_assert!(whole == pieces, "{taught} {piece} {chunk}:\n{whole}\n{pieces}\nin\n{log}");
        }
    }

    #[test]
    fn lines_that_other_ends_end_are_left_to_one_fold() {
        let log = log(2).replace('\n', "\r");
        for log in [log.clone(), format!("{log}\n")] {
            let (part, options) = (part(log.as_bytes()), ParseOptions::default());
            let (mut fold, mut assembly) = (Feed::new(), Assembly::new(&options, None));
            let sizes = Sizes { taught: 4096, piece: 8192, chunk: 512 };
            assert_eq!(read(&mut fold, &mut assembly, &part.ranged().unwrap().unwrap(), sizes).unwrap(), None);
            assert_eq!(fold.lines, 0);
        }
    }

    #[test]
    fn most_pieces_are_joined() {
        let log = log(2);
        let part = part(log.as_bytes());
        let ranged = part.ranged().unwrap().unwrap();
        let options = ParseOptions::default();
        let (mut fold, mut assembly) = (Feed::new(), Assembly::new(&options, None));
        // A row without company is waited for over 256 lines: a fold that begins later knows nothing of it until then.
        let sizes = Sizes { taught: 4096, piece: 100_000, chunk: 24_000 };
        fold.part(0);
        feed(
            &mut fold,
            Range { part: &ranged, at: 0, to: line_at(&ranged, 4096, ranged.len()).unwrap().unwrap() },
            sizes,
            |_, _| (),
        )
        .unwrap();
        assembly.take_settled(&mut fold);
        let taught = fold.taught().unwrap();
        let from = line_at(&ranged, 4096, ranged.len()).unwrap().unwrap();
        let mut piece = piece(&taught, &ranged, (from, from + 100_000), ranged.len(), sizes, None).unwrap().unwrap();
        let (to, there) = &mut piece.meetings[0];
        feed(&mut fold, Range { part: &ranged, at: from, to: *to }, sizes, |_, _| ()).unwrap();
        assert!(fold.stands_like(there, &piece.end, &taught));
    }
}
