//! The sentences that texts and pictures share: the answer, a rate, a moment.

use super::{Finding, LogReport, human};
use crate::series::Axis;

impl LogReport {
    /// The unit of a suspect's rate: `per hour`, or `per snapshot` where the log tells no time.
    pub fn unit(&self) -> &'static str {
        match self.axis {
            Axis::Time => "per hour",
            Axis::Snapshot => "per snapshot",
        }
    }

    /// The whole answer in one sentence, with its full stop.
    pub fn answer(&self) -> String {
        let roots: Vec<&Finding> = self.roots().collect();
        match (self.leaking, roots.as_slice()) {
            (None, _) => {
                let why = self.cannot_tell.as_deref().unwrap_or("it does not hold enough; log for longer");
                format!("The log cannot tell: {why}.")
            }
            (Some(_), []) => format!("Nothing is leaking: {}.", self.nothing()),
            (Some(_), [root]) => self.one_leak(root),
            (Some(_), [first, ..]) if first.tied_with.len() + 1 == roots.len() => self.tie(first),
            (Some(_), roots) => self.several(roots),
        }
    }

    fn nothing(&self) -> String {
        let types = match self.findings.len() {
            1 => "the one type in it does not grow without bound".to_owned(),
            n => format!("none of {n} types grows without bound"),
        };
        format!("{types} in {}", self.extent())
    }

    /// How much log there is: `240 snapshots over 4 hours`.
    fn extent(&self) -> String {
        let snapshots = match self.snapshots {
            1 => "one snapshot".to_owned(),
            n => format!("{} snapshots", human::count(f64::from(n))),
        };
        match self.duration_s() {
            Some(s) if s > 0.0 => format!("{snapshots} over {}", human::span(s)),
            _ => snapshots,
        }
    }

    /// Seconds from the first snapshot to the last.
    pub fn duration_s(&self) -> Option<f64> {
        let runs = self.streams.iter().flat_map(|s| &s.runs);
        let from = runs.map(|r| r.x.0).min_by(f64::total_cmp)?;
        (self.axis == Axis::Time).then_some((self.end_x() - from) * 3600.0)
    }

    fn one_leak(&self, root: &Finding) -> String {
        let interval = match (root.slope_low, root.slope_high) {
            (Some(low), Some(high)) => {
                format!(" (95 % interval {} to {})", human::rate(low).replace('-', "−"), human::rate(high))
            }
            _ => String::new(),
        };
        format!("{} is leaking: {}{interval}, {}.", root.name, self.growth(root), self.ends(root))
    }

    fn tie(&self, first: &Finding) -> String {
        let names: Vec<&str> =
            std::iter::once(first.name.as_str()).chain(first.tied_with.iter().map(String::as_str)).collect();
        format!(
            "{} are leaking together, one for one: {}; the log does not show which of them holds the others.",
            listed(&names),
            self.growth(first)
        )
    }

    fn several(&self, roots: &[&Finding]) -> String {
        let mut named: Vec<String> = roots.iter().take(3).map(|r| format!("{} {}", r.name, self.rate(r))).collect();
        if let Some(first) = named.first_mut() {
            *first = format!("{first} {}", self.unit());
        }
        let more = roots.len().saturating_sub(3);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{} types are leaking: {}{more}.", roots.len(), named.join(", "))
    }

    /// Rate with its sign, without its unit: `+3,548`.
    pub fn rate(&self, finding: &Finding) -> String {
        let slope = match self.axis {
            Axis::Time => finding.slope_per_hour,
            Axis::Snapshot => finding.slope_per_snapshot,
        };
        slope.map_or_else(|| "–".to_owned(), human::signed_rate)
    }

    /// `+3,548 per hour since 10:04`.
    pub fn growth_since(&self, finding: &Finding) -> String {
        format!("{} {} {}", self.rate(finding), self.unit(), self.since(finding))
    }

    /// `in worker-1 and worker-2, 2 of 3 processes`: where a type leaks, if not in all of them.
    pub fn place(&self, finding: &Finding) -> Option<String> {
        let (first, more) = finding.leaks_in.split_at_checked(3.min(finding.leaks_in.len()))?;
        let n = finding.leaks_in.len();
        let names = match (first, more.len()) {
            ([], _) => return None,
            (_, 0) => listed(&first.iter().map(String::as_str).collect::<Vec<_>>()),
            (_, more) => format!("{} and {more} more", first.join(", ")),
        };
        Some(format!("in {names}, {n} of {} processes", self.streams.len()))
    }

    /// The same with where it leaks.
    pub fn growth(&self, finding: &Finding) -> String {
        let since = self.growth_since(finding);
        self.place(finding).map_or_else(|| since.clone(), |place| format!("{since} {place}"))
    }

    /// `since 10:04`, `since snapshot 150`, `since the first snapshot`.
    pub fn since(&self, finding: &Finding) -> String {
        match (finding.onset_snapshot, finding.onset_time) {
            (Some(0) | None, None) => "since the first snapshot".to_owned(),
            (_, Some(time)) => format!("since {}", self.calendar().moment(time)),
            (Some(n), None) => format!("since snapshot {n}"),
        }
    }

    /// `1,035 → 15,220 objects in 4 hours`: from the first snapshot to the last, or from the onset on where it is late.
    fn ends(&self, root: &Finding) -> String {
        let span = match (self.duration_s(), root.onset_x) {
            (Some(_), Some(x)) => human::span((self.end_x() - x).max(0.0) * 3600.0),
            (Some(whole), None) => human::span(whole),
            (None, _) => {
                let n = self.snapshots.saturating_sub(root.onset_snapshot.unwrap_or(0));
                format!("{} snapshots", human::count(f64::from(n)))
            }
        };
        format!("{} → {} objects in {span}{}", root.first_text(), root.last_text(), self.restarts(root))
    }

    /// `, through 3 restarts`: why a count did not get as far as its rate would have taken it.
    fn restarts(&self, root: &Finding) -> String {
        let onset = root.onset_x.unwrap_or(f64::NEG_INFINITY);
        let runs = match self.streams.as_slice() {
            [only] => only.runs.iter().skip(1).filter(|run| run.x.0 > onset).count(),
            // Each of several processes has its own.
            _ => 0,
        };
        match runs {
            0 => String::new(),
            1 => ", through a restart".to_owned(),
            n => format!(", through {} restarts", human::count(n as f64)),
        }
    }
}

