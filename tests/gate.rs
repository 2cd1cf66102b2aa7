//! The gate: exit codes of every condition and every format, known findings, and what is said first.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

fn objtrend(folder: &Path, args: &[&str]) -> Output {
    Command::cargo_bin("objtrend").unwrap().current_dir(folder).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A log of `n` tables, a minute apart, in which `Message` grows by `step` from table to table.
fn log(n: usize, step: usize) -> String {
    let mut out = String::new();
    for i in 0..n {
        out += &format!("2024-03-01 {:02}:{:02}:00,000 INFO memwatch: {i}\n", 10 + i / 60, i % 60);
        out += &format!("Message  {}\nfunction 2374\ndict     1125\nlist     438\ntype     369\n", 10_000 + step * i);
    }
    out
}

/// A folder with a leaking, a clean, and a short log, and one without a table.
fn logs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    write("leak.log", log(120, 37));
    write("flat.log", log(120, 0));
    write("short.log", log(3, 37));
    write("none.log", "INFO nothing here 12 x\n".repeat(100));
    folder
}

#[test]
fn exit_codes_of_every_condition() {
    let folder = logs();
    let path = folder.path();
    assert_eq!(objtrend(path, &["leak.log", "-o", "leaked.json"]).status.code(), Some(0));
    assert_eq!(objtrend(path, &["flat.log", "-o", "was-flat.json"]).status.code(), Some(0));
    let to_leaked = ["--fail-on", "new-leak", "--baseline", "leaked.json"];
    let to_flat = ["--fail-on", "new-leak", "--baseline", "was-flat.json"];
    // The gate, and the codes for the leaking, the clean, the short log, and the one without a table.
    let table: [(&[&str], [i32; 4]); 17] = [
        (&[], [0, 0, 0, 2]),
        (&["--strict"], [0, 0, 0, 2]),
        (&["--fail-on", "leak"], [1, 0, 0, 2]),
        (&["--fail-on", "leak", "--strict"], [1, 0, 1, 2]),
        (&["--fail-on", "leak:certain"], [1, 0, 0, 2]),
        (&["--fail-on", "leak:certain", "--strict"], [1, 0, 1, 2]),
        (&["--fail-on", "rate>100/h"], [1, 0, 0, 2]),
        (&["--fail-on", "rate>30/min"], [1, 0, 0, 2]),
        (&["--fail-on", "rate>100000/h"], [0, 0, 0, 2]),
        (&["--fail-on", "type=Message"], [1, 0, 0, 2]),
        (&["--fail-on", "type=Session"], [0, 0, 0, 2]),
        (&["--fail-on", "type=Session", "--fail-on", "type=Mess*"], [1, 0, 0, 2]),
        (&["--fail-on", "leak", "--ignore", "Message"], [0, 0, 0, 2]),
        (&to_leaked, [0, 0, 0, 2]),
        (&to_flat, [1, 0, 0, 2]),
        (&["--fail-on", "new-leak"], [2, 2, 2, 2]),
        (&["--fail-on", "rubbish"], [2, 2, 2, 2]),
    ];
    for (gate, codes) in table {
        for (name, code) in ["leak.log", "flat.log", "short.log", "none.log"].iter().zip(codes) {
            let output = objtrend(path, &[&["report", name], gate].concat());
            assert_eq!(output.status.code(), Some(code), "{name} {gate:?}: {}", text(&output.stderr));
        }
    }
    // A log that could not be read wins over a leak, and hides nothing of it.
    let output = objtrend(path, &["leak.log", "none.log", "--fail-on", "leak"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stdout).contains("Message is leaking"), "{}", text(&output.stdout));
}

