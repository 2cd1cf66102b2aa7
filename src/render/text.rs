//! The report for a terminal: the answer first, the ranked table, what to do next, what was read.
//!
//! Nothing is told by colour alone.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, ContentArrangement, Table};
use unicode_width::UnicodeWidthStr;

use super::spark::spark;
use super::{RenderOptions, left_out, next_steps, shown, word};
use crate::parse::Clock;
use crate::report::{Finding, LogReport, Report, human, words};
use crate::trend::{Role, Verdict};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default();
const RED_BOLD: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const GREEN_BOLD: Style = AnsiColor::Green.on_default().bold();

/// Widths of a sparkline, the widest that fits is taken.
const SPARKS: [usize; 4] = [24, 16, 10, 0];

pub(super) fn write(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut text = Vec::new();
    if let Some(gate) = &options.gate {
        for line in gate.lines(report.logs.len() > 1).iter().flat_map(|l| wrap(l, options.width)) {
            writeln!(text, "{BOLD}{}{BOLD:#}", clean(&line))?;
        }
        writeln!(text)?;
    }
    for (i, log) in report.logs.iter().enumerate() {
        if i > 0 {
            writeln!(text)?;
        }
        if report.logs.len() > 1 {
            writeln!(text, "{BOLD}{}{BOLD:#}", clean(&log.name))?;
        }
        write_log(log, options, &mut text)?;
    }
    if options.color {
        return out.write_all(&text);
    }
    anstream::adapter::strip_bytes(&text).try_for_each(|plain| out.write_all(plain))
}

fn write_log(log: &LogReport, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let style = match log.leaking {
        Some(true) => RED_BOLD,
        Some(false) => GREEN_BOLD,
        None => BOLD,
    };
    for line in wrap(&log.answer(), options.width) {
        writeln!(out, "{style}{line}{style:#}")?;
    }
    for root in log.roots().take(options.top) {
        if let Some(brings) = words::brings(log, root) {
            for line in wrap(&format!("{}.", capital(&brings)), options.width) {
                writeln!(out, "{line}")?;
            }
        }
    }
    if let Some(outlook) = log.roots().next().and_then(|root| log.outlook(root)) {
        for line in wrap(&outlook, options.width) {
            writeln!(out, "{line}")?;
        }
    }
    for root in log.roots().take(1).filter(|r| !r.onset_lines.is_empty()) {
        writeln!(out, "Around the onset the log says:")?;
        for line in &root.onset_lines {
            writeln!(out, "  {DIM}{line}{DIM:#}")?;
        }
    }
    let (rows, hidden, stable) = shown(log, options);
    if !rows.is_empty() {
        writeln!(out)?;
        write_table(log, &rows, options.width, out)?;
    }
    if let Some(text) = left_out(hidden, stable) {
        writeln!(out, "{DIM}   {text}; --all lists them.{DIM:#}")?;
    }
    let next = next_steps(log, options);
    if !next.is_empty() {
        writeln!(out, "\nNext, in the running process:")?;
        for line in &next {
            writeln!(out, "  {line}")?;
        }
    }
    writeln!(out)?;
    for line in footer(log).iter().flat_map(|l| wrap(l, options.width)) {
        writeln!(out, "{DIM}{line}{DIM:#}")?;
    }
    for warning in &log.warnings {
        for line in wrap(&format!("Note: {}", warning.message), options.width) {
            writeln!(out, "{YELLOW}{line}{YELLOW:#}")?;
        }
    }
    Ok(())
}

/// What gives way where the terminal is narrow, in this order: the evidence goes to a line of its own, the sparkline
/// shrinks, first → last goes. Type, verdict and rate stay.
struct Layout {
    evidence: bool,
    ends: bool,
    spark: usize,
}

fn write_table(log: &LogReport, rows: &[&Finding], width: usize, out: &mut dyn Write) -> io::Result<()> {
    let wide = Layout { evidence: true, ends: true, spark: SPARKS[0] };
    let narrow = [true, false]
        .into_iter()
        .flat_map(|ends| SPARKS.into_iter().map(move |spark| Layout { evidence: false, ends, spark }));
    let last = Layout { evidence: false, ends: false, spark: 0 };
    let fits = |l: &Layout| table(log, rows, l).lines().all(|line| visible(&line) <= width);
    let layout = std::iter::once(wide).chain(narrow).find(fits).unwrap_or(last);
    let table = table(log, rows, &layout);
    let mut lines = table.lines();
    if let Some(head) = lines.next() {
        writeln!(out, "{DIM}{}{DIM:#}", head.trim_end())?;
    }
    for (i, (line, f)) in lines.zip(rows).enumerate() {
        writeln!(out, "{}", line.trim_end())?;
        // Under the last line of a root's group.
        let group_ends = rows.get(i + 1).is_none_or(|next| next.role != Some(Role::Companion));
        if !layout.evidence && group_ends {
            let head = rows[..=i].iter().rev().find(|r| r.role != Some(Role::Companion)).unwrap_or(f);
            for text in wrap(&head.why, width.saturating_sub(5)) {
                writeln!(out, "{DIM}     {text}{DIM:#}")?;
            }
        }
    }
    Ok(())
}

