//! `objtrend compare BEFORE AFTER`.

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use objtrend::commands::compare::{CompareForm, CompareRequest};
use objtrend::render::ComparisonFormat;
use objtrend::{Error, Result};

use super::{HowArgs, Invocation, LookArgs, OutputArgs, Task, width};

#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// The log before the change, or its report saved as JSON; - for standard input.
    before: PathBuf,
    /// The log after the change, or its report saved as JSON.
    after: PathBuf,
    #[command(flatten)]
    how: HowArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    look: LookArgs,
    /// Form of the comparison on standard output [default: text].
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    format: Option<Form>,
    /// Show all types, those that leak in neither log, too.
    #[arg(long, help_heading = "Output")]
    all: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    Text,
    Markdown,
    Json,
}

impl CompareArgs {
    pub(super) fn invocation(self) -> Result<Option<Invocation>> {
        if self.before == self.after && self.before.as_os_str() == "-" {
            return Err(Error::Usage("only one of the two can be standard input".to_owned()));
        }
        let format = self.format.map(|f| match f {
            Form::Text => ComparisonFormat::Text,
            Form::Markdown => ComparisonFormat::Markdown,
            Form::Json => ComparisonFormat::Json,
        });
        let mut jobs = Vec::new();
        for path in &self.output.output {
            jobs.push(match path.as_os_str() == "-" {
                true => (CompareForm::Text(format.unwrap_or(ComparisonFormat::Text)), None),
                false => (CompareForm::of_path(path)?, Some(path.clone())),
            });
        }
        let named = jobs.iter().any(|j| j.1.is_none());
        if (format.is_some() || jobs.is_empty()) && !named {
            jobs.push((CompareForm::Text(format.unwrap_or(ComparisonFormat::Text)), None));
        }
        let request = CompareRequest {
            before: self.how.source(self.before),
            after: self.how.source(self.after),
            options: self.how.options()?,
            jobs,
            all: self.all,
            // Lines in files and pipes are as long as what they say.
            width: if std::io::stdout().is_terminal() { width() } else { 120 },
            plot: self.look.options(),
        };
        Ok(Some(Invocation { task: Task::Compare(request), threads: self.how.threads }))
    }
}
