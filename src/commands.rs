//! What the command line asks for, done over all stages: read once, judge once, write every output.

pub mod batch;
pub mod compare;
mod gate;
pub mod inspect;
mod saved;

pub use gate::GateRequest;

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result, Warning};
use crate::plot::{self, PlotOptions};
use crate::render::{Format, RenderOptions, render};
use crate::report::gate::GateReport;
use crate::report::{LogReport, Report};
use crate::series::{TableFormat, TableLog, write_table};
use crate::{Options, ReadLog, Reading, Source};

/// What can be written of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The report.
    Report(Format),
    /// The series table.
    Table(TableFormat),
    /// A picture of one log.
    Picture(Picture),
}

/// The form of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    /// Pixels.
    Png,
    /// Outlines.
    Svg,
}

impl Form {
    /// The form that a file's name asks for by its ending.
    ///
    /// # Errors
    /// Where the ending is none of the known ones.
    pub fn of_path(path: &Path) -> Result<Self> {
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        Ok(match ending.as_str() {
            "txt" => Self::Report(Format::Text),
            "md" => Self::Report(Format::Markdown),
            "json" => Self::Report(Format::Json),
            "jsonl" => Self::Report(Format::Jsonl),
            "html" => Self::Report(Format::Html),
            "xml" => Self::Report(Format::Junit),
            "csv" => Self::Table(TableFormat::Csv),
            "parquet" => Self::Table(TableFormat::Parquet),
            "arrow" => Self::Table(TableFormat::Arrow),
            "png" => Self::Picture(Picture::Png),
            "svg" => Self::Picture(Picture::Svg),
            _ => {
                return Err(Error::Usage(format!(
                    "-o {}: the name's ending tells the form; use .txt .md .json .jsonl .html .xml .csv .parquet .arrow .png or .svg",
                    path.display()
                )));
            }
        })
    }
}

/// One output.
#[derive(Debug, Clone)]
pub struct Job {
    /// What is written.
    pub form: Form,
    /// Where to; `None` is standard output. `{log}` in it stands for the log's name, one file per log.
    pub path: Option<PathBuf>,
}

/// What is to be done.
#[derive(Debug)]
pub struct Request {
    /// What is read.
    pub sources: Vec<Source>,
    /// How it is read and judged.
    pub options: Options,
    /// What is written.
    pub jobs: Vec<Job>,
    /// How much of a report is shown.
    pub render: RenderOptions,
    /// How pictures are drawn.
    pub plot: PlotOptions,
    /// One row per snapshot and one column per type in the series table.
    pub wide: bool,
    /// Whether text on standard output has colours; text in files never has.
    pub color: bool,
    /// When the exit code is to be 1.
    pub gate: GateRequest,
}

/// What is left to be said when all is written.
#[derive(Debug)]
pub struct Outcome {
    /// What could not be read; any makes the exit code 2.
    pub failures: Vec<Error>,
    /// What does not stop anything.
    pub warnings: Vec<Warning>,
    /// What `--fail-on` says; `None` without it.
    pub gate: Option<GateReport>,
}

/// Reads, judges and writes.
///
/// # Errors
/// Where nothing could be read, or an output could not be written.
pub fn run(request: &Request, stdout: &mut (dyn Write + Send)) -> Result<Outcome> {
    let gate = request.gate.open()?;
    let mut options = request.options.clone();
    options.parse.keep_rows = request.jobs.iter().any(|j| matches!(j.form, Form::Table(_)));
    let reading = crate::read(request.sources.clone(), &options)?;
    if reading.logs.is_empty() {
        return Ok(Outcome { failures: reading.failures, warnings: reading.warnings, gate: None });
    }
    check_filter(&reading, &request.options)?;
    let wants_report = gate.is_some() || request.jobs.iter().any(|j| !matches!(j.form, Form::Table(_)));
    let report = if wants_report { crate::judge(&reading, &request.options) } else { Report { logs: Vec::new() } };
    let gate = gate.map(|gate| gate::hold(&gate, &report));
    let answer = Answer { report, gate };
    for job in &request.jobs {
        write_job(job, request, &reading, &answer, stdout)?;
    }
    Ok(Outcome { failures: reading.failures, warnings: reading.warnings, gate: answer.gate })
}

