//! The program: command line in, exit code out.

mod cli;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use clap::CommandFactory;
use cli::{Cli, Color, Task};
use objtrend::commands::{self, Outcome};
use objtrend::{Error, Result};

fn main() -> ExitCode {
    let cli = match cli::config::parse() {
        Ok(cli) => cli,
        Err(error) => {
            say(&error.chain());
            return ExitCode::from(2);
        }
    };
    let choice = match cli.messages.color {
        Color::Auto => AutoStream::choice(&io::stdout()),
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    };
    let quiet = cli.messages.quiet;
    match run(cli, choice) {
        Ok(outcome) => {
            for warning in outcome.warnings.iter().filter(|_| !quiet) {
                say(&warning.message);
            }
            // What could not be told comes first among them.
            for line in outcome.gate.iter().filter(|_| !quiet).flat_map(|g| g.messages()) {
                say(&line);
            }
            outcome.failures.iter().for_each(|error| say(&error.chain()));
            let fails = outcome.gate.as_ref().is_some_and(|gate| gate.fails());
            // An answer that is not whole is neither pass nor fail.
            ExitCode::from(if !outcome.failures.is_empty() { 2 } else { u8::from(fails) })
        }
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            say(&error.chain());
            ExitCode::from(2)
        }
    }
}

fn run(cli: Cli, choice: ColorChoice) -> Result<Outcome> {
    let Some(invocation) = cli.invocation()? else {
        // Nothing was asked for, and nobody will type a log.
        let _ = Cli::command().print_help();
        return Err(Error::Usage("no log given; name one, or - for standard input".to_owned()));
    };
    let threads = rayon::ThreadPoolBuilder::new().num_threads(invocation.threads).build_global();
    threads.map_err(|e| Error::Usage(format!("--threads {}: {e}", invocation.threads)))?;
    let mut out = io::BufWriter::new(io::stdout());
    let outcome = match invocation.task {
        Task::Write(mut request) => {
            request.color = choice != ColorChoice::Never;
            commands::run(&request, &mut out)?
        }
        Task::Batch(request) => commands::batch::run(&request, &mut out)?,
        Task::Config => {
            out.write_all(cli::config::show()?.as_bytes()).map_err(Error::Stdout)?;
            Outcome { failures: Vec::new(), warnings: Vec::new(), gate: None }
        }
        Task::Compare(request) => commands::compare::run(&request, &mut out)?,
        Task::Inspect(request) => commands::inspect::run(request, &mut out)?,
    };
    out.flush().map_err(Error::Stdout)?;
    Ok(outcome)
}

fn say(message: &str) {
    // Nobody is left to be told where standard error is closed.
    let _ = writeln!(io::stderr(), "objtrend: {message}");
}

fn is_broken_pipe(error: &Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == ErrorKind::BrokenPipe) {
            return true;
        }
        cause = error.source();
    }
    false
}
