//! Reports saved as JSON, read again: the only form of a baseline.

use std::fs;
use std::path::Path;

use crate::error::{Error, Result};
use crate::report::document::{Document, SCHEMA};

/// Whether a file's beginning is that of a saved report, and no log of JSON lines.
pub(super) fn looks_like_report(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head);
    let head = head.trim_start_matches('\u{feff}').trim_start();
    head.strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with("\"schema\"")) && head.contains("\"tool\"")
}

/// Reads a saved report.
///
/// # Errors
/// Where the file cannot be read, or is none.
pub(super) fn read(path: &Path) -> Result<Document> {
    let bytes = fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    parse(&bytes, &path.to_string_lossy())
}

fn parse(bytes: &[u8], name: &str) -> Result<Document> {
    let fail = |why: String| Error::NoReport { name: name.to_owned(), why };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let document: Document = serde_json::from_slice(bytes).map_err(|e| fail(e.to_string()))?;
    if document.schema != SCHEMA {
        return Err(fail(format!("it has schema {}, this objtrend reads {SCHEMA}", document.schema)));
    }
    Ok(document)
}
