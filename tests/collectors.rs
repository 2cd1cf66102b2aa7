//! What loggers and collectors put around a program's lines: the tables come out whole, each with its process and time.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use objtrend::parse::{ParseOptions, Reading, Snapshots, inspect, parse};
use objtrend::{Options, Source, input};
use serde_json::json;

/// A line as something writes it: minutes into the log, the process that wrote it (0 or 1), what it wrote.
type Wrap = fn(u32, usize, &str) -> String;

const TYPES: [(&str, u64); 4] = [("function", 3827), ("dict", 2100), ("wrapper_descriptor", 1160), ("Order", 40)];

fn found(log: &str) -> input::Log {
    let found = input::discover(vec![Source::memory("app.log", log)], &Options::default().input).unwrap();
    found.logs.into_iter().next().unwrap()
}

fn read(log: &str) -> Snapshots {
    let mut options = ParseOptions::default();
    options.keep_rows = true;
    parse(&found(log), &options).unwrap()
}

fn rows(at: u32, process: usize) -> Vec<String> {
    let count = |n: u64| n + u64::from(at) * 3 + process as u64;
    TYPES.iter().map(|(name, n)| format!("{name:<18} {}", count(*n))).collect()
}

/// Twenty tables of each process, turn by turn, with a line of another kind between.
fn logged(wrap: Wrap, processes: usize) -> String {
    let mut lines = Vec::new();
    for at in 0..20 {
        for process in 0..processes {
            lines.push(wrap(at, process, "a look at memory"));
            lines.extend(rows(at, process).iter().map(|row| wrap(at, process, row)));
        }
    }
    lines.join("\n") + "\n"
}

fn check(name: &str, read: &Snapshots, processes: usize) {
    let names = read.type_names();
    let mut tables = read.rows().unwrap();
    let mut found = Vec::new();
    while let Some(rows) = tables.next_table() {
        found.push(rows.iter().map(|o| format!("{:<18} {}", names[o.type_id as usize], o.count)).collect::<Vec<_>>());
    }
    let printed: Vec<_> = (0..20).flat_map(|at| (0..processes).map(move |process| rows(at, process))).collect();
    assert_eq!(found, printed, "{name}");
    assert_eq!(read.stream_names().len(), processes, "{name}: {:?}", read.stream_names());
    let turns = read.tables().map(|t| t.stream as usize).collect::<Vec<_>>();
    assert_eq!(turns, (0..20 * processes).map(|i| i % processes).collect::<Vec<_>>(), "{name}");
}

fn clock(at: u32) -> String {
    format!("2024-03-01T10:{at:02}:00.123456789Z")
}

fn comma_clock(at: u32) -> String {
    format!("2024-03-01 10:{at:02}:00,123")
}

