//! The report as one HTML file that needs nothing else: the answer, a table that sorts and filters, and a chart per
//! suspect whose values show under the pointer; light and dark as the reader's system is.
//!
//! Nothing is fetched: a policy in the file's head forbids it, whatever a type's name may hold.

use std::io::{self, Write};

use super::{RenderOptions, text, word};
use crate::plot::inline::{self, Page};
use crate::plot::{PlotOptions, Theme, figure};
use crate::report::{Finding, LogReport, Report, human};
use crate::trend::{Role, Verdict};

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");
/// Size of a chart; it grows and shrinks with the page.
const CHART: (u32, u32) = (1100, 430);
/// Suspects of one log that have a chart of their own.
const MOST_CHARTS: usize = 12;
/// Charts of one page; what is left is in the table.
const MOST_IN_ALL: usize = 60;

pub(super) fn write(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut charts = Charts::default();
    let mut body = String::new();
    for (i, log) in report.logs.iter().enumerate() {
        body.push_str(&section(log, i, report.logs.len() > 1, options, &mut charts)?);
    }
    let style =
        STYLE.replace("@light@", &inline::variables(Theme::Light)).replace("@dark@", &inline::variables(Theme::Dark));
    writeln!(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    writeln!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">"
    )?;
    writeln!(out, "<meta name=\"generator\" content=\"objtrend {}\">", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "<title>{}</title>\n<style>\n{style}</style>\n</head>\n<body>", escaped(&title(report)))?;
    out.write_all(charts.page.glyphs().as_bytes())?;
    out.write_all(gate(report, options).as_bytes())?;
    out.write_all(contents(report).as_bytes())?;
    out.write_all(body.as_bytes())?;
    writeln!(out, "<footer><p>objtrend {}</p></footer>", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "<script>\n{SCRIPT}</script>\n</body>\n</html>")
}

fn title(report: &Report) -> String {
    match report.logs.as_slice() {
        [log] => format!("{}: {}", log.name, log.answer()),
        logs => format!("objtrend: {} logs, {} with a leak", logs.len(), leaking(report)),
    }
}

fn leaking(report: &Report) -> usize {
    report.logs.iter().filter(|l| l.leaking == Some(true)).count()
}

/// What `--fail-on` says.
fn gate(report: &Report, options: &RenderOptions) -> String {
    let Some(gate) = &options.gate else { return String::new() };
    let lines: Vec<String> =
        gate.lines(report.logs.len() > 1).iter().map(|l| format!("<p>{}</p>\n", escaped(l))).collect();
    format!("<div class=\"gate\">\n{}</div>\n", lines.concat())
}

/// The answers of all logs, where there are several.
fn contents(report: &Report) -> String {
    if report.logs.len() < 2 {
        return String::new();
    }
    let mut out =
        format!("<h1>{} of {} logs show a leak</h1>\n<ul class=\"answers\">\n", leaking(report), report.logs.len());
    for (i, log) in report.logs.iter().enumerate() {
        out.push_str(&format!(
            "<li><a href=\"#log-{i}\"><code>{}</code></a> {}</li>\n",
            escaped(&log.name),
            escaped(&log.answer())
        ));
    }
    out.push_str("</ul>\n");
    out
}

fn section(
    log: &LogReport,
    index: usize,
    several: bool,
    options: &RenderOptions,
    charts: &mut Charts,
) -> io::Result<String> {
    let head = if several { "h2" } else { "h1" };
    let mut out = format!(
        "<section class=\"log\" id=\"log-{index}\">\n<p class=\"name\">{}</p>\n<{head}>{}</{head}>\n",
        escaped(&log.name),
        escaped(&log.answer())
    );
    let roots: Vec<&Finding> = log.roots().collect();
    for (i, root) in roots.iter().take(MOST_CHARTS).enumerate() {
        out.push_str(&suspect(log, root, roots.len() > 1, &format!("c{index}-{i}"), charts)?);
    }
    if roots.is_empty() {
        out.push_str(&charts.draw(log, &format!("c{index}"))?);
    }
    out.push_str(&table(log, options));
    out.push_str(&read(log));
    out.push_str("</section>\n");
    Ok(out)
}

/// A suspect with its evidence, its chart, the log's lines around the onset, and what to do next.
fn suspect(log: &LogReport, root: &Finding, titled: bool, id: &str, charts: &mut Charts) -> io::Result<String> {
    let mut out = String::new();
    if titled {
        let since = escaped(&log.growth(root));
        out.push_str(&format!("<h3><code>{}</code> {since}</h3>\n", escaped(&root.name)));
    }
    if !root.why.is_empty() {
        out.push_str(&format!("<p class=\"faint\">{}.</p>\n", escaped(capital(&root.why).trim_end_matches('.'))));
    }
    // Its companions and all that does not leak: another suspect has a chart of its own.
    let own = |f: &&Finding| {
        f.verdict != Verdict::Leak || f.name == root.name || f.follows.as_deref() == Some(root.name.as_str())
    };
    let part = LogReport { findings: log.findings.iter().filter(own).cloned().collect(), ..log.clone() };
    out.push_str(&charts.draw(&part, id)?);
    if !root.onset_lines.is_empty() {
        let lines = escaped_lines(&root.onset_lines);
        out.push_str(&format!("<details><summary>The log around the onset</summary><pre>{lines}</pre></details>\n"));
    }
    if !root.next.is_empty() {
        let lines = escaped_lines(&root.next);
        out.push_str(&format!("<p class=\"faint\">Next, in the running process:</p>\n<pre>{lines}</pre>\n"));
    }
    Ok(out)
}

