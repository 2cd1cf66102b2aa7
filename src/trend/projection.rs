//! When a suspect's count reaches a number, if it goes on like this.

use super::Projection;

/// When `count` is reached from `now` (at `x`) by a rate and its interval. `None` where it is reached already, or the slope
/// does not rise.
pub(super) fn reach(count: f64, x: f64, now: f64, (slope, low, high): (f64, f64, f64)) -> Option<Projection> {
    let todo = count - now;
    if todo <= 0.0 || slope <= 0.0 || !todo.is_finite() {
        return None;
    }
    let at = |rate: f64| x + todo / rate;
    let latest = if low > 0.0 { Some(at(low)) } else { None };
    let (expected, earliest) = (at(slope), at(high.max(slope)));
    (expected.is_finite() && earliest.is_finite())
        .then_some(Projection { count, x: (expected, earliest, latest.filter(|l| l.is_finite())) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reaches_what_a_line_reaches() {
        let p = reach(200.0, 10.0, 100.0, (10.0, 5.0, 20.0)).map(|p| p.x);
        assert_eq!(p, Some((20.0, 15.0, Some(30.0))));
        assert_eq!(reach(200.0, 10.0, 100.0, (10.0, 0.0, 20.0)).map(|p| p.x.2), Some(None));
        assert_eq!(reach(100.0, 10.0, 100.0, (10.0, 5.0, 20.0)), None);
        assert_eq!(reach(200.0, 10.0, 100.0, (-1.0, -2.0, 0.0)), None);
    }
}
