//! The report as GitHub annotations: a workflow command per line, which a step's log turns into marks on the run.

use std::io::{self, Write};

use super::RenderOptions;
use crate::report::gate::State;
use crate::report::{LogReport, Report};

pub(super) fn write(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let Some(gate) = &options.gate else {
        return report.logs.iter().try_for_each(|log| write_log(log, options, out));
    };
    // GitHub shows the first ten of a step: what could not be told stands first, then what fails.
    for f in &gate.findings {
        let level = match f.state {
            _ if gate.is_failure(f) => "error",
            State::CannotTell => "warning",
            State::Fail | State::Known => "notice",
        };
        let title = match (f.state, &f.r#type) {
            (State::CannotTell, _) => format!("objtrend cannot tell: {}", f.condition),
            (State::Known, Some(name)) => format!("{name}, a known leak"),
            (_, Some(name)) => format!("{name} leaks"),
            (_, None) => format!("objtrend: {}", f.condition),
        };
        command(level, &title, &format!("{}: {}. Fails on {}.", f.log, f.message, f.condition), out)?;
    }
    for log in &report.logs {
        let said = |name: &str| gate.findings.iter().any(|f| f.log == log.name && f.r#type.as_deref() == Some(name));
        if !gate.findings.iter().any(|f| f.log == log.name) || log.roots().any(|r| !said(&r.name)) {
            let level = if log.leaking == Some(true) { "warning" } else { "notice" };
            command(level, "objtrend", &format!("{}: {}", log.name, log.answer()), out)?;
        }
    }
    Ok(())
}

fn write_log(log: &LogReport, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    if log.leaking != Some(true) {
        let level = if log.leaking.is_none() { "warning" } else { "notice" };
        return command(level, "objtrend", &format!("{}: {}", log.name, log.answer()), out);
    }
    for root in log.roots().take(options.top) {
        let text = format!(
            "{}: {} grows {}. {}. Fingerprint {}.",
            log.name,
            root.name,
            log.growth(root),
            root.why.trim_end_matches('.'),
            root.fingerprint
        );
        command("warning", &format!("{} leaks", root.name), &text, out)?;
    }
    Ok(())
}

fn command(level: &str, title: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    // A title is a property: there `:` and `,` end it.
    let title = data(title).replace(':', "%3A").replace(',', "%2C");
    writeln!(out, "::{level} title={title}::{}", data(text))
}

/// What a command's end would be taken for is written as its code.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}
