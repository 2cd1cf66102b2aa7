//! What `--fail-on` says: text in, [`Condition`] out.

use std::fmt;

use crate::error::{Error, Result};
use crate::report::document::{Log, Type};
use crate::series::{Axis, NameFilter};

/// When a check fails.
#[derive(Debug, Clone)]
pub enum Condition {
    /// A type leaks.
    Leak,
    /// A type leaks, and the lower bound of its rate is above nought.
    LeakCertain,
    /// A type leaks that did not in the baseline.
    NewLeak,
    /// A suspect's rate lies above a threshold, its whole interval.
    Rate {
        /// The threshold.
        above: f64,
        /// Its unit.
        unit: RateUnit,
    },
    /// A type with one of these names leaks.
    Type(TypeName),
}

/// Names that a condition means: a glob, or a regex between slashes.
#[derive(Debug, Clone)]
pub struct TypeName {
    text: String,
    filter: NameFilter,
}

impl TypeName {
    /// Whether the condition means this type.
    pub fn matches(&self, name: &str) -> bool {
        // A name as objgraph prints it may hold what a glob takes for its own: `list[int]`.
        self.text == name || self.filter.keeps(name)
    }
}

/// The unit of a threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RateUnit {
    /// So many hours.
    Hours(f64, &'static str),
    /// From one snapshot to the next.
    Snapshot,
}

/// Units as they are typed, and as they are written again.
const UNITS: [(&[&str], &str, f64); 4] = [
    (&["s", "sec", "second"], "s", 1.0 / 3600.0),
    (&["min", "m", "minute"], "min", 1.0 / 60.0),
    (&["h", "hour"], "h", 1.0),
    (&["d", "day"], "d", 24.0),
];

impl RateUnit {
    fn parse(text: &str) -> Option<Self> {
        if ["snapshot", "table"].contains(&text) {
            return Some(Self::Snapshot);
        }
        UNITS.iter().find(|u| u.0.contains(&text)).map(|u| Self::Hours(u.2, u.1))
    }

    /// A suspect's interval in this unit; the estimate where there is no interval; `None` where the log does not say.
    pub(super) fn bounds(self, log: &Log, t: &Type) -> Option<(f64, f64)> {
        let estimate = match log.axis {
            Axis::Time => t.slope_per_hour,
            Axis::Snapshot => t.slope_per_snapshot,
        };
        let (low, high) = (t.slope_low.or(estimate)?, t.slope_high.or(estimate)?);
        let factor = match (self, log.axis) {
            (Self::Hours(hours, _), Axis::Time) => hours,
            (Self::Snapshot, Axis::Snapshot) => 1.0,
            (Self::Snapshot, Axis::Time) => log.interval_s? / 3600.0,
            (Self::Hours(..), Axis::Snapshot) => return None,
        };
        Some((low * factor, high * factor))
    }
}

impl Condition {
    /// Reads what stands after `--fail-on`.
    ///
    /// # Errors
    /// Where it is no condition; the text says which there are.
    pub fn parse(text: &str) -> Result<Self> {
        let fail = || {
            Error::Usage(format!(
                "--fail-on {text}: no such condition; use leak, leak:certain, new-leak, rate>100/h or type=Message"
            ))
        };
        match text.trim() {
            "leak" => return Ok(Self::Leak),
            "leak:certain" => return Ok(Self::LeakCertain),
            "new-leak" => return Ok(Self::NewLeak),
            _ => {}
        }
        if let Some(name) = text.trim().strip_prefix("type=").filter(|n| !n.is_empty()) {
            let filter = NameFilter::new(&[name.to_owned()], &[])
                .map_err(|_| Error::Usage(format!("--fail-on {text}: {name} is neither a glob nor a /regex/")))?;
            return Ok(Self::Type(TypeName { text: name.to_owned(), filter }));
        }
        let rate = text.trim().strip_prefix("rate").and_then(|t| t.trim_start().strip_prefix('>')).ok_or_else(fail)?;
        let (number, unit) = rate.split_once('/').ok_or_else(fail)?;
        let above: f64 = number.trim().replace('_', "").parse().map_err(|_| fail())?;
        let unit = RateUnit::parse(unit.trim()).ok_or_else(fail)?;
        if !above.is_finite() || above < 0.0 {
            return Err(fail());
        }
        Ok(Self::Rate { above, unit })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leak => f.write_str("leak"),
            Self::LeakCertain => f.write_str("leak:certain"),
            Self::NewLeak => f.write_str("new-leak"),
            Self::Rate { above, unit: RateUnit::Hours(_, unit) } => write!(f, "rate>{above}/{unit}"),
            Self::Rate { above, unit: RateUnit::Snapshot } => write!(f, "rate>{above}/snapshot"),
            Self::Type(name) => write!(f, "type={}", name.text),
        }
    }
}