/// The charts of one page.
#[derive(Default)]
struct Charts {
    page: Page,
    drawn: usize,
}

impl Charts {
    /// A chart of a log; nothing where there is nothing to plot, or the page has enough.
    fn draw(&mut self, log: &LogReport, id: &str) -> io::Result<String> {
        let options = PlotOptions { size: CHART, ..PlotOptions::default() };
        let Some(figure) = figure(log, &options).filter(|_| self.drawn < MOST_IN_ALL) else { return Ok(String::new()) };
        self.drawn += 1;
        let chart = self.page.chart(&figure, id)?;
        // `<` in a name could end the script element.
        let hover = serde_json::to_string(&chart.hover).map_err(io::Error::other)?.replace('<', "\\u003c");
        // Where nothing leaks, the answer above says all that a caption could.
        let caption = match log.roots().next() {
            Some(_) => format!("<figcaption>{}</figcaption>\n", escaped(&figure.subtitle)),
            None => String::new(),
        };
        Ok(format!(
            "<figure>\n<div>{}</div>\n{caption}<div class=\"tip\"></div>\n<script type=\"application/json\">{hover}</script>\n</figure>\n",
            chart.svg
        ))
    }
}

fn table(log: &LogReport, options: &RenderOptions) -> String {
    if log.findings.is_empty() {
        return String::new();
    }
    let stable = log.findings.iter().filter(|f| f.verdict == Verdict::Stable).count();
    // With nothing else to show, the stable ones are what there is.
    let checked = if options.all || stable == log.findings.len() { " checked" } else { "" };
    let mut out = format!(
        "<div class=\"filters\"><input type=\"search\" placeholder=\"type, verdict or evidence\" aria-label=\"Filter the table\">\n\
         <label><input type=\"checkbox\"{checked}> stable types, too ({stable})</label> <output></output></div>\n\
         <div class=\"table\"><table>\n<thead><tr>"
    );
    let heads = [
        ("#", true),
        ("type", false),
        ("verdict", false),
        (log.unit(), true),
        ("first", true),
        ("last", true),
        ("since", true),
        ("evidence", false),
    ];
    for (head, number) in heads {
        let class = if number { " class=\"number\"" } else { "" };
        out.push_str(&format!("<th{class} scope=\"col\"><button>{head}</button></th>"));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for f in &log.findings {
        out.push_str(&row(log, f));
    }
    out.push_str("</tbody>\n</table></div>\n");
    out
}

fn row(log: &LogReport, f: &Finding) -> String {
    let leak = f.verdict == Verdict::Leak;
    let class = match (leak, f.role) {
        (true, Some(Role::Companion)) => "companion",
        (true, _) => "root",
        _ => "",
    };
    let verdict = word(f.verdict);
    let rate = f
        .slope_per_hour
        .filter(|_| log.unit() == "per hour")
        .or(f.slope_per_snapshot)
        .filter(|v| leak && v.is_finite());
    let ratio =
        f.ratio.filter(|_| class == "companion").map_or_else(String::new, |r| format!(" {}:1", human::ratio(r)));
    let (said, since) = if leak {
        (log.rate(f), log.since(f).trim_start_matches("since ").to_owned())
    } else {
        ("–".to_owned(), String::new())
    };
    let mut out = format!("<tr class=\"{class}\" data-verdict=\"{verdict}\">");
    number(&mut out, Some(f64::from(f.rank)), &f.rank.to_string());
    out.push_str(&format!("<td class=\"type\">{}{ratio}</td>", escaped(&f.name)));
    out.push_str(&format!("<td class=\"verdict verdict-{verdict}\">{verdict}</td>"));
    number(&mut out, rate, &said);
    number(&mut out, f.first.or(f.first_max).map(|v| v as f64), &f.first_text());
    number(&mut out, f.last.or(f.last_max).map(|v| v as f64), &f.last_text());
    number(&mut out, f.onset_x.filter(|_| leak), &since);
    out.push_str(&format!("<td class=\"why\">{}</td></tr>\n", escaped(&f.why)));
    out
}

/// A cell that sorts by a number, whatever its words.
fn number(out: &mut String, value: Option<f64>, words: &str) {
    let v = value.map_or_else(String::new, |v| v.to_string());
    out.push_str(&format!("<td class=\"number\" data-v=\"{v}\">{}</td>", escaped(words)));
}

/// What was read, what else the log says, and what was odd.
fn read(log: &LogReport) -> String {
    let mut out = String::from("<h3>What was read</h3>\n");
    for line in text::footer(log) {
        out.push_str(&format!("<p class=\"faint\">{}</p>\n", escaped(&line)));
    }
    let warnings = log.warnings.iter().map(|w| w.message.clone());
    let events = log.events.iter().map(|e| match e.time {
        Some(time) => format!("{} {}: {}", e.kind, log.calendar().moment(time), e.text),
        None => format!("{}: {}", e.kind, e.text),
    });
    for (head, items) in [("Warnings", warnings.collect::<Vec<_>>()), ("Events", events.collect())] {
        if items.is_empty() {
            continue;
        }
        out.push_str(&format!("<h3>{head}</h3>\n<ul>\n"));
        for item in items {
            out.push_str(&format!("<li>{}</li>\n", escaped(&item)));
        }
        out.push_str("</ul>\n");
    }
    out
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

fn escaped_lines(lines: &[String]) -> String {
    lines.iter().map(|l| escaped(l)).collect::<Vec<_>>().join("\n")
}

/// Text in which nothing is markup.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
