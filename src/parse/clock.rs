//! Written times of a log's tables come in, moments go out: years that a clock leaves out, midnight, zones, and what
//! lies between two times are settled here, at the log's end.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::snapshots::Clock;
use super::stamp::Stamp;
use super::stamp::numbered::{self, Order};

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3600 * SECOND;
const DAY: i64 = 24 * HOUR;

/// A clock that goes back by less than this is jitter of lines out of order; by more it is another day, year or zone.
const JITTER: i64 = 10 * 60 * SECOND;

/// A table's time as the log writes it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub(super) stamp: Option<Stamp>,
    /// It stands on the table's own lines, or on the line before. Else it is the last one that the log shows.
    pub(super) own: bool,
}

/// What else tells the day of a clock that leaves it out.
#[derive(Debug, Clone, Default)]
pub(super) struct Hints {
    /// The zone of clocks that name none; `None`: UTC, and to be said.
    pub(super) zone: Option<TimeZone>,
    /// A day that another clock in the log names, or the log's file name.
    pub(super) day: Option<Date>,
    /// When the log begins, as the user says.
    pub(super) start: Option<i64>,
}

/// Written times in the log's order, nine bytes each: a log has millions.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    /// Microseconds: of a civil time those since 1970, without a zone; of one without a year those since 1972 began,
    /// a leap year, so that every day is one; of a day of three numbers those, see [`packed`].
    values: Vec<i64>,
    kinds: Vec<u8>,
}

const NONE: u8 = 0;
const INSTANT: u8 = 1;
const CIVIL: u8 = 2;
const NO_YEAR: u8 = 3;
const TIME: u8 = 4;
const UPTIME: u8 = 5;
const NUMBERED: u8 = 6;
/// Added to the kind where the time is the table's own.
const OWN: u8 = 8;

impl Stamps {
    pub(super) fn push(&mut self, written: Written) {
        let civil = |year, month, day, of_day: i64| {
            let date = Date::new(year, month, day).ok()?;
            // A leap second is the last of its day.
            Some(midnight(date) + of_day.min(DAY - 1))
        };
        let (kind, value) = match written.stamp {
            None => (NONE, 0),
            Some(Stamp::Numbered { numbers, of_day }) => (NUMBERED, packed(numbers) + of_day.min(DAY - 1)),
            Some(Stamp::Instant(time)) => (INSTANT, time),
            Some(Stamp::Uptime(time)) => (UPTIME, time),
            Some(Stamp::Time(time)) => (TIME, time),
            Some(Stamp::Civil { year: Some(year), month, day, of_day }) => {
                civil(year, month, day, of_day).map_or((NONE, 0), |time| (CIVIL, time))
            }
            Some(Stamp::Civil { year: None, month, day, of_day }) => {
                civil(1972, month, day, of_day).map_or((NONE, 0), |time| (NO_YEAR, time))
            }
        };
        self.values.push(value);
        self.kinds.push(kind + if written.own { OWN } else { 0 });
    }

    /// Settles the days of three numbers: all are written in one order.
    fn settle_days(&mut self) {
        let is_numbered = |kind: u8| kind % OWN == NUMBERED;
        if !self.kinds.iter().any(|&kind| is_numbered(kind)) {
            return;
        }
        let numbered = self.values.iter().zip(&self.kinds).filter(|(_, kind)| is_numbered(**kind));
        let order = Order::of(numbered.map(|(&value, _)| unpacked(value)));
        for (value, kind) in self.values.iter_mut().zip(&mut self.kinds).filter(|(_, kind)| is_numbered(**kind)) {
            let numbers = unpacked(*value);
            let day = order.day(numbers).or_else(|| numbered::likeliest(numbers));
            let (settled, time) = day.map_or((NONE, 0), |day| (CIVIL, midnight(day) + value.rem_euclid(DAY)));
            (*kind, *value) = (*kind - NUMBERED + settled, time);
        }
    }

    /// The year to begin with where nothing tells it: the first 29 February that the log shows is one, and where it shows
    /// none, the day after 28 February is 1 March.
    fn unknown_year(&self) -> i16 {
        let dates = || self.values.iter().zip(&self.kinds).filter(|(_, kind)| *kind % OWN == NO_YEAR).map(|v| *v.0);
        let leap_day = midnight(Date::constant(1972, 2, 29));
        match (dates().any(|time| time.div_euclid(DAY) == leap_day / DAY), dates().next()) {
            (false, _) => 1969,
            (true, Some(first)) if first >= leap_day + DAY => 1971,
            (true, _) => 1972,
        }
    }
}

