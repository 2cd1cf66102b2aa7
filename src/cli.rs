//! The command line as clap structs, one per room, turned into a [`Request`]. Opens nothing.

mod batch;
mod compare;
pub(crate) mod config;
mod inspect;

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use objtrend::commands::batch::BatchRequest;
use objtrend::commands::compare::CompareRequest;
use objtrend::commands::inspect::InspectRequest;
use objtrend::commands::{Form, GateRequest, Job, Picture, Request};
use objtrend::parse::Dialect;
use objtrend::plot::{PlotOptions, Theme};
use objtrend::render::{Format, RenderOptions};
use objtrend::report::gate::Condition;
use objtrend::series::{NameFilter, SeriesOptions, TableFormat};
use objtrend::{Error, Options, Result, Source};

const EXAMPLES: &str = "\
Examples:
  objtrend app.log                              which type leaks, since when, how fast
  objtrend app.log.2.gz app.log.1 app.log       one log in several files
  objtrend plot app.log -o leak.png             a picture for the ticket
  objtrend app.log -o ticket.md -o ticket.png   both, read once
  objtrend table app.log --format csv           the series table for other tools
  objtrend batch /var/log/app --out leaks       many logs: a report each, and one ranking
  objtrend compare last-week.log app.log        did the fix work?
  objtrend inspect app.log                      how every line was read";

/// Finds the leaking type in logs of Python's objgraph tables.
#[derive(Debug, Parser)]
#[command(name = "objtrend", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
#[command(max_term_width = 100, subcommand_precedence_over_arg = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    pub(crate) messages: MessageArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The ranked report: which type leaks, since when, how fast (the same as `objtrend LOG`).
    Report(ReportArgs),
    /// A picture for the ticket: the suspects over time with their fits, as PNG or SVG.
    Plot(PlotArgs),
    /// The series table: one row per type and snapshot.
    Table(TableArgs),
    /// A report, a picture and data of each of many logs, and one ranking over all of them.
    Batch(batch::BatchArgs),
    /// Which settings are in force, and where each is from (objtrend.toml, pyproject.toml, OBJTREND_*).
    Config,
    /// Did the fix work? Two logs, or reports saved as JSON, held against each other type by type.
    Compare(compare::CompareArgs),
    /// How every line was read: which table it is part of, or why it was passed over.
    Inspect(inspect::InspectArgs),
}

