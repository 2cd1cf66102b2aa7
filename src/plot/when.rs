//! Places on the x axis in words: moments, spans, the footer's span.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::parse::Clock;
use crate::report::{LogReport, human};
use crate::series::Axis;

const US_PER_HOUR: f64 = 3.6e9;

/// Tells places on the x axis in words.
#[derive(Debug, Clone)]
pub(crate) struct When {
    axis: Axis,
    calendar: Option<(i64, TimeZone)>,
    several_days: bool,
    several_years: bool,
    seconds: bool,
}

impl When {
    pub(super) fn new(log: &LogReport, range: (f64, f64)) -> Self {
        let known = log.axis == Axis::Time && !matches!(log.clock, Clock::Uptime);
        let zone = TimeZone::get(&log.zone).unwrap_or(TimeZone::UTC);
        let calendar = log.origin.filter(|_| known).map(|origin| (origin, zone));
        let mut when = Self {
            axis: log.axis,
            calendar,
            several_days: false,
            several_years: false,
            seconds: range.1 - range.0 < 0.25,
        };
        if let (Some(a), Some(b)) = (when.local(range.0), when.local(range.1)) {
            when.several_days = a.date() != b.date();
            when.several_years = a.year() != b.year();
        }
        when
    }

    /// Whether the axis crosses midnight.
    pub(super) fn several_days(&self) -> bool {
        self.several_days
    }

    /// The origin and zone, where places on the axis are moments of the calendar.
    pub(super) fn calendar(&self) -> Option<&(i64, TimeZone)> {
        self.calendar.as_ref()
    }

    fn local(&self, x: f64) -> Option<jiff::civil::DateTime> {
        let (origin, zone) = self.calendar.as_ref()?;
        let us = origin.checked_add((x * US_PER_HOUR).round() as i64)?;
        Some(zone.to_datetime(Timestamp::from_microsecond(us).ok()?))
    }

    /// `12:30`, `3 Mar 12:30`, `snapshot 150`, `2 h 10 min`.
    pub(crate) fn at(&self, x: f64) -> String {
        match self.local(x) {
            Some(t) => {
                let day = match (self.several_days, self.several_years) {
                    (false, _) => "",
                    (true, false) => "%-d %b ",
                    (true, true) => "%-d %b %Y ",
                };
                let clock = if self.seconds { "%H:%M:%S" } else { "%H:%M" };
                t.strftime(&format!("{day}{clock}")).to_string()
            }
            None if self.axis == Axis::Snapshot => format!("snapshot {}", human::count(x.round())),
            None => duration(x),
        }
    }

    /// `12:30`, or `after 2 h 10 min`: what follows on "growth begins".
    pub(super) fn begins(&self, x: f64) -> String {
        let at = self.at(x);
        match (&self.calendar, self.axis) {
            (Some(_), _) => at,
            (None, Axis::Snapshot) => format!("at {at}"),
            (None, Axis::Time) => format!("after {at}"),
        }
    }

    /// First and last moment of a log: `1 Mar 2024 10:01–14:00`.
    pub(super) fn span(&self, range: (f64, f64)) -> Option<String> {
        let (a, b) = (self.local(range.0)?, self.local(range.1)?);
        let clock = if self.seconds { "%H:%M:%S" } else { "%H:%M" };
        let from = a.strftime(&format!("%-d %b %Y {clock}")).to_string();
        Some(match (self.several_days, self.several_years) {
            _ if a == b => from,
            (false, _) => format!("{from}–{}", b.strftime(clock)),
            (true, false) => {
                format!("{} – {}", a.strftime(&format!("%-d %b {clock}")), b.strftime(&format!("%-d %b %Y {clock}")))
            }
            (true, true) => format!("{from} – {}", b.strftime(&format!("%-d %b %Y {clock}"))),
        })
    }
}

/// `2 h 10 min`, `3 d 4 h`, `40 s`.
pub(super) fn duration(hours: f64) -> String {
    let s = (hours * 3600.0).round() as i64;
    let two = |a: i64, ua: &str, b: i64, ub: &str| {
        if b == 0 { format!("{a}\u{a0}{ua}") } else { format!("{a}\u{a0}{ua} {b}\u{a0}{ub}") }
    };
    match s {
        s if s < 120 => format!("{s}\u{a0}s"),
        s if s < 3600 => format!("{}\u{a0}min", (s + 30) / 60),
        s if s < 86_400 => two(s / 3600, "h", s % 3600 / 60, "min"),
        s => two(s / 86_400, "d", s % 86_400 / 3600, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time_have_two_units_at_most() {
        assert_eq!(duration(0.01), "36\u{a0}s");
        assert_eq!(duration(0.5), "30\u{a0}min");
        assert_eq!(duration(2.0 + 10.0 / 60.0), "2\u{a0}h 10\u{a0}min");
        assert_eq!(duration(76.0), "3\u{a0}d 4\u{a0}h");
    }
}
