//! Laws of the parser: what objgraph prints parses back, however it was logged, cut or handed over; and no bytes do harm.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use objtrend::parse::{Call, ParseOptions, Snapshots, parse};
use objtrend::{Options, Source, input};
use proptest::prelude::*;

/// A table's rows: name, count, and for growth what it grew by.
type Table = Vec<(String, u64, Option<u64>)>;

fn read(bytes: impl Into<Vec<u8>>) -> Snapshots {
    read_parts(&[bytes.into()])
}

/// The parts of a rotated log, oldest first.
fn read_parts(parts: &[Vec<u8>]) -> Snapshots {
    let name = |age: usize| if age == 0 { "app.log".to_owned() } else { format!("app.log.{age}") };
    let part = |(i, bytes): (usize, &Vec<u8>)| Source::memory(name(parts.len() - 1 - i), bytes.clone());
    let sources = parts.iter().enumerate().map(part).collect();
    let found = input::discover(sources, &Options::default().input).unwrap();
    assert_eq!(found.logs.len(), 1, "they are one log");
    let mut options = ParseOptions::default();
    options.keep_rows = true;
    parse(&found.logs[0], &options).unwrap()
}

/// The tables as printed, in order.
fn tables(snapshots: &Snapshots) -> Vec<Table> {
    let names = snapshots.type_names();
    let row = |o: &objtrend::parse::Observation| {
        (names[o.type_id as usize].clone(), o.count, o.delta.map(|d| d.unsigned_abs()))
    };
    let mut rows = snapshots.rows().unwrap();
    (0..snapshots.len()).map(|_| rows.next_table().unwrap().iter().map(row).collect()).collect()
}

/// objgraph's own two format rules.
fn printed(table: &Table) -> Vec<String> {
    let width = table.iter().map(|r| r.0.chars().count()).max().unwrap_or(0);
    let row = |(name, count, delta): &(String, u64, Option<u64>)| match delta {
        None => format!("{name:<width$} {count}"),
        Some(delta) => format!("{name:<width$}{count:>9} {:>+9}", *delta as i64),
    };
    table.iter().map(row).collect()
}

const NAMES: [&str; 16] = [
    "function",
    "dict",
    "tuple",
    "wrapper_descriptor",
    "builtin_function_or_method",
    "method_descriptor",
    "ReferenceType",
    "list",
    "getset_descriptor",
    "type",
    "cell",
    "module",
    "Message",
    "app.models.Order",
    "Größe",
    "_Entry",
];

/// A table of at least three distinct types, sorted as objgraph sorts; longer ones begin with Python's own types, as they do.
fn table(growth: bool) -> impl Strategy<Value = Table> {
    (Just(NAMES.to_vec()).prop_shuffle(), prop::collection::vec((1_u64..2_000_000, 0_u64..5_000), 4..16)).prop_map(
        move |(names, numbers)| {
            let mut table: Table = names
                .iter()
                .zip(&numbers)
                .map(|(name, &(grown, more))| match growth {
                    false => ((*name).to_owned(), grown, None),
                    true => ((*name).to_owned(), grown + more, Some(grown)),
                })
                .collect();
            table.sort_by_key(|r| std::cmp::Reverse(r.2.unwrap_or(r.1)));
            table
        },
    )
}

/// What loggers write before a line; `#` is a digit that changes from table to table.
const PREFIXES: [&str; 17] = [
    "",
    "    ",
    "2024-03-01 10:00:0#,123 INFO app.memory: ",
    "2024-03-01 10:00:0#,123 - app.memory - INFO - ",
    "INFO:app.memory:",
    "2024-03-01 10:00:0#.123 | INFO     | app:report:12 - ",
    "[2024-03-01 10:00:0# +0000] [4090] [INFO] ",
    "[2024-03-01 10:00:00,#23: INFO/MainProcess] ",
    "Mar  1 10:00:0# host app[4090]: ",
    "web_1  | ",
    "web_1  | 2024-03-01 10:00:0#,123 INFO ",
    "2024-03-01T10:00:00.#23456789Z stdout F ",
    "2024-03-01 10:00:00.#23 CRITICAL (SyncWorker_3) [homeassistant.components.profiler] ",
    "I0301 10:00:0#.123456 4090 memory.py:12] ",
    "# ",
    "// ",
    "> ",
];

