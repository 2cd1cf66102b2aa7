//! Lines come in; the other tool whose table they are part of goes out. None of them is objgraph's, however much its
//! rows look alike.

/// Titles of tables that other tools print, in the order in which they are looked for, and what to call them.
const TITLES: &[(&str, &str)] = &[
    ("# objects |   total size", "Pympler's summary"),
    ("| # objects", "Pympler's summary"),
    ("partition of a set of", "guppy's heap"),
    ("index  count   %     size   % cumulative", "guppy's heap"),
    ("mem usage    increment", "memory_profiler's table"),
    ("old_ids", "objgraph's get_new_ids"),
    ("filename: ", "memory_profiler's table"),
    ("[ top 10 ", "tracemalloc's list"),
    ("sum of changes", "another tool's sum"),
    ("ncalls  tottime", "a profile of calls"),
    ("%mem", "a list of processes"),
    (" objs   refs", "a leak checker's table of objects and references"),
];

/// What stands in single lines that no other tool writes.
fn by_line(lower: &[u8]) -> Option<&'static str> {
    let has = |word: &str| memchr::memmem::find(lower, word.as_bytes()).is_some();
    if has("size=") && has("count=") && has("average=") {
        return Some("tracemalloc's list");
    }
    if has("counter({") {
        return Some("a printed Counter, not objgraph's");
    }
    let trimmed = lower.trim_ascii_start();
    if (trimmed.starts_with(b"<class '") || trimmed.starts_with(b"class '") || trimmed.starts_with(b"<type '"))
        && trimmed.last().is_some_and(u8::is_ascii_digit)
    {
        return Some(if has(" | ") { "Pympler's summary" } else { "a list of classes, not objgraph's names" });
    }
    None
}

/// Remembers the last title, since rows follow it.
#[derive(Debug, Default)]
pub(super) struct Foreign {
    tool: Option<&'static str>,
    /// Lines since the title.
    since: u32,
}

impl Foreign {
    /// The tool whose table `line` belongs to; a line without a number in it ends such a table.
    pub(super) fn tool(&mut self, line: &[u8]) -> Option<&'static str> {
        let lower = line.get(..line.len().min(300)).unwrap_or_default().to_ascii_lowercase();
        if let Some(&(_, tool)) = TITLES.iter().find(|(t, _)| memchr::memmem::find(&lower, t.as_bytes()).is_some()) {
            (self.tool, self.since) = (Some(tool), 0);
            return Some(tool);
        }
        if let Some(tool) = by_line(&lower) {
            return Some(tool);
        }
        self.since += 1;
        let rule =
            !lower.is_empty() && lower.iter().all(|b| matches!(b, b'=' | b'-' | b'+' | b'|' | b' ' | b'/' | b'#'));
        let goes_on = rule
            || self.since <= 200
                && lower.last().is_some_and(u8::is_ascii_alphanumeric)
                && lower.iter().any(u8::is_ascii_digit);
        if !goes_on {
            self.tool = None;
        }
        self.tool
    }
}