/// What is said on standard error, and in which colours.
#[derive(Debug, Args)]
pub(crate) struct MessageArgs {
    /// No messages on standard error, only results and errors.
    #[arg(short, long, global = true, help_heading = "Messages")]
    pub(crate) quiet: bool,
    /// When to use colours.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Messages")]
    pub(crate) color: Color,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

/// What is read, and how.
#[derive(Debug, Args)]
struct ReadArgs {
    /// Logs: files, directories, globs, or - for standard input.
    #[arg(value_name = "LOG")]
    logs: Vec<PathBuf>,
    #[command(flatten)]
    how: HowArgs,
}

/// How logs are read, whichever they are.
#[derive(Debug, Args)]
struct HowArgs {
    /// Read everything as one log, in the order given.
    #[arg(long, help_heading = "Reading")]
    join: bool,
    /// What stands before each row, a regex; the groups time, pid and stream are read. Learnt without.
    #[arg(long, value_name = "REGEX", help_heading = "Reading")]
    prefix: Option<String>,
    /// What a row is, a regex with the groups type, count and perhaps delta. Learnt without.
    #[arg(long, value_name = "REGEX", help_heading = "Reading")]
    row: Option<String>,
    /// What tells processes apart, a regex; its group stream or pid, its first, or all of it. Learnt without.
    #[arg(long, value_name = "REGEX", help_heading = "Reading")]
    stream: Option<String>,
    /// Which of objgraph's tables are read.
    #[arg(long, value_name = "DIALECT", default_value = "auto", help_heading = "Reading")]
    dialect: Tables,
    /// How times are written, as for strptime: %d.%m.%Y %H:%M:%S. Learnt without.
    #[arg(long, value_name = "FORMAT", help_heading = "Reading")]
    time_format: Option<String>,
    /// Name of the log on standard input.
    #[arg(long, default_value = "stdin", help_heading = "Reading")]
    name: String,
    /// Time zone of clocks that name none, and of the times in reports.
    #[arg(long, value_name = "ZONE", help_heading = "Reading")]
    timezone: Option<String>,
    /// When the log begins, for logs without a clock: 2024-03-01T10:00.
    #[arg(long, value_name = "TIME", help_heading = "Reading")]
    start: Option<String>,
    /// Time between snapshots, in place of the log's clock: 60s, 5m, 1h30m.
    #[arg(long, value_name = "DURATION", help_heading = "Reading")]
    interval: Option<String>,
    /// Only snapshots from this time on.
    #[arg(long, value_name = "TIME", help_heading = "Reading")]
    since: Option<String>,
    /// Only snapshots up to this time.
    #[arg(long, value_name = "TIME", help_heading = "Reading")]
    until: Option<String>,
    /// Only types that match: a glob, or a regex between slashes; may be repeated.
    #[arg(long, value_name = "GLOB", help_heading = "Reading")]
    types: Vec<String>,
    /// No types that match; may be repeated.
    #[arg(long, value_name = "GLOB", help_heading = "Reading")]
    ignore: Vec<String>,
    /// Threads; 0 means all cores.
    #[arg(short = 'j', long, value_name = "N", default_value_t = 0, help_heading = "Reading")]
    threads: usize,
    /// Memory for the counts of one log, 64M or 1G; a longer one is thinned, and the report says so.
    #[arg(long, value_name = "SIZE", default_value = "256M", help_heading = "Reading")]
    max_memory: String,
}

/// Which of objgraph's tables are read.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Tables {
    Auto,
    MostCommon,
    Growth,
    Repr,
}

/// Where results go.
#[derive(Debug, Args)]
struct OutputArgs {
    /// Write to a file; its name's ending tells the form. May be repeated: the log is read once.
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Vec<PathBuf>,
}

/// When the exit code is 1.
#[derive(Debug, Args)]
struct GateArgs {
    /// Exit with 1 if it holds: leak, leak:certain, new-leak, rate>100/h, type=GLOB; may be repeated.
    #[arg(long, value_name = "CONDITION", help_heading = "Gate")]
    fail_on: Vec<String>,
    /// Fail, too, where the log cannot tell.
    #[arg(long, help_heading = "Gate")]
    strict: bool,
    /// Known findings that fail nothing: lines of fingerprint, last day (or never) and reason.
    #[arg(long, value_name = "FILE", help_heading = "Gate")]
    known: Option<PathBuf>,
    /// A report saved as JSON, for new-leak.
    #[arg(long, value_name = "FILE", help_heading = "Gate")]
    baseline: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ReportArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    look: LookArgs,
    #[command(flatten)]
    gate: GateArgs,
    /// Form of the report on standard output [default: text].
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    format: Option<ReportFormat>,
    /// Ranked entries shown per log.
    #[arg(long, value_name = "N", default_value_t = 10, help_heading = "Output")]
    top: usize,
    /// Show all types, stable ones too.
    #[arg(long, help_heading = "Output")]
    all: bool,
    /// Tell when a suspect's count reaches N.
    #[arg(long, value_name = "N", help_heading = "Output")]
    limit_count: Option<u64>,
}

#[derive(Debug, Args)]
struct PlotArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    look: LookArgs,
}

