//! Numbers of ticks and changes; all others are told as the report tells them.

use crate::report::human;

/// What stands beside a tick: `14,000`, `1.2 M`. Ticks are round, so a shorter number loses nothing.
pub(super) fn tick(v: f64) -> String {
    let size = v.abs();
    let (scaled, unit) = match size {
        s if s >= 1e9 => (v / 1e9, "\u{a0}G"),
        s if s >= 1e6 => (v / 1e6, "\u{a0}M"),
        _ => return human::count(v),
    };
    // Two decimals tell ticks of 0.25 apart; more are never needed by steps of 1, 2 and 5.
    let digits = format!("{:.2}", scaled.abs());
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    format!("{}{digits}{unit}", if v < 0.0 { "−" } else { "" })
}

/// A change of a count, with its sign: `+447`, `−82`.
pub(super) fn change(v: f64) -> String {
    let s = human::count(v);
    if v >= 0.5 { format!("+{s}") } else { s }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_short_and_changes_have_a_sign() {
        for (v, text) in [(0.0, "0"), (14_000.0, "14,000"), (1_250_000.0, "1.25\u{a0}M"), (-2e9, "−2\u{a0}G")] {
            assert_eq!(tick(v), text);
        }
        assert_eq!([447.0, 0.2, -82.0].map(change), ["+447", "0", "−82"]);
    }
}
