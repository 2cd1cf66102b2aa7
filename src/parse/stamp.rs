//! Text comes in, a written time goes out. No memory: years that a clock leaves out, midnight and zones are for
//! `clock` to say.

pub(super) mod numbered;
pub(super) mod uptime;

use nom::branch::alt;
use nom::bytes::complete::{tag, tag_no_case, take_while_m_n, take_while1};
use nom::character::complete::{char, one_of, space0, space1};
use nom::combinator::{map, map_opt, not, opt, peek, value, verify};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

/// A time as the log writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stamp {
    /// A moment: the clock names its offset, or counts from 1970. In microseconds.
    Instant(i64),
    /// A day and a time of no named zone; syslog leaves out the year.
    Civil { year: Option<i16>, month: i8, day: i8, of_day: i64 },
    /// A day of three numbers whose order only the log as a whole tells, as they stand (`03/02/2026`), and a time.
    Numbered { numbers: [i16; 3], of_day: i64 },
    /// A time of an unnamed day, in microseconds since midnight.
    Time(i64),
    /// Microseconds since something began.
    Uptime(i64),
}

impl Stamp {
    /// How much it tells: of two clocks in one line the one that tells more is taken.
    pub(super) fn worth(self) -> u8 {
        match self {
            Self::Instant(_) => 4,
            Self::Civil { year: Some(_), .. } | Self::Numbered { .. } => 3,
            Self::Civil { year: None, .. } => 2,
            Self::Time(_) => 1,
            Self::Uptime(_) => 0,
        }
    }
}

/// A stamp and where in the text it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) stamp: Stamp,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// Stamps stand near a line's beginning; further on there are only numbers that look like some.
const REACH: usize = 256;

/// The stamp that tells most among those in `text`; of equals the first.
pub(super) fn find(text: &[u8]) -> Option<Found> {
    let mut best: Option<Found> = None;
    let mut at = 0;
    let reach = text.len().min(REACH);
    while at < reach {
        let rest = text.get(at..).unwrap_or_default();
        let Some(&first) = rest.first() else { break };
        let before = at.checked_sub(1).and_then(|i| text.get(i)).copied();
        if !begins_word(before, first) || !(first.is_ascii_digit() || first.is_ascii_alphabetic()) {
            at += 1;
            continue;
        }
        let may_begin = may_begin(rest);
        if first.is_ascii_alphabetic() && !may_begin {
            // Nothing begins within a word.
            at += rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
            continue;
        }
        match if may_begin { stamp(rest) } else { fail(rest) } {
            Ok((after, stamp)) => {
                let to = text.len() - after.len();
                if best.is_none_or(|b| stamp.worth() > b.stamp.worth()) {
                    best = Some(Found { stamp, from: at, to });
                }
                at = to.max(at + 1);
            }
            // The rest of this word cannot begin one.
            Err(_) if first.is_ascii_digit() => at += rest.iter().take_while(|b| b.is_ascii_digit()).count(),
            Err(_) => at += 1,
        }
    }
    best.or_else(|| uptime::find(text.get(..reach).unwrap_or_default()))
}

/// Finds stamps in lines one after the other, which mostly are the same but for the clock.
#[derive(Debug, Clone, Default)]
pub(super) struct Finder {
    /// The line before, and the stamp in it.
    text: Vec<u8>,
    found: Option<Found>,
}

impl Finder {
    /// What [`find`] finds.
    pub(super) fn find(&mut self, text: &[u8]) -> Option<Found> {
        if let Some(found) = self.like_the_last(text) {
            return Some(found);
        }
        self.found = find(text);
        self.text.clear();
        self.text.extend_from_slice(text);
        self.found
    }

    /// The stamp of a line that differs from the one before within its usual stamp only: what is asked of the rest had the
    /// same answers there.
    fn like_the_last(&self, text: &[u8]) -> Option<Found> {
        let Found { from, to, stamp: last } = self.found?;
        let same = text.len() == self.text.len()
            && text.get(..from) == self.text.get(..from)
            && text.get(to..) == self.text.get(to..);
        let (rest, stamp) = if same { usual(text.get(from..)?)? } else { return None };
        (rest.len() == text.len() - to && stamp.worth() == last.worth()).then_some(Found { stamp, from, to })
    }
}

