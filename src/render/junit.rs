//! The report as JUnit XML: a suite per log, a case per suspect, and one for all that does not leak.
//!
//! Without a gate every leak is a failure: readers of JUnit know nothing between pass and fail. What the log cannot tell
//! is skipped, with the reason.

use std::io::{self, Write};

use super::RenderOptions;
use crate::report::gate::{GateReport, State};
use crate::report::{LogReport, Report};

/// One case: its name, and what became of it.
struct Case {
    name: String,
    outcome: Outcome,
}

enum Outcome {
    Passed,
    Skipped(String),
    Failed { kind: String, message: String, text: String },
}

pub(super) fn write(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let suites: Vec<(&str, Vec<Case>)> =
        report.logs.iter().map(|log| (log.name.as_str(), cases(log, options.gate.as_ref()))).collect();
    let all = || suites.iter().flat_map(|s| &s.1);
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"objtrend\" {}>", counts(all()))?;
    for (log, cases) in &suites {
        writeln!(out, "  <testsuite name=\"{}\" {}>", xml(log), counts(cases.iter()))?;
        for case in cases {
            write!(out, "    <testcase classname=\"{}\" name=\"{}\"", xml(log), xml(&case.name))?;
            match &case.outcome {
                Outcome::Passed => writeln!(out, "/>")?,
                Outcome::Skipped(why) => writeln!(out, "><skipped message=\"{}\"/></testcase>", xml(why))?,
                Outcome::Failed { kind, message, text } => writeln!(
                    out,
                    "><failure type=\"{}\" message=\"{}\">{}</failure></testcase>",
                    xml(kind),
                    xml(message),
                    xml(text)
                )?,
            }
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn counts<'a>(cases: impl Iterator<Item = &'a Case>) -> String {
    let (mut tests, mut failures, mut skipped) = (0, 0, 0);
    for case in cases {
        tests += 1;
        failures += usize::from(matches!(case.outcome, Outcome::Failed { .. }));
        skipped += usize::from(matches!(case.outcome, Outcome::Skipped(_)));
    }
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"")
}

fn cases(log: &LogReport, gate: Option<&GateReport>) -> Vec<Case> {
    match gate {
        Some(gate) => gate_cases(log, gate),
        None => plain_cases(log),
    }
}

fn gate_cases(log: &LogReport, gate: &GateReport) -> Vec<Case> {
    let mut cases = Vec::new();
    for f in gate.findings.iter().filter(|f| f.log == log.name) {
        let name = f.r#type.as_ref().map_or_else(|| f.condition.clone(), |t| format!("{t} ({})", f.condition));
        let outcome = if gate.is_failure(f) {
            Outcome::Failed {
                kind: f.condition.clone(),
                message: f.message.clone(),
                text: evidence(log, f.r#type.as_deref()),
            }
        } else {
            let word = if f.state == State::Known { "known" } else { "cannot tell" };
            Outcome::Skipped(format!("{word}: {}", f.message))
        };
        cases.push(Case { name, outcome });
    }
    for condition in &gate.fail_on {
        if !gate.findings.iter().any(|f| f.log == log.name && f.condition == *condition) {
            cases.push(Case { name: condition.clone(), outcome: Outcome::Passed });
        }
    }
    cases
}

fn plain_cases(log: &LogReport) -> Vec<Case> {
    let mut cases = Vec::new();
    if log.leaking.is_none() {
        cases.push(Case { name: "leak".to_owned(), outcome: Outcome::Skipped(log.answer()) });
    }
    for root in log.roots() {
        let message = format!("{} is leaking: {}", root.name, log.growth(root));
        let outcome = Outcome::Failed { kind: "leak".to_owned(), message, text: evidence(log, Some(&root.name)) };
        cases.push(Case { name: root.name.clone(), outcome });
    }
    if cases.is_empty() {
        cases.push(Case { name: "leak".to_owned(), outcome: Outcome::Passed });
    }
    cases
}

/// What a person wants to read under a failure.
fn evidence(log: &LogReport, name: Option<&str>) -> String {
    let Some(f) = log.findings.iter().find(|f| Some(f.name.as_str()) == name) else { return log.answer() };
    let mut text = vec![f.why.clone()];
    text.extend(f.onset_lines.iter().cloned());
    if !f.next.is_empty() {
        text.push("Next, in the running process:".to_owned());
        text.extend(f.next.iter().cloned());
    }
    text.push(format!("Fingerprint {}", f.fingerprint));
    text.join("\n")
}

/// Text in which nothing is markup, and no character that XML does not have.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push(' '),
            c if c.is_control() || c == '\u{fffe}' || c == '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
