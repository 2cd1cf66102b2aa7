//! Conditions and a log's report as data come in, pass, fail or "cannot tell" goes out. Opens nothing.
//!
//! What the log cannot tell passes, unless `strict`, and is always said first: a gate that fails on noise is soon
//! switched off, one that hides what it does not know is worse than none.

mod condition;
mod known;

pub use condition::{Condition, RateUnit};
pub use known::{Known, KnownList};

use serde::{Deserialize, Serialize};

use super::document::{Document, Log, Type};
use super::human;
use crate::series::Axis;
use crate::trend::{Role, Verdict};

/// What is to make a check fail.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    /// Any that holds fails.
    pub conditions: Vec<Condition>,
    /// Whether "cannot tell" fails, too.
    pub strict: bool,
    /// Findings that fail nothing until their day has come.
    pub known: KnownList,
    /// What `new-leak` is held against.
    pub baseline: Option<Document>,
}

/// How a condition came out for a type or a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The log does not hold enough to say.
    CannotTell,
    /// The condition holds.
    Fail,
    /// It holds, but the finding is on the list of known ones.
    Known,
}

/// One thing that a gate has to say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateFinding {
    /// How it came out.
    pub state: State,
    /// The log's name.
    pub log: String,
    /// The condition, as given.
    pub condition: String,
    /// The type; null where the log as a whole cannot tell.
    pub r#type: Option<String>,
    /// The finding's fingerprint.
    pub fingerprint: Option<String>,
    /// A sentence without its full stop.
    pub message: String,
}

/// The gate's answer over all logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateResult {
    /// No condition holds.
    Pass,
    /// No condition holds, but not all could be told; passes.
    CannotTell,
    /// A condition holds, or something could not be told and the gate is strict.
    Fail,
}

/// What a gate says, as it stands in every report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateReport {
    /// The conditions, as given.
    pub fail_on: Vec<String>,
    /// Whether "cannot tell" fails, too.
    pub strict: bool,
    /// The answer.
    pub result: GateResult,
    /// What could not be told first, then what fails, then what is known.
    pub findings: Vec<GateFinding>,
}

impl GateReport {
    /// Puts together what was found in single logs.
    pub fn new(gate: &Gate, mut findings: Vec<GateFinding>) -> Self {
        findings.sort_by_key(|f| f.state);
        let any = |state| findings.iter().any(|f| f.state == state);
        let result = match (any(State::Fail), any(State::CannotTell)) {
            (true, _) => GateResult::Fail,
            (false, true) if gate.strict => GateResult::Fail,
            (false, true) => GateResult::CannotTell,
            (false, false) => GateResult::Pass,
        };
        let fail_on = gate.conditions.iter().map(ToString::to_string).collect();
        Self { fail_on, strict: gate.strict, result, findings }
    }

    /// The part that concerns the logs for which `keep` holds, with the answer for them.
    pub fn of_logs(&self, keep: impl Fn(&str) -> bool) -> Self {
        let findings: Vec<GateFinding> = self.findings.iter().filter(|f| keep(&f.log)).cloned().collect();
        let any = |state| findings.iter().any(|f| f.state == state);
        let result = match (any(State::Fail), any(State::CannotTell)) {
            (true, _) => GateResult::Fail,
            (false, true) if self.strict => GateResult::Fail,
            (false, true) => GateResult::CannotTell,
            (false, false) => GateResult::Pass,
        };
        Self { findings, result, ..self.clone() }
    }

    /// Whether the exit code is to say so.
    pub fn fails(&self) -> bool {
        self.result == GateResult::Fail
    }

    /// Whether this finding makes the gate fail.
    pub fn is_failure(&self, finding: &GateFinding) -> bool {
        finding.state == State::Fail || (self.strict && finding.state == State::CannotTell)
    }

    /// What is to be said beside the results: all but a plain pass.
    pub fn messages(&self) -> Vec<String> {
        if self.findings.is_empty() { Vec::new() } else { self.lines(true) }
    }

    /// The lines that people read: what could not be told, what fails, what is known, in this order; one line where
    /// there is nothing of it. Each names its log where `with_log`.
    pub fn lines(&self, with_log: bool) -> Vec<String> {
        let line = |f: &GateFinding| {
            let log = if with_log { format!("{}: ", f.log) } else { String::new() };
            let word = match f.state {
                State::CannotTell if self.strict => "fails, since it cannot tell",
                State::CannotTell => "cannot tell",
                State::Fail => "fails",
                State::Known => "known",
            };
            format!("Gate {} {word}: {log}{}.", f.condition, f.message)
        };
        let mut lines: Vec<String> = self.findings.iter().map(line).collect();
        if lines.is_empty() {
            lines.push(format!("Gate {} passes.", self.fail_on.join(", ")));
        }
        lines
    }
}

impl Gate {
    /// Holds all conditions against one log.
    pub fn hold(&self, log: &Log) -> Vec<GateFinding> {
        let mut found = Vec::new();
        for condition in &self.conditions {
            let from = found.len();
            self.hold_one(condition, log, &mut found);
            // Where the log as a whole cannot tell, its types say nothing more; what fails all the same stays.
            if log.leaking.is_none() && found.len() == from {
                let why = log.answer.trim_end_matches('.').to_owned();
                found.push(finding(State::CannotTell, condition, log, None, lowered(&why)));
            }
        }
        for f in &mut found {
            self.known.excuse(f, last_day(log));
        }
        found
    }