/// Digits begin after anything but a digit, a letter or a decimal point; month names after a non-letter.
fn begins_word(before: Option<u8>, first: u8) -> bool {
    match before {
        None => true,
        // `T` before digits is within a time; glog writes its level before month and day.
        Some(b) if first.is_ascii_digit() => {
            !b.is_ascii_digit() && b != b'.' && !(b.is_ascii_alphabetic() || b == b'_')
        }
        Some(b) => !b.is_ascii_alphanumeric(),
    }
}

/// Whether a stamp may begin so: of most words and numbers a glance tells that they begin none.
fn may_begin(input: &[u8]) -> bool {
    let n = input.iter().take(20).take_while(|b| b.is_ascii_digit()).count();
    let after = input.get(n).copied();
    match n {
        0 => {
            let glog = matches!(input, [b'I' | b'W' | b'E' | b'F' | b'D' | b'C', b'0'..=b'9', ..]);
            glog || input.first_chunk::<3>().is_some_and(begins_month)
        }
        // A day or an hour.
        1 | 2 => match after {
            Some(b' ') => input.get(n + 1).is_some_and(u8::is_ascii_alphabetic),
            after => matches!(after, Some(b'-' | b'/' | b'.' | b':' | b'h')),
        },
        // A year.
        4 => matches!(after, Some(b'-' | b'/' | b'.')),
        // A day without marks; seconds since 1970, and finer units.
        8 | 10..=19 => true,
        _ => false,
    }
}

/// The first three letters of a month, in any case.
fn begins_month(word: &[u8; 3]) -> bool {
    let lower = word.map(|b| b | 0x20);
    matches!(
        &lower,
        b"jan" | b"feb" | b"mar" | b"apr" | b"may" | b"jun" | b"jul" | b"aug" | b"sep" | b"oct" | b"nov" | b"dec"
    )
}

/// Any stamp at the beginning of `input`.
fn stamp(input: &[u8]) -> IResult<&[u8], Stamp> {
    if let Some((rest, stamp)) = usual(input) {
        return Ok((rest, stamp));
    }
    let first = input.first().copied().unwrap_or(0);
    if first.is_ascii_digit() {
        alt((numeric_date, day_month_name, epoch, time_only)).parse(input)
    } else {
        alt((glog, month_name)).parse(input)
    }
}

/// `2024-03-01 10:00:00,123`, as most logs write it: what [`numeric_date`] makes of it, without its detours. `None` where
/// more of the text may belong to it.
fn usual(input: &[u8]) -> Option<(&[u8], Stamp)> {
    let (written, mut rest) = input.split_first_chunk::<19>()?;
    let marks = [written[4], written[7], written[10], written[13], written[16]];
    if !matches!(marks, [b'-', b'-', b' ' | b'T', b':', b':']) {
        return None;
    }
    let mut sound = true;
    let mut two = |at: usize| {
        let (tens, ones) = (written[at].wrapping_sub(b'0'), written[at + 1].wrapping_sub(b'0'));
        sound &= tens < 10 && ones < 10;
        i64::from(tens) * 10 + i64::from(ones)
    };
    let (year, month, day) = (two(0) * 100 + two(2), two(5), two(8));
    let (hour, minute, second) = (two(11), two(14), two(17));
    if !sound || hour > 23 || minute > 59 || second > 60 || rest.first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let mut micros = 0;
    if let [b'.' | b',', digits @ ..] = rest {
        let n = digits.iter().take_while(|b| b.is_ascii_digit()).count();
        if n > 9 {
            return None;
        }
        if n > 0 {
            (0..6).for_each(|i| micros = micros * 10 + digits[..n].get(i).map_or(0, |b| i64::from(b - b'0')));
            rest = &digits[n..];
        }
    }
    // An offset, a zone's name, the half of a day.
    let next = rest.trim_ascii_start();
    let word = &next[..next.iter().take(6).take_while(|b| b.is_ascii_alphabetic()).count()];
    let half = word.len() == 2 && word[1].eq_ignore_ascii_case(&b'm');
    if rest.first() == Some(&b':') || matches!(next, [b'+' | b'-' | 0xe2, ..]) || half || names_zone(word) {
        return None;
    }
    let of_day = ((hour * 60 + minute) * 60 + second.min(59)) * SECOND + micros;
    Some((rest, stamp_of(Some(year), month, day, of_day, None)?))
}