/// A log of `tables`, each line behind `prefix`, with other text between the tables, and what must be read from it.
fn logged(tables: &[Table], prefix: &str, between: &str) -> String {
    let mut log = String::new();
    for (n, table) in tables.iter().enumerate() {
        let prefix =
            prefix.replace('#', &if prefix.starts_with(['#', ' ']) { "#".to_owned() } else { (n % 10).to_string() });
        for line in printed(table) {
            log += &format!("{prefix}{line}\n");
        }
        log += between;
    }
    log
}

const BETWEEN: [&str; 5] =
    ["\n", "2024-03-01 10:00:09,000 INFO app: request handled in 12 ms\n", ">>> \n", "-----\n", "done\n\n"];

/// What loggers write where several processes share a log: `#` is the process, `@` milliseconds, `$` the row.
const PROCESSES: [&str; 16] = [
    "2024-03-01 10:00:00,@ 409# MainThread $",
    "I0301 10:00:00.@456 409# memory.py:12] $",
    "2024-03-01 10:00:00,@ - 409# - @ - INFO - $",
    "2024-03-01 10:00:00,@ [409#] INFO app.memory: $",
    "[2024-03-01 10:00:00 +0000] [409#] [INFO] $",
    "2024-03-01 10:00:00,@ pid=409# app.memory: $",
    "INFO (pid 409#) app.memory: $",
    "Mar  1 10:00:00 host app[409#]: $",
    "<13>1 host app[409#]: $",
    "[2024-03-01 10:00:00,@: INFO/ForkPoolWorker-#] $",
    "2024-03-01 10:00:00,@ worker-# INFO $",
    "web_#  | $",
    "web_#  | 2024-03-01 10:00:00,@ INFO $",
    "[pod/web-7d4b9c6f5-x2x9#/app] 2024-03-01T10:00:00.@Z $",
    r#"{"message": "$", "process": 409#, "time": "2024-03-01T10:00:00.@Z"}"#,
    r#"{"log": "$\n", "stream": "stdout", "container_name": "web-#", "time": "2024-03-01T10:00:00.@Z"}"#,
];