/// Three numbers of a day as one, in days: the first two have two digits.
fn packed(numbers: [i16; 3]) -> i64 {
    let [a, b, c] = numbers.map(i64::from);
    ((c * 128 + b) * 128 + a) * DAY
}

fn unpacked(value: i64) -> [i16; 3] {
    let packed = value.div_euclid(DAY);
    [packed % 128, packed / 128 % 128, packed / (128 * 128)].map(|number| number as i16)
}

/// Moments in the log's order.
#[derive(Debug)]
pub(super) struct Moments {
    /// In microseconds since 1970 UTC, where `kinds` is not [`NONE`].
    values: Vec<i64>,
    kinds: Vec<u8>,
}

impl Moments {
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<i64> {
        let known = self.kinds.get(index).is_some_and(|kind| kind % OWN != NONE);
        self.values.get(index).copied().filter(|_| known)
    }

    fn is_own(&self, index: usize) -> bool {
        self.kinds.get(index).is_some_and(|&kind| kind >= OWN)
    }

    /// Takes the last one off.
    pub(super) fn pop(&mut self) -> Option<i64> {
        let last = self.len().checked_sub(1).and_then(|last| self.get(last));
        self.values.pop();
        self.kinds.pop();
        last
    }

    /// Whether no moment is known.
    pub(super) fn none(&self) -> bool {
        self.kinds.iter().all(|kind| kind % OWN == NONE)
    }
}

/// The moments of all tables, and what kind of clock they are from.
pub(super) fn resolve(mut written: Stamps, hints: &Hints) -> (Moments, Clock) {
    written.settle_days();
    let mut reader = Reader::new(hints, written.unknown_year());
    for (value, kind) in written.values.iter_mut().zip(&mut written.kinds) {
        let moment = reader.moment(*kind % OWN, *value);
        *value = moment.unwrap_or(0);
        *kind = if moment.is_some() { INSTANT } else { NONE } + *kind / OWN * OWN;
    }
    let mut times = Moments { values: written.values, kinds: written.kinds };
    spread(&mut times);
    let clock = match () {
        () if times.none() => Clock::None,
        () if reader.uptime || reader.no_day => Clock::Uptime,
        () if reader.assumed && hints.zone.is_none() => Clock::Assumed("UTC".to_owned()),
        () => Clock::Zoned,
    };
    (times, clock)
}

/// Reads times in the log's order; remembers the one before.
struct Reader {
    zone: TimeZone,
    utc: bool,
    day: Option<Date>,
    unknown_year: i16,
    last: Option<i64>,
    /// The civil time before, for years and midnights to roll over, as microseconds of a clock that knows no zones.
    last_civil: Option<i64>,
    /// What a change of zone has put the clock back by.
    shift: i64,
    assumed: bool,
    uptime: bool,
    no_day: bool,
}

impl Reader {
    fn new(hints: &Hints, unknown_year: i16) -> Self {
        let zone = hints.zone.clone().unwrap_or(TimeZone::UTC);
        let start = hints.start.and_then(|t| jiff::Timestamp::from_microsecond(t).ok());
        let start = start.map(|t| t.to_zoned_datetime(zone.clone()).date());
        Self {
            utc: zone == TimeZone::UTC,
            zone,
            day: hints.day.or(start),
            unknown_year,
            last: None,
            last_civil: None,
            shift: 0,
            assumed: false,
            uptime: false,
            no_day: false,
        }
    }

    /// The moment of a time as [`Stamps`] keep it.
    fn moment(&mut self, kind: u8, value: i64) -> Option<i64> {
        let time = match kind {
            INSTANT => return self.keep(value),
            UPTIME => {
                self.uptime = true;
                return self.keep(value);
            }
            CIVIL => value,
            NO_YEAR => {
                let date = date(value)?;
                let year = self.year(date.month());
                let of_year = |year| Date::new(year, date.month(), date.day());
                // 29 February of a year that has none: the year was guessed wrong.
                midnight(of_year(year).or_else(|_| of_year(year + 1)).ok()?) + value.rem_euclid(DAY)
            }
            TIME => self.on_some_day(value)?,
            _ => return None,
        };
        self.assumed = true;
        self.last_civil = Some(time);
        let moment = self.zoned(time)?;
        self.keep(moment)
    }

