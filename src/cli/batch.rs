//! `objtrend batch PATH... --out DIR`, and its progress bar.

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::Args;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use objtrend::Result;
use objtrend::commands::batch::{BatchRequest, Progress};

use super::{GateArgs, HowArgs, Invocation, LookArgs, Task};

#[derive(Debug, Args)]
pub(super) struct BatchArgs {
    /// Logs: files, directories, archives, or globs.
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Folder for the reports; what is done there and unchanged is left as it is.
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    out: PathBuf,
    /// No pictures.
    #[arg(long, help_heading = "Output")]
    no_plots: bool,
    #[command(flatten)]
    how: HowArgs,
    #[command(flatten)]
    look: LookArgs,
    #[command(flatten)]
    gate: GateArgs,
}

impl BatchArgs {
    pub(super) fn invocation(self, quiet: bool) -> Result<Option<Invocation>> {
        let options = self.how.options()?;
        let request = BatchRequest {
            sources: self.paths.iter().map(|p| self.how.source(p.clone())).collect(),
            folder: self.out,
            options,
            plot: self.look.options(),
            plots: !self.no_plots,
            gate: self.gate.request()?,
            progress: progress(quiet),
        };
        Ok(Some(Invocation { task: Task::Batch(request), threads: self.how.threads }))
    }
}

/// A bar with throughput and time left, on a terminal's standard error only.
fn progress(quiet: bool) -> Box<dyn Fn(Progress) + Send + Sync> {
    if quiet || !std::io::stderr().is_terminal() {
        return Box::new(|_| {});
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let bytes = std::sync::atomic::AtomicU64::new(0);
    Box::new(move |progress| match progress {
        Progress::Begin(logs) => {
            bar.set_length(logs as u64);
            let style = ProgressStyle::with_template("{wide_bar} {pos} of {len} logs{msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.tick();
        }
        Progress::Log(size) => {
            let total = size + bytes.fetch_add(size, std::sync::atomic::Ordering::Relaxed);
            let seconds = bar.elapsed().as_secs_f64().max(0.001);
            bar.inc(1);
            // How long the rest takes is known by the first that is done.
            let rate = total as f64 / 1_048_576.0 / seconds;
            bar.set_message(format!(", {rate:.0} MiB/s, {:#} left", HumanDuration(bar.eta())));
        }
        Progress::End => bar.finish_and_clear(),
    })
}
