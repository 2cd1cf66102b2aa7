//! The report as one JSON document, and as one JSON object per line.

use std::io::{self, Write};

use serde::Serialize;

use super::RenderOptions;
use crate::report::Report;
use crate::report::document::{Document, Type};

pub(super) fn write(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let document = Document { gate: options.gate.clone(), ..Document::new(report) };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// A type with the name of its log, for tools that read line by line.
#[derive(Serialize)]
struct Line<'a> {
    schema: u32,
    log: &'a str,
    leaking: Option<bool>,
    #[serde(flatten)]
    of_type: &'a Type,
}

pub(super) fn write_lines(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let document = Document::new(report);
    for log in &document.logs {
        for of_type in &log.types {
            let line = Line { schema: document.schema, log: &log.name, leaking: log.leaking, of_type };
            serde_json::to_writer(&mut *out, &line)?;
            writeln!(out)?;
        }
    }
    Ok(())
}