impl LogReport {
    /// When a suspect's count doubles, and when it reaches the count that was asked for, if it goes on like this:
    /// a sentence with its full stop.
    pub fn outlook(&self, root: &Finding) -> Option<String> {
        let projection = root.projection.as_ref()?;
        let reaches = projection.reaches.map(|(count, x, early, late)| {
            format!("reaches {} {}", human::count(count as f64), self.when((x, early, late)))
        });
        let doubles = projection.doubles.map(|x| format!("has doubled {}", self.when(x)));
        let parts: Vec<String> = reaches.into_iter().chain(doubles).collect();
        (!parts.is_empty()).then(|| format!("If it goes on like this, {} {}.", root.name, parts.join(" and ")))
    }

    /// `by 18:03 (17:58 to 18:08)`, or `in 300 snapshots` where the log tells no time of day.
    fn when(&self, (x, early, late): (f64, f64, Option<f64>)) -> String {
        let calendar = self.calendar();
        if let Some(time) = self.time_at(x) {
            let low = self.time_at(early).map(|t| calendar.moment(t)).unwrap_or_default();
            let high = late.and_then(|x| self.time_at(x)).map_or_else(|| "never".to_owned(), |t| calendar.moment(t));
            return format!("by {} ({low} to {high})", calendar.moment(time));
        }
        let after = (x - self.end_x()).max(0.0);
        match self.axis {
            Axis::Time => format!("in {}", human::span(after * 3600.0)),
            Axis::Snapshot => format!("in {} snapshots", human::count(after)),
        }
    }
}

impl Finding {
    /// Count in the first snapshot, `≤18` where only a bound is known.
    pub fn first_text(&self) -> String {
        end_text(self.first, self.first_max)
    }

    /// Count in the last snapshot, `≤18` where only a bound is known.
    pub fn last_text(&self) -> String {
        end_text(self.last, self.last_max)
    }
}

fn end_text(count: Option<u64>, bound: Option<u64>) -> String {
    match (count, bound) {
        (Some(count), _) => human::count(count as f64),
        (None, Some(0)) => "0".to_owned(),
        (None, Some(bound)) => format!("≤{}", human::count(bound as f64)),
        (None, None) => "?".to_owned(),
    }
}

/// `A`, `A and B`, `A, B and C`.
pub fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// `each Message brings 1 dict and 2 list`; `None` where nothing follows the root.
pub fn brings(log: &LogReport, root: &Finding) -> Option<String> {
    let parts: Vec<String> =
        log.companions(&root.name).filter_map(|c| Some(format!("{} {}", human::ratio(c.ratio?), c.name))).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    (!parts.is_empty()).then(|| format!("each {} brings {}", root.name, listed(&parts)))
}
