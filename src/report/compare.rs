//! Two reports as data come in, a [`Comparison`] goes out: per type the two rates, their difference, and what became of it.
//!
//! A rate is the one since the onset, so warm-up is dropped from both sides. Rates are per hour where both logs tell the
//! time, whatever their spacing. A type that does not leak has no fitted rate: what it can have grown at without being
//! seen is bounded by its range, the log's length and the number of its tables, so that a short log proves nothing. And
//! what grew in one log no higher than to where it levelled off in the other may be the same cache being filled.

mod bound;

use serde::Serialize;

use super::document::{Log, SCHEMA, Type};
use super::{human, words};
use crate::error::Warning;
use crate::series::Axis;
use crate::trend::{Role, Verdict};
use bound::Still;

/// Changes below this share of the larger rate mean nothing to anyone, however sure they are: load is never the same.
const LEAST_CHANGE: f64 = 0.1;

/// How many times its interval's half a difference must come to: one chance in a thousand instead of one in twenty, since
/// dozens of types are compared at once, and a service's load on two days is never quite the same.
const SURE: f64 = 1.68;

/// Two rates are called the same where the interval of their difference stays within this share of the larger one.
const SAME_WITHIN: f64 = 0.5;

/// What became of a type. In the order in which they are told: the bad ones first, after what could not be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Outcome {
    /// The logs do not hold enough.
    #[serde(rename = "cannot tell")]
    CannotTell,
    /// Leaks now, and did not.
    #[serde(rename = "new")]
    New,
    /// Leaks faster.
    #[serde(rename = "worse")]
    Worse,
    /// Leaked, and does not any more.
    #[serde(rename = "fixed")]
    Fixed,
    /// Leaks more slowly.
    #[serde(rename = "better")]
    Better,
    /// As before.
    #[serde(rename = "same")]
    Same,
}

impl Outcome {
    /// The word for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CannotTell => "cannot tell",
            Self::New => "new",
            Self::Worse => "worse",
            Self::Fixed => "fixed",
            Self::Better => "better",
            Self::Same => "same",
        }
    }
}

/// One of the two logs.
#[derive(Debug, Clone, Serialize)]
pub struct Side {
    /// Its name.
    pub name: String,
    /// How many tables it has.
    pub snapshots: u32,
    /// How many process lifetimes it has.
    pub runs: usize,
    /// Hours of its longest run; null where it tells no time.
    pub hours: Option<f64>,
    /// Median seconds between tables.
    pub interval_s: Option<f64>,
    /// Whether it leaks.
    pub leaking: Option<bool>,
    /// Its answer in one sentence.
    pub answer: String,
}

/// A type on one side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rate {
    /// Its verdict there; null where the log does not show it.
    pub verdict: Option<Verdict>,
    /// Rate in the comparison's unit, since the onset; 0 where it does not leak.
    pub slope: f64,
    /// Lower end of its 95 % interval, or of what it can have been without being seen.
    pub low: f64,
    /// Upper end of it.
    pub high: f64,
    /// Where growth began.
    pub onset_snapshot: Option<u32>,
    /// When growth began.
    pub onset_time: Option<String>,
}

impl Rate {
    fn leaks(&self) -> bool {
        self.verdict == Some(Verdict::Leak)
    }

    fn unclear(&self) -> bool {
        self.verdict == Some(Verdict::Unclear)
    }
}

/// A type on both sides.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// The type.
    pub r#type: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Whether it is a root on the side where it leaks; null where it leaks on none.
    pub role: Option<Role>,
    /// Before.
    pub before: Rate,
    /// After.
    pub after: Rate,
    /// The count at which it levelled off in the other log, where it leaks in one and came no higher; null else.
    pub levels_off_at: Option<u64>,
    /// After less before.
    pub difference: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end of it.
    pub high: f64,
}

impl Change {
    /// Whether it leaks on either side, or may.
    pub fn matters(&self) -> bool {
        self.outcome != Outcome::Same || self.before.leaks()
    }
}

/// Two logs held against each other.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// The version of the form.
    pub schema: u32,
    /// The log before.
    pub before: Side,
    /// The log after.
    pub after: Side,
    /// `per hour`, or `per snapshot` where one of the logs tells no time.
    pub unit: &'static str,
    /// The answer in one sentence.
    pub answer: String,
    /// All types of both logs: what could not be told first, then what is new, worse, fixed, better, the same.
    pub types: Vec<Change>,
    /// What bears on the answer.
    pub warnings: Vec<Warning>,
}

