//! The words of a picture: title, subtitle, footer, moments, and the log's own line that tells most.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::numbers::{self, Rate};
use super::text::shorten_name;
use crate::parse::Clock;
use crate::report::{Finding, LogReport};
use crate::series::Axis;
use crate::trend::{Role, Verdict};

/// Longest name in a sentence; longer ones are cut in the middle.
const NAME: usize = 64;
/// Longest line of the log that is quoted.
const QUOTE: usize = 72;
const US_PER_HOUR: f64 = 3.6e9;

/// Tells places on the x axis in words.
#[derive(Debug, Clone)]
pub(crate) struct When {
    axis: Axis,
    calendar: Option<(i64, TimeZone)>,
    several_days: bool,
    several_years: bool,
    seconds: bool,
}

impl When {
    pub(super) fn new(log: &LogReport, range: (f64, f64)) -> Self {
        let known = log.axis == Axis::Time && !matches!(log.clock, Clock::Uptime);
        let zone = TimeZone::get(&log.zone).unwrap_or(TimeZone::UTC);
        let calendar = log.origin.filter(|_| known).map(|origin| (origin, zone));
        let mut when =
            Self { axis: log.axis, calendar, several_days: false, several_years: false, seconds: range.1 - range.0 < 0.25 };
        if let (Some(a), Some(b)) = (when.local(range.0), when.local(range.1)) {
            when.several_days = a.date() != b.date();
            when.several_years = a.year() != b.year();
        }
        when
    }

    /// Whether the axis crosses midnight.
    pub(super) fn several_days(&self) -> bool {
        self.several_days
    }

    /// The origin and zone, where places on the axis are moments of the calendar.
    pub(super) fn calendar(&self) -> Option<&(i64, TimeZone)> {
        self.calendar.as_ref()
    }

    fn local(&self, x: f64) -> Option<jiff::civil::DateTime> {
        let (origin, zone) = self.calendar.as_ref()?;
        let us = origin.checked_add((x * US_PER_HOUR).round() as i64)?;
        Some(zone.to_datetime(Timestamp::from_microsecond(us).ok()?))
    }

    /// `12:30`, `3 Mar 12:30`, `snapshot 150`, `2 h 10 min`.
    pub(crate) fn at(&self, x: f64) -> String {
        match self.local(x) {
            Some(t) => {
                let day = match (self.several_days, self.several_years) {
                    (false, _) => "",
                    (true, false) => "%-d %b ",
                    (true, true) => "%-d %b %Y ",
                };
                let clock = if self.seconds { "%H:%M:%S" } else { "%H:%M" };
                t.strftime(&format!("{day}{clock}")).to_string()
            }
            None if self.axis == Axis::Snapshot => format!("snapshot {}", numbers::human(x.round())),
            None => duration(x),
        }
    }

    /// `since 12:30`, `since snapshot 150`, `from 2 h 10 min on`.
    pub(super) fn since(&self, x: f64) -> String {
        let at = self.at(x);
        if self.calendar.is_some() || self.axis == Axis::Snapshot {
            format!("since {at}")
        } else {
            format!("from {at} on")
        }
    }

    /// `12:30`, or `after 2 h 10 min`: what follows on "growth begins".
    pub(super) fn begins(&self, x: f64) -> String {
        let at = self.at(x);
        match (&self.calendar, self.axis) {
            (Some(_), _) => at,
            (None, Axis::Snapshot) => format!("at {at}"),
            (None, Axis::Time) => format!("after {at}"),
        }
    }

    /// First and last moment of a log: `1 Mar 2024 10:01–14:00`.
    fn span(&self, range: (f64, f64)) -> Option<String> {
        let (a, b) = (self.local(range.0)?, self.local(range.1)?);
        let clock = if self.seconds { "%H:%M:%S" } else { "%H:%M" };
        let from = a.strftime(&format!("%-d %b %Y {clock}")).to_string();
        Some(match (self.several_days, self.several_years) {
            (false, _) => format!("{from}–{}", b.strftime(clock)),
            (true, false) => format!("{} – {}", a.strftime(&format!("%-d %b {clock}")), b.strftime(&format!("%-d %b %Y {clock}"))),
            (true, true) => format!("{from} – {}", b.strftime(&format!("%-d %b %Y {clock}"))),
        })
    }
}

/// `2 h 10 min`, `3 d 4 h`, `40 s`.
pub(super) fn duration(hours: f64) -> String {
    let s = (hours * 3600.0).round() as i64;
    let two = |a: i64, ua: &str, b: i64, ub: &str| {
        if b == 0 { format!("{a}\u{a0}{ua}") } else { format!("{a}\u{a0}{ua} {b}\u{a0}{ub}") }
    };
    match s {
        s if s < 120 => format!("{s}\u{a0}s"),
        s if s < 3600 => format!("{}\u{a0}min", (s + 30) / 60),
        s if s < 86_400 => two(s / 3600, "h", s % 3600 / 60, "min"),
        s => two(s / 86_400, "d", s % 86_400 / 3600, "h"),
    }
}

/// `1 type`, `29 types`.
pub(super) fn plural(n: usize, one: &str) -> String {
    format!("{} {one}{}", numbers::human(n as f64), if n == 1 { "" } else { "s" })
}

/// A name as it stands in a sentence.
pub(super) fn short(name: &str) -> String {
    shorten_name(name, NAME)
}

/// `a`, `a and b`, `a, b and c`.
fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}

/// The rate of a finding.
pub(super) fn rate(f: &Finding) -> Option<Rate> {
    Rate::new(f.slope_per_hour, f.slope_per_snapshot, f.slope_low, f.slope_high)
}

