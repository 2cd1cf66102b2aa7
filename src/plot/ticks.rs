//! Few, round ticks: human counts, snapshots, time since the first snapshot, and the calendar of a zone.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

use super::numbers;

/// One tick of an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// Place on the axis, in data units.
    pub(super) at: f64,
    /// What stands beside it.
    pub(super) label: String,
    /// What stands in the row below: the day where it changes.
    pub(super) under: Option<String>,
}

impl Tick {
    fn plain(at: f64, label: String) -> Self {
        Self { at, label, under: None }
    }
}

const US_PER_HOUR: f64 = 3.6e9;

/// The finest step of 1, 2, 5, 10, … that leaves at most `most` ticks, and is at least `least`.
fn round_step(span: f64, most: usize, least: f64) -> f64 {
    let raw = (span / most.max(1) as f64).max(least).max(f64::MIN_POSITIVE);
    let unit = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * unit).find(|&s| s >= raw * (1.0 - 1e-9));
    step.unwrap_or(raw).max(least)
}

/// Multiples of `step` within the range, its ends included.
fn multiples((low, high): (f64, f64), step: f64) -> impl Iterator<Item = f64> {
    let slack = 1e-9;
    let from = (low / step - slack).ceil() as i64;
    let to = (high / step + slack).floor() as i64;
    (from..=to).map(move |k| k as f64 * step)
}

/// Ticks of counts: whole numbers, told as people read them.
pub(super) fn counts(range: (f64, f64), most: usize) -> Vec<Tick> {
    let step = round_step(range.1 - range.0, most, 1.0);
    multiples(range, step).map(|v| Tick::plain(v, numbers::tick(v))).collect()
}

/// Ticks of an axis that counts snapshots.
pub(super) fn snapshots(range: (f64, f64), most: usize) -> Vec<Tick> {
    counts(range, most)
}

/// Steps of time since a beginning, in hours, with the unit that tells them.
const ELAPSED: [(f64, f64, &str); 20] = [
    (1.0 / 3600.0, 3600.0, "s"),
    (5.0 / 3600.0, 3600.0, "s"),
    (10.0 / 3600.0, 3600.0, "s"),
    (30.0 / 3600.0, 3600.0, "s"),
    (1.0 / 60.0, 60.0, "min"),
    (2.0 / 60.0, 60.0, "min"),
    (5.0 / 60.0, 60.0, "min"),
    (10.0 / 60.0, 60.0, "min"),
    (15.0 / 60.0, 60.0, "min"),
    (30.0 / 60.0, 60.0, "min"),
    (1.0, 1.0, "h"),
    (2.0, 1.0, "h"),
    (3.0, 1.0, "h"),
    (6.0, 1.0, "h"),
    (12.0, 1.0, "h"),
    (24.0, 1.0 / 24.0, "d"),
    (48.0, 1.0 / 24.0, "d"),
    (120.0, 1.0 / 24.0, "d"),
    (240.0, 1.0 / 24.0, "d"),
    (720.0, 1.0 / 24.0, "d"),
];

/// Ticks of an axis of hours since a beginning that no calendar knows.
pub(super) fn elapsed(range: (f64, f64), most: usize) -> Vec<Tick> {
    let raw = (range.1 - range.0) / most.max(1) as f64;
    let fits = ELAPSED.iter().find(|(step, ..)| *step >= raw * (1.0 - 1e-9));
    let (step, factor, unit) = fits.copied().unwrap_or_else(|| {
        let days = round_step((range.1 - range.0) / 24.0, most, 1.0);
        (days * 24.0, 1.0 / 24.0, "d")
    });
    multiples(range, step)
        .map(|v| Tick::plain(v, format!("{}\u{a0}{unit}", numbers::tick((v * factor).round()))))
        .collect()
}

/// A step of the calendar.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Seconds(i64),
    Days(i64),
    Months(i64),
    Years(i64),
}

const STEPS: [(f64, Step); 26] = [
    (1.0 / 3600.0, Step::Seconds(1)),
    (2.0 / 3600.0, Step::Seconds(2)),
    (5.0 / 3600.0, Step::Seconds(5)),
    (10.0 / 3600.0, Step::Seconds(10)),
    (15.0 / 3600.0, Step::Seconds(15)),
    (30.0 / 3600.0, Step::Seconds(30)),
    (1.0 / 60.0, Step::Seconds(60)),
    (2.0 / 60.0, Step::Seconds(120)),
    (5.0 / 60.0, Step::Seconds(300)),
    (10.0 / 60.0, Step::Seconds(600)),
    (15.0 / 60.0, Step::Seconds(900)),
    (30.0 / 60.0, Step::Seconds(1800)),
    (1.0, Step::Seconds(3600)),
    (2.0, Step::Seconds(7200)),
    (3.0, Step::Seconds(10800)),
    (6.0, Step::Seconds(21600)),
    (12.0, Step::Seconds(43200)),
    (24.0, Step::Days(1)),
    (48.0, Step::Days(2)),
    (168.0, Step::Days(7)),
    (336.0, Step::Days(14)),
    (730.0, Step::Months(1)),
    (2190.0, Step::Months(3)),
    (4380.0, Step::Months(6)),
    (8766.0, Step::Years(1)),
    (43830.0, Step::Years(5)),
];

