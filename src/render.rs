//! The seam to everything that is written as text: a [`Report`] comes in, bytes go out, one file per format.

mod comparison;
mod github;
pub(crate) mod html;
mod json;
mod junit;
pub(crate) mod markdown;
mod spark;
mod text;

use std::io::{self, Write};

pub use comparison::{ComparisonFormat, render_comparison};

use crate::report::gate::GateReport;
use crate::report::{Finding, LogReport, Report};
use crate::trend::{Role, Verdict};

/// The form in which a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a terminal.
    Text,
    /// For a ticket.
    Markdown,
    /// One JSON document.
    Json,
    /// One JSON object per log and type.
    Jsonl,
    /// A page with charts that needs nothing else.
    Html,
    /// GitHub workflow commands.
    Github,
    /// JUnit XML.
    Junit,
}

/// How much of a report is shown, and how wide.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RenderOptions {
    /// Ranked entries shown per log; companions do not count. Default is 10.
    pub top: usize,
    /// Whether stable types and all others are shown, too. Default is false.
    pub all: bool,
    /// Columns of the terminal. Default is 80.
    pub width: usize,
    /// Whether text has colours. Default is false.
    pub color: bool,
    /// File name of a picture of the same reading, for Markdown to link. Default is none.
    pub picture: Option<String>,
    /// What `--fail-on` says of this reading. Default is none.
    pub gate: Option<GateReport>,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self { top: 10, all: false, width: 80, color: false, picture: None, gate: None }
    }
}

/// Writes a report.
///
/// # Errors
/// Where `out` refuses.
pub fn render(report: &Report, format: Format, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => text::write(report, options, out),
        Format::Markdown => markdown::write(report, options, out),
        Format::Json => json::write(report, options, out),
        Format::Jsonl => json::write_lines(report, out),
        Format::Html => html::write(report, options, out),
        Format::Github => github::write(report, options, out),
        Format::Junit => junit::write(report, options, out),
    }
}

/// What of a log is shown in a table, in rank order: suspects with their companions, and what else moves, up to
/// `top` entries; and how many are left out: `(other suspects and moving types, stable types)`.
fn shown<'a>(log: &'a LogReport, options: &RenderOptions) -> (Vec<&'a Finding>, usize, usize) {
    let mut rows = Vec::new();
    let (mut entries, mut hidden, mut stable) = (0, 0, 0);
    for f in &log.findings {
        let companion = f.role == Some(Role::Companion);
        if !options.all && f.verdict == Verdict::Stable {
            stable += 1;
        } else if options.all || (companion && entries <= options.top) || (!companion && entries < options.top) {
            rows.push(f);
            entries += usize::from(!companion);
        } else {
            hidden += 1;
            // Companions of a root that is not shown are not shown either.
            entries = entries.max(options.top) + usize::from(!companion);
        }
    }
    (rows, hidden, stable)
}

/// Python to run next, for every suspect that is shown; a line that several share is there once.
fn next_steps(log: &LogReport, options: &RenderOptions) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for line in log.roots().take(options.top).flat_map(|root| &root.next) {
        if !out.contains(line) {
            out.push(line.clone());
        }
    }
    out
}

/// The verdict's word.
pub(crate) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Leak => "leak",
        Verdict::Saturating => "saturating",
        Verdict::Step => "step",
        Verdict::Cyclic => "cyclic",
        Verdict::Stable => "stable",
        Verdict::Shrinking => "shrinking",
        Verdict::Unclear => "unclear",
    }
}

/// `28 types are stable`, and what else is not shown; `None` where everything is.
fn left_out(hidden: usize, stable: usize) -> Option<String> {
    let types = |n: usize| if n == 1 { "1 type".to_owned() } else { format!("{n} types") };
    match (hidden, stable) {
        (0, 0) => None,
        (0, n) => Some(format!("{} {} stable", types(n), if n == 1 { "is" } else { "are" })),
        (n, 0) => Some(format!("{} more", types(n))),
        (n, m) => Some(format!("{} more, and {m} stable", types(n))),
    }
}
