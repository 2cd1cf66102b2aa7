//! The report for a ticket on GitHub, GitLab or Jira: what to read first on top, everything else folded.

use std::io::{self, Write};

use super::{RenderOptions, left_out, shown, word};
use crate::report::{Finding, LogReport, Report, human, words};
use crate::trend::{Role, Verdict};

/// GitHub takes 65,536 characters in a comment; some are left for what people write around it.
const LIMIT: usize = 60_000;

pub(super) fn write(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    let mut left = 0;
    if let Some(gate) = &options.gate {
        // A long list is cut: the reports below say the same.
        for line in gate.lines(report.logs.len() > 1).iter().take(40) {
            text.push_str(&format!("> {}\n", escape(line)));
        }
        text.push('\n');
    }
    for log in &report.logs {
        let mut part = log_part(log, options, report.logs.len() > 1);
        if text.len() + part.len() > LIMIT {
            part = brief(log);
        }
        if text.len() + part.len() > LIMIT {
            left += 1;
            continue;
        }
        text.push_str(&part);
    }
    if left > 0 {
        text.push_str(&format!("… {left} more logs\n"));
    }
    out.write_all(text.as_bytes())
}

/// Only the answer, for logs that a ticket has no room for.
fn brief(log: &LogReport) -> String {
    format!("- {}: {}\n", code(&log.name), escape(&log.answer()))
}

fn log_part(log: &LogReport, options: &RenderOptions, titled: bool) -> String {
    let mut out = String::new();
    if titled {
        out.push_str(&format!("### {}\n\n", code(&log.name)));
    }
    out.push_str(&format!("**{}**\n\n", escape(&log.answer())));
    for root in log.roots().take(options.top) {
        if let Some(brings) = words::brings(log, root) {
            out.push_str(&format!("E{}.\n\n", escape(brings.strip_prefix('e').unwrap_or(&brings))));
        }
    }
    if let Some(outlook) = log.roots().next().and_then(|root| log.outlook(root)) {
        out.push_str(&format!("{}\n\n", escape(&outlook)));
    }
    if let Some(picture) = &options.picture {
        out.push_str(&format!("![{}]({picture})\n\n", escape(&log.answer())));
    }
    let (rows, hidden, stable) = shown(log, options);
    if !rows.is_empty() {
        out.push_str(&format!("| # | type | verdict | {} | first | last | since | evidence |\n", log.unit()));
        out.push_str("| ---: | --- | --- | ---: | ---: | ---: | --- | --- |\n");
        for f in &rows {
            out.push_str(&row(log, f));
        }
        out.push('\n');
    }
    if let Some(text) = left_out(hidden, stable) {
        out.push_str(&format!("{}.\n\n", escape(&text)));
    }
    if let Some(root) = log.roots().next() {
        if !root.onset_lines.is_empty() {
            out.push_str("<details><summary>The log around the onset</summary>\n\n");
            out.push_str(&fenced("", &root.onset_lines.join("\n")));
            out.push_str("\n</details>\n\n");
        }
        out.push_str("<details><summary>Next, in the running process</summary>\n\n");
        out.push_str(&fenced("python", &super::next_steps(log, options).join("\n")));
        out.push_str("\n</details>\n\n");
    }
    out.push_str("<details><summary>What was read</summary>\n\n");
    for line in super::text::footer(log) {
        // The one command that the footer names is to be read as one.
        out.push_str(&format!("{}\n", escape(&line).replace("\\`objtrend inspect\\`", "`objtrend inspect`")));
    }
    for warning in &log.warnings {
        out.push_str(&format!("\n- {}", escape(&warning.message)));
    }
    out.push_str("\n</details>\n");
    let prints: Vec<&str> = log.roots().map(|r| r.fingerprint.as_str()).take(20).collect();
    if !prints.is_empty() {
        out.push_str(&format!("\n<sub>objtrend finding {}</sub>\n", prints.join(" ")));
    }
    out
}

fn row(log: &LogReport, f: &Finding) -> String {
    let leak = f.verdict == Verdict::Leak;
    let companion = f.role == Some(Role::Companion);
    let rank = if companion { String::new() } else { f.rank.to_string() };
    let mut name = code(&f.name);
    if companion {
        name = format!("↳ {name}{}", f.ratio.map_or_else(String::new, |r| format!(" {}:1", human::ratio(r))));
    }
    let (rate, since) = match leak {
        true => (log.rate(f), log.since(f).trim_start_matches("since ").to_owned()),
        false => ("–".to_owned(), String::new()),
    };
    format!(
        "| {rank} | {name} | {} | {rate} | {} | {} | {} | {} |\n",
        word(f.verdict),
        f.first_text(),
        f.last_text(),
        escape(&since),
        escape(&f.why)
    )
}

/// A name as code in a table cell: backticks of the name need a longer fence, and `|` a backslash even there.
pub(crate) fn code(name: &str) -> String {
    let name: String = name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    let name = name.replace('|', "\\|");
    if name.contains('`') { format!("`` {name} ``") } else { format!("`{name}`") }
}

/// Text in which nothing is markup.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' => out.extend(['\\', c]),
            '\n' | '\r' => out.push(' '),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A block of code whose fence is longer than any run of backticks in it.
fn fenced(language: &str, text: &str) -> String {
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}{language}\n{text}\n{fence}\n")
}
