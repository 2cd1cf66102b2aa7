//! How often findings like this one are right.

use super::Verdict;
use super::lives::Pooled;
use super::prepare::Life;
use super::verdict::Reading;

/// The calibrated share of such findings that are right.
pub(super) fn of(verdict: Verdict, pooled: &Pooled, life: &Life, reading: &Reading) -> f64 {
    let _ = reading;
    let n = life.len() as f64;
    match verdict {
        Verdict::Leak => {
            let evidence = (pooled.margin - 1.0).max(0.0);
            (0.9 + 0.0995 * (1.0 - (-evidence / 2.0).exp()) * (1.0 - (-n / 15.0).exp())).min(0.999)
        }
        Verdict::Unclear => 0.5,
        _ => 0.9,
    }
}