/// The chunks of `bytes`, where a reader gives `step` bytes at a time.
fn chunked(bytes: &[u8], step: usize, chunk: usize) -> Vec<Vec<u8>> {
    struct Steps<'a>(&'a [u8], usize);
    impl std::io::Read for Steps<'_> {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            let n = self.1.min(self.0.len()).min(out.len());
            out[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }
    let mut chunks = input::chunk::Chunks::with_sizes(Steps(bytes, step), chunk, 1 << 16);
    let mut out = Vec::new();
    while let Some(chunk) = chunks.next_chunk().unwrap() {
        out.push(chunk.to_vec());
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_objgraph_prints_parses_back(
        tables_in in prop::collection::vec(any::<bool>().prop_flat_map(table), 1..6),
        prefix in prop::sample::select(PREFIXES.to_vec()),
        between in prop::sample::select(BETWEEN.to_vec()),
    ) {
        let log = logged(&tables_in, prefix, between);
        prop_assert_eq!(tables(&read(log.clone())), tables_in, "{}", log);
    }

    #[test]
    fn tables_back_to_back_end_where_a_name_repeats(
        growth in any::<bool>(), first in table(false), n in 2_usize..6, prefix in prop::sample::select(PREFIXES.to_vec()),
    ) {
        let first: Table = if growth { first.into_iter().map(|r| (r.0, r.1 * 2, Some(r.1))).collect() } else { first };
        let tables_in: Vec<Table> = (0..n).map(|_| first.clone()).collect();
        let log = logged(&tables_in, prefix, "");
        prop_assert_eq!(tables(&read(log.clone())), tables_in, "{}", log);
    }

    #[test]
    fn a_cut_changes_only_the_table_that_it_cuts(
        tables_in in prop::collection::vec(table(false), 2..5), cut in any::<prop::sample::Index>(),
        prefix in prop::sample::select(PREFIXES.to_vec()),
    ) {
        let whole: Vec<String> = tables_in.iter().map(|t| logged(std::slice::from_ref(t), prefix, "\n")).collect();
        let log = whole.concat();
        let cut = cut.index(log.len());
        let read = tables(&read(&log.as_bytes()[..cut]));
        let mut end = 0;
        let untouched = whole.iter().take_while(|t| { end += t.len(); end <= cut }).count();
        prop_assert!(read.len() <= untouched + 1, "{}", log);
        prop_assert_eq!(&read[..untouched.min(read.len())], &tables_in[..untouched], "cut at {} of\n{}", cut, log);
    }

    #[test]
    fn parts_of_any_length_read_as_the_whole(
        tables_in in prop::collection::vec(any::<bool>().prop_flat_map(table), 2..6), prefix in prop::sample::select(PREFIXES.to_vec()),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 1..4), between in prop::sample::select(BETWEEN.to_vec()),
    ) {
        let log = logged(&tables_in, prefix, between).into_bytes();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(log.len())).chain([0, log.len()]).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let parts: Vec<Vec<u8>> = cuts.windows(2).map(|w| log[w[0]..w[1]].to_vec()).collect();
        // A part that is there twice is read once.
        prop_assume!((1..parts.len()).all(|i| !parts[..i].contains(&parts[i])));
        prop_assert_eq!(tables(&read_parts(&parts)), tables_in, "cut at {:?} of\n{}", cuts, String::from_utf8_lossy(&log));
    }

    #[test]
    fn chunks_of_any_size_are_the_same_bytes(
        bytes in "[ab \r\n]{0,80}", step in 1_usize..20, chunk in 1_usize..40,
    ) {
        let whole = chunked(bytes.as_bytes(), usize::MAX, 1 << 16);
        let cut = chunked(bytes.as_bytes(), step, chunk);
        prop_assert_eq!(cut.concat(), whole.concat());
        prop_assert!(cut.iter().rev().skip(1).all(|chunk| chunk.ends_with(b"\n")));
        if bytes.contains('\n') {
            prop_assert_eq!(whole.concat(), bytes.as_bytes());
        }
    }

    #[test]
    fn tables_of_one_row_parse_back_where_a_name_repeats_or_text_stands_between(
        counts in prop::collection::vec(2_000_u64..3_000, 1..12), switch in any::<prop::sample::Index>(),
        own in prop::sample::select(vec!["Message", "app.models.Order", "_Entry", "Größe"]),
        prefix in prop::sample::select(PREFIXES.to_vec()), between in prop::sample::select(BETWEEN.to_vec()),
    ) {
        // One type is the most frequent, later another; which is more frequent from then on.
        let switch = switch.index(counts.len()).max(1);
        let row = |(i, &count): (usize, &u64)| {
            let (name, count) = if i < switch { ("function", count) } else { (own, count + 1_000) };
            vec![(name.to_owned(), count, None)]
        };
        let tables_in: Vec<Table> = counts.iter().enumerate().map(row).collect();
        for between in ["", between] {
            let log = logged(&tables_in, prefix, between);
            prop_assert_eq!(tables(&read(log.clone())), tables_in.clone(), "{}", log);
        }
    }

    #[test]
    fn processes_that_write_row_by_row_are_streams(
        each in prop::collection::vec((table(false), 3_usize..5), 2..5), order in any::<u64>(),
        prefix in prop::sample::select(PROCESSES.to_vec()),
    ) {
        // Boundaries show: the first name stands in every table.
        let each: Vec<Vec<Table>> = each.into_iter().map(|(table, n)| vec![table; n]).collect();
        let lines: Vec<Vec<String>> = each.iter().map(|tables| tables.iter().flat_map(printed).collect()).collect();
        let mut log = String::new();
        for row in 0..lines.iter().map(Vec::len).max().unwrap() {
            for turn in 0..lines.len() {
                let process = (turn + (order >> (row % 60)) as usize) % lines.len();
                let Some(line) = lines[process].get(row) else { continue };
                let millis = format!("{:03}", (row * 7 + turn) % 1000);
                log += &prefix.replace('#', &(process + 1).to_string()).replace("@", &millis).replace('$', line);
                log.push('\n');
            }
        }
        let read = read(log.clone());
        let all = tables(&read);
        let mut streams: Vec<Vec<Table>> = vec![Vec::new(); read.stream_names().len()];
        for (i, snapshot) in read.tables().enumerate() {
            streams[snapshot.stream as usize].push(all[i].clone());
        }
        streams.sort();
        let mut want = each;
        want.sort();
        prop_assert_eq!(streams, want, "{}", log);
    }

    #[test]
    fn line_ends_and_marks_change_nothing(tables_in in prop::collection::vec(table(false), 1..4)) {
        let log = logged(&tables_in, "", "\n");
        prop_assert_eq!(tables(&read(log.replace('\n', "\r\n"))), tables_in.clone());
        prop_assert_eq!(tables(&read(log.replace('\n', "  \t\n"))), tables_in.clone());
        prop_assert_eq!(tables(&read(format!("\u{feff}{log}"))), tables_in.clone());
        prop_assert_eq!(tables(&read(log.replace('\n', "\u{1b}[0m\n"))), tables_in.clone());
        let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(log.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        prop_assert_eq!(tables(&read(wide)), tables_in);
    }

    #[test]
    fn printed_lists_parse_back(tables_in in prop::collection::vec(any::<bool>().prop_flat_map(table), 1..5)) {
        let mut log = String::new();
        for table in &tables_in {
            let row = |(name, count, delta): &(String, u64, Option<u64>)| match delta {
                None => format!("('{name}', {count})"),
                Some(delta) => format!("('{name}', {count}, {delta})"),
            };
            log += &format!("2024-03-01 10:00:00,000 INFO mem: Memory Growth: [{}]\n", table.iter().map(row).collect::<Vec<_>>().join(", "));
        }
        prop_assert_eq!(tables(&read(log.clone())), tables_in, "{}", log);
    }

    #[test]
    fn any_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..4000)) {
        let _ = read(bytes);
    }

    #[test]
    fn anything_like_rows_does_no_harm(
        lines in prop::collection::vec("[ \t]{0,3}([\\[\\]{}()'\",:|>#+]{0,3}[a-zé_.]{0,12}[ \t]{0,4}[+-]?[0-9]{0,22}[ ,}\\])'\"]{0,3}){0,3}", 0..60),
    ) {
        let _ = read(lines.join("\n"));
    }
}

