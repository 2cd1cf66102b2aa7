//! The program as people run it: exit codes, words on standard error, pipes and files.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

/// Runs the program in the repository's folder.
fn objtrend(args: &[&str]) -> Output {
    run(args, b"")
}

fn run(args: &[&str], stdin: &[u8]) -> Output {
    Command::cargo_bin("objtrend").unwrap().args(args).write_stdin(stdin).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A text as it is before it is wrapped.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const LOG: &str = "samples/producer-consumer/app.log";

#[test]
fn the_producer_consumer_log_names_tuple_first_and_list_with_it() {
    let output = objtrend(&[LOG, "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let log = &report["logs"][0];
    assert_eq!(log["leaking"], true);
    assert_eq!((log["snapshots"].as_u64(), log["rows"].as_u64()), (Some(240), Some(7200)));
    let types = log["types"].as_array().unwrap();
    assert_eq!(
        (&types[0]["type"], &types[0]["verdict"], &types[0]["role"]),
        (&"tuple".into(), &"leak".into(), &"root".into())
    );
    let list = types.iter().find(|t| t["type"] == "list").unwrap();
    assert_eq!((&list["verdict"], &list["follows"]), (&"leak".into(), &"tuple".into()));
    // Three producers put one tuple each per 3 s, the consumer takes one per 4 s: 3600 - 900 an hour.
    let rate = types[0]["slope_per_hour"].as_f64().unwrap();
    assert!((rate - 2700.0).abs() < 0.05 * 2700.0, "{rate}");
}

#[test]
fn a_part_of_a_log_is_as_long_as_it_is() {
    // Deployed at 12:30; the log ends at 14:00.
    for since in ["10:00", "11:00"] {
        let output = objtrend(&["samples/leak-after-deploy/app.log", "--since", &format!("2026-03-02T{since}")]);
        let text = in_one_line(&stdout(&output));
        assert!(text.contains("→ 465 objects in 89 minutes."), "{since}: {text}");
    }
}

#[test]
fn a_part_of_a_log_without_tables_says_where_they_are() {
    let output = objtrend(&["samples/leak-after-deploy/app.log", "--since", "2027-01-01"]);
    let text = in_one_line(&stdout(&output));
    let says = "none of its tables lies between --since and --until; they were printed 2 Mar 2026 10:01 to 14:00 UTC.";
    assert!(text.contains(says), "{text}");
}

#[test]
fn steps_of_a_part_are_counted_from_its_first_table() {
    // A table a minute; read as one an hour, the leak of 89 tables lasts 89 hours, from where the part begins.
    let args =
        ["samples/leak-after-deploy/app.log", "--since", "2026-03-02T12:00", "--interval", "1h", "--format", "json"];
    let report: serde_json::Value = serde_json::from_str(&stdout(&objtrend(&args))).unwrap();
    let onset = report["logs"][0]["types"][0]["onset_time"].as_str().unwrap().to_owned();
    // The thirty-first hour after noon: the table of 12:31.
    assert_eq!(&onset[..13], "2026-03-03T19", "{onset}");
}

#[test]
fn a_log_without_a_clock_says_that_no_part_of_it_can_be_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.log");
    std::fs::write(&path, "dict 100\nlist 90\n\n".repeat(9)).unwrap();
    let path = path.to_str().unwrap();
    let says = "it tells no time, so --since and --until leave nothing out";
    assert!(in_one_line(&stdout(&objtrend(&[path, "--since", "2024-03-01"]))).contains(says));
    assert!(!in_one_line(&stdout(&objtrend(&[path]))).contains(says));
}

/// Tables of a process that leaks forty orders from one to the next; every twenty tables another begins.
fn lives(between: &str) -> String {
    let mut log = String::new();
    for table in 0..80 {
        let orders = 40 * (table % 20);
        if table % 20 == 0 && table > 0 {
            log.push_str(between);
        }
        for (name, count) in [("function", 9000), ("dict", 5000 + orders), ("tuple", 4000), ("Order", 10 + orders)] {
            log.push_str(&format!("{name:<10} {count}\n"));
        }
        log.push_str("one more round\n");
    }
    log
}

#[test]
fn the_log_tells_a_restart_from_a_flush() {
    for line in
        ["INFO:     Application startup complete.", "systemd[1]: Started Orders API.", "orders_1 exited with code 137"]
    {
        let text = stdout(&run(&["-"], lives(&format!("{line}\n")).as_bytes()));
        let says = "through 3 restarts.";
        assert!(in_one_line(&text).contains(says), "{line}: {text}");
    }
    for line in ["", "INFO cache: flushed\n"] {
        let text = stdout(&run(&["-"], lives(line).as_bytes()));
        assert!(text.starts_with("Nothing is leaking: "), "{line}: {text}");
    }
}

#[test]
fn the_first_sentence_is_the_answer() {
    for (sample, begins) in [
        ("producer-consumer", "tuple is leaking: +2,7"),
        ("no-leak", "Nothing is leaking: "),
        ("logger-prefix", "Session is leaking: +"),
        ("leak-after-deploy", "Payload is leaking: +"),
        ("restarts", "Session is leaking: +"),
        ("daily-cycle", "Nothing is leaking: "),
        ("three-snapshots", "The log cannot tell: "),
    ] {
        let output = objtrend(&[&format!("samples/{sample}/app.log")]);
        assert_eq!(output.status.code(), Some(0), "{sample}: {}", stderr(&output));
        assert!(stdout(&output).starts_with(begins), "{sample}: {}", stdout(&output));
    }
}

#[test]
fn path_and_standard_input_give_the_same_bytes_for_any_number_of_threads() {
    let bytes = fs::read(LOG).unwrap();
    for format in ["text", "markdown", "json", "jsonl"] {
        let by_path = objtrend(&[LOG, "--format", format]);
        let piped = run(&["-", "--name", "app.log", "--format", format, "-j", "1"], &bytes);
        let two = objtrend(&[LOG, "--format", format, "-j", "2"]);
        assert!(!by_path.stdout.is_empty());
        assert_eq!(by_path.stdout, piped.stdout, "{format}");
        assert_eq!(by_path.stdout, two.stdout, "{format}");
    }
}

#[test]
fn bad_input_is_one_clear_line_and_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    fs::write(path("empty.log"), "").unwrap();
    fs::write(path("prose.log"), "no table here\nat all: 12\n").unwrap();
    fs::write(
        path("binary.log"),
        (0..4096_u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect::<Vec<_>>(),
    )
    .unwrap();
    fs::create_dir(path("nothing")).unwrap();
    for (name, says) in [
        ("absent.log", "cannot read"),
        ("empty.log", "is empty"),
        ("prose.log", "no objgraph table in prose.log"),
        ("binary.log", "binary"),
        ("nothing", "no log"),
    ] {
        let output = objtrend(&[&path(name)]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{name}: {said}");
        assert!(output.stdout.is_empty(), "{name}");
        assert_eq!(said.lines().count(), 1, "{name}: {said}");
        assert!(said.starts_with("objtrend: ") && said.contains(says), "{name}: {said}");
    }
}

#[test]
fn what_can_be_read_is_reported_and_the_code_is_2_where_something_could_not() {
    let output = objtrend(&[LOG, "absent.log"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stdout(&output).starts_with("tuple is leaking"), "{}", stdout(&output));
    assert!(stderr(&output).contains("absent.log"), "{}", stderr(&output));
}

#[test]
fn wrong_options_say_what_would_do() {
    for (args, says) in [
        (vec![LOG, "--interval", "soon"], "use 60s, 5m or 1h30m"),
        (vec![LOG, "--timezone", "Mars/Olympus"], "Europe/Berlin"),
        (vec![LOG, "--since", "yesterday"], "2024-03-01T10:00"),
        (vec![LOG, "--types", "Nothing*"], "matches no type"),
        (vec![LOG, "--max-memory", "plenty"], "use 64M, 256M or 1G"),
        (vec![LOG, "-o", "report.docx"], ".md"),
        (vec!["table", LOG, "-o", "report.md"], ".csv"),
    ] {
        let output = objtrend(&args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains(says), "{args:?}: {}", stderr(&output));
    }
}

#[test]
fn a_log_beyond_its_memory_is_thinned_says_so_and_leaks_all_the_same() {
    let mut log = String::new();
    for n in 0..3_000_u64 {
        let chance =
            (n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29).wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 40;
        let cache = if n == 1_001 { 30 } else { 400 + chance % 23 };
        let time = format!("2024-03-01 {:02}:{:02}:00", n / 60 % 24, n % 60);
        let time = time.replace("03-01", &format!("03-{:02}", 1 + n / 1_440));
        log += &format!("{time}\nfunction 2370\nMessage  {}\ncache    {cache}\n", 500 + n / 2);
    }
    let report = |args: &[&str]| -> serde_json::Value {
        let output = run(&[&["-", "--format", "json"], args].concat(), log.as_bytes());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let mut report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        report["logs"][0].take()
    };
    let (all, thinned) = (report(&[]), report(&["--max-memory", "40K"]));
    assert!(all["warnings"].as_array().unwrap().iter().all(|w| w["code"] != "thinned"));
    assert!(thinned["warnings"].as_array().unwrap().iter().any(|w| w["code"] == "thinned"), "{thinned}");
    for key in ["snapshots", "rows", "leaking", "axis"] {
        assert_eq!(all[key], thinned[key], "{key}");
    }
    let types = |log: &serde_json::Value| log["types"].as_array().unwrap().clone();
    for (all, thinned) in types(&all).iter().zip(&types(&thinned)) {
        for key in ["type", "verdict", "role", "first", "last", "min", "max", "seen", "unseen"] {
            assert_eq!(all[key], thinned[key], "{} {key}", all["type"]);
        }
    }
    assert!((thinned["interval_s"].as_f64().unwrap() - 60.0).abs() < 1e-6);
    let rate = |log: &serde_json::Value| types(log)[0]["slope_per_hour"].as_f64().unwrap();
    assert!((rate(&all) - 30.0).abs() < 0.1 && (rate(&thinned) - 30.0).abs() < 0.1, "{}", rate(&thinned));
    let text = run(&["-", "--max-memory", "40K"], log.as_bytes());
    assert!(stdout(&text).contains("one in"), "{}", stdout(&text));
}

#[test]
fn one_reading_writes_every_output_and_nothing_to_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let outputs = ["t.txt", "t.md", "t.json", "t.jsonl", "t.csv", "t.parquet", "t.arrow"].map(path);
    let mut args = vec![LOG];
    for o in &outputs {
        args.extend(["-o", o]);
    }
    let output = objtrend(&args);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(output.stdout.is_empty());
    for o in &outputs {
        assert!(fs::metadata(o).unwrap().len() > 100, "{o}");
    }
    assert!(fs::read(&outputs[5]).unwrap().starts_with(b"PAR1"));
    assert!(fs::read(&outputs[6]).unwrap().starts_with(b"ARROW1"));
    assert!(!fs::read(&outputs[0]).unwrap().contains(&0x1b), "no colours in files");
}

#[test]
fn the_table_has_the_columns_of_the_contract_in_order() {
    let output = objtrend(&["table", LOG]);
    let text = stdout(&output);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("log,stream,run,snapshot,time,call,type,count,delta"));
    assert_eq!(lines.next(), Some("app.log,,0,0,2026-03-02T10:01:00Z,most_common,function,2282,"));
    assert_eq!(lines.count(), 7199);
    let output = objtrend(&["table", LOG, "--format", "jsonl", "--types", "tuple"]);
    let first: serde_json::Value = serde_json::from_str(stdout(&output).lines().next().unwrap()).unwrap();
    assert_eq!(first["count"], 1008);
    assert!(first["stream"].is_null() && first["delta"].is_null());
    let output = objtrend(&["table", LOG, "--wide", "--types", "tuple", "--types", "list"]);
    assert!(stdout(&output).starts_with(
        "log,stream,run,snapshot,time,call,tuple,list\napp.log,,0,0,2026-03-02T10:01:00Z,most_common,1008,321\n"
    ));
}

#[test]
fn colours_only_where_they_are_wanted() {
    let plain = objtrend(&[LOG]);
    let coloured = objtrend(&[LOG, "--color", "always"]);
    assert!(!plain.stdout.contains(&0x1b));
    assert!(coloured.stdout.contains(&0x1b));
    assert_eq!(anstream::adapter::strip_bytes(&coloured.stdout).into_vec(), plain.stdout);
}

#[test]
fn without_a_log_a_closed_pipe_is_read_as_one() {
    let bytes = fs::read(LOG).unwrap();
    let output = run(&[], &bytes);
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("Read stdin:"));
    assert!(Path::new(LOG).exists());
}

#[test]
fn a_cache_that_is_full_is_no_leak_where_show_growth_falls_silent() {
    // Only the other lines of the log tell that the program went on for three hours after the last new peak.
    let mut log = String::new();
    for minute in 0..240 {
        log += &format!("2026-03-02 {:02}:{:02}:00 INFO app: tick\n", 10 + minute / 60, minute % 60);
        match minute {
            0 => log += "function     2000     +2000\ndict          900      +900\nPage          100      +100\n",
            1..60 => log += &format!("Page{:9} {:>9}\n", 100 + 5 * minute, "+5"),
            _ => {}
        }
    }
    let silent = run(&["-"], log.as_bytes());
    assert!(stdout(&silent).starts_with("Nothing is leaking"), "{}", stdout(&silent));
    // The same growth up to the log's end is one.
    let end = log.find("11:00:00").unwrap();
    let growing = run(&["-"], &log.as_bytes()[..end]);
    assert!(stdout(&growing).starts_with("Page is leaking: +300 per hour"), "{}", stdout(&growing));
}

#[test]
fn options_of_every_command_may_stand_before_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/samples/no-leak/app.log"), folder.path().join("app.log")).unwrap();
    let run = |args: &[&str]| Command::cargo_bin("objtrend").unwrap().current_dir(folder.path()).args(args).output();
    let expected = run(&["report", "app.log", "-q", "--color", "never"]).unwrap();
    assert_eq!(expected.status.code(), Some(0));
    for args in [
        &["-q", "--color", "never", "report", "app.log"][..],
        &["--color=never", "--quiet", "report", "app.log"],
        &["-q", "report", "--color=never", "app.log"],
        &["-q", "--color=never", "app.log"],
    ] {
        assert_eq!(run(args).unwrap(), expected, "{args:?}");
    }
    // A log that is called as a command is.
    fs::copy(folder.path().join("app.log"), folder.path().join("report")).unwrap();
    let output = run(&["-q", "./report"]).unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(run(&["-q"]).unwrap().status.code(), Some(2), "nothing to read is no panic");
}
