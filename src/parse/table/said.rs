//! A line comes in; whether it tells that a table begins or ends goes out, or that its number is a process's id.

use super::super::remarks;
use super::super::starts::{self, Says};

/// A line that names one of objgraph's calls, or is a title over a table.
pub(super) fn names_call(text: &[u8]) -> bool {
    const WORDS: [&str; 6] =
        ["most_common_types", "show_growth", "objgraph", "most common types", "growth(", "memory growth"];
    if !remarks::remark(text).calls {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    WORDS.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
}

/// A number that tells of a process: what stands before its name says that one began, or how one ended (`exited with
/// code 137`), or may say so and the name is that of such a number (`Starting service (pid 77`).
pub(super) fn is_of_process(prefix: &[u8], name: &[u8]) -> bool {
    const NUMBERS: [&[u8]; 6] = [b"pid", b"port", b"code", b"status", b"signal", b"version"];
    prefix.len() > 8
        && match starts::says(prefix) {
            Some(Says::Began) => true,
            Some(Says::Perhaps) => NUMBERS.contains(&name),
            None => prefix.ends_with(b"exited with "),
        }
}

/// A line that ends a table whatever follows: a prompt, a call, dots where the rest was cut.
pub(super) fn ends_table(text: &[u8]) -> bool {
    let trimmed = text.trim_ascii();
    let calls = || {
        let calls = [&b"show_growth("[..], b"show_most_common_types("];
        remarks::remark(trimmed).calls && calls.iter().any(|call| memchr::memmem::find(trimmed, call).is_some())
    };
    trimmed == b"..."
        || trimmed == b"[...]"
        || trimmed.starts_with(b">>>")
        || trimmed.starts_with(b"(Pdb)")
        || trimmed.starts_with(b"In [")
        || calls()
}
