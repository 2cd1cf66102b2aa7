//! The words of a picture: title, subtitle, footer, moments, and the log's own line that tells most.

use super::text::shorten_name;
use super::when::{When, duration};
use crate::parse::Clock;
use crate::report::words::listed;
use crate::report::{Finding, LogReport, human};
use crate::series::Axis;
use crate::trend::Verdict;

/// Longest name in a sentence; longer ones are cut in the middle.
const NAME: usize = 64;
/// Longest line of the log that is quoted.
const QUOTE: usize = 72;

/// `1 type`, `29 types`.
pub(super) fn plural(n: usize, one: &str) -> String {
    format!("{} {one}{}", human::count(n as f64), if n == 1 { "" } else { "s" })
}

/// A name as it stands in a sentence.
pub(super) fn short(name: &str) -> String {
    shorten_name(name, NAME)
}

/// The answer in one line, and the evidence in another.
pub(super) fn head(log: &LogReport, roots: &[&Finding]) -> (String, String) {
    match roots {
        [] => match log.leaking {
            Some(false) => (calm_title(log), calm_evidence(log)),
            None => (
                "The log cannot tell whether a type leaks".to_owned(),
                capital(log.cannot_tell.as_deref().unwrap_or_default()),
            ),
            Some(true) => (selection_title(log), String::new()),
        },
        [one] => (format!("{} is leaking: {}", short(&one.name), log.growth_since(one)), evidence(log, one)),
        [first, ..] if first.tied_with.len() + 1 == roots.len() => {
            let names: Vec<String> = roots.iter().map(|r| shorten_name(&r.name, 90 / roots.len().min(4))).collect();
            (
                format!("{} are leaking together: {}", list(&names), log.growth_since(first)),
                "They grow one for one; the log does not show which of them holds the others".to_owned(),
            )
        }
        [a, b] => (
            format!(
                "{} and {} are leaking: {} and {} {}",
                shorten_name(&a.name, 40),
                shorten_name(&b.name, 40),
                log.rate(a),
                log.rate(b),
                log.unit()
            ),
            each(log, roots),
        ),
        [worst, ..] => (
            format!("{} types are leaking, {} first: {}", roots.len(), short(&worst.name), log.growth_since(worst)),
            each(log, &roots[1..]),
        ),
    }
}

/// `a`, `a and b`, `a, b and c`.
fn list(items: &[String]) -> String {
    listed(&items.iter().map(String::as_str).collect::<Vec<_>>())
}

/// `Payload +290 per hour since 12:30  ·  Session …`
fn each(log: &LogReport, findings: &[&Finding]) -> String {
    let said: Vec<String> =
        findings.iter().take(5).map(|f| format!("{} {}", shorten_name(&f.name, 32), log.growth_since(f))).collect();
    said.join("  ·  ")
}

/// `95 % interval 288–293 per hour`
pub(super) fn interval(log: &LogReport, f: &Finding) -> Option<String> {
    let (low, high) = f.slope_low.zip(f.slope_high).filter(|(l, h)| l.is_finite() && h.is_finite() && l < h)?;
    let number = |v: f64| {
        // Where both ends read alike, further digits tell them apart.
        let alike = human::rate(low) == human::rate(high) && low != high && v.abs() < 100.0;
        let text = if alike {
            format!("{v:.*}", 2 - v.abs().log10().floor().clamp(-6.0, 1.0) as usize)
        } else {
            human::rate(v)
        };
        text.replace('-', "−")
    };
    // A minus and a dash side by side would be one line.
    let joint = if low < 0.0 || high < 0.0 { " to " } else { "–" };
    Some(format!("95\u{a0}% interval {}{joint}{} {}", number(low), number(high), log.unit()))
}