#[test]
fn tables_come_out_of_what_is_put_around_them() {
    let wraps: [(&str, Wrap); 9] = [
        ("kubectl --timestamps, JSON", |at, _, text| {
            format!("{} {}", clock(at), json!({"event": text, "level": "info"}))
        }),
        ("Kubernetes' own files, JSON", |at, _, text| {
            format!("{} stdout F {}", clock(at), json!({"event": text, "logger": "mem"}))
        }),
        ("a column of a table", |at, _, text| {
            let record = json!({"message": text, "level": "info"}).to_string();
            format!("{},\"{}\"", clock(at), record.replace('"', "\"\""))
        }),
        ("key=value", |at, _, text| format!("time={} level=info msg={text:?} pid=12", clock(at))),
        ("key=value at the end", |at, _, text| format!("ts={} level=info msg={text:?}", clock(at))),
        ("a place at the right", |at, _, text| format!("[03/01/24 10:{at:02}:00] INFO     {text:<50}app.py:42")),
        ("a return within colours", |at, _, text| format!("\x1b[32m 7 %\r{} {text}\x1b[0m", comma_clock(at))),
        ("a return within JSON", |at, _, text| {
            json!({"message": format!("7 %\r{text}"), "time": clock(at)}).to_string()
        }),
        ("docker compose, JSON", |at, _, text| format!("web_1  | {}", json!({"event": text, "timestamp": clock(at)}))),
    ];
    for (name, wrap) in wraps {
        let read = read(&logged(wrap, 1));
        check(name, &read, 1);
        let minutes = |i: usize| (read.time(i).unwrap() - read.time(0).unwrap()) / 60_000_000;
        assert_eq!((0..read.len()).map(minutes).collect::<Vec<_>>(), (0..20).collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn processes_are_told_by_whatever_names_them() {
    let wraps: [(&str, Wrap); 9] = [
        ("a thread's name behind the id", |at, p, text| {
            format!("{} [{}/MainThread] INFO {text}", comma_clock(at), 2107 + p)
        }),
        ("the same, bare", |at, p, text| format!("{} {}:MainThread INFO {text}", comma_clock(at), 2107 + p)),
        ("key=value", |at, p, text| format!("time={} pid={} msg={text:?}", clock(at), 2107 + p)),
        ("JSON behind a clock", |at, p, text| {
            format!("{} {}", clock(at), json!({"message": text, "process": 2107 + p}))
        }),
        ("a task", |at, p, text| format!("{} ecs/web/{} {text}", clock(at), ["0a1b2c3d4e5f", "ffeeddccbbaa"][p])),
        ("a pod and its container", |_, p, text| format!("api-{p} api {text}")),
        ("Google's labels", |at, p, text| {
            let labels = json!({"pod_name": format!("api-{p}"), "container_name": "api"});
            json!({"textPayload": text, "timestamp": clock(at), "resource": {"labels": labels}}).to_string()
        }),
        ("Fluent Bit's labels", |at, p, text| {
            let labels = json!({"pod_name": format!("api-{p}"), "container_name": "api"});
            json!({"log": format!("{text}\n"), "time": clock(at), "kubernetes": labels}).to_string()
        }),
        ("a title behind a collector's clock", |at, p, text| {
            let id = 2107 + p;
            let title = format!("[2024-03-01 10:{at:02}:00 +0000] [{id}] [INFO] objgraph:");
            format!("{} {}", clock(at), if text.starts_with("a look") { &title } else { text })
        }),
    ];
    for (name, wrap) in wraps {
        check(name, &read(&logged(wrap, 2)), 2);
    }
}

#[test]
fn what_changes_from_line_to_line_names_no_process() {
    let wraps: [(&str, Wrap); 8] = [
        ("a request behind a path", |at, _, text| {
            format!("{} shop/api/0a1b2c3d4e{at:02} INFO {text}", comma_clock(at))
        }),
        ("megabytes in a column", |at, _, text| format!("{};INFO;{};{text}", comma_clock(at), 412 + at % 6)),
        ("a place before a thread's name", |at, _, text| {
            format!("{} app.py:{}:MainThread {text}", comma_clock(at), 100 + at % 2)
        }),
        ("a number in a title", |at, _, text| {
            let text = if text.starts_with("a look") {
                format!("types after request ({}):", 1007 + at)
            } else {
                text.to_owned()
            };
            format!("{} INFO {text}", comma_clock(at))
        }),
        ("a worker in a title", |at, _, text| {
            let text =
                if text.starts_with("a look") { format!("after worker-{} finished:", at % 7) } else { text.to_owned() };
            format!("{} INFO {text}", comma_clock(at))
        }),
        ("a host that was asked for", |at, _, text| {
            let host = if at % 2 == 0 { "www.example.com" } else { "example.org" };
            json!({"message": text, "time": clock(at), "host": host}).to_string()
        }),
        ("a thread behind rows", |at, _, text| format!("{} INFO {text} thread=\"worker 3\"", comma_clock(at))),
        ("what it counts otherwise", |at, _, text| {
            let gauges =
                json!({"gauges": [["sessions", 100 + at], ["workers", 4]], "latency": [["p50", 12], ["p90", 50]]});
            if text.starts_with("a look") { format!("{} {gauges}", comma_clock(at)) } else { text.to_owned() }
        }),
    ];
    for (name, wrap) in wraps {
        check(name, &read(&logged(wrap, 1)), 1);
    }
}

#[test]
fn lines_that_may_tell_of_a_start_are_no_rows() {
    for line in [
        "starting service, pid 77",
        "Starting service (pid 77)",
        "Server listening on port 8000",
        "Initializing application",
        "Starting shop 1.4.2",
    ] {
        let life = format!("2024-03-01 10:00:00 {line}\n{}\n", rows(1, 0).join("\n"));
        let read = read(&life.repeat(3));
        assert_eq!((read.len(), read.hints.len()), (3, 3), "{line}");
    }
}

#[test]
fn days_of_three_numbers_go_on_by_days() {
    let days: [(&str, fn(u32) -> String); 6] = [
        ("day first", |day| format!("{day:02}/03/2024")),
        ("month first", |day| format!("03/{day:02}/2024")),
        ("month first, short", |day| format!("03/{day:02}/24")),
        ("day first, short", |day| format!("{day:02}/03/24")),
        ("year first, short", |day| format!("24/03/{day:02}")),
        ("without zeros", |day| format!("{day}/3/2024")),
    ];
    for (name, written) in days {
        // Not far enough for a day that could be no month.
        let tables = (1..=9).map(|day| format!("{} 10:00:00 mem\n{}\n", written(day), rows(day, 0).join("\n")));
        let read = read(&tables.collect::<String>());
        // 1 March 2024, 10:00 UTC.
        let day = |i: usize| (read.time(i).unwrap() - 1_709_287_200_000_000) / 86_400_000_000;
        assert_eq!((0..read.len()).map(day).collect::<Vec<_>>(), (0..9).collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn a_young_process_tells_its_uptime_in_few_digits() {
    let table = |at: u32| format!("[uptime {}s] objects\n{}\n", 5 * at, rows(at, 0).join("\n"));
    let row = |at: u32| rows(at, 0).iter().map(|row| format!("[uptime={}s] {row}\n", 5 * at)).collect::<String>();
    for log in [(0..9).map(table).collect::<String>(), (0..9).map(row).collect()] {
        let read = read(&log);
        let seconds = (0..read.len()).map(|i| read.time(i).map(|time| time / 1_000_000)).collect::<Vec<_>>();
        assert_eq!(seconds, (0..9).map(|at| Some(5 * at)).collect::<Vec<_>>(), "{log}");
    }
}

#[test]
fn a_day_that_stands_before_what_looks_like_a_row_is_the_logs() {
    let table = |at: u32| format!("10:{at:02}:00 objects\n{}\n", rows(at, 0).join("\n"));
    let read = read(&format!("2024-03-01 09:59:00 app: workers 3\n{}", (0..9).map(table).collect::<String>()));
    // 1 March 2024, 10:00 UTC.
    let minutes = (0..read.len()).map(|i| (read.time(i).unwrap() - 1_709_287_200_000_000) / 60_000_000);
    assert_eq!(minutes.collect::<Vec<_>>(), (0..9).collect::<Vec<_>>());
}

#[test]
fn newest_lines_first_are_read_from_the_end() {
    let wraps: [(&str, Wrap); 2] = [
        ("text", |at, _, text| format!("2024-03-01T10:{at:02}:00Z {text}")),
        ("JSON", |at, _, text| json!({"message": text, "time": clock(at)}).to_string()),
    ];
    for (name, wrap) in wraps {
        let log = logged(wrap, 1);
        let lines: Vec<&str> = log.lines().collect();
        let turned: Vec<&str> = lines.iter().rev().copied().collect();
        // Sorted by their times, lines of one time stay as they were.
        let sorted: Vec<&str> = lines.chunks(5).rev().flatten().copied().collect();
        for (order, lines) in [("turned", turned), ("sorted", sorted)] {
            let read = read(&lines.join("\n"));
            check(&format!("{name}, {order}"), &read, 1);
            assert_eq!(read.warnings.len(), 1);
            let first = read.table(0).place.line;
            assert!(lines[first as usize - 1].contains("function"), "{name}, {order}: {first}");
            // So is each line told, by its number in the file.
            let mut rows = 0;
            let told = inspect(&found(&lines.join("\n")), &ParseOptions::default(), &mut |_, place, text, reading| {
                assert_eq!(text, lines[place.line as usize - 1].as_bytes(), "{name}, {order}");
                rows += usize::from(matches!(reading, Reading::Row { .. }));
            });
            assert_eq!(told.unwrap().warnings, read.warnings);
            assert_eq!(rows, 20 * TYPES.len(), "{name}, {order}");
        }
    }
}