#[test]
fn every_format_gives_the_same_code_and_is_written_first() {
    let folder = logs();
    let path = folder.path();
    for format in ["text", "markdown", "json", "jsonl", "html", "github", "junit"] {
        for (name, code, strict) in [("leak.log", 1, 1), ("flat.log", 0, 0), ("short.log", 0, 1)] {
            let args = ["report", name, "--fail-on", "leak", "--format", format];
            let output = objtrend(path, &args);
            assert_eq!(output.status.code(), Some(code), "{format} {name}");
            assert!(!output.stdout.is_empty(), "{format} {name}");
            assert_eq!(
                objtrend(path, &[&args[..], &["--strict"]].concat()).status.code(),
                Some(strict),
                "{format} {name}"
            );
            let file = format!("out.{format}");
            let output = objtrend(path, &[&args[..], &["-o", &file]].concat());
            assert_eq!(output.status.code(), Some(code), "{format} {name}");
            assert!(fs::metadata(path.join(&file)).unwrap().len() > 20, "{format} {name}");
        }
    }
    let output =
        objtrend(path, &["leak.log", "--fail-on", "leak", "-o", "a.xml", "-o", "a.md", "-o", "a.csv", "-o", "a.svg"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    for file in ["a.xml", "a.md", "a.csv", "a.svg"] {
        assert!(path.join(file).is_file(), "{file}");
    }
}

#[test]
fn every_format_gives_the_code_of_every_condition() {
    let folder = logs();
    let path = folder.path();
    objtrend(path, &["leak.log", "-o", "leaked.json"]);
    objtrend(path, &["flat.log", "-o", "was-flat.json"]);
    let report: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(path.join("leaked.json")).unwrap()).unwrap();
    let fingerprint = report["logs"][0]["types"][0]["fingerprint"].as_str().unwrap();
    fs::write(path.join("known.txt"), format!("{fingerprint} never accepted\n")).unwrap();
    fs::write(path.join("expired.txt"), format!("{fingerprint} 2024-02-29 was accepted\n")).unwrap();
    let table: [(&[&str], i32); 11] = [
        (&[], 0),
        (&["--fail-on", "leak"], 1),
        (&["--fail-on", "leak:certain"], 1),
        (&["--fail-on", "rate>100/h"], 1),
        (&["--fail-on", "rate>100000/h"], 0),
        (&["--fail-on", "type=Message"], 1),
        (&["--fail-on", "new-leak", "--baseline", "leaked.json"], 0),
        (&["--fail-on", "new-leak", "--baseline", "was-flat.json"], 1),
        (&["--fail-on", "leak", "--ignore", "Message"], 0),
        (&["--fail-on", "leak", "--known", "known.txt"], 0),
        (&["--fail-on", "leak", "--known", "expired.txt"], 1),
    ];
    for format in ["text", "markdown", "json", "jsonl", "html", "github", "junit"] {
        for (gate, code) in table {
            let output = objtrend(path, &[&["report", "leak.log", "--format", format][..], gate].concat());
            assert_eq!(output.status.code(), Some(code), "{format} {gate:?}: {}", text(&output.stderr));
            assert!(!output.stdout.is_empty(), "{format} {gate:?}");
        }
    }
    // A batch says the same.
    for (gate, code) in table {
        let output =
            objtrend(path, &[&["batch", "leak.log", "flat.log", "--no-plots", "--out", "out"][..], gate].concat());
        assert_eq!(output.status.code(), Some(code), "batch {gate:?}: {}", text(&output.stderr));
    }
}

#[test]
fn what_cannot_be_told_is_said_first() {
    let folder = logs();
    let output = objtrend(folder.path(), &["leak.log", "short.log", "--fail-on", "leak"]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("objtrend: Gate leak cannot tell: short.log: "), "{said}");
    assert!(lines[1].starts_with("objtrend: Gate leak fails: leak.log: Message leaks, +2,2"), "{said}");
    let report = text(&output.stdout);
    assert!(report.starts_with("Gate leak cannot tell: short.log: the log cannot tell: "), "{report}");
    let output = objtrend(folder.path(), &["short.log", "--fail-on", "leak", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["gate"]["result"], "cannot-tell");
    assert_eq!(report["gate"]["findings"][0]["state"], "cannot-tell");
}

#[test]
fn known_findings_pass_until_the_log_is_past_their_day() {
    let folder = logs();
    let path = folder.path();
    let output = objtrend(path, &["leak.log", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let fingerprint = report["logs"][0]["types"][0]["fingerprint"].as_str().unwrap();
    for (day, code) in [("2024-03-01", 0), ("never", 0), ("2024-02-29", 1), ("soon", 2)] {
        fs::write(path.join("known.txt"), format!("# known\n{fingerprint} {day} fixed in 2.4\n")).unwrap();
        let output = objtrend(path, &["leak.log", "--fail-on", "leak", "--known", "known.txt"]);
        assert_eq!(output.status.code(), Some(code), "{day}: {}", text(&output.stderr));
        let word = ["fixed in 2.4", "excused until 2024-02-29", "known.txt, line 2"][code as usize];
        assert!(text(&output.stderr).contains(word), "{day}: {}", text(&output.stderr));
    }
}

#[test]
fn annotations_and_junit_say_what_fails() {
    let folder = logs();
    let path = folder.path();
    let output = text(&objtrend(path, &["leak.log", "short.log", "--fail-on", "leak", "--format", "github"]).stdout);
    let lines: Vec<&str> = output.lines().collect();
    assert!(lines[0].starts_with("::warning title=objtrend cannot tell%3A leak::short.log: "), "{output}");
    assert!(lines[1].starts_with("::error title=Message leaks::leak.log: Message leaks, +"), "{output}");
    let output = text(&objtrend(path, &["leak.log", "flat.log", "--format", "github"]).stdout);
    assert!(output.starts_with("::warning title=Message leaks::leak.log: Message grows +"), "{output}");
    assert!(output.contains("::notice title=objtrend::flat.log: Nothing is leaking"), "{output}");
    let output =
        text(&objtrend(path, &["leak.log", "flat.log", "short.log", "--fail-on", "leak", "--format", "junit"]).stdout);
    assert!(
        output.contains("<testsuites name=\"objtrend\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\">"),
        "{output}"
    );
    assert!(output.contains("<failure type=\"leak\" message=\"Message leaks, +"), "{output}");
    assert!(output.contains("<testcase classname=\"flat.log\" name=\"leak\"/>"), "{output}");
}

#[test]
fn a_baseline_that_is_none_is_named() {
    let folder = logs();
    let path = folder.path();
    fs::write(
        path.join("base.json"),
        "{\"schema\": 99, \"tool\": {\"name\": \"x\", \"version\": \"9\"}, \"logs\": []}",
    )
    .unwrap();
    for (file, says) in [("base.json", "schema 99"), ("leak.log", "is no report saved"), ("absent.json", "cannot read")]
    {
        let output = objtrend(path, &["leak.log", "--fail-on", "new-leak", "--baseline", file]);
        assert_eq!(output.status.code(), Some(2), "{file}");
        assert!(text(&output.stderr).contains(says), "{file}: {}", text(&output.stderr));
    }
}