    fn hold_one(&self, condition: &Condition, log: &Log, found: &mut Vec<GateFinding>) {
        let leaks = || log.types.iter().filter(|t| t.verdict == Verdict::Leak);
        match condition {
            Condition::Leak => {
                for t in leaks().filter(|t| t.role != Some(Role::Companion)) {
                    found.push(finding(State::Fail, condition, log, Some(t), says_rate(log, t)));
                }
            }
            Condition::LeakCertain => {
                for t in leaks().filter(|t| t.role != Some(Role::Companion)) {
                    let certain = t.slope_low.is_some_and(|low| low > 0.0);
                    let state = if certain { State::Fail } else { State::CannotTell };
                    let but = if certain { "" } else { ", but its lower bound is not above nought" };
                    found.push(finding(state, condition, log, Some(t), says_rate(log, t) + but));
                }
            }
            Condition::NewLeak => self.new_leaks(condition, log, found),
            Condition::Rate { above, unit } => {
                for t in leaks() {
                    let (state, but) = match unit.bounds(log, t) {
                        Some((low, _)) if low > *above => (State::Fail, String::new()),
                        Some((_, high)) if high <= *above => continue,
                        Some((low, high)) => {
                            let ends = (human::signed_rate(low), human::signed_rate(high));
                            (State::CannotTell, format!(", its interval {} to {} holds the threshold", ends.0, ends.1))
                        }
                        None => {
                            (State::CannotTell, ", but the log tells no time; --interval 60s gives it one".to_owned())
                        }
                    };
                    found.push(finding(state, condition, log, Some(t), says_rate(log, t) + &but));
                }
            }
            Condition::Type(names) => {
                for t in log.types.iter().filter(|t| names.matches(&t.r#type)) {
                    match t.verdict {
                        Verdict::Leak => found.push(finding(State::Fail, condition, log, Some(t), says_rate(log, t))),
                        Verdict::Unclear => {
                            let text = format!("the log does not hold enough to say whether {} leaks", t.r#type);
                            found.push(finding(State::CannotTell, condition, log, Some(t), text));
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    /// Leaks that the baseline does not have. A root there may be a companion here and the other way round: what counts
    /// is whether the type leaked.
    fn new_leaks(&self, condition: &Condition, log: &Log, found: &mut Vec<GateFinding>) {
        let logs: &[Log] = self.baseline.as_ref().map_or(&[], |b| &b.logs);
        let same_name = |l: &&Log| l.name == log.name;
        let by_name: Vec<&Log> = logs.iter().filter(same_name).collect();
        let base = if by_name.is_empty() { logs.iter().collect() } else { by_name };
        for t in log.types.iter().filter(|t| t.verdict == Verdict::Leak && t.role != Some(Role::Companion)) {
            let there = || base.iter().flat_map(|l| l.types.iter().filter(|b| b.r#type == t.r#type));
            if there().any(|b| b.verdict == Verdict::Leak) {
                continue;
            }
            let untold = base.iter().any(|l| l.leaking.is_none()) || there().any(|b| b.verdict == Verdict::Unclear);
            let (state, but) = if there().any(|b| t.may_level_off_as(b)) {
                (State::CannotTell, ", but no higher than where it levels off in the baseline")
            } else if untold {
                (State::CannotTell, ", and the baseline cannot tell whether it did before")
            } else {
                (State::Fail, ", and did not in the baseline")
            };
            found.push(finding(state, condition, log, Some(t), says_rate(log, t) + but));
        }
    }
}

fn finding(state: State, condition: &Condition, log: &Log, of: Option<&Type>, message: String) -> GateFinding {
    GateFinding {
        state,
        log: log.name.clone(),
        condition: condition.to_string(),
        r#type: of.map(|t| t.r#type.clone()),
        fingerprint: of.map(|t| t.fingerprint.clone()),
        message,
    }
}

/// `Message leaks, +3,548 per hour`.
fn says_rate(log: &Log, t: &Type) -> String {
    let (slope, unit) = match log.axis {
        Axis::Time => (t.slope_per_hour, "per hour"),
        Axis::Snapshot => (t.slope_per_snapshot, "per snapshot"),
    };
    let rate = slope.map_or_else(String::new, |s| format!(", {} {unit}", human::signed_rate(s)));
    format!("{} leaks{rate}", t.r#type)
}

/// The day of the log's last snapshot (UTC); the year, month and day as the log has them.
fn last_day(log: &Log) -> Option<String> {
    let last = log.streams.iter().flat_map(|s| &s.runs).filter_map(|r| r.to.as_deref()).max()?;
    last.get(..10).map(str::to_owned)
}

/// A sentence that goes on inside another.
fn lowered(text: &str) -> String {
    text.strip_prefix("The ").map_or_else(|| text.to_owned(), |rest| format!("the {rest}"))
}

#[cfg(test)]
mod tests;
