//! Did the fix work: what `compare` says of logs whose truth is known.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

fn objtrend(folder: &Path, args: &[&str]) -> Output {
    Command::cargo_bin("objtrend").unwrap().current_dir(folder).args(args).output().unwrap()
}

/// Splits a sample's log at a line into the two logs of a new folder.
fn cut(sample: &str, at: &str) -> tempfile::TempDir {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(sample).join("app.log");
    let text = fs::read_to_string(path).unwrap();
    let middle = text.find(at).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("first.log"), &text[..middle]).unwrap();
    fs::write(folder.path().join("second.log"), &text[middle..]).unwrap();
    folder
}

fn compared(folder: &Path, before: &str, after: &str) -> Value {
    let output = objtrend(folder, &["compare", before, after, "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn outcome<'a>(comparison: &'a Value, name: &str) -> &'a str {
    let types = comparison["types"].as_array().unwrap();
    types.iter().find(|t| t["type"] == name).unwrap()["outcome"].as_str().unwrap()
}

fn outcomes(comparison: &Value) -> Vec<&str> {
    comparison["types"].as_array().unwrap().iter().map(|t| t["outcome"].as_str().unwrap()).collect()
}

#[test]
fn a_leak_cut_at_its_onset_is_new_and_fixed_with_the_halves_swapped() {
    let folder = cut("leak-after-deploy", "==== 2026-03-02 12:31:00");
    let forth = compared(folder.path(), "first.log", "second.log");
    assert_eq!(outcome(&forth, "Payload"), "new");
    assert!(forth["answer"].as_str().unwrap().starts_with("Payload is a new leak: +3"), "{}", forth["answer"]);
    let back = compared(folder.path(), "second.log", "first.log");
    assert_eq!(outcome(&back, "Payload"), "fixed");
    assert!(back["answer"].as_str().unwrap().starts_with("Payload is fixed: +3"), "{}", back["answer"]);
    for side in ["first.log", "second.log"] {
        let same = compared(folder.path(), side, side);
        assert!(outcomes(&same).iter().all(|o| *o == "same"), "{side}: {same}");
    }
}

#[test]
fn halves_of_a_steady_leak_are_the_same_and_those_of_a_clean_log_nothing_new() {
    let steady = cut("producer-consumer", "---- 2026-03-02 12:01:00");
    let clean = cut("daily-cycle", "[04/Mar/2026:10:00:00");
    for (before, after) in [("first.log", "second.log"), ("second.log", "first.log")] {
        let comparison = compared(steady.path(), before, after);
        assert!(["same", "cannot tell"].contains(&outcome(&comparison, "tuple")), "{comparison}");
        assert!(outcomes(&comparison).iter().all(|o| ["same", "cannot tell"].contains(o)), "{comparison}");
        let comparison = compared(clean.path(), before, after);
        assert!(!outcomes(&comparison).iter().any(|o| ["new", "worse"].contains(o)), "{comparison}");
    }
}

/// `n` tables `minutes` apart in which `Message` grows by `per_hour`.
fn log(n: usize, minutes: usize, per_hour: usize) -> String {
    let mut out = String::new();
    for i in 0..n {
        let at = i * minutes;
        out += &format!("2024-03-{:02} {:02}:{:02}:00 memory\n", 1 + at / 1440, at / 60 % 24, at % 60);
        let jitter = (i * 7919) % 13;
        out +=
            &format!("function 23740\nMessage  {}\ndict     1125\nlist     438\n", 5000 + at * per_hour / 60 + jitter);
    }
    out
}

#[test]
fn spacing_and_length_are_taken_into_account() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("fast.log", log(200, 1, 600)),
        ("rare.log", log(100, 10, 600)),
        ("slow.log", log(200, 1, 120)),
        ("flat.log", log(200, 1, 0)),
        ("brief.log", log(8, 1, 0)),
        ("creep.log", log(200, 10, 6)),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    for (before, after, expected) in [
        ("fast.log", "rare.log", "same"),
        ("fast.log", "slow.log", "better"),
        ("slow.log", "fast.log", "worse"),
        ("fast.log", "flat.log", "fixed"),
        ("flat.log", "slow.log", "new"),
        // Eight minutes without growth prove nothing of a leak of six an hour.
        ("creep.log", "brief.log", "cannot tell"),
        ("brief.log", "creep.log", "cannot tell"),
        ("flat.log", "flat.log", "same"),
    ] {
        let comparison = compared(folder.path(), before, after);
        assert_eq!(outcome(&comparison, "Message"), expected, "{before} {after}: {comparison}");
        let of_type = &comparison["types"].as_array().unwrap().iter().find(|t| t["type"] == "Message").unwrap();
        let (low, d, high) = (&of_type["low"], &of_type["difference"], &of_type["high"]);
        assert!(low.as_f64() <= d.as_f64() && d.as_f64() <= high.as_f64(), "{of_type}");
    }
}

#[test]
fn either_side_may_be_a_saved_report() {
    let folder = cut("leak-after-deploy", "==== 2026-03-02 12:31:00");
    let path = folder.path();
    for name in ["first", "second"] {
        let output = objtrend(path, &[&format!("{name}.log"), "-o", &format!("{name}.json")]);
        assert_eq!(output.status.code(), Some(0));
    }
    let logs = compared(path, "first.log", "second.log");
    assert_eq!(logs, compared(path, "first.json", "second.log"));
    assert_eq!(logs, compared(path, "first.log", "second.json"));
    assert_eq!(logs, compared(path, "first.json", "second.json"));
}

#[test]
fn every_form_is_written_and_names_what_changed() {
    let folder = cut("leak-after-deploy", "==== 2026-03-02 12:31:00");
    let path = folder.path();
    let outputs = ["c.txt", "c.md", "c.json", "c.png", "c.svg"];
    let mut args = vec!["compare", "first.log", "second.log"];
    outputs.iter().for_each(|o| args.extend(["-o", o]));
    let output = objtrend(path, &args);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.is_empty());
    for name in ["c.txt", "c.md", "c.json", "c.svg"] {
        let text = fs::read_to_string(path.join(name)).unwrap();
        assert!(text.contains("Payload") && text.contains("new"), "{name}: {text}");
    }
    assert!(fs::read_to_string(path.join("c.md")).unwrap().contains("](c.png)"));
    assert!(fs::read(path.join("c.png")).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn sides_that_will_not_do_are_named() {
    let folder = cut("leak-after-deploy", "==== 2026-03-02 12:31:00");
    let path = folder.path();
    fs::create_dir(path.join("both")).unwrap();
    fs::copy(path.join("first.log"), path.join("both/a.log")).unwrap();
    fs::copy(path.join("second.log"), path.join("both/b.log")).unwrap();
    fs::write(path.join("half.json"), "{\"schema\": 1, \"tool\": {\"name\": \"objtrend\"").unwrap();
    for (side, says) in [("absent.log", "cannot read"), ("both", "holds 2"), ("half.json", "is no report saved")] {
        let output = objtrend(path, &["compare", "first.log", side]);
        assert_eq!(output.status.code(), Some(2), "{side}");
        assert!(output.stdout.is_empty(), "{side}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(says), "{side}: {output:?}");
    }
}

/// `n` tables a minute apart of a cache that fills by 20 a minute from `from` on, until it holds `most`.
fn cache(n: usize, from: usize, most: usize) -> String {
    let mut out = String::new();
    for i in 0..n {
        out += &format!("2024-03-01 {:02}:{:02}:00 memory\n", 10 + i / 60, i % 60);
        let jitter = (i * 7919) % 5;
        out +=
            &format!("function 23740\nEntry    {}\ndict     1125\nlist     438\n", (from + i * 20).min(most) + jitter);
    }
    out
}

#[test]
fn a_cache_that_is_seen_while_it_fills_is_no_new_leak() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("filling.log", cache(100, 1200, 9000)),
        ("full.log", cache(100, 3200, 4000)),
        ("beyond.log", cache(200, 1200, 9000)),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    for (before, after, expected) in [
        ("full.log", "filling.log", "cannot tell"),
        ("filling.log", "full.log", "cannot tell"),
        // What grows past where it levelled off before is.
        ("full.log", "beyond.log", "new"),
        ("beyond.log", "full.log", "fixed"),
    ] {
        let comparison = compared(folder.path(), before, after);
        assert_eq!(outcome(&comparison, "Entry"), expected, "{before} {after}: {comparison}");
    }
    let comparison = compared(folder.path(), "full.log", "filling.log");
    let says = "no higher than the 4,004 at which it levels off in the log before";
    assert!(comparison["answer"].as_str().unwrap().contains(says), "{}", comparison["answer"]);

    // The gate says the same of a baseline.
    assert_eq!(objtrend(folder.path(), &["full.log", "-o", "base.json"]).status.code(), Some(0));
    for (log, code) in [("filling.log", 0), ("beyond.log", 1)] {
        let output = objtrend(folder.path(), &[log, "--fail-on", "new-leak", "--baseline", "base.json"]);
        assert_eq!(output.status.code(), Some(code), "{log}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
