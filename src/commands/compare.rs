//! `compare`: two logs, or reports saved as JSON, come in; what became of each type goes out.

mod picture;

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::{Outcome, Picture, saved};
use crate::error::{Error, Result};
use crate::plot::PlotOptions;
use crate::render::{ComparisonFormat, render_comparison};
use crate::report::compare::compare;
use crate::report::document::{Document, Log};
use crate::{Options, Source};

/// What of a file's beginning is looked at.
const HEAD: u64 = 512;

/// The form of one output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareForm {
    /// As text or data.
    Text(ComparisonFormat),
    /// Both logs on one axis.
    Picture(Picture),
}

impl CompareForm {
    /// The form that a file's name asks for by its ending.
    ///
    /// # Errors
    /// Where the ending is none of the known ones.
    pub fn of_path(path: &Path) -> Result<Self> {
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        Ok(match ending.as_str() {
            "txt" => Self::Text(ComparisonFormat::Text),
            "md" => Self::Text(ComparisonFormat::Markdown),
            "json" => Self::Text(ComparisonFormat::Json),
            "png" => Self::Picture(Picture::Png),
            "svg" => Self::Picture(Picture::Svg),
            _ => {
                let path = path.display();
                return Err(Error::Usage(format!("-o {path}: a comparison ends in .txt .md .json .png or .svg")));
            }
        })
    }
}

/// What is to be compared, and how it is written.
#[derive(Debug)]
pub struct CompareRequest {
    /// The log before, or its report.
    pub before: Source,
    /// The log after, or its report.
    pub after: Source,
    /// How logs are read and judged.
    pub options: Options,
    /// What is written, and where to; `None` is standard output.
    pub jobs: Vec<(CompareForm, Option<PathBuf>)>,
    /// Whether types that leak in neither are shown, too.
    pub all: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// How pictures are drawn.
    pub plot: PlotOptions,
}

/// Reads both sides, holds them against each other, and writes.
///
/// # Errors
/// Where a side cannot be read or holds more than one log, or an output cannot be written.
pub fn run(request: &CompareRequest, stdout: &mut (dyn Write + Send)) -> Result<Outcome> {
    let mut outcome = Outcome { failures: Vec::new(), warnings: Vec::new(), gate: None };
    let before = side(&request.before, "BEFORE", &request.options, &mut outcome)?;
    let after = side(&request.after, "AFTER", &request.options, &mut outcome)?;
    let (Some(mut before), Some(mut after)) = (before, after) else { return Ok(outcome) };
    if before.name == after.name {
        // Where they lie tells them apart.
        for (log, source) in [(&mut before, &request.before), (&mut after, &request.after)] {
            if let Source::Path(path) = source {
                log.name = path.to_string_lossy().into_owned();
            }
        }
    }
    let comparison = compare(&before, &after);
    let beside = request.jobs.iter().find_map(|(form, path)| match form {
        CompareForm::Picture(_) => path.as_ref()?.file_name().map(|n| n.to_string_lossy().into_owned()),
        CompareForm::Text(_) => None,
    });
    for (form, path) in &request.jobs {
        let write = |out: &mut (dyn Write + Send)| match form {
            CompareForm::Text(format) => {
                render_comparison(&comparison, *format, request.all, request.width, beside.as_deref(), out)
                    .map_err(Error::Stdout)
            }
            CompareForm::Picture(form) => picture::draw(&comparison, &before, &after, *form, &request.plot, out),
        };
        match path {
            Some(path) => crate::output::write_file(path, write)?,
            None => write(stdout)?,
        }
    }
    Ok(outcome)
}

/// The one log of a side; `None` where it could not be read, which is among the failures then.
fn side(source: &Source, which: &str, options: &Options, outcome: &mut Outcome) -> Result<Option<Log>> {
    if let Source::Path(path) = source
        && looks_saved(path)
    {
        return one(saved::read(path)?, which, &path.to_string_lossy()).map(Some);
    }
    let reading = crate::read(vec![source.clone()], options)?;
    outcome.failures.extend(reading.failures);
    outcome.warnings.extend(reading.warnings.iter().cloned());
    let reading = crate::Reading { failures: Vec::new(), ..reading };
    if reading.logs.is_empty() {
        return Ok(None);
    }
    super::check_filter(&reading, options)?;
    let name = match source {
        Source::Path(path) => path.to_string_lossy().into_owned(),
        _ => "standard input".to_owned(),
    };
    one(Document::new(&crate::judge(&reading, options)), which, &name).map(Some)
}

fn one(mut document: Document, which: &str, name: &str) -> Result<Log> {
    match document.logs.len() {
        1 => Ok(document.logs.remove(0)),
        n => Err(Error::Usage(format!("{which} is to be one log, and {name} holds {n}; name one of them"))),
    }
}

/// Whether a file begins as a saved report does; a log of JSON lines does not.
fn looks_saved(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = path.is_file() && File::open(path).is_ok_and(|f| f.take(HEAD).read_to_end(&mut head).is_ok());
    read && saved::looks_like_report(&head)
}
