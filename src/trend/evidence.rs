//! The evidence for a verdict in one plain sentence, with its numbers.

use super::Verdict;
use super::lives::Pooled;
use super::prepare::{Life, drawdown, records};
use super::shape::Shape;
use super::verdict::{Reading, Rule};
use crate::series::{Axis, LogSeries};

/// One sentence without a full stop.
pub(super) fn sentence(
    series: &LogSeries,
    life: &Life,
    reading: &Reading,
    pooled: &Pooled,
    follows: Option<usize>,
    ratio: Option<f64>,
) -> String {
    let (n, m) = (life.n_tables(), life.len());
    let (first, last) = (life.y[0], life.y[m - 1]);
    let (low, high) = life.y.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)));
    match pooled.verdict {
        Verdict::Leak => {
            let mut text = leak(series, life, reading, pooled);
            if let (Some(root), Some(ratio)) = (follows, ratio) {
                text.push_str(&format!("; {} for each {}", quantity(ratio), series.types[root].name));
            }
            text
        }
        Verdict::Saturating => {
            let highs = records(&life.y);
            let since = highs.last().copied().unwrap_or(0);
            let quiet = n - 1 - life.table[since.min(m - 1)];
            let grew = format!("grew from {} to {}", count(first), count(high));
            match quiet {
                // The tables end with the growth, and the log goes on.
                0 => format!("{grew} up to the last of {n} tables; the log goes on without a new high"),
                quiet => format!("{grew}, but has made no new high in the last {quiet} of {n} tables"),
            }
        }
        Verdict::Step => {
            let (at, size) = largest_rise(&life.y);
            let at = life.begin(at);
            format!("rose by {} in table {at} and stayed there ({} to {})", count(size), count(first), count(last))
        }
        Verdict::Cyclic => match reading.period {
            Some(p) => {
                let p = life.tables_of(p);
                format!("rises and falls back between {} and {} about every {p} tables", count(low), count(high))
            }
            None => format!(
                "rises and falls back between {} and {}; the largest fall takes back {}",
                count(low),
                count(high),
                count(drawdown(&life.y))
            ),
        },
        Verdict::Shrinking => format!("falls from {} to {} over {n} tables", count(first), count(last)),
        Verdict::Stable if high - low <= 0.0 => format!("{} in all {n} tables", count(high)),
        Verdict::Stable => format!("stays between {} and {} over {n} tables", count(low), count(high)),
        Verdict::Unclear if life.n_seen() < n => {
            format!("{} of {n} tables show it, too few to tell growth from chance", life.n_seen())
        }
        Verdict::Unclear => {
            format!("{n} tables are too few to tell growth from chance ({} to {})", count(first), count(last))
        }
    }
}

fn leak(series: &LogSeries, life: &Life, reading: &Reading, pooled: &Pooled) -> String {
    let n = life.len();
    let per = match series.axis {
        Axis::Time => "an hour",
        Axis::Snapshot => "a table",
    };
    let rate = format!("{} {per}", number(pooled.slope));
    if pooled.rule == Some(Rule::Pooled) {
        let (up, of) = pooled.leaking;
        return format!("rises in {up} of {of} process lifetimes, {rate}, each too short to tell alone");
    }
    let from = reading.onset.min(n - 1);
    let y = &life.y[from..];
    let steps = y.len().saturating_sub(1);
    let rises = y.windows(2).filter(|w| w[1] > w[0]).count();
    let fall = drawdown(y);
    let (first, last) = (y[0], y[y.len() - 1]);
    let table = series.lanes[life.lane].first_in_stream as usize + life.begin(from);
    let since = if from == 0 { "from the first table".to_owned() } else { format!("since table {table}") };
    // Where noise or a cycle is as large as the growth, ends of the counts say less than ends of the line.
    let ups_and_downs = fall > 0.2 * (last - first).abs();
    let ends = match &reading.fit[..] {
        [(_, a), .., (_, b)] if ups_and_downs => format!("on a line from {} to {}", count(a.max(0.0)), count(*b)),
        _ => format!("{} to {}", count(first), count(last)),
    };
    let back = if fall <= 0.0 {
        "never falls back".to_owned()
    } else if fall > (last - first).abs() {
        // No small thing to say of growth.
        format!("falls back by up to {} in between", count(fall))
    } else {
        format!("never falls back by more than {}", count(fall))
    };
    let lives = match pooled.leaking {
        (k, of) if of > 1 => format!("; so in {k} of {of} process lifetimes"),
        _ => String::new(),
    };
    let cycle = match reading.period {
        Some(p) if ups_and_downs => format!(" under a cycle of about {} tables", life.tables_of(p)),
        _ => String::new(),
    };
    let lately = match reading.lately {
        Some((rate, _)) => format!(", of late {}", number(rate)),
        None => String::new(),
    };
    let slower = if reading.shape == Some(Shape::SettlingLine) { ", after a warm-up" } else { "" };
    let steps = match life.tables_of(1) {
        1 => format!("{steps} steps"),
        tables => format!("{steps} steps of about {tables} tables"),
    };
    format!("rises in {rises} of {steps} {since}{cycle}{slower} ({ends}) and {back}; {rate}{lately}{lives}")
}

fn largest_rise(y: &[f64]) -> (usize, f64) {
    let mut best = (0, 0.0);
    for (i, w) in y.windows(2).enumerate() {
        if w[1] - w[0] > best.1 {
            best = (i + 1, w[1] - w[0]);
        }
    }
    best
}

/// A count with separators.
fn count(v: f64) -> String {
    let digits = format!("{:.0}", v.abs().round());
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    if v.round() < 0.0 { format!("-{out}") } else { out }
}

/// A rate with the digits that it bears.
fn number(v: f64) -> String {
    match v.abs() {
        a if a >= 100.0 => count(v),
        a if a >= 10.0 => format!("{v:.1}"),
        a if a >= 0.1 => format!("{v:.2}"),
        _ => format!("{v:.2e}"),
    }
}

fn quantity(ratio: f64) -> String {
    if (ratio - ratio.round()).abs() < 0.05 { format!("{:.0}", ratio.round()) } else { format!("{ratio:.2}") }
}
