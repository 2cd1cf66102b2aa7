//! Findings that are known: a line each with fingerprint, last day, and reason. Text in, [`KnownList`] out.
//!
//! Days are held against the log's own last time, never against the machine's clock: the same log and the same list
//! give the same answer for ever.

use super::{GateFinding, State};
use crate::error::{Error, Result};

/// A finding that fails nothing for the time being.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// As the report prints it.
    pub fingerprint: String,
    /// The last day on which it is excused, `2024-06-30`; `None` means for ever.
    pub until: Option<String>,
    /// Why.
    pub reason: String,
}

/// The list of known findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownList {
    entries: Vec<Known>,
}

impl KnownList {
    /// Reads a list. Lines are `FINGERPRINT DAY REASON`, such as `9f2c41d07ab3 2024-06-30 fixed in 2.4`; the day may be
    /// `never`; what stands after `#` at a line's start is a comment.
    ///
    /// # Errors
    /// Where a line is none; the text names `file` and the line.
    pub fn parse(text: &str, file: &str) -> Result<Self> {
        let mut entries = Vec::new();
        for (i, line) in text.lines().enumerate() {
            let line = line.trim().trim_start_matches('\u{feff}');
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let fail = |why: &str| {
                Error::Usage(format!(
                    "--known {file}, line {}: {why}; write fingerprint, last day and reason: \
                     9f2c41d07ab3 2024-06-30 fixed in 2.4",
                    i + 1
                ))
            };
            let mut words = line.splitn(3, char::is_whitespace).map(str::trim);
            let (fingerprint, day, reason) = (words.next(), words.next(), words.next());
            let fingerprint = fingerprint.unwrap_or_default().to_lowercase();
            if fingerprint.len() != 12 || !fingerprint.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(fail(&format!("{fingerprint} is no fingerprint of twelve hexadecimal digits")));
            }
            let until = match day.unwrap_or_default() {
                "never" => None,
                day => match day.parse::<jiff::civil::Date>() {
                    Ok(date) => Some(date.to_string()),
                    Err(_) => return Err(fail(&format!("'{day}' is no day, and not 'never'"))),
                },
            };
            let reason = reason.filter(|r| !r.is_empty()).ok_or_else(|| fail("there is no reason"))?.to_owned();
            entries.push(Known { fingerprint, until, reason });
        }
        Ok(Self { entries })
    }

    /// Marks a finding as known where the list says so and its day has not passed on the log's last day.
    pub(super) fn excuse(&self, finding: &mut GateFinding, last_day: Option<String>) {
        let listed = |k: &&Known| finding.fingerprint.as_deref() == Some(&k.fingerprint);
        // Of several entries the one that lasts longest counts.
        let lasts = |k: &&Known| k.until.clone().unwrap_or_else(|| "9999-99-99".to_owned());
        let Some(known) = self.entries.iter().filter(listed).max_by_key(lasts) else { return };
        match (&known.until, last_day) {
            (None, _) => {
                finding.state = State::Known;
                finding.message.push_str(&format!("; {}", known.reason));
            }
            (Some(until), Some(day)) if day <= *until => {
                finding.state = State::Known;
                finding.message.push_str(&format!("; until {until}: {}", known.reason));
            }
            (Some(until), Some(day)) => {
                finding.message.push_str(&format!("; it was excused until {until}, the log ends on {day}"));
            }
            (Some(until), None) => {
                finding.state = State::CannotTell;
                finding.message.push_str(&format!(
                    "; it is excused until {until}, but the log tells no day (--start gives it one): {}",
                    known.reason
                ));
            }
        }
    }
}