/// Ticks of an axis of hours since `origin` (microseconds since 1970 UTC): round times of the zone's own clock, the day
/// below the first tick of each day where there are several.
pub(super) fn calendar(range: (f64, f64), origin: i64, zone: &TimeZone, most: usize) -> Vec<Tick> {
    let raw = (range.1 - range.0) / most.max(1) as f64;
    let &(_, step) = STEPS.iter().find(|(h, _)| *h >= raw * (1.0 - 1e-9)).unwrap_or(&STEPS[STEPS.len() - 1]);
    let (Some(from), Some(to)) = (local(origin, range.0, zone), local(origin, range.1, zone)) else {
        return Vec::new();
    };
    let several_days = from.date() != to.date();
    let several_years = from.year() != to.year();
    let mut out: Vec<Tick> = Vec::new();
    let mut shown: Option<DateTime> = None;
    let mut civil = floor(from, step);
    // No axis has more ticks than that; a zone's table at its far end could otherwise hold the loop.
    for _ in 0..most * 4 + 8 {
        let Ok(moment) = zone.to_timestamp(civil) else { break };
        let at = (moment.as_microsecond() - origin) as f64 / US_PER_HOUR;
        if at > range.1 + 1e-9 {
            break;
        }
        let after_last = out.last().is_none_or(|last: &Tick| at > last.at + 1e-9);
        if at >= range.0 - 1e-9 && after_last {
            // The clock as it stands there: where it is put forward, a round time may not exist.
            let there = zone.to_datetime(moment);
            let (label, under) = words(there, step, shown, several_days, several_years);
            shown = Some(there);
            out.push(Tick { at, label, under });
        }
        let Some(next) = advance(civil, step) else { break };
        civil = next;
    }
    if out.len() < 2 && range.1 - range.0 < 2.0 / 3600.0 {
        // Less than two seconds: the ends say what there is to say.
        let end = |x: f64| local(origin, x, zone).map(|t| Tick::plain(x, t.strftime("%H:%M:%S%.3f").to_string()));
        return [range.0, range.1].into_iter().filter_map(end).collect();
    }
    out
}

/// The zone's clock at a place on the axis.
fn local(origin: i64, hours: f64, zone: &TimeZone) -> Option<DateTime> {
    let us = origin.checked_add((hours * US_PER_HOUR).round() as i64)?;
    Some(zone.to_datetime(Timestamp::from_microsecond(us).ok()?))
}

/// The last round moment at or before a time.
fn floor(t: DateTime, step: Step) -> DateTime {
    let midnight = t.date().to_datetime(jiff::civil::Time::midnight());
    match step {
        Step::Seconds(s) => {
            let second = i64::from(t.hour()) * 3600 + i64::from(t.minute()) * 60 + i64::from(t.second());
            midnight.checked_add((second / s * s).seconds()).unwrap_or(midnight)
        }
        // Weeks begin on Mondays; steps of two days count from the first of a month.
        Step::Days(d) if d % 7 == 0 => {
            let back = i64::from(t.weekday().to_monday_zero_offset());
            midnight.checked_sub(back.days()).unwrap_or(midnight)
        }
        Step::Days(d) => midnight.checked_sub(((i64::from(t.day()) - 1) % d).days()).unwrap_or(midnight),
        Step::Months(m) => first_of(t.year(), (t.month() - 1) / m as i8 * m as i8 + 1),
        Step::Years(y) => first_of((i64::from(t.year()).div_euclid(y) * y) as i16, 1),
    }
}

fn first_of(year: i16, month: i8) -> DateTime {
    Date::new(year, month, 1).map_or(DateTime::MIN, |d| d.to_datetime(jiff::civil::Time::midnight()))
}

fn advance(t: DateTime, step: Step) -> Option<DateTime> {
    let span: Span = match step {
        Step::Seconds(s) => s.seconds(),
        Step::Days(d) => d.days(),
        Step::Months(m) => m.months(),
        Step::Years(y) => y.years(),
    };
    let next = t.checked_add(span).ok()?;
    // Days of two begin anew with each month, so that 1 follows on 31, not 2.
    match step {
        Step::Days(2) if next.month() != t.month() => Some(first_of(next.year(), next.month())),
        _ => Some(next),
    }
}

