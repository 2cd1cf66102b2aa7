//! Numbers as people read them: 3,548; 1.2 M; −82; a rate in the unit in which it is a number.

/// A number with what is needed of it: `14,410`, `2.5`, `1.2 M`.
pub(super) fn human(v: f64) -> String {
    let size = v.abs();
    let sign = if v < 0.0 { "−" } else { "" };
    let (scaled, unit) = match size {
        s if s >= 999_950_000.0 => (s / 1e9, "\u{a0}G"),
        s if s >= 999_999.5 => (s / 1e6, "\u{a0}M"),
        s => (s, ""),
    };
    let digits = if unit.is_empty() {
        if scaled >= 9.95 || scaled == scaled.round() { grouped(scaled.round() as u64) } else { few_digits(scaled) }
    } else if scaled >= 99.95 {
        grouped(scaled.round() as u64)
    } else {
        trimmed(&format!("{scaled:.1}"))
    };
    if digits == "0" { digits } else { format!("{sign}{digits}{unit}") }
}

/// A change: [`human`] with a plus where it rises.
pub(super) fn change(v: f64) -> String {
    let s = human(v);
    if v > 0.0 && s != "0" { format!("+{s}") } else { s }
}

/// A ratio: `1`, `0.5`, `2.5`, `12`; whole where it is nearly so.
pub(super) fn ratio(v: f64) -> String {
    let whole = v.round();
    if whole >= 1.0 && (v - whole).abs() <= 0.05 * whole { human(whole) } else { human(v) }
}

/// Two significant digits of what is below ten.
fn few_digits(v: f64) -> String {
    if v <= 0.0 {
        return "0".to_owned();
    }
    let decimals = (1.0 - v.log10().floor()).clamp(0.0, 6.0) as usize;
    trimmed(&format!("{v:.decimals$}"))
}

/// Without noughts at the end of a fraction.
fn trimmed(s: &str) -> String {
    if s.contains('.') { s.trim_end_matches('0').trim_end_matches('.').to_owned() } else { s.to_owned() }
}

/// Whole numbers with a comma before each three digits.
fn grouped(v: u64) -> String {
    let digits = v.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// Units of time in which a rate can be told.
const UNITS: [(f64, &str); 3] = [(1.0, "per hour"), (24.0, "per day"), (24.0 * 7.0, "per week")];

/// A rate with its interval, in one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rate {
    /// Objects per `unit`.
    pub(super) value: f64,
    /// Ends of the 95 % interval.
    pub(super) interval: Option<(f64, f64)>,
    /// `per hour`, …
    pub(super) unit: &'static str,
}

impl Rate {
    /// Of a finding's numbers; `per_hour` wins, and becomes days or weeks where less than one object comes in an hour.
    pub(super) fn new(
        per_hour: Option<f64>,
        per_snapshot: Option<f64>,
        low: Option<f64>,
        high: Option<f64>,
    ) -> Option<Self> {
        let (value, unit, factor) = match (per_hour, per_snapshot) {
            (Some(v), _) => {
                let &(factor, unit) =
                    UNITS.iter().find(|(factor, _)| v.abs() * factor >= 1.0).unwrap_or(&UNITS[UNITS.len() - 1]);
                (v * factor, unit, factor)
            }
            (None, Some(v)) => (v, "per snapshot", 1.0),
            (None, None) => return None,
        };
        let interval = low.zip(high).filter(|(l, h)| l.is_finite() && h.is_finite());
        value.is_finite().then(|| Self { value, unit, interval: interval.map(|(l, h)| (l * factor, h * factor)) })
    }

    /// `+3,548 per hour`
    pub(super) fn words(&self) -> String {
        format!("{} {}", change(self.value), self.unit)
    }

    /// `288–293 per hour`; `to` where a minus would stand beside the dash.
    pub(super) fn interval_words(&self) -> Option<String> {
        let (low, high) = self.interval?;
        let joint = if low < 0.0 || high < 0.0 { " to " } else { "–" };
        Some(format!("{}{joint}{} {}", human(low), human(high), self.unit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_as_people_read_them() {
        for (v, text) in [
            (0.0, "0"),
            (-0.3, "−0.3"),
            (7.0, "7"),
            (2.46, "2.5"),
            (0.0312, "0.031"),
            (12.4, "12"),
            (3548.2, "3,548"),
            (999_999.0, "999,999"),
            (999_999.9, "1\u{a0}M"),
            (1_234_567.0, "1.2\u{a0}M"),
            (123_456_789.0, "123\u{a0}M"),
            (2.0e9, "2\u{a0}G"),
            (-14_410.0, "−14,410"),
        ] {
            assert_eq!(human(v), text, "{v}");
        }
        assert_eq!(change(447.0), "+447");
        assert_eq!(change(0.0), "0");
        assert_eq!(ratio(1.02), "1");
        assert_eq!(ratio(0.5), "0.5");
        assert_eq!(ratio(2.5), "2.5");
        assert_eq!(ratio(11.8), "12");
    }

    #[test]
    fn rates_have_the_unit_in_which_they_are_numbers() {
        let rate = |h| Rate::new(Some(h), None, Some(h * 0.9), Some(h * 1.1)).unwrap();
        assert_eq!(rate(3548.0).words(), "+3,548 per hour");
        assert_eq!(rate(0.5).words(), "+12 per day");
        assert_eq!(rate(0.5).interval_words().unwrap(), "11–13 per day");
        assert_eq!(Rate::new(None, Some(2.5), None, None).unwrap().words(), "+2.5 per snapshot");
        assert_eq!(Rate::new(None, None, None, None), None);
    }
}
