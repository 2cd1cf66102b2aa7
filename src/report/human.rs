//! Numbers, times and spans as people write them.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

/// A count with its thousands told apart, or in millions from ten millions on: `14,410`, `12.4 M`.
pub fn count(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude >= 1e10 {
        return format!("{} G", short(value / 1e9));
    }
    if magnitude >= 1e7 {
        return format!("{} M", short(value / 1e6));
    }
    grouped(value.round() as i64)
}

/// A rate: whole where it is large, with the digits that tell it from nought where it is small.
pub fn rate(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude == 0.0 || magnitude >= 99.95 {
        return count(value);
    }
    if magnitude >= 0.995 {
        return trim(format!("{value:.1}"));
    }
    // Two digits that count.
    let places = (1 - magnitude.log10().floor() as i32).clamp(1, 12) as usize;
    trim(format!("{value:.places$}"))
}

/// A rate with its sign.
pub fn signed_rate(value: f64) -> String {
    let text = rate(value);
    if value > 0.0 { format!("+{text}") } else { text.replace('-', "−") }
}

/// A ratio of objects: `1`, `2`, `0.5`, `1.25`.
pub fn ratio(value: f64) -> String {
    if (value - value.round()).abs() < 0.04 && value >= 0.96 {
        format!("{value:.0}")
    } else {
        trim(format!("{value:.2}"))
    }
}

fn short(value: f64) -> String {
    trim(if value.abs() < 100.0 { format!("{value:.1}") } else { format!("{value:.0}") })
}

fn trim(text: String) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn grouped(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    for (i, d) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(d);
    }
    if value < 0 { format!("−{out}") } else { out }
}

/// Seconds as people say them: `60 s`, `90 minutes`, `4 hours`, `6 days`.
pub fn span(seconds: f64) -> String {
    let (value, one, many) = match seconds {
        s if s < 119.5 => (s, "second", "seconds"),
        s if s < 7200.0 => (s / 60.0, "minute", "minutes"),
        s if s < 172_800.0 => (s / 3600.0, "hour", "hours"),
        s => (s / 86_400.0, "day", "days"),
    };
    let text = if value < 9.95 { trim(format!("{value:.1}")) } else { format!("{value:.0}") };
    format!("{text} {}", if text == "1" { one } else { many })
}

/// Moments of one log, written in its zone.
#[derive(Debug, Clone)]
pub struct Calendar {
    zone: TimeZone,
    from: Option<ZonedDateTime>,
    to: Option<ZonedDateTime>,
}

impl Calendar {
    /// Of a log that spans `from` to `to`, in microseconds since 1970 UTC; an unknown `zone` is read as UTC.
    pub fn new(zone: &str, from: Option<i64>, to: Option<i64>) -> Self {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let at = |t: Option<i64>| {
            t.and_then(|t| Timestamp::from_microsecond(t).ok()).map(|t| t.to_zoned_datetime(zone.clone()))
        };
        Self { from: at(from), to: at(to), zone }
    }

    fn zoned(&self, time: i64) -> Option<ZonedDateTime> {
        Some(Timestamp::from_microsecond(time).ok()?.to_zoned_datetime(self.zone.clone()))
    }

    /// The moment, as short as the log's span allows: `12:30`, `2 Mar 12:30`, `2 Mar 2024`.
    pub fn moment(&self, time: i64) -> String {
        let Some(t) = self.zoned(time) else { return "an unknown time".to_owned() };
        match (&self.from, &self.to) {
            (Some(from), Some(to)) if from.date() == to.date() && t.date() == from.date() => {
                let short = to.timestamp().as_second() - from.timestamp().as_second() < 600;
                t.strftime(if short { "%H:%M:%S" } else { "%H:%M" }).to_string()
            }
            (Some(from), Some(to)) if from.year() == to.year() && t.year() == from.year() => {
                t.strftime("%-d %b %H:%M").to_string()
            }
            _ => t.strftime("%-d %b %Y %H:%M").to_string(),
        }
    }

    /// From when to when the log goes: `1 Mar 2024 10:01 to 14:00`. `None` where its clock does not say.
    pub fn span(&self) -> Option<String> {
        let (from, to) = (self.from.as_ref()?, self.to.as_ref()?);
        let begin = from.strftime("%-d %b %Y %H:%M");
        let end = to.strftime(if from.date() == to.date() { "%H:%M" } else { "%-d %b %Y %H:%M" });
        Some(format!("{begin} to {end}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        let counts = [0.0, 999.0, 14_410.0, -1_234.0, 1_234_567.0, 12_400_000.0, 2.5e11].map(count);
        assert_eq!(counts, ["0", "999", "14,410", "−1,234", "1,234,567", "12.4 M", "250 G"]);
        let rates = [0.0, 0.0034, 0.5, 1.0, 12.34, 99.99, 3_547.5, 1.8e7].map(signed_rate);
        assert_eq!(rates, ["0", "+0.0034", "+0.5", "+1", "+12.3", "+100", "+3,548", "+18 M"]);
        assert_eq!([1.002, 2.0, 0.5, 1.25, 0.9].map(ratio), ["1", "2", "0.5", "1.25", "0.9"]);
        assert_eq!(
            [60.0, 90.0 * 60.0, 3600.0 * 4.0, 86_400.0 * 6.0].map(span),
            ["60 seconds", "90 minutes", "4 hours", "6 days"]
        );
    }

    #[test]
    fn moments_are_as_short_as_the_span_allows() {
        let hour = 3_600_000_000;
        let noon = 1_709_294_400_000_000; // 1 March 2024, 12:00 UTC
        let day = Calendar::new("UTC", Some(noon), Some(noon + 4 * hour));
        assert_eq!(day.moment(noon + hour / 2), "12:30");
        assert_eq!(day.span().unwrap(), "1 Mar 2024 12:00 to 16:00");
        let week = Calendar::new("Europe/Berlin", Some(noon), Some(noon + 100 * hour));
        assert_eq!(week.moment(noon), "1 Mar 13:00");
        assert_eq!(Calendar::new("UTC", None, None).span(), None);
    }
}