/// Holds two logs against each other.
pub fn compare(before: &Log, after: &Log) -> Comparison {
    let unit = match (before.axis, after.axis) {
        (Axis::Time, Axis::Time) => Axis::Time,
        _ => Axis::Snapshot,
    };
    let sides = (Still::new(before, unit), Still::new(after, unit));
    let mut names: Vec<&str> = before.types.iter().chain(&after.types).map(|t| t.r#type.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let index = |log: &'_ Log| {
        log.types.iter().map(|t| (t.r#type.clone(), t.clone())).collect::<std::collections::HashMap<_, _>>()
    };
    let (there, here) = (index(before), index(after));
    let change = |name: &&str| {
        let (b, a) = (there.get(*name), here.get(*name));
        let (rate_b, rate_a) = (rate(&sides.0, b), rate(&sides.1, a));
        let role =
            a.and_then(|t| t.role).filter(|r| *r == Role::Root).or(b.and_then(|t| t.role)).or(a.and_then(|t| t.role));
        let levels_off_at = b.zip(a).and_then(|(b, a)| match (b.verdict, a.verdict) {
            (Verdict::Leak, _) if b.may_level_off_as(a) => a.max,
            (_, Verdict::Leak) if a.may_level_off_as(b) => b.max,
            _ => None,
        });
        judge((*name).to_owned(), role, (rate_b, rate_a), levels_off_at)
    };
    let mut types: Vec<Change> = names.iter().map(change).collect();
    types.sort_by(|a, b| {
        let key = |c: &Change| (c.outcome, c.role != Some(Role::Root), c.role.is_none());
        let size = |c: &Change| c.difference.abs().max(c.before.slope.abs());
        key(a).cmp(&key(b)).then(size(b).total_cmp(&size(a))).then_with(|| a.r#type.cmp(&b.r#type))
    });
    let unit_text = if unit == Axis::Time { "per hour" } else { "per snapshot" };
    let mut out = Comparison {
        schema: SCHEMA,
        before: side(before),
        after: side(after),
        unit: unit_text,
        answer: String::new(),
        types,
        warnings: warnings(before, after),
    };
    out.answer = out.sentence();
    out
}

fn side(log: &Log) -> Side {
    Side {
        name: log.name.clone(),
        snapshots: log.snapshots,
        runs: log.streams.iter().map(|s| s.runs.len()).sum(),
        hours: bound::longest(log).hours,
        interval_s: log.interval_s,
        leaking: log.leaking,
        answer: log.answer.clone(),
    }
}

fn warnings(before: &Log, after: &Log) -> Vec<Warning> {
    let mut out = Vec::new();
    let timeless = [before, after].map(|l| l.axis == Axis::Snapshot);
    let says = match timeless {
        [false, false] => None,
        [true, true] => Some("neither log tells the time".to_owned()),
        [true, false] => Some(format!("{} tells no time", before.name)),
        [false, true] => Some(format!("{} tells no time", after.name)),
    };
    if let Some(says) = says {
        out.push(Warning::new(
            "no-time",
            format!("{says}: rates are per snapshot, and hold only where both were taken equally often; --interval 60s gives a log its time."),
        ));
    }
    out
}

/// A type's rate on one side; where it does not leak, what it can have been.
fn rate(side: &Still<'_>, of: Option<&Type>) -> Rate {
    let verdict = of.map(|t| t.verdict);
    let (slope, low, high) = match of.filter(|t| t.verdict == Verdict::Leak) {
        Some(leak) => side.fitted(leak),
        None => {
            let most = side.most(of);
            // What is unclear may rise, not fall; what is still does neither.
            (0.0, if verdict == Some(Verdict::Unclear) { 0.0 } else { -most }, most)
        }
    };
    Rate {
        verdict,
        slope,
        low,
        high,
        onset_snapshot: of.and_then(|t| t.onset_snapshot),
        onset_time: of.and_then(|t| t.onset_time.clone()),
    }
}

fn judge(name: String, role: Option<Role>, (before, after): (Rate, Rate), levels_off_at: Option<u64>) -> Change {
    let difference = after.slope - before.slope;
    // Errors of two logs are independent: they add as squares.
    let low = difference - (after.slope - after.low).hypot(before.high - before.slope);
    let high = difference + (after.high - after.slope).hypot(before.slope - before.low);
    let (surely_above, surely_below) =
        (difference + SURE * (low - difference), difference + SURE * (high - difference));
    let larger = before.slope.abs().max(after.slope.abs());
    let outcome = match (before.leaks(), after.leaks()) {
        (true, true) if difference.abs() > LEAST_CHANGE * larger && surely_above > 0.0 => Outcome::Worse,
        (true, true) if difference.abs() > LEAST_CHANGE * larger && surely_below < 0.0 => Outcome::Better,
        (true, true) if low.abs().max(high.abs()) <= SAME_WITHIN * larger => Outcome::Same,
        (true, true) => Outcome::CannotTell,
        (true, false) | (false, true) if levels_off_at.is_some() => Outcome::CannotTell,
        // What it can have been without being seen must be less than what it was, with both intervals.
        (true, false) if after.unclear() || after.high >= before.low => Outcome::CannotTell,
        (true, false) => Outcome::Fixed,
        (false, true) if before.unclear() || before.high >= after.low => Outcome::CannotTell,
        (false, true) => Outcome::New,
        (false, false) if before.unclear() || after.unclear() => Outcome::CannotTell,
        (false, false) => Outcome::Same,
    };
    Change { r#type: name, outcome, role, before, after, levels_off_at, difference, low, high }
}

impl Comparison {
    /// The whole answer in one sentence.
    fn sentence(&self) -> String {
        let roots: Vec<&Change> = self.types.iter().filter(|c| c.role == Some(Role::Root) && c.matters()).collect();
        if let [one] = roots.as_slice() {
            return self.of_one(one);
        }
        let mut parts = Vec::new();
        for outcome in
            [Outcome::New, Outcome::Worse, Outcome::CannotTell, Outcome::Fixed, Outcome::Better, Outcome::Same]
        {
            let names: Vec<&str> = roots.iter().filter(|c| c.outcome == outcome).map(|c| c.r#type.as_str()).collect();
            let shown = &names[..names.len().min(3)];
            if !names.is_empty() {
                let more = names.len() - shown.len();
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                parts.push(format!("{}: {}{more}", outcome.as_str(), words::listed(shown)));
            }
        }
        if !parts.is_empty() {
            return format!("{} types leak in one of the logs or both; {}.", roots.len(), parts.join("; "));
        }
        match [&self.before, &self.after].iter().find(|s| s.leaking.is_none()) {
            Some(side) => {
                format!("Cannot tell: nothing leaks for certain, but {} does not hold enough to say.", side.name)
            }
            None => "Nothing leaks in either log.".to_owned(),
        }
    }

    fn of_one(&self, c: &Change) -> String {
        let unit = self.unit;
        let rate = |r: &Rate| human::signed_rate(r.slope);
        let name = &c.r#type;
        let most = |r: &Rate| human::rate(r.high);
        let from_to = format!("{} {unit} before, {} after", rate(&c.before), rate(&c.after));
        match c.outcome {
            Outcome::Fixed => {
                format!("{name} is fixed: {} {unit} before, less than {} after.", rate(&c.before), most(&c.after))
            }
            Outcome::New => {
                format!("{name} is a new leak: {} {unit}, less than {} before.", rate(&c.after), most(&c.before))
            }
            Outcome::Better => format!("{name} leaks more slowly: {from_to}."),
            Outcome::Worse => format!("{name} leaks faster: {from_to}."),
            Outcome::Same => format!("{name} leaks as before: {from_to}."),
            Outcome::CannotTell => {
                let (leak, other, word) =
                    if c.before.leaks() { (&c.before, &c.after, "after") } else { (&c.after, &c.before, "before") };
                if let Some(level) = c.levels_off_at {
                    return format!(
                        "Cannot tell about {name}: it grows, {} {unit}, but no higher than the {} at which it levels off in the log {word}.",
                        rate(leak),
                        human::count(level as f64)
                    );
                }
                match (other.leaks(), other.unclear()) {
                    (_, true) => format!(
                        "Cannot tell about {name}: it leaks in one log, {} {unit}, and may in the one {word}.",
                        rate(leak)
                    ),
                    (true, false) => {
                        format!("Cannot tell whether {name} leaks as before: {from_to}, each within a wide interval.")
                    }
                    (false, false) => format!(
                        "Cannot tell about {name}: it leaks, {} {unit}, but the log {word} would not show growth below {}.",
                        rate(leak),
                        most(other)
                    ),
                }
            }
        }
    }
}