fn table(log: &LogReport, rows: &[&Finding], layout: &Layout) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    let mut head = vec!["".to_owned(), "TYPE".to_owned(), "VERDICT".to_owned(), log.unit().to_uppercase()];
    if layout.ends {
        head.extend(["FIRST".to_owned(), "→".to_owned(), "LAST".to_owned()]);
    }
    if layout.spark > 0 {
        head.push("COURSE".to_owned());
    }
    if layout.evidence {
        head.push("EVIDENCE".to_owned());
    }
    table.set_header(head);
    for (i, f) in rows.iter().enumerate() {
        let last_of_group = rows.get(i + 1).is_none_or(|next| next.role != Some(Role::Companion));
        let mut cells = vec![rank(f), name(f, last_of_group), verdict(f), rate(log, f)];
        if layout.ends {
            cells.extend([f.first_text(), "→".to_owned(), f.last_text()]);
        }
        if layout.spark > 0 {
            cells.push(spark(log, f, layout.spark));
        }
        if layout.evidence {
            cells.push(f.why.clone());
        }
        table.add_row(cells);
    }
    for (i, column) in table.column_iter_mut().enumerate() {
        let right = i == 0 || i == 3 || (layout.ends && (i == 4 || i == 6));
        column.set_cell_alignment(if right { CellAlignment::Right } else { CellAlignment::Left });
        // The ends of a count stand close together; everything else two blanks apart.
        let close = i == 0 || (layout.ends && (i == 4 || i == 5));
        column.set_padding((0, if close { 1 } else { 2 }));
    }
    table
}

fn rank(f: &Finding) -> String {
    if f.role == Some(Role::Companion) { String::new() } else { f.rank.to_string() }
}

fn name(f: &Finding, last_of_group: bool) -> String {
    match f.role {
        Some(Role::Companion) => {
            let branch = if last_of_group { "└" } else { "├" };
            let ratio = f.ratio.map_or_else(String::new, |r| format!(" {}:1", human::ratio(r)));
            format!("{branch} {}{ratio}", clean(&f.name))
        }
        Some(Role::Root) => format!("{BOLD}{}{BOLD:#}", clean(&f.name)),
        None => clean(&f.name),
    }
}

fn verdict(f: &Finding) -> String {
    let style = match f.verdict {
        Verdict::Leak if f.role == Some(Role::Root) => RED_BOLD,
        Verdict::Leak => RED,
        Verdict::Unclear => YELLOW,
        _ => DIM,
    };
    format!("{style}{}{style:#}", word(f.verdict))
}

fn rate(log: &LogReport, f: &Finding) -> String {
    if f.verdict == Verdict::Leak { log.rate(f) } else { "–".to_owned() }
}

/// Control characters in a name would move the cursor.
pub(super) fn clean(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Columns that a line takes on screen, without the codes for colour.
fn visible(line: &str) -> usize {
    anstream::adapter::strip_str(line.trim_end()).to_string().trim_end().width()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// What was read and what was passed over.
pub(super) fn footer(log: &LogReport) -> Vec<String> {
    let n = |count: u64, one: &str, many: &str| {
        if count == 1 { format!("1 {one}") } else { format!("{} {many}", human::count(count as f64)) }
    };
    let runs: usize = log.streams.iter().map(|s| s.runs.len()).sum();
    let mut first = format!(
        "Read {}: {}, {} of {}",
        log.name,
        n(log.lines.read, "line", "lines"),
        n(u64::from(log.snapshots), "snapshot", "snapshots"),
        n(log.n_types as u64, "type", "types"),
    );
    if log.parts.len() > 1 {
        first.push_str(&format!(", {} files", log.parts.len()));
    }
    first.push_str(&format!(
        ", {}, {}",
        if log.streams.len() == 1 { "one process".to_owned() } else { format!("{} processes", log.streams.len()) },
        if runs == 1 { "one run".to_owned() } else { format!("{runs} runs") },
    ));
    if let Some(span) = log.calendar().span() {
        let zone = match &log.clock {
            Clock::Assumed(zone) => format!(" (the log names no zone; read as {zone})"),
            _ => format!(" {}", log.zone),
        };
        first.push_str(&format!(", {span}{zone}"));
    } else if let Some(s) = log.duration_s() {
        first.push_str(&format!(", {}", human::span(s)));
    }
    if let Some(s) = log.interval_s {
        first.push_str(&format!(", a snapshot every {}", human::span(s)));
    }
    first.push('.');
    let over = log.lines.read.saturating_sub(log.lines.in_tables);
    let second = match over {
        0 => "Every line is part of a table.".to_owned(),
        over => {
            let are = if over == 1 { "is" } else { "are" };
            format!(
                "{} {are} no part of a table; `objtrend inspect` shows how each was read.",
                n(over, "line", "lines")
            )
        }
    };
    let mut lines = vec![first, second];
    if log.axis == crate::series::Axis::Snapshot {
        lines.push(
            "The log tells no time: rates are per snapshot; --interval 60s makes them rates per hour.".to_owned(),
        );
    }
    if log.clock == Clock::Uptime && log.origin.is_none() {
        lines
            .push("Its clock names no day, or no year; with --start 2024-03-01T10:00 the report has dates.".to_owned());
    }
    lines
}

/// Words in lines of at most `width` columns; a word that is longer stays whole.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let at = lines.len() - 1;
        let line = &mut lines[at];
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
