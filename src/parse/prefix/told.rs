//! What the user says about lines, where it cannot be learnt: `--prefix`, `--row`, `--stream`, `--time-format`. A line
//! comes in, the line as the fold would have it goes out, with the fields that were found in it.

use jiff::fmt::strtime::BrokenDownTime;
use regex::bytes::{Captures, Regex};

use super::super::ParseOptions;
use super::super::stamp::{self, Stamp};
use super::super::table::Meta;
use super::{Writer, writer};
use crate::error::{Error, Result};

/// Where a time may stand in a line.
const REACH: usize = 256;

/// The user's words, made ready.
pub(in super::super) struct Told {
    prefix: Option<Regex>,
    row: Option<Regex>,
    stream: Option<Regex>,
    clock: Option<Clock>,
    text: Vec<u8>,
}

/// `--time-format`, and how far it got.
struct Clock {
    format: String,
    /// Where in the line it matched last: it will stand there again.
    at: usize,
    matched: bool,
    /// The line in which it matched furthest without matching whole: how much of it, and where it stopped.
    furthest: Option<(Vec<u8>, usize, usize)>,
}

impl Told {
    /// `None` where the user says nothing.
    ///
    /// # Errors
    /// Where a regex is none, or lacks the groups that it needs.
    pub(in super::super) fn new(options: &ParseOptions) -> Result<Option<Self>> {
        let regex = |option: &str, text: &Option<String>, anchored: bool| -> Result<Option<Regex>> {
            let Some(text) = text else { return Ok(None) };
            let whole = if anchored { format!("^(?:{text})") } else { text.clone() };
            let made = Regex::new(&whole).map_err(|e| Error::Usage(format!("{option} {text}: no regex: {e}")))?;
            Ok(Some(made))
        };
        let told = Self {
            prefix: regex("--prefix", &options.prefix, true)?,
            row: regex("--row", &options.row, false)?,
            stream: regex("--stream", &options.stream, false)?,
            clock: options.time_format.clone().map(|format| Clock { format, at: 0, matched: false, furthest: None }),
            text: Vec::new(),
        };
        if let Some(row) = &told.row {
            for name in ["type", "count"] {
                if !row.capture_names().any(|n| n == Some(name)) {
                    let given = options.row.as_deref().unwrap_or_default();
                    return Err(Error::Usage(format!(
                        "--row {given}: no group {name}; write (?<type>…) and (?<count>…), and (?<delta>…) where there is one"
                    )));
                }
            }
        }
        let nothing = told.prefix.is_none() && told.row.is_none() && told.stream.is_none() && told.clock.is_none();
        Ok(if nothing { None } else { Some(told) })
    }

    /// Whether the user says how times are written: no other clock is looked for then.
    pub(in super::super) fn has_clock(&self) -> bool {
        self.clock.is_some()
    }

    /// Hands the line to `each` as the user says that it is to be read.
    pub(in super::super) fn line(&mut self, text: &[u8], meta: &Meta, each: &mut dyn FnMut(&[u8], &Meta)) {
        let mut meta = meta.clone();
        if let Some(clock) = &mut self.clock {
            meta.stamp = clock.find(text);
        }
        let stream = self.stream.as_ref().and_then(|r| r.captures(text));
        if let Some(row) = &self.row {
            let Some(found) = row.captures(text) else {
                if let Some(found) = &stream {
                    set_writer(found, true, &mut meta.writer);
                }
                meta.no_row = true;
                return each(text, &meta);
            };
            set_fields(&found, self.clock.is_none(), &mut meta);
            if let Some(found) = &stream {
                set_writer(found, true, &mut meta.writer);
            }
            if meta.stamp.is_none() && self.clock.is_none() {
                meta.stamp = stamp::find(text).map(|f| f.stamp);
            }
            let group = |name: &str| found.name(name).map(|m| m.as_bytes().trim_ascii()).unwrap_or_default();
            let digits = |text: &[u8]| text.iter().copied().filter(u8::is_ascii_digit).collect::<Vec<u8>>();
            self.text.clear();
            self.text.extend_from_slice(group("type"));
            self.text.push(b' ');
            self.text.extend_from_slice(&digits(group("count")));
            if found.name("delta").is_some() {
                self.text.extend_from_slice(b" +");
                self.text.extend_from_slice(&digits(group("delta")));
            }
            meta.name_at = Some(0);
            meta.told_row = true;
            return each(&self.text, &meta);
        }
        let found = self.prefix.as_ref().and_then(|r| r.captures(text));
        let rest = match &found {
            Some(found) => {
                let end = found.get(0).map_or(0, |m| m.end());
                let before = text.get(..end).unwrap_or_default();
                let named = writer(before);
                meta.writer.label = meta.writer.label.or(named.label);
                meta.writer.process = meta.writer.process.or(named.process);
                if self.clock.is_none() {
                    meta.stamp = stamp::find(before).map(|f| f.stamp).or(meta.stamp);
                }
                set_fields(found, self.clock.is_none(), &mut meta);
                text.get(end..).unwrap_or_default()
            }
            None => text,
        };
        if let Some(found) = &stream {
            set_writer(found, true, &mut meta.writer);
        }
        if found.is_some() {
            meta.name_at = rest.iter().position(|&b| b != b' ' && b != b'\t');
        }
        each(rest, &meta);
    }

