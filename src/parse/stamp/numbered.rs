//! A day of three numbers comes in (`03/02/2026`, `03/02/26`), the days that it may be go out. Countries differ in the
//! order; which one it is shows in how the numbers go on through a log.

use jiff::civil::Date;
use nom::character::complete::char;
use nom::combinator::{map_opt, verify};
use nom::{IResult, Parser};

use super::{digits, exactly, exactly_up_to};

/// What a number is: its place in the day as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::parse) enum Order {
    YearMonthDay,
    MonthDayYear,
    DayMonthYear,
}

/// The likeliest first.
const ORDERS: [Order; 3] = [Order::YearMonthDay, Order::MonthDayYear, Order::DayMonthYear];

/// Logs with objgraph's tables are no older than objgraph.
const EARLIEST: i16 = 2008;

impl Order {
    /// The day that the numbers are in this order, if they can be one.
    pub(in crate::parse) fn day(self, [a, b, c]: [i16; 3]) -> Option<Date> {
        let (year, month, day) = match self {
            Self::YearMonthDay => (a, b, c),
            Self::MonthDayYear => (c, a, b),
            Self::DayMonthYear => (c, b, a),
        };
        let year = if year < 100 { 2000 + year } else { year };
        let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
        (EARLIEST..=2200).contains(&year).then_some(date)
    }

    /// The order in which the most of them are days, and of such orders the one in which these go on with the shortest
    /// steps.
    pub(in crate::parse) fn of(days: impl Iterator<Item = [i16; 3]> + Clone) -> Self {
        let (mut best, mut least) = (Self::YearMonthDay, (u64::MAX, i64::MAX));
        for order in ORDERS {
            let (mut none, mut steps, mut last) = (0, 0, None);
            for numbers in days.clone() {
                let Some(day) = order.day(numbers) else {
                    none += 1;
                    continue;
                };
                if let Some(last) = last.replace(day) {
                    steps += day.duration_since(last).as_hours().abs();
                }
            }
            if (none, steps) < least {
                (best, least) = (order, (none, steps));
            }
        }
        best
    }
}

/// The likeliest day where nothing else tells.
pub(in crate::parse) fn likeliest(numbers: [i16; 3]) -> Option<Date> {
    ORDERS.iter().find_map(|order| order.day(numbers))
}

/// `03/02/2026`, `3/2/2026`, `03/02/26`.
pub(super) fn day(input: &[u8]) -> IResult<&[u8], [i16; 3]> {
    let (rest, (a, _, b, _)) = (digits(1, 2), char('/'), digits(1, 2), char('/')).parse(input)?;
    let year = |input| exactly(4).parse(input).or_else(|_: nom::Err<_>| exactly_up_to(2).parse(input));
    let numbers = map_opt(year, |c| Some([i16::try_from(a).ok()?, i16::try_from(b).ok()?, i16::try_from(c).ok()?]));
    verify(numbers, |numbers| likeliest(*numbers).is_some()).parse(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_shows_in_how_the_days_go_on() {
        let of = |days: &[[i16; 3]]| Order::of(days.iter().copied());
        assert_eq!(of(&[[2, 3, 2026], [3, 3, 2026], [4, 3, 2026]]), Order::DayMonthYear);
        assert_eq!(of(&[[3, 2, 2026], [3, 3, 2026], [3, 4, 2026]]), Order::MonthDayYear);
        assert_eq!(of(&[[3, 2, 26], [3, 3, 26], [3, 4, 26]]), Order::MonthDayYear);
        assert_eq!(of(&[[26, 3, 2], [26, 3, 3]]), Order::YearMonthDay);
        assert_eq!(of(&[[12, 3, 11], [12, 3, 12], [12, 3, 13]]), Order::YearMonthDay);
        assert_eq!(of(&[[31, 12, 2026], [1, 1, 2027]]), Order::DayMonthYear);
        // Something else's day.
        assert_eq!(of(&[[2, 3, 2026], [3, 3, 2026], [3, 14, 2026], [14, 3, 2026]]), Order::DayMonthYear);
    }

    #[test]
    fn one_day_alone_is_the_likeliest() {
        let day = |year, month, day| Date::new(year, month, day).ok();
        assert_eq!(likeliest([3, 2, 2026]), day(2026, 3, 2));
        assert_eq!(likeliest([23, 2, 2026]), day(2026, 2, 23));
        assert_eq!(likeliest([26, 3, 2]), day(2026, 3, 2));
        // Nobody used objgraph in 2003.
        assert_eq!(likeliest([3, 2, 26]), day(2026, 3, 2));
        assert_eq!(likeliest([30, 30, 2026]), None);
    }
}