    /// The year of a clock that leaves it out: that of the last time, or the next over New Year.
    fn year(&mut self, month: i8) -> i16 {
        let Some(known) = self.last_civil.and_then(date).or(self.day) else {
            self.no_day = true;
            return self.unknown_year;
        };
        match i32::from(month) - i32::from(known.month()) {
            // From December to January, and back where lines are out of order.
            m if m < -6 => known.year() + 1,
            m if m > 6 => known.year() - 1,
            _ => known.year(),
        }
    }

    /// A time of day alone: on the day of the last time, or the next where it went back over midnight.
    fn on_some_day(&mut self, of_day: i64) -> Option<i64> {
        let day = match (self.last_civil, self.day) {
            (Some(last), _) => last - last.rem_euclid(DAY),
            (None, Some(day)) => midnight(day),
            (None, None) => {
                self.no_day = true;
                midnight(Date::new(1972, 1, 1).ok()?)
            }
        };
        // A leap second is the last of its day.
        let time = day + of_day.min(DAY - 1);
        match self.last_civil {
            Some(last) if time + JITTER < last => Some(time + DAY),
            // Just before midnight, after a line from just behind it.
            Some(last) if time - last > DAY - JITTER => Some(time - DAY),
            _ => Some(time),
        }
    }

    /// A civil time in the log's zone: where the hour comes twice, the one that does not go back.
    fn zoned(&self, time: i64) -> Option<i64> {
        if self.utc {
            return Some(time);
        }
        let time = jiff::Timestamp::from_microsecond(time).ok()?.to_zoned_datetime(TimeZone::UTC).datetime();
        let ambiguous = self.zone.to_ambiguous_zoned_datetime(time);
        let earlier = ambiguous.clone().earlier().ok()?.timestamp().as_microsecond();
        let later = ambiguous.later().ok()?.timestamp().as_microsecond();
        Some(if self.last.is_some_and(|last| earlier + JITTER < last) { later } else { earlier })
    }

    /// Takes a time as the last one. A clock that goes back by up to an hour, in a log that names no zone, was put
    /// back in autumn.
    fn keep(&mut self, time: i64) -> Option<i64> {
        let mut shifted = time + self.shift;
        if let Some(last) = self.last
            && self.assumed
            && shifted + JITTER < last
            && shifted + HOUR >= last
        {
            self.shift += HOUR;
            shifted += HOUR;
        }
        self.last = Some(self.last.map_or(shifted, |last| last.max(shifted)));
        Some(shifted)
    }
}

/// The day of a time of a clock that knows no zones.
fn date(time: i64) -> Option<Date> {
    Some(jiff::Timestamp::from_microsecond(time).ok()?.to_zoned_datetime(TimeZone::UTC).date())
}

/// When a day begins by a clock that knows no zones.
fn midnight(date: Date) -> i64 {
    TimeZone::UTC.to_timestamp(date.to_datetime(Time::midnight())).map_or(0, |t| t.as_microsecond())
}

/// Several tables after one line with a clock were printed between that line and the next: they are put there evenly.
/// One that stands right after the line was printed then.
fn spread(times: &mut Moments) {
    let mut i = 0;
    while i < times.len() {
        let Some(time) = times.get(i) else {
            i += 1;
            continue;
        };
        let same = 1 + (i + 1..times.len()).take_while(|&j| times.get(j) == Some(time) && !times.is_own(j)).count();
        if same > 1 {
            let next = (i + same..times.len()).filter_map(|j| times.get(j)).find(|&t| t > time);
            let first = i64::from(!times.is_own(i));
            // At the log's end: as far apart as tables were so far.
            let step = next.map_or_else(|| typical(times, i), |next| (next - time) / (same as i64 + first));
            for (k, slot) in times.values[i..i + same].iter_mut().enumerate() {
                *slot = time + step * (k as i64 + first);
            }
        }
        i += same;
    }
}

