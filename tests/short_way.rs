//! The parser's short way for rows that are as expected, and its long way over every line, come to the same.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::fs;
use std::path::Path;

use objtrend::parse::{ParseOptions, Snapshots, inspect, parse};
use objtrend::{Options, Source, input};
use proptest::prelude::*;

/// All that a reading holds, as text.
fn shown(s: &Snapshots) -> String {
    let mut out = format!("{:?} {:?} {:?} {:?}\n", s.lines, s.clock, s.end, s.stream_names());
    for (i, table) in s.tables().enumerate() {
        out += &format!("{table:?} {} {}\n", s.rows_of(i), s.last_value(i));
    }
    for (id, name) in s.type_names().iter().enumerate() {
        let column: Vec<_> = s.column(id as u32).map(|o| (o.snapshot, o.count, o.delta)).collect();
        out += &format!("{name} {column:?}\n");
    }
    out + &format!("{:?} {:?}\n", s.events, s.hints)
}

/// `inspect` goes the long way with every line, to say what became of it.
fn both_ways_agree(bytes: &[u8]) -> Result<(), String> {
    let found = input::discover(vec![Source::memory("app.log", bytes)], &Options::default().input).unwrap();
    let options = ParseOptions::default();
    let short = shown(&parse(&found.logs[0], &options).unwrap());
    let long = shown(&inspect(&found.logs[0], &options, &mut |_, _, _, _| ()).unwrap());
    if short == long {
        return Ok(());
    }
    let differ = short.lines().zip(long.lines()).find(|(a, b)| a != b);
    Err(format!("{differ:?}"))
}

