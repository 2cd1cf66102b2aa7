//! Parts of a rotated log come in; they go out in the order that the clock in them tells, where it tells one.

use std::io::Read;

use jiff::civil;

use super::stamp::{self, Stamp};
use crate::error::Result;
use crate::input::Part;

/// How far into a part its times are looked for.
const REACH: u64 = 256 << 10;

/// Puts the oldest part first, by the first full date in each. Names, by which they stand in order already, decide
/// where a part has none, or where two begin at the same time.
pub fn sort_parts(parts: &mut Vec<Part>) {
    if parts.len() < 2 {
        return;
    }
    let times: Option<Vec<i64>> = parts.iter().map(first_time).collect();
    let Some(times) = times else { return };
    let mut order: Vec<(i64, Part)> = times.into_iter().zip(parts.drain(..)).collect();
    order.sort_by_key(|(time, _)| *time);
    parts.extend(order.into_iter().map(|(_, part)| part));
}

/// The first time of a part that names its year. Zones are left out: parts of one log share theirs.
fn first_time(part: &Part) -> Option<i64> {
    head(part).ok()?.split(|&b| b == b'\n').find_map(moment)
}

/// The beginning of a part, as far as times are looked for.
///
/// # Errors
/// Where it cannot be opened.
pub(super) fn head(part: &Part) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    // A part that breaks off has told its times before that, or none.
    let _ = part.open()?.take(REACH).read_to_end(&mut head);
    Ok(head)
}

/// The time of a line that names its year, in microseconds; no zone counts but the one that it names.
pub(super) fn moment(line: &[u8]) -> Option<i64> {
    let of_date = |date: civil::Date, of_day: i64| {
        Some(date.duration_since(civil::Date::new(1970, 1, 1).ok()?).as_secs() * 1_000_000 + of_day)
    };
    match stamp::find(line)?.stamp {
        Stamp::Instant(time) => Some(time),
        Stamp::Civil { year: Some(year), month, day, of_day } => {
            of_date(civil::Date::new(year, month, day).ok()?, of_day)
        }
        Stamp::Numbered { numbers, of_day } => of_date(stamp::numbered::likeliest(numbers)?, of_day),
        _ => None,
    }
}