/// Interval, course, companions, ties, processes.
fn evidence(log: &LogReport, root: &Finding) -> String {
    let mut said: Vec<String> = interval(log, root).into_iter().collect();
    let one_lane = log.streams.len() <= 1 && log.streams.iter().all(|s| s.runs.len() <= 1);
    if one_lane {
        said.push(format!("{} → {} objects", root.first_text(), root.last_text()));
    }
    let brings = companions(log, root);
    if !brings.is_empty() {
        said.push(format!("each {} brings {}", shorten_name(&root.name, 32), brings));
    }
    if !root.tied_with.is_empty() {
        let tied: Vec<String> = root.tied_with.iter().take(2).map(|n| shorten_name(n, 32)).collect();
        said.push(format!("{} could be the root as well", list(&tied)));
    }
    said.extend(log.place(root));
    said.join("  ·  ")
}

/// `1 dict and 1 list`
fn companions(log: &LogReport, root: &Finding) -> String {
    let mut brings: Vec<String> = log
        .companions(&root.name)
        .filter_map(|c| c.ratio.map(|r| format!("{} {}", human::ratio(r), shorten_name(&c.name, 32))))
        .collect();
    if brings.len() > 4 {
        let more = brings.len() - 3;
        brings.truncate(3);
        brings.push(plural(more, "more type"));
    }
    list(&brings)
}

/// What a verdict means for one type, after its name.
pub(super) fn verdict(v: Verdict) -> &'static str {
    match v {
        Verdict::Leak => "leaks",
        Verdict::Saturating => "levelled off",
        Verdict::Step => "jumped once",
        Verdict::Cyclic => "rises and falls back",
        Verdict::Stable => "is steady",
        Verdict::Shrinking => "shrinks",
        Verdict::Unclear => "cannot be judged",
    }
}

/// The same for several types.
fn verdict_of_many(v: Verdict) -> &'static str {
    match v {
        Verdict::Leak => "leak",
        Verdict::Cyclic => "rise and fall back",
        Verdict::Stable => "are steady",
        Verdict::Shrinking => "shrink",
        _ => verdict(v),
    }
}

fn calm_title(log: &LogReport) -> String {
    let mut said = Vec::new();
    for v in
        [Verdict::Saturating, Verdict::Step, Verdict::Cyclic, Verdict::Shrinking, Verdict::Unclear, Verdict::Stable]
    {
        let mut of: Vec<&Finding> = log.findings.iter().filter(|f| f.verdict == v).collect();
        let n = if v == Verdict::Stable {
            of.clear();
            log.n_types.saturating_sub(log.findings.iter().filter(|f| f.verdict != v).count())
        } else {
            of.len()
        };
        match (n, of.as_slice()) {
            (0, _) => {}
            (_, [one]) => said.push(format!("{} {}", shorten_name(&one.name, 40), verdict(v))),
            (1, _) => said.push(format!("1 type {}", verdict(v))),
            (n, _) if n == log.n_types => return format!("Nothing is leaking: all {n} types {}", verdict_of_many(v)),
            (n, _) => said.push(format!("{n} types {}", verdict_of_many(v))),
        }
    }
    // One verdict more, and the title would no longer be a title.
    said.truncate(3);
    format!("Nothing is leaking: {}", said.join(", "))
}

fn calm_evidence(log: &LogReport) -> String {
    format!(
        "None of {} grows without bound in {}",
        plural(log.n_types, "type"),
        plural(log.snapshots as usize, "snapshot")
    )
}

/// Where the suspects were not selected.
fn selection_title(log: &LogReport) -> String {
    match log.findings.as_slice() {
        [one] => format!("{} {}", short(&one.name), verdict(one.verdict)),
        several => format!("{} over time", plural(several.len(), "type")),
    }
}