/// `+3,548 per hour since 10:04`
pub(super) fn rate_and_since(f: &Finding, when: &When) -> String {
    let rate = rate(f).map_or_else(|| "at a rate that cannot be told".to_owned(), |r| r.words());
    match f.onset_x {
        Some(x) => format!("{rate} {}", when.since(x)),
        None => rate,
    }
}

/// The answer in one line, and the evidence in another.
pub(super) fn head(log: &LogReport, roots: &[&Finding], when: &When) -> (String, String) {
    match roots {
        [] => match log.leaking {
            Some(false) => (calm_title(log), calm_evidence(log)),
            None => ("The log cannot tell whether a type leaks".to_owned(), capital(log.cannot_tell.as_deref().unwrap_or_default())),
            Some(true) => (selection_title(log), String::new()),
        },
        [one] => (format!("{} is leaking: {}", short(&one.name), rate_and_since(one, when)), evidence(log, one)),
        [a, b] => (
            format!("{} and {} are leaking: {}", shorten_name(&a.name, 40), shorten_name(&b.name, 40), rate_pair(a, b)),
            each(roots, when),
        ),
        [worst, ..] => (
            format!("{} types are leaking, {} first: {}", roots.len(), short(&worst.name), rate_and_since(worst, when)),
            each(&roots[1..], when),
        ),
    }
}

fn rate_pair(a: &Finding, b: &Finding) -> String {
    match (rate(a), rate(b)) {
        (Some(a), Some(b)) if a.unit == b.unit => {
            format!("{} and {} {}", numbers::change(a.value), numbers::change(b.value), a.unit)
        }
        (Some(a), Some(b)) => format!("{} and {}", a.words(), b.words()),
        (Some(one), None) | (None, Some(one)) => one.words(),
        (None, None) => "at rates that cannot be told".to_owned(),
    }
}

/// `Payload +290 per hour since 12:30  ·  Session …`
fn each(findings: &[&Finding], when: &When) -> String {
    let said: Vec<String> =
        findings.iter().take(5).map(|f| format!("{} {}", shorten_name(&f.name, 32), rate_and_since(f, when))).collect();
    said.join("  ·  ")
}

/// Interval, course, companions, ties, processes.
fn evidence(log: &LogReport, root: &Finding) -> String {
    let mut said = Vec::new();
    if let Some(words) = rate(root).and_then(|r| r.interval_words()) {
        said.push(format!("95\u{a0}% interval {words}"));
    }
    let one_lane = log.streams.len() <= 1 && log.streams.iter().all(|s| s.runs.len() <= 1);
    let bound = |count: Option<u64>, max: Option<u64>| match (count, max) {
        (Some(v), _) => Some(numbers::human(v as f64)),
        (None, Some(v)) => Some(format!("≤\u{a0}{}", numbers::human(v as f64))),
        (None, None) => None,
    };
    if let (true, Some(first), Some(last)) =
        (one_lane, bound(root.first, root.first_max), bound(root.last, root.last_max))
    {
        said.push(format!("{first} → {last} objects"));
    }
    let brings = companions(log, root);
    if !brings.is_empty() {
        said.push(format!("each {} brings {}", shorten_name(&root.name, 32), brings));
    }
    if !root.tied_with.is_empty() {
        let tied: Vec<String> = root.tied_with.iter().take(2).map(|n| shorten_name(n, 32)).collect();
        said.push(format!("{} could be the root as well", list(&tied)));
    }
    if !root.leaks_in.is_empty() {
        said.push(format!("in {} of {}", list(&root.leaks_in), plural(log.streams.len(), "process")));
    }
    said.join("  ·  ")
}

/// `1 dict and 1 list`
fn companions(log: &LogReport, root: &Finding) -> String {
    let mut brings: Vec<String> = followers(log, root)
        .filter_map(|c| c.ratio.map(|r| format!("{} {}", numbers::ratio(r), shorten_name(&c.name, 32))))
        .collect();
    if brings.len() > 4 {
        let more = brings.len() - 3;
        brings.truncate(3);
        brings.push(plural(more, "more type"));
    }
    list(&brings)
}

/// The companions of a root, in rank order.
pub(super) fn followers<'a>(log: &'a LogReport, root: &'a Finding) -> impl Iterator<Item = &'a Finding> {
    log.findings
        .iter()
        .filter(move |f| f.role == Some(Role::Companion) && f.follows.as_deref() == Some(root.name.as_str()))
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
    for v in [Verdict::Saturating, Verdict::Step, Verdict::Cyclic, Verdict::Shrinking, Verdict::Unclear, Verdict::Stable] {
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
    format!("None of {} grows without bound in {}", plural(log.n_types, "type"), plural(log.snapshots as usize, "snapshot"))
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
    "deploy", "release", "version", "upgrade", "rollout", "migrat", "enabl", "disabl", "feature", "config", "reload",
    "restart", "start", "schedul", "connect", "error", "exception", "fail", "timeout", "warn",
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
    let mut words = line.split_whitespace();
    words.next().is_some()
        && line.split_whitespace().count() <= 3
        && line.split_whitespace().skip(1).all(|w| w.trim_start_matches('+').parse::<i64>().is_ok())
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

    #[test]
    fn spans_of_time_have_two_units_at_most() {
        assert_eq!(duration(0.01), "36\u{a0}s");
        assert_eq!(duration(0.5), "30\u{a0}min");
        assert_eq!(duration(2.0 + 10.0 / 60.0), "2\u{a0}h 10\u{a0}min");
        assert_eq!(duration(76.0), "3\u{a0}d 4\u{a0}h");
    }

    #[test]
    fn lists_read_as_sentences() {
        let l = |s: &[&str]| list(&s.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>());
        assert_eq!(l(&["a"]), "a");
        assert_eq!(l(&["a", "b", "c"]), "a, b and c");
    }
}
