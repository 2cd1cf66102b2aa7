//! `objtrend inspect LOG`.

use clap::{Args, ValueEnum};
use objtrend::Result;
use objtrend::commands::inspect::{InspectForm, InspectRequest, Only};

use super::{Invocation, ReadArgs, Task};

#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    #[command(flatten)]
    read: ReadArgs,
    /// Which lines to show [default: all].
    #[arg(long, value_name = "WHICH", help_heading = "Output")]
    only: Option<Which>,
    /// Form of the answer.
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: Form,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    Text,
    Jsonl,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Which {
    /// Those that are part of a table.
    Rows,
    /// Those that look like rows and were passed over.
    Skipped,
}

impl InspectArgs {
    pub(super) fn invocation(self) -> Result<Option<Invocation>> {
        let only = match self.only {
            None => Only::All,
            Some(Which::Rows) => Only::Rows,
            Some(Which::Skipped) => Only::Skipped,
        };
        let form = match self.format {
            Form::Text => InspectForm::Text,
            Form::Jsonl => InspectForm::Jsonl,
        };
        let options = self.read.options()?;
        let threads = self.read.how.threads;
        let Some(sources) = self.read.sources() else { return Ok(None) };
        Ok(Some(Invocation { task: Task::Inspect(InspectRequest { sources, options, only, form }), threads }))
    }
}
