//! Logs, sessions, notes and pages as people leave them, each with the tables that a careful reader sees in it.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::fs;
use std::path::Path;

use objtrend::parse::{ParseOptions, Snapshots, parse};
use objtrend::{Options, Source, input};
use serde_json::Value;

fn read(path: &Path) -> Snapshots {
    let found = input::discover(vec![Source::path(path)], &Options::default().input).unwrap();
    let mut options = ParseOptions::default();
    options.keep_rows = true;
    parse(&found.logs[0], &options).unwrap()
}

/// What was read, in the form in which the cases tell what is to be read.
fn told(snapshots: &Snapshots) -> Vec<Value> {
    let names = snapshots.type_names();
    let mut walk = snapshots.rows().unwrap();
    let mut rows = || -> Vec<Value> {
        let rows = walk.next_table().unwrap().iter();
        rows.map(|o| match o.delta {
            Some(delta) => serde_json::json!([names[o.type_id as usize], o.count, delta]),
            None => serde_json::json!([names[o.type_id as usize], o.count]),
        })
        .collect()
    };
    snapshots.tables().map(|t| serde_json::json!([t.call.as_str(), rows()])).collect()
}

#[test]
fn every_case_is_read_exactly() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/realworld");
    let mut cases: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 28, "cases are missing");
    let mut wrong = Vec::new();
    for case in cases {
        let expected: Value = serde_json::from_slice(&fs::read(case.join("expected.json")).unwrap()).unwrap();
        let tables = expected["snapshots"].as_array().unwrap();
        let want: Vec<Value> = tables.iter().map(|t| serde_json::json!([t["kind"], t["rows"]])).collect();
        let got = told(&read(&case.join("input.log")));
        if got != want {
            let name = case.file_name().unwrap().to_string_lossy().into_owned();
            wrong.push(format!("{name}: {} of {} tables", got.len(), want.len()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