fn logs(folder: &str) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "log") {
                found.push((path.display().to_string(), fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn logs_as_people_leave_them() {
    let all = [logs("samples"), logs("tests/realworld")].concat();
    assert!(all.len() > 10);
    for (name, bytes) in all {
        both_ways_agree(&bytes).unwrap_or_else(|differ| panic!("{name}: {differ}"));
    }
}

const NAMES: [&str; 14] = [
    "function",
    "dict",
    "tuple",
    "wrapper_descriptor",
    "builtin_function_or_method",
    "ReferenceType",
    "list",
    "cell",
    "Message",
    "app.models.Order",
    "Größe",
    "a b",
    "x:y",
    "_Entry",
];

/// What stands before a row of table `n`; `#` is a digit of the clock, `%` tells two processes apart.
const PREFIXES: [&str; 15] = [
    "",
    "  ",
    "2024-03-01 10:0#:4#,12# INFO app.memory: ",
    "INFO:app.memory:",
    "[2024-03-01 10:00:0# +0000] [409%] [INFO] ",
    "Mar  1 1#:00:0# host app[40%]: ",
    "web_%  | ",
    "web_%  | 2024-03-01 10:00:0#,123 INFO ",
    "2024-03-01T10:00:00.#23456789Z stdout F ",
    "1709287#00.25 ",
    "\u{1b}[2m10:00:0#\u{1b}[0m \u{1b}[32mINFO\u{1b}[0m app: ",
    "2024-03-01 2#:00:01 INFO m: ",
    "2024-03-01 10:#5:00 INFO m: ",
    "01/Mar/2024:#3:10:00 +0#00 m: ",
    "#: ",
];

/// What collectors put around each line.
const AROUND: [(&str, &str); 5] = [
    ("{\"log\":\"", "\\n\",\"stream\":\"stdout\",\"time\":\"2024-03-01T10:00:0#.12#Z\"}"),
    ("{\"time\":\"2024-03-01T1#:00:00.5Z\",\"log\":\"", "\\n\",\"stream\":\"stdout\",\"attrs\":{\"n\":\"#\"}}"),
    ("{\"asctime\": \"2024-03-01 10:00:#3\", \"pid\": 40%, \"message\": \"", "\"}"),
    ("time=2024-03-01T10:00:0#Z level=info msg=\"", "\" pid=40%"),
    ("\u{1b}[36m", "\u{1b}[0m"),
];

/// Lines that stand between rows and tables; `#` is a digit of the clock or of a counter.
const OTHERS: [&str; 41] = [
    "",
    "-----",
    ">>> ",
    "2024-03-01 10:00:09,000 INFO app: request handled in 12 ms",
    "2024-03-01 10:00:09,000 INFO app: objects snapshot 7",
    "2024-03-01 10:00:31,000 INFO app: rows 4950",
    "objgraph.show_most_common_types()",
    "[2024-03-01 10:00:00 +0000] [8842] [INFO] Booting worker with pid: 8842",
    "{\"log\":\"dict                       1200\\n\",\"stream\":\"stdout\",\"time\":\"2024-03-01T10:00:00.1Z\"}",
    "size 12",
    "[('dict', 1234), ('list', 5)]",
    "key=value items=3",
    "2024-03-01 10:00:0#,000 INFO app: request handled in 1# ms",
    "2024-03-01 10:00:#1,000 INFO app: rows 49#0",
    "2024-03-01 10:00:0#,000 INFO app: cache miss key=session:# ttl=4#",
    "2024-03-01 10:00:0#,000 INFO app: dict 12# pid=7",
    "INFO:     10.0.0.1#:540#2 - \"GET /items/# HTTP/1.1\" 200 OK",
    "2024-03-01 10:00:0#,000 app: \"GET /items/# HTTP/1.1\" 200 4#",
    "2024-03-01 10:00:0#,000 INFO app: dict 1#\"",
    "2024-03-01 10:00:0#,000 INFO app: written dict 1##012list #",
    "2024-03-01 10:00:0#,000 INFO app: Starting new HTTPS connection (#): api.example.com:443",
    "2024-03-01 10:00:0#,000 INFO app: \u{e9}9 caf\u{e9}#9 took #9 ms",
    "2024-03-01 10:00:0#,000 INFO app: step 1#234567890123456789012 of 9",
    "2024-03-01T10:00:00.#Z stdout F GET /items/# took 1# ms",
    "\tat frame # of 1#",
    "dict +#  9",
    "\u{1b}[32m2024-03-01 10:00:0#,000 INFO\u{1b}[0m app: request handled in 1# ms",
    "\u{1b}[1mdict 12#\u{1b}[0m",
    "loading 1#%\rloading 9# of 9#",
    "2024-03-01 10:00:0#,000 INFO app: rows 4#\rdict 12#",
    "\0\0\0",
    "user u#1 #",
    "user u#7 4#",
    "gc counts are [('dict', 1234, #999999999999999999), ('list', 12, 3)] now",
    "2024-03-01 10:00:00 [409#] INFO objects:",
    "2024-03-01 1#:00:01 INFO m: text",
    "UserSession 500#",
    "2024-03-01 10:00:0# INFO app: Starting service orders 1.#",
    "web_1 exited with code 13#",
    "web_# exited with code 1#",
    "INFO:     Shutting down",
];

/// One step of a program that logs.
#[derive(Debug, Clone)]
enum Step {
    Table {
        process: bool,
        add: u64,
        rows: usize,
        swap: bool,
        tick: u8,
    },
    Other(usize, u8),
    /// The next two tables come row by row in turns.
    Mixed {
        tick: u8,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (any::<bool>(), 0_u64..400, 1_usize..14, any::<bool>(), 0_u8..10)
            .prop_map(|(process, add, rows, swap, tick)| Step::Table { process, add, rows, swap, tick }),
        6 => (0..OTHERS.len(), 0_u8..10).prop_map(|(other, tick)| Step::Other(other, tick)),
        1 => (0_u8..10).prop_map(|tick| Step::Mixed { tick }),
    ]
}

fn rows(add: u64, n: usize, swap: bool) -> Vec<String> {
    let mut rows: Vec<(&str, u64)> = NAMES
        .iter()
        .take(n)
        .enumerate()
        .map(|(i, name)| (*name, 9_000 / (i as u64 + 1) + add % (i as u64 * 7 + 1)))
        .collect();
    if swap && n > 3 {
        let count = rows[2].1;
        rows[3].1 = count;
        rows.swap(2, 3);
    }
    rows.sort_by_key(|r| std::cmp::Reverse(r.1));
    let width = rows.iter().map(|r| r.0.chars().count()).max().unwrap_or(0);
    rows.iter().map(|(name, count)| format!("{name:<width$} {count}")).collect()
}

fn log(steps: &[Step], prefix: &str, suffix: &str, end: &str) -> String {
    let at = |text: &str, process: bool, tick: u8| {
        text.replace('#', &tick.to_string()).replace('%', if process { "3" } else { "1" })
    };
    let mut log = String::new();
    for step in steps {
        match step {
            Step::Other(other, tick) => log += &format!("{}{end}", at(OTHERS[*other], false, *tick)),
            Step::Table { process, add, rows: n, swap, tick } => {
                for row in rows(*add, *n, *swap) {
                    log += &format!("{}{row}{}{end}", at(prefix, *process, *tick), at(suffix, *process, *tick));
                }
            }
            Step::Mixed { tick } => {
                for (a, b) in rows(3, 9, false).iter().zip(rows(200, 9, true)) {
                    log += &format!("{}{a}{}{end}", at(prefix, true, *tick), at(suffix, true, *tick));
                    log += &format!("{}{b}{}{end}", at(prefix, false, *tick), at(suffix, false, *tick));
                }
            }
        }
    }
    log
}

/// What stands before and behind all rows of a log.
fn around() -> impl Strategy<Value = (&'static str, &'static str)> {
    let plain = (prop::sample::select(PREFIXES.to_vec()), prop::sample::select(vec!["", "", "", " pid=7", "\""]));
    prop_oneof![3 => plain, 1 => prop::sample::select(AROUND.to_vec())]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, max_shrink_iters: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn programs_that_log(
        steps in prop::collection::vec(step(), 1..40),
        (prefix, suffix) in around(),
        end in prop::sample::select(vec!["\n", "\n", "\r\n"]),
        cut in any::<prop::sample::Index>(),
        odd in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
    ) {
        let log = log(&steps, prefix, suffix, end);
        let mut bytes = log.into_bytes();
        if bytes.is_empty() {
            return Ok(());
        }
        both_ways_agree(&bytes).map_err(|e| TestCaseError::fail(format!("{e} in\n{}", String::from_utf8_lossy(&bytes))))?;
        // Cut anywhere, and with bytes that nobody wrote.
        bytes.drain(..cut.index(bytes.len()));
        for (at, byte) in odd {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        both_ways_agree(&bytes).map_err(|e| TestCaseError::fail(format!("{e} in\n{}", String::from_utf8_lossy(&bytes))))?;
    }
}