    /// # Errors
    /// Where the user's time format matched no line: it shows the line in which it got furthest.
    pub(in super::super) fn finish(&self) -> Result<()> {
        let Some(clock) = self.clock.as_ref().filter(|c| !c.matched) else { return Ok(()) };
        let Some((line, _, stopped)) = &clock.furthest else { return Ok(()) };
        let shown: String =
            String::from_utf8_lossy(line).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let before = String::from_utf8_lossy(line.get(..*stopped).unwrap_or_default()).chars().count();
        Err(Error::Usage(format!(
            "--time-format {}: matches no line; it got furthest here, and stopped at the caret\n  {shown}\n  {}^",
            clock.format,
            " ".repeat(before)
        )))
    }
}

/// Takes what the groups of a regex name.
fn set_fields(found: &Captures, with_time: bool, meta: &mut Meta) {
    set_writer(found, false, &mut meta.writer);
    if let Some(time) = found.name("time").filter(|_| with_time)
        && let Some(time) = stamp::find(time.as_bytes())
    {
        meta.stamp = Some(time.stamp);
    }
}

/// Takes the process from the groups `pid`, and `stream` or one of its other names; `whole`: else from the first group,
/// else from the whole match.
fn set_writer(found: &Captures, whole: bool, out: &mut Writer) {
    let text = |name: &str| found.name(name).map(|m| String::from_utf8_lossy(m.as_bytes()).into_owned());
    let process = text("pid").and_then(|p| p.parse().ok());
    let label = ["stream", "worker", "container", "pod", "name"].iter().find_map(|name| text(name));
    if process.is_some() {
        out.process = process;
    }
    match label {
        Some(label) => out.label = Some(label),
        None if whole && process.is_none() => {
            let all = found.get(1).or_else(|| found.get(0));
            out.label = all.map(|m| String::from_utf8_lossy(m.as_bytes()).into_owned());
            out.process = None;
        }
        None => {}
    }
}

impl Clock {
    fn find(&mut self, text: &[u8]) -> Option<Stamp> {
        let text = text.get(..text.len().min(REACH)).unwrap_or_default();
        if let Some(stamp) = self.at(text, self.at) {
            return Some(stamp);
        }
        let begins = |at: usize| at == 0 || !text.get(at - 1).is_some_and(u8::is_ascii_alphanumeric);
        for at in (0..text.len()).filter(|&at| begins(at)) {
            if let Some(stamp) = self.at(text, at) {
                self.at = at;
                return Some(stamp);
            }
        }
        if !self.matched && text.iter().any(u8::is_ascii_digit) {
            self.note(text);
        }
        None
    }

    fn at(&mut self, text: &[u8], at: usize) -> Option<Stamp> {
        let (time, _) = BrokenDownTime::parse_prefix(&self.format, text.get(at..)?).ok()?;
        let stamp = stamp_of(&time)?;
        self.matched = true;
        Some(stamp)
    }

    /// Remembers how far the format gets in a line: its directives are tried one after the other.
    fn note(&mut self, text: &[u8]) {
        let ends = self.format.char_indices().map(|(i, _)| i).chain([self.format.len()]).filter(|&i| i > 0);
        let parts: Vec<&str> = ends.filter_map(|i| self.format.get(..i)).collect();
        for at in (0..text.len()).filter(|&at| text.get(at).is_some_and(|b| !b.is_ascii_whitespace())).take(80) {
            let rest = text.get(at..).unwrap_or_default();
            let got = parts.iter().rev().find_map(|part| Some(BrokenDownTime::parse_prefix(part, rest).ok()?.1));
            let stopped = at + got.unwrap_or(0);
            let before = self.furthest.as_ref().map_or(0, |f| f.1);
            if self.furthest.is_none() || got.is_some_and(|n| n > before) {
                self.furthest = Some((text.to_vec(), got.unwrap_or(0), stopped));
            }
        }
    }
}

/// What a parsed time tells.
fn stamp_of(time: &BrokenDownTime) -> Option<Stamp> {
    if let Ok(moment) = time.to_timestamp() {
        return Some(Stamp::Instant(moment.as_microsecond()));
    }
    let of_day = |time: jiff::civil::Time| {
        let seconds = (i64::from(time.hour()) * 60 + i64::from(time.minute())) * 60 + i64::from(time.second());
        seconds * 1_000_000 + i64::from(time.subsec_nanosecond()) / 1000
    };
    let clock = time.to_time().map(of_day);
    if let Ok(date) = time.to_date() {
        let of_day = clock.unwrap_or(0);
        return Some(Stamp::Civil { year: Some(date.year()), month: date.month(), day: date.day(), of_day });
    }
    match (time.month(), time.day(), clock) {
        (Some(month), Some(day), Ok(of_day)) => Some(Stamp::Civil { year: None, month, day, of_day }),
        (_, _, Ok(of_day)) => Some(Stamp::Time(of_day)),
        _ => None,
    }
}
