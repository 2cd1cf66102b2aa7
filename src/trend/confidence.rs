//! How often findings like this one are right.
//!
//! Counted on simulated logs of known truth, half of them leaking (the shapes of tests/simulator: noise with and without memory,
//! walks, cycles, saws, caches, steps; leaks under all of them), at 8 to 400 tables; rounded down, and made to rise with the
//! evidence. Not 1 - q: chance is the least of what can mislead.

use super::Verdict;
use super::lives::Pooled;
use super::prepare::Life;
use super::verdict::Rule;

/// From this p on (as -log10), so many of the leaks found are leaks.
const LEAK: [(f64, f64); 6] = [(0.0, 0.9), (4.0, 0.93), (6.0, 0.95), (10.0, 0.97), (14.0, 0.985), (24.0, 0.998)];

/// From so many tables on, so many of the types cleared are no leaks; a late or a slow one hides in a short log.
const CLEAR: [(f64, f64); 5] = [(0.0, 0.5), (12.0, 0.6), (30.0, 0.75), (70.0, 0.9), (150.0, 0.98)];

/// A leak that only the company of another proves, or many short lives together.
const INDIRECT: f64 = 0.93;

/// The share of such findings that are right; `None` for what claims nothing.
pub(super) fn of(verdict: Verdict, pooled: &Pooled, life: &Life) -> Option<f64> {
    let at = |table: &[(f64, f64)], v: f64| table.iter().rev().find(|t| v >= t.0).map_or(table[0].1, |t| t.1);
    let evidence = -pooled.p.max(1e-300).log10();
    match verdict {
        Verdict::Leak if matches!(pooled.rule, Some(Rule::Company | Rule::Pooled)) => Some(INDIRECT),
        Verdict::Leak => Some(at(&LEAK, evidence)),
        Verdict::Unclear => None,
        _ => Some(at(&CLEAR, life.len() as f64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_rise() {
        for table in [&LEAK[..], &CLEAR[..]] {
            assert!(table.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 < w[1].1));
        }
    }
}