fn names_zone(word: &[u8]) -> bool {
    matches!(word, b"Z" | b"z") || zone_name(word).is_some()
}

fn digits(from: usize, to: usize) -> impl Fn(&[u8]) -> IResult<&[u8], i64> {
    move |input| {
        let number = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse().ok();
        map_opt(take_while_m_n(from, to, |b: u8| b.is_ascii_digit()), number).parse(input)
    }
}

/// Exactly `n` digits, no more after them.
fn exactly(n: usize) -> impl Fn(&[u8]) -> IResult<&[u8], i64> {
    move |input| terminated(digits(n, n), not(peek(digits(1, 1)))).parse(input)
}

/// `,123` or `.123456789`, in microseconds.
fn fraction(input: &[u8]) -> IResult<&[u8], i64> {
    let (rest, digits) = preceded(one_of(".,"), take_while_m_n(1, 18, |b: u8| b.is_ascii_digit())).parse(input)?;
    let mut micros = 0;
    for i in 0..6 {
        micros = micros * 10 + digits.get(i).map_or(0, |b| i64::from(b - b'0'));
    }
    Ok((rest, micros))
}

const SECOND: i64 = 1_000_000;

/// `10:00`, `10:00:00`, `10:00:00,123`, with `AM` or `PM`; seconds are asked for where nothing else makes it a time.
fn clock_time(with_seconds: bool) -> impl Fn(&[u8]) -> IResult<&[u8], i64> {
    move |input| {
        let (rest, hour) = verify(digits(1, 2), |h| *h < 24).parse(input)?;
        let (rest, mark) = one_of(":h").parse(rest)?;
        let (rest, minute) = verify(exactly(2), |m| *m < 60).parse(rest)?;
        let second = preceded(char(if mark == 'h' { 'm' } else { ':' }), verify(exactly(2), |s| *s < 61));
        let (rest, second) = opt(second).parse(rest)?;
        if with_seconds && second.is_none() {
            return fail(input);
        }
        let (rest, micros) = if second.is_some() { opt(fraction).parse(rest)? } else { (rest, None) };
        // A further colon makes it something else: an address, a place in a file.
        let (rest, ()) = not(char(':').and(digits(1, 1))).parse(rest)?;
        let half = preceded(space0, alt((value(0, tag_no_case("am")), value(12, tag_no_case("pm")))));
        let (rest, half) =
            opt(terminated(half, not(peek(take_while1(|b: u8| b.is_ascii_alphanumeric()))))).parse(rest)?;
        let hour = match half {
            Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
            _ => hour,
        };
        let second = second.unwrap_or(0).min(59);
        Ok((rest, ((hour * 60 + minute) * 60 + second) * SECOND + micros.unwrap_or(0)))
    }
}

fn fail<T>(input: &[u8]) -> IResult<&[u8], T> {
    Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Verify)))
}

