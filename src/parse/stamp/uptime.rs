//! A time since a process began, as `uptime 3600 s`, `uptime: 01:02:03`, `up 2.5h` have it.

use nom::branch::alt;
use nom::bytes::complete::{tag_no_case, take_while_m_n};
use nom::character::complete::{char, digit1, space0};
use nom::combinator::{map, map_res, not, opt, peek, recognize, value};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

use super::{Found, SECOND, Stamp};

/// Where the word stands.
pub(in crate::parse) fn word(text: &[u8]) -> Option<usize> {
    let is_word = |&at: &usize| text.get(at..at + 6).is_some_and(|word| word.eq_ignore_ascii_case(b"uptime"));
    memchr::memchr2_iter(b'u', b'U', text).find(is_word)
}

/// Where the word stands, and the time behind it.
pub(super) fn find(text: &[u8]) -> Option<Found> {
    let at = word(text)?;
    let rest = text.get(at..)?;
    let (after, micros) = uptime(rest).ok()?;
    Some(Found { stamp: Stamp::Uptime(micros), from: at, to: text.len() - after.len() })
}

fn uptime(input: &[u8]) -> IResult<&[u8], i64> {
    let word = (
        tag_no_case("uptime"),
        opt(alt((tag_no_case("_seconds"), tag_no_case("_s"), tag_no_case(" is"), tag_no_case(" of")))),
        take_while_m_n(0, 4, |b: u8| b" :=\t|\"'".contains(&b)),
    );
    preceded(word, alt((clock, amount))).parse(input)
}

/// `01:02:03`, `26:00:00.5`.
fn clock(input: &[u8]) -> IResult<&[u8], i64> {
    let two = || map_res(take_while_m_n(2, 2, |b: u8| b.is_ascii_digit()), number);
    let (rest, (hours, _, minutes, _, seconds)) =
        (map_res(digit1, number), char(':'), two(), char(':'), two()).parse(input)?;
    Ok((rest, (hours.min(10_000_000) * 3600 + minutes * 60 + seconds) * SECOND))
}

fn number(digits: &[u8]) -> Result<i64, std::num::ParseIntError> {
    std::str::from_utf8(digits).unwrap_or_default().parse()
}

/// `3600`, `3600.5 s`, `90min`, `2h`; seconds where no unit is named.
fn amount(input: &[u8]) -> IResult<&[u8], i64> {
    let decimal = map_res(recognize((digit1, opt((char('.'), digit1)))), |d: &[u8]| {
        std::str::from_utf8(d).unwrap_or_default().parse::<f64>()
    });
    let ends = || not(peek(take_while_m_n(1, 1, |b: u8| b.is_ascii_alphabetic())));
    let unit = alt((
        value(0.001, terminated(tag_no_case("ms"), ends())),
        value(60.0, terminated(alt((tag_no_case("minutes"), tag_no_case("min"), tag_no_case("m"))), ends())),
        value(3600.0, terminated(alt((tag_no_case("hours"), tag_no_case("hour"), tag_no_case("h"))), ends())),
        value(86_400.0, terminated(alt((tag_no_case("days"), tag_no_case("day"), tag_no_case("d"))), ends())),
        value(
            1.0,
            terminated(
                alt((tag_no_case("seconds"), tag_no_case("secs"), tag_no_case("sec"), tag_no_case("s"))),
                ends(),
            ),
        ),
    ));
    let (rest, (count, unit)) = (decimal, opt(preceded(space0, unit))).parse(input)?;
    // A century: what is longer is no uptime.
    let seconds = count * unit.unwrap_or(1.0);
    if !(0.0..3.2e9).contains(&seconds) {
        return Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Verify)));
    }
    map(space0, |_| (seconds * SECOND as f64) as i64).parse(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uptimes_as_programs_write_them() {
        for (text, seconds) in [
            ("uptime 3600 s", 3600),
            ("-- uptime: 01:02:03 --", 3723),
            ("Uptime=90min", 5400),
            ("uptime_seconds 12.0", 12),
            ("uptime is 2h", 7200),
        ] {
            let found = find(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(found.stamp, Stamp::Uptime(seconds * SECOND), "{text}");
        }
        assert!(find(b"uptime unknown").is_none());
        assert!(find(b"uptime 99999999999999999999").is_none());
    }
}
