//! Every sample, in every text form, as it was read and accepted; and JSON against its schema.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::fs;

use objtrend::render::{Format, RenderOptions, render};
use objtrend::{Options, Source, analyze};

const SAMPLES: [&str; 8] = [
    "producer-consumer",
    "no-leak",
    "logger-prefix",
    "leak-after-deploy",
    "restarts",
    "daily-cycle",
    "several-leaks",
    "three-snapshots",
];

fn rendered(sample: &str, format: Format) -> String {
    let path = format!("{}/samples/{sample}/app.log", env!("CARGO_MANIFEST_DIR"));
    let report = analyze(vec![Source::path(path)], &Options::default()).unwrap();
    let mut out = Vec::new();
    render(&report, format, &RenderOptions::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn golden(format: Format, ending: &str) {
    for sample in SAMPLES {
        accepted(&format!("{sample}.{ending}"), &rendered(sample, format));
    }
}

/// Holds `text` against the file of that name that was accepted.
fn accepted(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    // The version moves with every release; nothing else in a report does.
    settings.add_filter(&regex::escape(env!("CARGO_PKG_VERSION")), "VERSION");
    settings.bind(|| insta::assert_snapshot!(name.to_owned(), text));
}

#[test]
fn text() {
    golden(Format::Text, "txt");
}

#[test]
fn markdown() {
    golden(Format::Markdown, "md");
}

#[test]
fn json() {
    golden(Format::Json, "json");
}

#[test]
fn html() {
    golden(Format::Html, "html");
}

#[test]
fn svg() {
    for sample in SAMPLES {
        let path = format!("{}/samples/{sample}/app.log", env!("CARGO_MANIFEST_DIR"));
        let report = analyze(vec![Source::path(path)], &Options::default()).unwrap();
        let figure = objtrend::plot::figure(&report.logs[0], &Default::default()).unwrap();
        let mut out = Vec::new();
        objtrend::plot::write_svg(&figure, &mut out).unwrap();
        accepted(&format!("{sample}.svg"), &String::from_utf8(out).unwrap());
    }
}

#[test]
fn json_keeps_to_its_schema() {
    let schema = fs::read_to_string(format!("{}/src/render/report.schema.json", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for sample in SAMPLES {
        let report: serde_json::Value = serde_json::from_str(&rendered(sample, Format::Json)).unwrap();
        let wrong: Vec<String> =
            validator.iter_errors(&report).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(wrong.is_empty(), "{sample}: {wrong:#?}");
        // A check that cannot fail is none: a report that lacks a field does.
        let mut broken = report.clone();
        broken["logs"][0].as_object_mut().unwrap().remove("leaking");
        assert!(!validator.is_valid(&broken));
    }
}