fn words(
    at: DateTime,
    step: Step,
    shown: Option<DateTime>,
    several_days: bool,
    several_years: bool,
) -> (String, Option<String>) {
    let new_day = shown.is_none_or(|s| s.date() != at.date());
    let new_year = shown.is_none_or(|s| s.year() != at.year());
    let day = |with_year: bool| at.strftime(if with_year { "%-d %b %Y" } else { "%-d %b" }).to_string();
    let year = || at.strftime("%Y").to_string();
    match step {
        Step::Seconds(s) => {
            let label = at.strftime(if s < 60 { "%H:%M:%S" } else { "%H:%M" }).to_string();
            (label, (several_days && new_day).then(|| day(several_years && new_year)))
        }
        Step::Days(_) => (day(false), (several_years && new_year).then(year)),
        Step::Months(_) => (at.strftime("%b").to_string(), new_year.then(year)),
        Step::Years(_) => (year(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|t| t.label.as_str()).collect()
    }

    fn us(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_microsecond()
    }

    #[test]
    fn counts_are_round_and_few() {
        assert_eq!(labels(&counts((-236.0, 540.0), 8)), ["−200", "−100", "0", "100", "200", "300", "400", "500"]);
        assert_eq!(labels(&counts((0.0, 2.5), 6)), ["0", "1", "2"]);
        assert_eq!(labels(&counts((0.0, 3.2e6), 4)), ["0", "1\u{a0}M", "2\u{a0}M", "3\u{a0}M"]);
    }

    #[test]
    fn times_are_round_on_the_clock_of_the_zone() {
        let origin = us("2024-03-01T10:01:00Z");
        let ticks = calendar((0.0, 3.98), origin, &TimeZone::UTC, 9);
        assert_eq!(labels(&ticks), ["10:30", "11:00", "11:30", "12:00", "12:30", "13:00", "13:30"]);
        assert!(ticks.iter().all(|t| t.under.is_none()));
        // Kathmandu stands 5:45 ahead: a step of six hours is round there, not in UTC.
        let zone = TimeZone::get("Asia/Kathmandu").unwrap();
        let ticks = calendar((0.0, 24.0), origin, &zone, 5);
        assert_eq!(labels(&ticks), ["18:00", "00:00", "06:00", "12:00"]);
        assert_eq!(ticks[0].under.as_deref(), Some("1 Mar"));
        assert_eq!(ticks[1].under.as_deref(), Some("2 Mar"));
        assert_eq!(ticks[2].under, None);
    }

    #[test]
    fn a_clock_put_forward_neither_stops_nor_doubles_ticks() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let ticks = calendar((0.0, 6.0), us("2024-03-30T23:00:00Z"), &zone, 8);
        assert_eq!(labels(&ticks), ["00:00", "01:00", "03:00", "04:00", "05:00", "06:00", "07:00"]);
        let ticks = calendar((0.0, 6.0), us("2024-10-26T22:00:00Z"), &zone, 8);
        assert_eq!(labels(&ticks), ["00:00", "01:00", "02:00", "03:00", "04:00", "05:00"]);
        assert!(ticks.windows(2).all(|w| w[0].at < w[1].at));
    }

    #[test]
    fn long_spans_have_days_weeks_months_and_years() {
        let origin = us("2024-12-20T09:00:00Z");
        let ticks = calendar((0.0, 24.0 * 20.0), origin, &TimeZone::UTC, 6);
        assert_eq!(labels(&ticks)[..3], ["23 Dec", "30 Dec", "6 Jan"]);
        assert_eq!(ticks[2].under.as_deref(), Some("2025"));
        let ticks = calendar((0.0, 24.0 * 200.0), origin, &TimeZone::UTC, 10);
        assert_eq!(labels(&ticks)[..2], ["Jan", "Feb"]);
        assert_eq!(ticks[0].under.as_deref(), Some("2025"));
        let ticks = calendar((0.0, 24.0 * 6.0), origin, &TimeZone::UTC, 10);
        assert_eq!(labels(&ticks)[..2], ["21 Dec", "22 Dec"]);
    }

    #[test]
    fn the_ends_of_less_than_two_seconds_are_told() {
        let ticks = calendar((0.0, 0.9 / 3600.0), us("2024-03-01T10:00:00.100Z"), &TimeZone::UTC, 9);
        assert_eq!(labels(&ticks), ["10:00:00.100", "10:00:01.000"]);
    }

    #[test]
    fn time_since_the_beginning_has_its_unit() {
        assert_eq!(
            labels(&elapsed((0.0, 1.0), 5)),
            ["0\u{a0}min", "15\u{a0}min", "30\u{a0}min", "45\u{a0}min", "60\u{a0}min"]
        );
        assert_eq!(
            labels(&elapsed((0.0, 10.0), 5)),
            ["0\u{a0}h", "2\u{a0}h", "4\u{a0}h", "6\u{a0}h", "8\u{a0}h", "10\u{a0}h"]
        );
        assert_eq!(labels(&elapsed((0.0, 100.0), 5))[1], "1\u{a0}d");
    }
}