fn capital(s: &str) -> String {
    let mut chars = s.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// What was read.
pub(super) fn footer(log: &LogReport, when: &When, range: (f64, f64)) -> String {
    let mut said = vec![shorten_name(&log.name, 60), plural(log.snapshots as usize, "snapshot")];
    let runs: usize = log.streams.iter().map(|s| s.runs.len()).sum();
    match (log.streams.len(), runs) {
        (0 | 1, 0 | 1) => {}
        (0 | 1, runs) => said.push(plural(runs, "run")),
        (streams, runs) if runs == streams => said.push(processes(streams)),
        (streams, runs) => said.push(format!("{} in {}", plural(runs, "run"), processes(streams))),
    }
    match (when.span(range), log.axis, &log.clock) {
        (Some(span), _, Clock::Assumed(zone)) => said.push(format!("{span} (the log names no zone, taken as {zone})")),
        (Some(span), ..) => said.push(format!("{span} {}", log.zone)),
        (None, Axis::Time, _) => said.push(format!("{} by no calendar", duration(range.1 - range.0))),
        (None, Axis::Snapshot, _) => said.push("the log tells no time".to_owned()),
    }
    said.push(concat!("objtrend ", env!("CARGO_PKG_VERSION")).to_owned());
    said.join("  ·  ")
}

fn processes(n: usize) -> String {
    if n == 1 { "1 process".to_owned() } else { format!("{n} processes") }
}

/// Words that make a line around the onset worth quoting: something was changed, or went wrong.
const TELLING: [&str; 20] = [
    "deploy",
    "release",
    "version",
    "upgrade",
    "rollout",
    "migrat",
    "enabl",
    "disabl",
    "feature",
    "config",
    "reload",
    "restart",
    "start",
    "schedul",
    "connect",
    "error",
    "exception",
    "fail",
    "timeout",
    "warn",
];

/// The line of the log that tells most about the onset, without its stamp; `None` where none tells anything.
pub(super) fn telling(lines: &[String]) -> Option<String> {
    let bare: Vec<&str> = lines.iter().map(|l| without_stamp(l)).collect();
    let score = |l: &str| {
        let low = l.to_lowercase();
        // Earlier words of the list tell more.
        TELLING.iter().position(|w| low.contains(w)).map_or(0, |i| TELLING.len() - i)
    };
    let best = bare.iter().copied().filter(|l| l.chars().filter(|c| c.is_alphabetic()).count() >= 4 && !is_row(l));
    // Of equals the first: what stands before growth is likelier its cause.
    let best = best.fold(None, |best: Option<(usize, &str)>, l| match best {
        Some((s, _)) if s >= score(l) => best,
        _ => Some((score(l), l)),
    });
    best.map(|(_, l)| {
        let l = l.split_whitespace().collect::<Vec<_>>().join(" ");
        if l.chars().count() > QUOTE {
            let cut: String = l.chars().take(QUOTE - 1).collect();
            format!("“{}…”", cut.trim_end())
        } else {
            format!("“{l}”")
        }
    })
}

/// Whether a line is a row of a table: a name and numbers.
fn is_row(line: &str) -> bool {
    let n = line.split_whitespace().count();
    (2..=3).contains(&n) && line.split_whitespace().skip(1).all(|w| w.trim_start_matches('+').parse::<i64>().is_ok())
}

const LEVELS: [&str; 8] = ["DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "CRITICAL", "FATAL"];

/// A line without the stamps, levels and brackets at its beginning.
fn without_stamp(line: &str) -> &str {
    let mut rest = line.trim();
    while let Some((word, after)) = rest.split_once(char::is_whitespace) {
        let core = word.trim_matches(|c: char| "[](){}<>:|,-".contains(c));
        let digits = core.chars().filter(char::is_ascii_digit).count();
        let stamp = digits >= 2 && core.chars().all(|c| c.is_ascii_digit() || ":-./,+TZ".contains(c));
        let bracketed = word.starts_with('[') && word.ends_with(']');
        if stamp || bracketed || core.is_empty() || LEVELS.contains(&core.to_uppercase().as_str()) {
            rest = after.trim_start();
        } else {
            break;
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_tells_most_is_quoted_without_its_stamp() {
        let lines = [
            "2024-03-01 12:29:58,101 INFO app: request served".to_owned(),
            "dict        1196".to_owned(),
            "[2024-03-01 12:30:09] [INFO] deploy: webhook handler v2 enabled".to_owned(),
        ];
        assert_eq!(telling(&lines).unwrap(), "“deploy: webhook handler v2 enabled”");
        assert_eq!(telling(&["dict 12".to_owned(), "12:30".to_owned()]), None);
        assert!(telling(&["x".repeat(300)]).unwrap().chars().count() <= QUOTE + 2);
    }
}
