//! The gate of a command: its files are read here, its conditions held against every log.

use std::fs;
use std::path::PathBuf;

use super::saved;
use crate::error::{Error, Result};
use crate::report::Report;
use crate::report::document;
use crate::report::gate::{Condition, Gate, GateReport, KnownList};

/// What the user says about when a command is to fail.
#[derive(Debug, Clone, Default)]
pub struct GateRequest {
    /// Any that holds fails.
    pub conditions: Vec<Condition>,
    /// Whether "cannot tell" fails, too.
    pub strict: bool,
    /// A list of known findings.
    pub known: Option<PathBuf>,
    /// A saved report, for `new-leak`.
    pub baseline: Option<PathBuf>,
}

impl GateRequest {
    /// Reads the files that it names. `None` where nothing can fail.
    ///
    /// # Errors
    /// Where a file cannot be read or is none of its kind, or `new-leak` has nothing to be held against.
    pub fn open(&self) -> Result<Option<Gate>> {
        if self.conditions.is_empty() {
            return Ok(None);
        }
        let wants_baseline = self.conditions.iter().any(|c| matches!(c, Condition::NewLeak));
        if wants_baseline && self.baseline.is_none() {
            return Err(Error::Usage(
                "--fail-on new-leak needs --baseline FILE, a report saved as JSON: \
                 objtrend report last-week.log -o baseline.json"
                    .to_owned(),
            ));
        }
        let known = match &self.known {
            None => KnownList::default(),
            Some(path) => {
                let text = fs::read_to_string(path).map_err(|source| Error::Read { path: path.clone(), source })?;
                KnownList::parse(&text, &path.to_string_lossy())?
            }
        };
        let baseline = self.baseline.as_deref().map(saved::read).transpose()?;
        Ok(Some(Gate { conditions: self.conditions.clone(), strict: self.strict, known, baseline }))
    }
}

/// Holds a gate against all logs of a report.
pub(super) fn hold(gate: &Gate, report: &Report) -> GateReport {
    let findings = report.logs.iter().flat_map(|log| gate.hold(&document::Log::new(log))).collect();
    GateReport::new(gate, findings)
}
