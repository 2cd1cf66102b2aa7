//! Type names that bite break no format.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use objtrend::render::{Format, RenderOptions, render};
use objtrend::{Options, Source, analyze};

const NAMES: [&str; 9] =
    ["a|b", "<lambda>", "名前", "Generic[int, str]", "`tick`", "A&B", "x\"y'z", "_under_score_", "*star*"];

/// A log in which all names climb, one row each, and one of 200 characters.
fn report() -> objtrend::report::Report {
    let long = "N".repeat(200);
    let names: Vec<&str> = NAMES.into_iter().chain([long.as_str()]).collect();
    let width = names.iter().map(|n| n.chars().count()).max().unwrap();
    let mut log = String::new();
    for n in 0..60 {
        log += &format!("2026-03-02 10:{n:02}:00 table\n");
        for (i, name) in names.iter().enumerate() {
            log += &format!("{name:<width$} {}\n", 9000 - 700 * i + (n * (10 - i)));
        }
    }
    analyze(vec![Source::memory("odd.log", log)], &Options::default()).unwrap()
}

fn rendered(format: Format) -> String {
    let mut options = RenderOptions::default();
    options.all = true;
    let mut out = Vec::new();
    render(&report(), format, &options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn json_holds_them_as_printed() {
    let doc: serde_json::Value = serde_json::from_str(&rendered(Format::Json)).unwrap();
    let types: Vec<&str> =
        doc["logs"][0]["types"].as_array().unwrap().iter().map(|t| t["type"].as_str().unwrap()).collect();
    for name in NAMES {
        assert!(types.contains(&name), "{name} in {types:?}");
    }
    assert!(types.contains(&"N".repeat(200).as_str()));
}

#[test]
fn every_markdown_row_has_as_many_cells_as_the_head() {
    let text = rendered(Format::Markdown);
    // A cell ends at each `|` that no backslash stands before.
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    let rows: Vec<&str> = text.lines().filter(|l| l.starts_with('|')).collect();
    assert!(rows.len() > NAMES.len());
    for row in &rows {
        assert_eq!(cells(row), cells(rows[0]), "{row}");
    }
    assert!(cells(rows[0]) - 1 <= 8);
    assert!(text.contains("`` `tick` ``") && text.contains("`a\\|b`") && text.contains("`<lambda>`"));
}

#[test]
fn text_never_cuts_a_name() {
    let text = rendered(Format::Text);
    for name in NAMES {
        assert!(text.contains(name), "{name}");
    }
    assert!(text.contains(&"N".repeat(200)));
}