/// The median step between the times before number `end`, a second where there is none.
fn typical(times: &Moments, end: usize) -> i64 {
    let known: Vec<i64> = (0..end).filter_map(|i| times.get(i)).collect();
    let mut steps: Vec<i64> = known.windows(2).map(|w| w[1] - w[0]).filter(|&s| s > 0).collect();
    steps.sort_unstable();
    steps.get(steps.len() / 2).copied().unwrap_or(SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn civil(year: Option<i16>, month: i8, day: i8, hour: i64, minute: i64) -> Written {
        let of_day = (hour * 60 + minute) * 60 * SECOND;
        Written { stamp: Some(Stamp::Civil { year, month, day, of_day }), own: true }
    }

    fn clock(hour: i64, minute: i64) -> Written {
        Written { stamp: Some(Stamp::Time((hour * 60 + minute) * 60 * SECOND)), own: true }
    }

    fn stamps(written: &[Written]) -> Stamps {
        let mut stamps = Stamps::default();
        written.iter().for_each(|&written| stamps.push(written));
        stamps
    }

    fn shown(written: &[Written], hints: &Hints) -> Vec<String> {
        let (times, _) = resolve(stamps(written), hints);
        let shown = |i| jiff::Timestamp::from_microsecond(times.get(i).unwrap()).unwrap().to_string();
        (0..times.len()).map(shown).collect()
    }

    #[test]
    fn years_roll_over_at_new_year() {
        let written = [civil(Some(2023), 12, 31, 23, 50), civil(None, 12, 31, 23, 59), civil(None, 1, 1, 0, 5)];
        assert_eq!(
            shown(&written, &Hints::default()),
            ["2023-12-31T23:50:00Z", "2023-12-31T23:59:00Z", "2024-01-01T00:05:00Z"]
        );
    }

    #[test]
    fn a_year_comes_from_elsewhere_or_is_unknown() {
        let hints = Hints { day: Date::new(2024, 3, 1).ok(), ..Hints::default() };
        assert_eq!(shown(&[civil(None, 3, 2, 0, 0)], &hints), ["2024-03-02T00:00:00Z"]);
        assert_eq!(resolve(stamps(&[civil(None, 3, 2, 0, 0)]), &Hints::default()).1, Clock::Uptime);
    }

    #[test]
    fn an_unknown_year_has_a_leap_day_where_the_log_shows_one() {
        let days = |days: &[(i8, i8)]| {
            let written: Vec<Written> = days.iter().map(|&(month, day)| civil(None, month, day, 0, 0)).collect();
            let times = resolve(stamps(&written), &Hints::default()).0;
            (1..times.len()).map(|i| (times.get(i).unwrap() - times.get(0).unwrap()) / DAY).collect::<Vec<i64>>()
        };
        assert_eq!(days(&[(2, 28), (3, 1)]), [1]);
        assert_eq!(days(&[(2, 28), (2, 29), (3, 1)]), [1, 2]);
        assert_eq!(days(&[(12, 31), (1, 1), (2, 28), (2, 29), (3, 1)]), [1, 59, 60, 61]);
        assert_eq!(days(&[(12, 31), (1, 1), (2, 28), (3, 1)]), [1, 59, 60]);
    }

    #[test]
    fn midnight_begins_the_next_day() {
        let hints = Hints { day: Date::new(2024, 3, 1).ok(), ..Hints::default() };
        assert_eq!(
            shown(&[clock(23, 58), clock(0, 3), clock(12, 0), clock(0, 1)], &hints),
            ["2024-03-01T23:58:00Z", "2024-03-02T00:03:00Z", "2024-03-02T12:00:00Z", "2024-03-03T00:01:00Z"]
        );
    }

    #[test]
    fn the_hour_that_comes_twice_does_not_go_back() {
        let day = |h, m| civil(Some(2024), 10, 27, h, m);
        let written = [day(1, 30), day(2, 30), day(2, 45), day(2, 10), day(2, 40), day(3, 10)];
        let utc = ["T01:30", "T02:30", "T02:45", "T03:10", "T03:40", "T04:10"];
        let without = shown(&written, &Hints::default());
        assert!(without.iter().zip(utc).all(|(a, b)| a.contains(b)), "{without:?}");
        let berlin = Hints { zone: TimeZone::get("Europe/Berlin").ok(), ..Hints::default() };
        let utc = ["26T23:30", "27T00:30", "27T00:45", "27T01:10", "27T01:40", "27T02:10"];
        let within = shown(&written, &berlin);
        assert!(within.iter().zip(utc).all(|(a, b)| a.contains(b)), "{within:?}");
    }

    #[test]
    fn tables_after_one_clock_are_spread_to_the_next() {
        let stamp = |minute: i64| Some(Stamp::Instant(minute * 60 * SECOND));
        let between = |minute| Written { stamp: stamp(minute), own: false };
        let (times, clock) =
            resolve(stamps(&[between(10), between(10), between(13), between(14), between(14)]), &Hints::default());
        let minutes: Vec<i64> = (0..times.len()).map(|i| times.get(i).unwrap() / SECOND).collect();
        assert_eq!(minutes, [660, 720, 780, 900, 960]);
        assert_eq!(clock, Clock::Zoned);
    }
}
