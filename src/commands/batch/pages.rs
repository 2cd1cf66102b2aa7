//! The pages over all logs: `index.html`, which needs nothing else, and `index.md`.

use std::io::{self, Write};

use super::ranking::{Ranked, Summary};
use crate::render::html::escaped;
use crate::report::gate::GateReport;
use crate::report::human;

const STYLE: &str = include_str!("index.css");
const SCRIPT: &str = include_str!("index.js");

/// Types of the ranking that are shown; `findings.csv` has all.
const MOST_RANKED: usize = 100;

/// What the pages show.
pub(super) struct Index<'a> {
    pub(super) logs: &'a [Summary],
    pub(super) ranking: &'a [Ranked],
    /// Names and reasons.
    pub(super) failures: &'a [String],
    /// Names and reasons of what holds no table.
    pub(super) passed_over: &'a [(String, String)],
    pub(super) gate: Option<&'a GateReport>,
}

impl Index<'_> {
    /// `412 logs: 40 leak, 360 do not, 12 cannot tell`.
    pub(super) fn head(&self) -> String {
        let n = |leaking| self.logs.iter().filter(|l| l.leaking == leaking).count();
        let logs = if self.logs.len() == 1 { "1 log".to_owned() } else { format!("{} logs", self.logs.len()) };
        let mut out = format!("{logs}: {} leak, {} do not, {} cannot tell", n(Some(true)), n(Some(false)), n(None));
        if !self.failures.is_empty() {
            out.push_str(&format!("; {} could not be read, or not wholly", self.failures.len()));
        }
        if !self.passed_over.is_empty() {
            out.push_str(&format!("; {} without a table", self.passed_over.len()));
        }
        out
    }

    pub(super) fn html(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
        writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
        writeln!(
            out,
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
             script-src 'unsafe-inline'\">"
        )?;
        writeln!(out, "<title>objtrend: {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>", escaped(&self.head()))?;
        writeln!(out, "<h1>{}</h1>", escaped(&self.head()))?;
        if let Some(gate) = self.gate {
            writeln!(out, "<ul class=\"gate\">")?;
            for line in gate.lines(true) {
                writeln!(out, "<li>{}</li>", escaped(&line))?;
            }
            writeln!(out, "</ul>")?;
        }
        if !self.ranking.is_empty() {
            writeln!(out, "<h2>Which types leak</h2>\n<ol>")?;
            for r in self.ranking.iter().take(MOST_RANKED) {
                writeln!(out, "<li><b>{}</b> {}</li>", escaped(&r.name), escaped(&r.sentence(self.logs.len())))?;
            }
            writeln!(out, "</ol>")?;
            if self.ranking.len() > MOST_RANKED {
                writeln!(out, "<p>{} more are in findings.csv.</p>", self.ranking.len() - MOST_RANKED)?;
            }
        }
        writeln!(out, "<h2>Logs</h2>")?;
        writeln!(
            out,
            "<p><input id=\"filter\" type=\"search\" placeholder=\"Filter by log, type or answer\" aria-label=\"Filter\"> "
        )?;
        writeln!(
            out,
            "<label><input id=\"leaks\" type=\"checkbox\"> only leaks</label> <span id=\"shown\"></span></p>"
        )?;
        writeln!(
            out,
            "<table id=\"logs\">\n<thead><tr><th>Log<th>Leaks<th>Type<th class=\"n\">Rate<th>Course<th class=\"n\">Snapshots<th>Answer<th>Files</tr></thead>\n<tbody>"
        )?;
        for log in self.logs {
            self.row(log, out)?;
        }
        writeln!(out, "</tbody>\n</table>")?;
        self.html_list("Could not be read, or not wholly", self.failures.iter().cloned(), out)?;
        let passed = self.passed_over.iter().map(|(name, why)| format!("{name}: {why}"));
        self.html_list("Passed over", passed, out)?;
        writeln!(out, "<footer>objtrend {}</footer>", env!("CARGO_PKG_VERSION"))?;
        writeln!(out, "<script>\n{SCRIPT}</script>\n</body>\n</html>")
    }

    fn html_list(&self, head: &str, items: impl Iterator<Item = String>, out: &mut dyn Write) -> io::Result<()> {
        let mut items = items.peekable();
        if items.peek().is_none() {
            return Ok(());
        }
        writeln!(out, "<h2>{head}</h2>\n<ul>")?;
        for item in items {
            writeln!(out, "<li>{}</li>", escaped(&item))?;
        }
        writeln!(out, "</ul>")
    }

    fn row(&self, log: &Summary, out: &mut dyn Write) -> io::Result<()> {
        let (word, order) = leaks(log);
        let stem = url(&log.stem);
        let (name, rate, key) = match &log.worst {
            Some((name, rate, unit)) => {
                let more = if log.roots > 1 { format!(" and {} more", log.roots - 1) } else { String::new() };
                (format!("{name}{more}"), format!("{} {unit}", human::signed_rate(*rate)), *rate)
            }
            None => (String::new(), String::new(), 0.0),
        };
        write!(
            out,
            "<tr class=\"{}\"><td>{}<td data-k=\"{order}\">{word}<td>{}",
            word.replace(' ', "-"),
            escaped(&log.log),
            escaped(&name)
        )?;
        write!(out, "<td class=\"n\" data-k=\"{key:.6}\">{}<td>{}", escaped(&rate), spark(&log.curve))?;
        write!(out, "<td class=\"n\" data-k=\"{}\">{}<td>", log.snapshots, human::count(f64::from(log.snapshots)))?;
        write!(out, "{}<td>", escaped(&log.answer))?;
        let endings: &[&str] = if log.picture { &["md", "png", "json"] } else { &["md", "json"] };
        for ending in endings {
            write!(out, "<a href=\"logs/{stem}.{ending}\">{ending}</a> ")?;
        }
        writeln!(out, "</tr>")
    }

    pub(super) fn markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        use crate::render::markdown::{code, escape};

        writeln!(out, "# {}\n", escape(&self.head()))?;
        for line in self.gate.iter().flat_map(|g| g.lines(true)) {
            writeln!(out, "> {}  ", escape(&line))?;
        }
        if !self.ranking.is_empty() {
            writeln!(out, "\n## Which types leak\n")?;
            for (i, r) in self.ranking.iter().take(MOST_RANKED).enumerate() {
                writeln!(
                    out,
                    "{}. {} {}; finding {}",
                    i + 1,
                    code(&r.name),
                    escape(&r.sentence(self.logs.len())),
                    r.fingerprint
                )?;
            }
        }
        writeln!(
            out,
            "\n## Logs\n\n| log | leaks | type | rate | snapshots | |\n| --- | --- | --- | ---: | ---: | --- |"
        )?;
        for log in self.logs {
            let (name, rate) = match &log.worst {
                Some((name, rate, unit)) => (code(name), format!("{} {unit}", human::signed_rate(*rate))),
                None => (String::new(), String::new()),
            };
            let stem = url(&log.stem);
            let picture = if log.picture { format!(" [png](logs/{stem}.png)") } else { String::new() };
            let links = format!("[md](logs/{stem}.md){picture} [json](logs/{stem}.json)");
            let snapshots = human::count(f64::from(log.snapshots));
            writeln!(out, "| {} | {} | {name} | {rate} | {snapshots} | {links} |", code(&log.log), leaks(log).0)?;
        }
        if !self.failures.is_empty() {
            writeln!(out, "\n## Could not be read, or not wholly\n")?;
            for failure in self.failures {
                writeln!(out, "- `{}`", failure.replace('`', "'"))?;
            }
        }
        if !self.passed_over.is_empty() {
            writeln!(out, "\n## Passed over\n")?;
            for (name, why) in self.passed_over {
                writeln!(out, "- {}: {}", code(name), escape(why))?;
            }
        }
        Ok(())
    }
}

/// The word, and its place in the order: leaks first.
fn leaks(log: &Summary) -> (&'static str, u8) {
    match log.leaking {
        Some(true) => ("leak", 0),
        None => ("cannot tell", 1),
        Some(false) => ("no", 2),
    }
}

/// A curve of a hundred by twenty-four pixels.
fn spark(curve: &[(f64, f64)]) -> String {
    if curve.len() < 2 {
        return String::new();
    }
    let points: Vec<String> =
        curve.iter().map(|(x, y)| format!("{:.0},{:.0}", 1.0 + x * 98.0, 23.0 - y * 22.0)).collect();
    format!("<svg width=\"100\" height=\"24\" aria-hidden=\"true\"><polyline points=\"{}\"/></svg>", points.join(" "))
}

/// A file's name as part of an address.
pub(super) fn url(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
