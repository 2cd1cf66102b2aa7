//! The report as one JSON document, and as one JSON object per line.

use std::io::{self, BufWriter, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use super::RenderOptions;
use crate::report::Report;
use crate::report::document::{Document, Type};

pub(super) fn write(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let document = Document { gate: options.gate.clone(), ..Document::new(report) };
    write_document(&document, out)
}

/// Writes a document for people and programs: a field a line, but lists in one, since most of them are points.
pub(super) fn write_document(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    // What is written comes in very small pieces.
    let mut out = BufWriter::new(out);
    document.serialize(&mut Serializer::with_formatter(&mut out, FieldALine::default()))?;
    writeln!(out)?;
    out.flush()
}

#[derive(Default)]
struct FieldALine {
    depth: usize,
    /// The object that is written, or was last, has a field.
    filled: bool,
}

impl FieldALine {
    fn line<W: Write + ?Sized>(&self, out: &mut W) -> io::Result<()> {
        out.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| out.write_all(b"  "))
    }
}

impl Formatter for FieldALine {
    fn begin_array_value<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth += 1;
        self.filled = false;
        out.write_all(b"{")
    }

    fn end_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if self.filled {
            self.line(out)?;
        }
        out.write_all(b"}")
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if !first {
            out.write_all(b",")?;
        }
        self.line(out)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn end_object_value<W: Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_a_line_and_lists_in_one() {
        let document = json!({"a": [[1, 2.5], [3, null]], "b": [], "c": {}, "d": [{"e": ["x"]}, {"f": {"g": 1}}]});
        let mut out = Vec::new();
        write_document(&document, &mut out).unwrap();
        let expected = r#"{
  "a": [[1, 2.5], [3, null]],
  "b": [],
  "c": {},
  "d": [{
    "e": ["x"]
  }, {
    "f": {
      "g": 1
    }
  }]
}
"#;
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