/// An offset from UTC in seconds: `Z`, `+0100`, `+01:00`, `+01`, ` UTC`, ` CET`.
fn offset(input: &[u8]) -> IResult<&[u8], i64> {
    let sign = alt((value(1, char('+')), value(-1, char('-')), value(-1, tag("\u{2212}"))));
    let minutes = |hours: i64, minutes: i64| (hours < 16 && minutes < 60).then_some((hours * 60 + minutes) * 60);
    let colon = map_opt((digits(2, 2), preceded(char(':'), exactly(2))), move |(h, m)| minutes(h, m));
    let plain = map_opt((digits(2, 2), exactly(2)), move |(h, m)| minutes(h, m));
    let hours = map_opt(exactly(2), move |h| minutes(h, 0));
    let numeric = map((sign, alt((colon, plain, hours))), |(sign, seconds)| sign * seconds);
    let no_word = || not(peek(take_while1(|b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')));
    let named = map_opt(take_while1(|b: u8| b.is_ascii_alphabetic()), zone_name);
    alt((
        preceded(space0, terminated(numeric, no_word())),
        terminated(value(0, one_of("Zz")), no_word()),
        preceded(space1, terminated(named, no_word())),
        preceded(space1, terminated(value(0, char('Z')), no_word())),
    ))
    .parse(input)
}

/// Abbreviations that mean one zone to nearly everybody.
fn zone_name(name: &[u8]) -> Option<i64> {
    let hours = match name {
        b"UTC" | b"GMT" | b"WET" | b"UCT" => 0,
        b"CET" | b"BST" | b"WEST" | b"MEZ" => 1,
        b"CEST" | b"EET" | b"SAST" | b"MESZ" => 2,
        b"EEST" | b"MSK" => 3,
        b"HKT" | b"SGT" | b"AWST" => 8,
        b"JST" | b"KST" => 9,
        b"AEST" => 10,
        b"AEDT" => 11,
        b"NZST" => 12,
        b"NZDT" => 13,
        b"EDT" => -4,
        b"EST" | b"CDT" => -5,
        b"CST" | b"MDT" => -6,
        b"MST" | b"PDT" => -7,
        b"PST" | b"AKDT" => -8,
        b"AKST" => -9,
        b"HST" => -10,
        _ => return None,
    };
    Some(hours * 3600)
}

/// A day with a time and perhaps an offset.
fn stamp_of(year: Option<i64>, month: i64, day: i64, of_day: i64, offset: Option<i64>) -> Option<Stamp> {
    let year = match year {
        Some(year) => Some(i16::try_from(year).ok().filter(|y| (1970..=2200).contains(y))?),
        None => None,
    };
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    // A leap year where none is told, so that no day is lost.
    let date = jiff::civil::Date::new(year.unwrap_or(2000), month, day).ok()?;
    match (year, offset) {
        (Some(_), Some(offset)) => {
            let days = date.since(jiff::civil::Date::constant(1970, 1, 1)).ok()?.get_days();
            Some(Stamp::Instant((i64::from(days) * 86_400 - offset) * SECOND + of_day))
        }
        _ => Some(Stamp::Civil { year, month, day, of_day }),
    }
}

/// `2024-03-01T10:00:00.123Z` and its kin; `2024/03/01 10:00:00`; `20240301T100000Z`; `01.03.2024 10:00:00`;
/// `03/01/2024 10:00:00 AM`, `03/01/24 10:00:00`; Apache's `01/Mar/2024:10:00:00 +0000` is `day_month_name`.
fn numeric_date(input: &[u8]) -> IResult<&[u8], Stamp> {
    let separator = |input| one_of::<_, _, nom::error::Error<&[u8]>>("-/.").parse(input);
    let year_first = |input| -> IResult<&[u8], (i64, i64, i64)> {
        let (rest, year) = digits(4, 4).parse(input)?;
        let (rest, mark) = separator(rest)?;
        let (rest, month) = digits(1, 2).parse(rest)?;
        let (rest, _) = char(mark).parse(rest)?;
        let (rest, day) = exactly_up_to(2).parse(rest)?;
        Ok((rest, (year, month, day)))
    };
    let year_last = |input| -> IResult<&[u8], (i64, i64, i64)> {
        let (rest, first) = digits(1, 2).parse(input)?;
        let (rest, mark) = one_of("-.").parse(rest)?;
        let (rest, second) = digits(1, 2).parse(rest)?;
        let (rest, _) = char(mark).parse(rest)?;
        let (rest, year) = exactly(4).parse(rest)?;
        // Only days with slashes begin with the month in some countries. What cannot be a month is none.
        Ok((rest, if second > 12 { (year, first, second) } else { (year, second, first) }))
    };
    let compact = |input| -> IResult<&[u8], (i64, i64, i64)> {
        let (rest, (year, month, day)) = (digits(4, 4), digits(2, 2), exactly(2)).parse(input)?;
        Ok((rest, (year, month, day)))
    };
    let between = |input| -> IResult<&[u8], ()> {
        let (rest, _) = alt((tag("T"), tag("t"), tag(", "), tag("_"), tag(":"), tag("-"), take_blanks)).parse(input)?;
        Ok((rest, ()))
    };
    let compact_time = |input| -> IResult<&[u8], i64> {
        let (rest, (h, m, s)) = (digits(2, 2), digits(2, 2), opt(digits(2, 2))).parse(input)?;
        let (rest, ()) = not(peek(digits(1, 1))).parse(rest)?;
        let (rest, micros) = opt(fraction).parse(rest)?;
        if h > 23 || m > 59 || s.is_some_and(|s| s > 60) {
            return fail(input);
        }
        Ok((rest, ((h * 60 + m) * 60 + s.unwrap_or(0).min(59)) * SECOND + micros.unwrap_or(0)))
    };
    let dashed_time = |input| -> IResult<&[u8], i64> {
        let (rest, (h, _, m, _, s)) = (digits(2, 2), char('-'), digits(2, 2), char('-'), exactly(2)).parse(input)?;
        let (rest, micros) = opt(fraction).parse(rest)?;
        if h > 23 || m > 59 || s > 60 {
            return fail(input);
        }
        Ok((rest, ((h * 60 + m) * 60 + s.min(59)) * SECOND + micros.unwrap_or(0)))
    };
    let named = |(year, month, day)| Day::Named { year, month, day };
    let numbered = map(numbered::day, Day::Numbered);
    let (rest, day) =
        alt((map(year_first, named), map(year_last, named), numbered, map(compact, named))).parse(input)?;
    let time = preceded(between, alt((clock_time(false), dashed_time, compact_time)));
    let (rest, of_day) = opt(time).parse(rest)?;
    let Some(of_day) = of_day else {
        // A day alone says too little, unless nothing else is there.
        return fail(input);
    };
    let (rest, offset) = opt(offset).parse(rest)?;
    let stamp = match day {
        Day::Named { year, month, day } => stamp_of(Some(year), month, day, of_day, offset),
        Day::Numbered(numbers) if offset.is_none() => Some(Stamp::Numbered { numbers, of_day }),
        Day::Numbered(numbers) => numbered::likeliest(numbers)
            .and_then(|d| stamp_of(Some(d.year().into()), d.month().into(), d.day().into(), of_day, offset)),
    };
    match stamp {
        Some(stamp) => Ok((rest, stamp)),
        None => fail(input),
    }
}

/// A day as a clock writes it in numbers.
enum Day {
    Named { year: i64, month: i64, day: i64 },
    Numbered([i16; 3]),
}

/// Up to `n` digits, no more after them.
fn exactly_up_to(n: usize) -> impl Fn(&[u8]) -> IResult<&[u8], i64> {
    move |input| terminated(digits(1, n), not(peek(digits(1, 1)))).parse(input)
}

fn take_blanks(input: &[u8]) -> IResult<&[u8], &[u8]> {
    take_while1(|b| b == b' ').parse(input)
}

fn month(input: &[u8]) -> IResult<&[u8], i64> {
    let (rest, word) = take_while1(|b: u8| b.is_ascii_alphabetic()).parse(input)?;
    const NAMES: [&[u8]; 12] = [
        b"january",
        b"february",
        b"march",
        b"april",
        b"may",
        b"june",
        b"july",
        b"august",
        b"september",
        b"october",
        b"november",
        b"december",
    ];
    let lower = word.to_ascii_lowercase();
    let short = |name: &[u8]| name.get(..3) == Some(lower.as_slice()) || lower == b"sept" && name == b"september";
    match NAMES.iter().position(|name| *name == lower.as_slice() || short(name)) {
        Some(index) => Ok((rest, index as i64 + 1)),
        None => fail(input),
    }
}

/// `01/Mar/2024:10:00:00 +0000`, `01 Mar 2024 10:00:00`, `01-Mar-2024 10:00:00`, `1 Mar 10:00:00`.
fn day_month_name(input: &[u8]) -> IResult<&[u8], Stamp> {
    let mark = |input| one_of::<_, _, nom::error::Error<&[u8]>>("/- ").parse(input);
    let (rest, (day, _, month)) = (digits(1, 2), mark, month).parse(input)?;
    let (rest, year) = opt(preceded(mark, exactly(4))).parse(rest)?;
    let (rest, _) = alt((tag(":"), tag(", "), take_blanks)).parse(rest)?;
    let (rest, of_day) = clock_time(false).parse(rest)?;
    let (rest, offset) = opt(offset).parse(rest)?;
    match stamp_of(year, month, day, of_day, offset) {
        Some(stamp) => Ok((rest, stamp)),
        None => fail(input),
    }
}

/// `Mar  1 10:00:00`, `Mar 01 2024 10:00:00`, `Mar 1, 2024, 10:00:00 AM`, `Fri Mar  1 10:00:00 UTC 2024`: a weekday
/// before it is not looked at.
fn month_name(input: &[u8]) -> IResult<&[u8], Stamp> {
    let (rest, (month, _, day)) = (month, space1, exactly_up_to(2)).parse(input)?;
    let (rest, _) = opt(char(',')).parse(rest)?;
    let (rest, year) = opt(preceded(space1, terminated(exactly(4), not(peek(char(':')))))).parse(rest)?;
    let (rest, _) = preceded(opt(char(',')), alt((take_blanks, tag("T")))).parse(rest)?;
    let (rest, of_day) = clock_time(false).parse(rest)?;
    let (rest, offset_before) = opt(offset).parse(rest)?;
    let after = |input| -> IResult<&[u8], i64> {
        preceded(space1, verify(exactly(4), |y| (1970..2200).contains(y))).parse(input)
    };
    let (rest, year) = if year.is_some() { (rest, year) } else { opt(after).parse(rest)? };
    let (rest, offset) = if offset_before.is_some() { (rest, offset_before) } else { opt(offset).parse(rest)? };
    match stamp_of(year, month, day, of_day, offset) {
        Some(stamp) => Ok((rest, stamp)),
        None => fail(input),
    }
}

/// glog and abseil: `I0301 10:00:00.123456`.
fn glog(input: &[u8]) -> IResult<&[u8], Stamp> {
    let (rest, (_, month, day, _)) = (one_of("IWEFDC"), digits(2, 2), exactly(2), space1).parse(input)?;
    let (rest, of_day) = clock_time(true).parse(rest)?;
    match stamp_of(None, month, day, of_day, None) {
        Some(stamp) => Ok((rest, stamp)),
        None => fail(input),
    }
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, of a time between 2001 and 2100.
fn epoch(input: &[u8]) -> IResult<&[u8], Stamp> {
    let (rest, whole) = take_while_m_n(10, 19, |b: u8| b.is_ascii_digit()).parse(input)?;
    let (rest, micros) = opt(fraction).parse(rest)?;
    let (rest, ()) = not(peek(take_while1(|b: u8| b.is_ascii_alphanumeric() || b == b'_'))).parse(rest)?;
    let text = std::str::from_utf8(whole).unwrap_or_default();
    let number: i64 = match text.parse() {
        Ok(number) => number,
        Err(_) => return fail(input),
    };
    match instant_of(number, whole.len(), micros.unwrap_or(0)) {
        Some(micros) => Ok((rest, Stamp::Instant(micros))),
        None => fail(input),
    }
}

/// A number of `digits` digits as microseconds since 1970, its unit told by its size.
fn instant_of(number: i64, digits: usize, micros: i64) -> Option<i64> {
    let instant = match digits {
        10 => number * SECOND + micros,
        13 => number * 1000 + micros / 1000,
        16 => number,
        19 => number / 1000,
        _ => return None,
    };
    (1_000_000_000..4_102_444_800).contains(&(instant / SECOND)).then_some(instant)
}

fn time_only(input: &[u8]) -> IResult<&[u8], Stamp> {
    map(clock_time(true), Stamp::Time).parse(input)
}

#[cfg(test)]
mod tests;