/// How pictures look.
#[derive(Debug, Args)]
struct LookArgs {
    /// Width and height of pictures.
    #[arg(long, value_name = "WxH", default_value = "1200x700", value_parser = size, help_heading = "Pictures")]
    size: (u32, u32),
    /// Pixels to each: 2 for screens of high density.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=8))]
    #[arg(help_heading = "Pictures")]
    scale: u32,
    /// Light or dark ground.
    #[arg(long, value_name = "THEME", default_value = "light", help_heading = "Pictures")]
    theme: Ground,
    /// Counts in place of objects gained since the first snapshot.
    #[arg(long, help_heading = "Pictures")]
    absolute: bool,
    /// A panel per suspect.
    #[arg(long, help_heading = "Pictures")]
    facets: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Ground {
    Light,
    Dark,
}

#[derive(Debug, Args)]
struct TableArgs {
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    output: OutputArgs,
    /// Form of the table on standard output [default: csv].
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    format: Option<TableForm>,
    /// One row per snapshot, one column per type; built in memory.
    #[arg(long, help_heading = "Output")]
    wide: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ReportFormat {
    Text,
    Markdown,
    Json,
    Jsonl,
    Html,
    Github,
    Junit,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum TableForm {
    Csv,
    Jsonl,
    Parquet,
    Arrow,
}

/// What is to be done.
pub(crate) enum Task {
    /// Reports, pictures and tables of a reading.
    Write(Request),
    /// Many logs.
    Batch(BatchRequest),
    /// Two logs held against each other.
    Compare(CompareRequest),
    /// How lines were read.
    Inspect(InspectRequest),
    /// The settings.
    Config,
}

/// What is to be done, and how many threads work on it.
pub(crate) struct Invocation {
    pub(crate) task: Task,
    pub(crate) threads: usize,
}

impl Cli {
    /// What is to be done. `None`: nothing was named and standard input is a terminal, so help is due.
    pub(crate) fn invocation(self) -> Result<Option<Invocation>> {
        match self.command {
            None => self.report.invocation(),
            Some(Command::Report(args)) => args.invocation(),
            Some(Command::Plot(args)) => args.invocation(),
            Some(Command::Table(args)) => args.invocation(),
            Some(Command::Batch(args)) => args.invocation(self.messages.quiet),
            Some(Command::Config) => Ok(Some(Invocation { task: Task::Config, threads: 0 })),
            Some(Command::Compare(args)) => args.invocation(),
            Some(Command::Inspect(args)) => args.invocation(),
        }
    }
}

impl ReportArgs {
    fn invocation(self) -> Result<Option<Invocation>> {
        let format = self.format.map(|f| match f {
            ReportFormat::Text => Format::Text,
            ReportFormat::Markdown => Format::Markdown,
            ReportFormat::Json => Format::Json,
            ReportFormat::Jsonl => Format::Jsonl,
            ReportFormat::Html => Format::Html,
            ReportFormat::Github => Format::Github,
            ReportFormat::Junit => Format::Junit,
        });
        let jobs = self.output.jobs(format.map(Form::Report), Form::Report(Format::Text))?;
        let mut render = RenderOptions::default();
        render.top = self.top;
        render.all = self.all;
        render.width = width();
        let mut options = self.read.options()?;
        options.trend.limit_count = self.limit_count;
        let gate = self.gate.request()?;
        self.read.invocation(options, jobs, render, self.look.options(), Extra { gate, wide: false })
    }
}

impl PlotArgs {
    fn invocation(self) -> Result<Option<Invocation>> {
        let jobs = self.output.jobs(None, Form::Picture(Picture::Png))?;
        for job in &jobs {
            match &job.path {
                Some(path) if !matches!(job.form, Form::Picture(_)) => {
                    let path = path.display();
                    return Err(Error::Usage(format!("-o {path}: a picture ends in .png or .svg")));
                }
                None if self.output.output.is_empty() && std::io::stdout().is_terminal() => {
                    return Err(Error::Usage(
                        "a picture is no text for a terminal; name a file: -o leak.png".to_owned(),
                    ));
                }
                _ => {}
            }
        }
        let options = self.read.options()?;
        self.read.invocation(options, jobs, RenderOptions::default(), self.look.options(), Extra::default())
    }
}

impl GateArgs {
    fn request(&self) -> Result<GateRequest> {
        let conditions = self.fail_on.iter().map(|c| Condition::parse(c)).collect::<Result<_>>()?;
        Ok(GateRequest { conditions, strict: self.strict, known: self.known.clone(), baseline: self.baseline.clone() })
    }
}

impl LookArgs {
    fn options(&self) -> PlotOptions {
        let mut plot = PlotOptions::default();
        plot.size = self.size;
        plot.scale = self.scale;
        plot.theme = match self.theme {
            Ground::Light => Theme::Light,
            Ground::Dark => Theme::Dark,
        };
        plot.absolute = self.absolute;
        plot.facets = self.facets;
        plot
    }
}

impl TableArgs {
    fn invocation(self) -> Result<Option<Invocation>> {
        let format = self.format.map(|f| match f {
            TableForm::Csv => TableFormat::Csv,
            TableForm::Jsonl => TableFormat::Jsonl,
            TableForm::Parquet => TableFormat::Parquet,
            TableForm::Arrow => TableFormat::Arrow,
        });
        let mut jobs = self.output.jobs(format.map(Form::Table), Form::Table(TableFormat::Csv))?;
        for job in &mut jobs {
            // Of a table's forms only JSON Lines share their ending with a report's.
            if job.form == Form::Report(Format::Jsonl) {
                job.form = Form::Table(TableFormat::Jsonl);
            }
            if let (Form::Report(_) | Form::Picture(_), Some(path)) = (job.form, &job.path) {
                let path = path.display();
                return Err(Error::Usage(format!("-o {path}: a table ends in .csv, .jsonl, .parquet or .arrow")));
            }
        }
        let options = self.read.options()?;
        let extra = Extra { wide: self.wide, ..Extra::default() };
        self.read.invocation(options, jobs, RenderOptions::default(), PlotOptions::default(), extra)
    }
}

impl OutputArgs {
    /// The outputs: files by their endings; standard output in `format`, or in `default` where no file is named.
    fn jobs(&self, format: Option<Form>, default: Form) -> Result<Vec<Job>> {
        let mut jobs = Vec::new();
        let mut about_files = false;
        for path in &self.output {
            if path.as_os_str() == "-" {
                jobs.push(Job { form: format.unwrap_or(default), path: None });
            } else {
                let form = match (Form::of_path(path), format) {
                    // An ending that says nothing leaves it to --format, which then is about this file.
                    (Err(_), Some(form)) => {
                        about_files = true;
                        form
                    }
                    (form, _) => form?,
                };
                jobs.push(Job { form, path: Some(path.clone()) });
            }
        }
        let named = jobs.iter().any(|j| j.path.is_none());
        if let Some(form) =
            format.filter(|_| !about_files).or_else(|| jobs.is_empty().then_some(default)).filter(|_| !named)
        {
            jobs.push(Job { form, path: None });
        }
        Ok(jobs)
    }
}

/// What only some commands have.
#[derive(Default)]
struct Extra {
    gate: GateRequest,
    wide: bool,
}

impl HowArgs {
    /// A path, or standard input.
    fn source(&self, path: PathBuf) -> Source {
        if path.as_os_str() == "-" { Source::stdin(self.name.clone()) } else { Source::path(path) }
    }

    fn options(&self) -> Result<Options> {
        let zone = match &self.timezone {
            None => TimeZone::UTC,
            Some(name) => TimeZone::get(name).map_err(|_| {
                Error::Usage(format!("--timezone {name}: no such zone; use a name such as Europe/Berlin, or UTC"))
            })?,
        };
        let moment = |option: &str, text: &Option<String>| -> Result<Option<i64>> {
            text.as_deref().map(|t| time(option, t, &zone)).transpose()
        };
        let mut series = SeriesOptions::default();
        series.interval_s = self.interval.as_deref().map(interval).transpose()?;
        series.start_us = moment("--start", &self.start)?;
        series.since_us = moment("--since", &self.since)?;
        series.until_us = moment("--until", &self.until)?;
        series.names = NameFilter::new(&self.types, &self.ignore)?;
        let mut options = Options::default();
        options.input.join = self.join;
        options.parse.timezone.clone_from(&self.timezone);
        options.parse.prefix.clone_from(&self.prefix);
        options.parse.row.clone_from(&self.row);
        options.parse.stream.clone_from(&self.stream);
        options.parse.time_format.clone_from(&self.time_format);
        options.parse.dialect = match self.dialect {
            Tables::Auto => Dialect::Auto,
            Tables::MostCommon => Dialect::MostCommon,
            Tables::Growth => Dialect::Growth,
            Tables::Repr => Dialect::Repr,
        };
        options.parse.start_us = series.start_us;
        options.parse.max_memory = Some(memory(&self.max_memory)?);
        options.series = series;
        Ok(options)
    }
}

impl ReadArgs {
    fn options(&self) -> Result<Options> {
        self.how.options()
    }

    fn invocation(
        self,
        options: Options,
        jobs: Vec<Job>,
        render: RenderOptions,
        plot: PlotOptions,
        extra: Extra,
    ) -> Result<Option<Invocation>> {
        let threads = self.how.threads;
        let Some(sources) = self.sources() else { return Ok(None) };
        let Extra { gate, wide } = extra;
        let request = Request { sources, options, jobs, render, plot, wide, color: false, gate };
        Ok(Some(Invocation { task: Task::Write(request), threads }))
    }

    /// What is read; standard input where nothing is named. `None` where that is a terminal.
    fn sources(self) -> Option<Vec<Source>> {
        let mut sources: Vec<Source> = self.logs.into_iter().map(|path| self.how.source(path)).collect();
        if sources.is_empty() {
            if std::io::stdin().is_terminal() {
                return None;
            }
            sources.push(Source::stdin(self.how.name));
        }
        Some(sources)
    }
}

/// Width and height of a picture.
fn size(text: &str) -> std::result::Result<(u32, u32), String> {
    let (width, height) = text.split_once(['x', 'X']).ok_or("write width and height as 1200x700")?;
    let side = |t: &str| t.trim().parse::<u32>().ok().filter(|n| (320..=8000).contains(n));
    let height = side(height).filter(|&n| n >= 240);
    side(width).zip(height).ok_or_else(|| "from 320x240 to 8000x8000".to_owned())
}

/// Columns of the terminal; 80 where there is none.
fn width() -> usize {
    terminal_size::terminal_size().map_or(80, |(w, _)| usize::from(w.0)).max(40)
}

/// Bytes: a bare number, or one with K, M or G.
fn memory(text: &str) -> Result<usize> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => Some(0),
        "K" | "KB" | "KIB" => Some(10),
        "M" | "MB" | "MIB" => Some(20),
        "G" | "GB" | "GIB" => Some(30),
        _ => None,
    };
    let size = unit.zip(digits.parse::<usize>().ok()).and_then(|(unit, n)| n.checked_mul(1 << unit));
    size.ok_or_else(|| Error::Usage(format!("--max-memory {text}: no size; use 64M, 256M or 1G")))
}

/// Seconds between snapshots: a bare number, or a duration with units.
fn interval(text: &str) -> Result<f64> {
    let seconds = match text.parse::<f64>() {
        Ok(seconds) => Some(seconds),
        Err(_) => text.parse::<SignedDuration>().ok().map(|d| d.as_secs_f64()),
    };
    seconds
        .filter(|s| s.is_finite() && *s > 0.0)
        .ok_or_else(|| Error::Usage(format!("--interval {text}: no duration above nought; use 60s, 5m or 1h30m")))
}

/// A moment in microseconds since 1970 UTC: with a zone of its own, or in `zone`.
fn time(option: &str, text: &str, zone: &TimeZone) -> Result<i64> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment.as_microsecond());
    }
    let civil = text.parse::<DateTime>().ok();
    let moment = civil.and_then(|c| c.to_zoned_datetime(zone.clone()).ok());
    moment.map(|m| m.timestamp().as_microsecond()).ok_or_else(|| {
        Error::Usage(format!("{option} {text}: no time; use 2024-03-01T10:00, with +01:00 or Z where its zone matters"))
    })
}