#[test]
fn calls_are_told_apart() {
    let read = read(
        "dict   5000     +5000\nlist    700      +700\ntuple   300      +300\n\ndict  5000\nlist  700\ntuple 300\n",
    );
    let calls: Vec<Call> = read.tables().map(|t| t.call).collect();
    assert_eq!(calls, [Call::Growth, Call::MostCommon]);
}

#[test]
fn lines_that_end_in_numbers_are_no_tables() {
    for log in [
        "GET /index 200\nGET /about 404\nPOST /login 302\n",
        "2024-03-01 10:00:00 INFO retry attempt 3\n2024-03-01 10:00:01 INFO retry attempt 2\n",
        "user alice logged in from port 5022\nuser bob logged in from port 5010\n",
        "Counter({'dict': 12, 'list': 3})\n",
        // Lists of words, in falling order, too.
        "the 1204\nand 900\nobject 300\nlist 12\n",
        "the\t1204\nof\t900\nfunction\t300\nin\t120\nmodule\t12\n",
        "keys 1200\nexpires 300\nset 120\nlist 40\nhash 12\n",
        // Lists of types in no order of counts.
        "bool 12\nint 400\nfloat 30\nstr 1000\nlist 3\ndict 77\n",
        "Message  3\ndict    12\nlist    90\nobject   7\ntuple   80\n",
        "list 3\ndict 10\ntuple 30\nfunction 90\n",
        "INFO app: dict       3168\nINFO app: list         12\nINFO app: module     4000\nINFO app: tuple       900\nINFO app: weakref    5000\n",
    ] {
        assert!(read(log).is_empty(), "{log}");
    }
}

#[test]
fn what_was_begun_of_a_next_table_is_no_rest_of_the_last() {
    let log = "dict                       1000\nbuiltin_function_or_method 900\nlist                       11\n\nMessage                    1";
    assert_eq!(read(log).n_rows(), 3);
}

#[test]
fn short_tables_one_below_the_other_are_no_unsorted_list() {
    for (log, tables) in [
        ("dict 12\nlist 3\nMessage 40\ndict 12\nMessage 60\ndict 14\n", 3),
        ("function 2400\nfunction 2410\nMessage 2500\nMessage 2600\nMessage 2700\n", 5),
        ("list      3\nfunction 90\ndict     12\nlist      3\nfunction 92\ndict     12\nlist      3\n", 2),
    ] {
        assert_eq!(read(log).len(), tables, "{log}");
    }
}

#[test]
fn lines_that_each_begin_in_their_own_way_hide_no_table() {
    let letters = |n: usize| -> String { (0..4).map(|i| (b'a' + (n / 26_usize.pow(i) % 26) as u8) as char).collect() };
    let noise: String = (0..12_000).map(|n| format!("{}: item {}\n", letters(n), n % 7)).collect();
    let table = "function  900\ndict      700\nMy_Thing  70\n";
    let read = read(format!("{table}{noise}{table}{noise}{table}"));
    assert_eq!(read.len(), 3);
    assert_eq!(read.n_rows(), 9);
}