/// Filters that leave no type are a mistake, not an empty answer.
fn check_filter(reading: &Reading, options: &Options) -> Result<()> {
    let names = &options.series.names;
    let keeps = |log: &ReadLog| log.snapshots.type_names().iter().any(|n| names.keeps(n));
    if names.is_empty() || reading.logs.iter().any(keeps) {
        return Ok(());
    }
    let logs: Vec<&str> = reading.logs.iter().map(|l| l.name.as_str()).collect();
    Err(Error::NothingMatches { what: names.as_str().to_owned(), name: logs.join(", ") })
}

/// What is known of a reading when its outputs are written.
struct Answer {
    report: Report,
    gate: Option<GateReport>,
}

fn write_job(
    job: &Job,
    request: &Request,
    reading: &Reading,
    answer: &Answer,
    stdout: &mut (dyn Write + Send),
) -> Result<()> {
    let all: Vec<usize> = (0..reading.logs.len()).collect();
    let Some(path) = &job.path else {
        return write_form(job.form, request, reading, answer, &all, request.color, stdout);
    };
    let name = path.to_string_lossy();
    if !name.contains("{log}") {
        if matches!(job.form, Form::Picture(_)) && all.len() > 1 {
            return Err(Error::Usage(format!(
                "-o {name}: a picture shows one log, and {} were read; put {{log}} into the name for one picture each",
                all.len()
            )));
        }
        return crate::output::write_file(path, |out| write_form(job.form, request, reading, answer, &all, false, out));
    }
    for (i, log) in reading.logs.iter().enumerate() {
        // A log's name may hold folders; its files stand side by side.
        let path = PathBuf::from(name.replace("{log}", &log.name.replace(['/', '\\'], "-")));
        crate::output::write_file(&path, |out| write_form(job.form, request, reading, answer, &[i], false, out))?;
    }
    Ok(())
}

/// Writes one form of the logs with the numbers `which`.
fn write_form(
    form: Form,
    request: &Request,
    reading: &Reading,
    answer: &Answer,
    which: &[usize],
    color: bool,
    out: &mut (dyn Write + Send),
) -> Result<()> {
    match form {
        Form::Report(format) => {
            let report = Report { logs: which.iter().map(|&i| answer.report.logs[i].clone()).collect() };
            let picture = picture_beside(request, which, &report);
            let gate = answer.gate.as_ref().map(|g| g.of_logs(|name| report.logs.iter().any(|l| l.name == name)));
            render(&report, format, &RenderOptions { color, picture, gate, ..request.render.clone() }, out)
                .map_err(Error::Stdout)
        }
        Form::Table(format) => {
            let log = |&i: &usize| TableLog { name: &reading.logs[i].name, snapshots: &reading.logs[i].snapshots };
            let logs: Vec<TableLog<'_>> = which.iter().map(log).collect();
            write_table(&logs, &request.options.series, format, request.wide, out)
        }
        Form::Picture(form) => which.iter().try_for_each(|&i| draw(&answer.report.logs[i], form, &request.plot, out)),
    }
}

fn draw(log: &LogReport, form: Picture, options: &PlotOptions, out: &mut (dyn Write + Send)) -> Result<()> {
    let figure = plot::figure(log, options).ok_or_else(|| Error::Draw {
        what: format!("a picture of {}", log.name),
        why: format!("there is nothing to plot in {} of {} types", count(log.snapshots), log.findings.len()),
    })?;
    match form {
        Picture::Png => plot::write_png(&figure, out),
        Picture::Svg => plot::write_svg(&figure, out),
    }
    .map_err(Error::Stdout)
}

fn count(snapshots: u32) -> String {
    if snapshots == 1 { "one snapshot".to_owned() } else { format!("{snapshots} snapshots") }
}

/// The picture that the same call writes of the one log, for Markdown to link: its name beside the ticket.
fn picture_beside(request: &Request, which: &[usize], report: &Report) -> Option<String> {
    let [_] = which else { return None };
    let name = report.logs.first()?.name.replace(['/', '\\'], "-");
    let picture = |job: &Job| match job.form {
        Form::Picture(_) => job.path.as_ref()?.file_name().map(|n| n.to_string_lossy().replace("{log}", &name)),
        _ => None,
    };
    request.jobs.iter().find_map(picture)
}
