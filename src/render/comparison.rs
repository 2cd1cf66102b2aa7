//! A [`Comparison`] comes in, text, Markdown or JSON goes out.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::{json, markdown, text, word};
use crate::report::compare::{Change, Comparison, Outcome, Rate, Side};
use crate::report::human;
use crate::trend::Role;

/// The forms of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComparisonFormat {
    /// For a terminal.
    Text,
    /// For a ticket.
    Markdown,
    /// One JSON document.
    Json,
}

/// Writes a comparison; with `all` the types that did not change, too.
///
/// # Errors
/// Where `out` refuses.
pub fn render_comparison(
    comparison: &Comparison,
    format: ComparisonFormat,
    all: bool,
    width: usize,
    picture: Option<&str>,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        ComparisonFormat::Json => json::write_document(comparison, out),
        ComparisonFormat::Text => write_text(comparison, all, width, out),
        ComparisonFormat::Markdown => write_markdown(comparison, all, picture, out),
    }
}

fn shown(comparison: &Comparison, all: bool) -> Vec<&Change> {
    comparison.types.iter().filter(|c| all || c.matters()).collect()
}

fn write_text(comparison: &Comparison, all: bool, width: usize, out: &mut dyn Write) -> io::Result<()> {
    for line in text::wrap(&comparison.answer, width) {
        writeln!(out, "{line}")?;
    }
    let rows = shown(comparison, all);
    if !rows.is_empty() {
        writeln!(out)?;
        let mut table = vec![["", "TYPE", "BEFORE", "AFTER", "DIFFERENCE"].map(str::to_owned)];
        table.extend(rows.iter().map(|c| cells(c)));
        table[0][4] = format!("DIFFERENCE {}", comparison.unit.to_uppercase());
        let widths: Vec<usize> = (0..5).map(|i| table.iter().map(|r| r[i].width()).max().unwrap_or(0)).collect();
        for row in &table {
            let cells = row.iter().zip(&widths).map(|(cell, w)| format!("{cell}{}", " ".repeat(w - cell.width())));
            writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
        }
    }
    writeln!(out)?;
    for line in footer(comparison, rows.len()).iter().flat_map(|l| text::wrap(l, width)) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn cells(c: &Change) -> [String; 5] {
    let name = text::clean(&c.r#type);
    let name = if c.role == Some(Role::Companion) { format!("↳ {name}") } else { name };
    let (before, after) = (side(&c.before), side(&c.after));
    let interval = format!("{} ({} to {})", number(c.difference), number(c.low), number(c.high));
    let difference = if c.before.slope == 0.0 && c.after.slope == 0.0 { "–".to_owned() } else { interval };
    [c.outcome.as_str().to_owned(), name, before, after, difference]
}

/// `+3,548 (3,540 to 3,556)`, or the verdict with what it can have grown at.
fn side(r: &Rate) -> String {
    match r.verdict {
        Some(crate::trend::Verdict::Leak) => {
            format!("{} ({} to {})", number(r.slope), number(r.low), number(r.high))
        }
        verdict => format!("{}, < {}", verdict.map_or("not shown", word), human::rate(r.high)),
    }
}

fn number(value: f64) -> String {
    human::signed_rate(value)
}

fn footer(comparison: &Comparison, shown: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let same = comparison.types.len() - shown;
    if same > 0 {
        let types = if same == 1 { "1 type leaks".to_owned() } else { format!("{same} types leak") };
        lines.push(format!("{types} in neither log; --all lists what is not shown."));
    }
    lines.push(format!("Before: {}.", extent(&comparison.before)));
    lines.push(format!("After: {}.", extent(&comparison.after)));
    lines.extend(comparison.warnings.iter().map(|w| format!("Note: {}", w.message)));
    lines
}

fn extent(side: &Side) -> String {
    let tables = if side.snapshots == 1 {
        "1 snapshot".to_owned()
    } else {
        format!("{} snapshots", human::count(f64::from(side.snapshots)))
    };
    let over = side.hours.map(|h| human::span(h * 3600.0));
    let span = match (side.runs, over) {
        (..=1, None) => String::new(),
        (..=1, Some(hours)) => format!(" over {hours}"),
        (runs, None) => format!(" of {runs} runs"),
        (runs, Some(hours)) => format!(" of {runs} runs, the longest {hours}"),
    };
    format!("{}, {tables}{span}", side.name)
}

fn write_markdown(comparison: &Comparison, all: bool, picture: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "**{}**\n", markdown::escape(&comparison.answer))?;
    if let Some(picture) = picture {
        writeln!(out, "![{}]({picture})\n", markdown::escape(&comparison.answer))?;
    }
    let rows = shown(comparison, all);
    if !rows.is_empty() {
        writeln!(out, "| | type | before | after | difference {} |", comparison.unit)?;
        writeln!(out, "| --- | --- | ---: | ---: | ---: |")?;
        for c in &rows {
            let [outcome, _, before, after, difference] = cells(c);
            let bold = if matches!(c.outcome, Outcome::New | Outcome::Worse) { "**" } else { "" };
            let arrow = if c.role == Some(Role::Companion) { "↳ " } else { "" };
            writeln!(
                out,
                "| {bold}{outcome}{bold} | {arrow}{} | {} | {} | {} |",
                markdown::code(&c.r#type),
                markdown::escape(&before),
                markdown::escape(&after),
                markdown::escape(&difference)
            )?;
        }
        writeln!(out)?;
    }
    for line in footer(comparison, rows.len()) {
        writeln!(out, "{}  ", markdown::escape(&line))?;
    }
    Ok(())
}
