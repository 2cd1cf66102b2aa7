//! What the log itself says around the moment in which growth began: that is where a deploy or a changed setting
//! stands. A second look at the file, for suspects only.

use std::collections::HashMap;

use crate::ReadLog;
use crate::input;
use crate::parse::Snapshot;

/// Snapshots before and after the onset whose lines tell which ones are ordinary.
const NEIGHBOURS: usize = 20;

/// Lines looked at, at most.
const WINDOW: u64 = 20_000;

/// A line whose like stands more often than this in the window is ordinary.
const RARE: usize = 2;

/// Lines shown.
const SHOWN: usize = 3;

/// Characters of a line shown.
const WIDTH: usize = 160;

/// The unusual lines between the snapshot before number `onset` and the one after it, in the log's order. None where
/// growth began with the log, or where only ordinary lines stand there.
pub(crate) fn lines(log: &ReadLog, onset: u32) -> Vec<String> {
    let table = |i: usize| (i < log.snapshots.len()).then(|| log.snapshots.table(i));
    let at = onset as usize;
    let (Some(before), Some(here)) = (at.checked_sub(1).and_then(table), table(at)) else {
        return Vec::new();
    };
    let part = here.place.part;
    let near = (at.saturating_sub(NEIGHBOURS)..at + NEIGHBOURS).map_while(table);
    let near: Vec<Snapshot> = near.filter(|t| t.place.part == part && t.last.part == part).collect();
    let (Some(first), Some(last)) = (near.first(), near.last()) else { return Vec::new() };
    // Between the tables around the onset, in this file.
    let from = if before.last.part == part { before.last.line + 1 } else { 1 };
    let to = table(at + 1).filter(|t| t.place.part == part).map_or(here.last.line + 50, |t| t.place.line);
    let start = first.place.line.min(from).max(from.saturating_sub(WINDOW / 2));
    let end = last.last.line.max(to).min(to + WINDOW / 2) + 1;
    let Some(Ok(texts)) = log.parts.get(part as usize).map(|p| input::lines(p, start..end)) else { return Vec::new() };

    let in_table = |line: u64| near.iter().any(|t| t.place.line <= line && line <= t.last.line);
    let numbered = (start..).zip(texts);
    let others: Vec<(u64, String, String)> = numbered
        .filter(|(number, _)| !in_table(*number))
        .map(|(number, text)| (number, plain(&text)))
        .filter(|(_, text)| text.chars().filter(|c| c.is_alphabetic()).count() >= 3)
        .map(|(number, text)| (number, shape(&text), text))
        .collect();
    let mut like: HashMap<&str, usize> = HashMap::new();
    for (_, shape, _) in &others {
        *like.entry(shape).or_default() += 1;
    }
    let rare = others.iter().filter(|(n, shape, _)| (from..to).contains(n) && like[shape.as_str()] <= RARE);
    // Those nearest to the table in which growth shows first.
    let mut rare: Vec<(u64, &String)> = rare.map(|(n, _, text)| (*n, text)).collect();
    rare.sort_by_key(|(n, _)| (n.abs_diff(here.place.line), *n));
    rare.truncate(SHOWN);
    rare.sort_unstable();
    rare.into_iter().map(|(_, text)| text.clone()).collect()
}

/// A line as it can be shown: without codes for colour and other control characters, not longer than a line of text.
fn plain(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text: String =
        anstream::adapter::strip_str(&text).to_string().trim().chars().filter(|c| !c.is_control()).collect();
    if text.chars().count() <= WIDTH {
        return text;
    }
    text.chars().take(WIDTH - 1).chain(['…']).collect()
}

/// What a line has in common with its like: its words, digits masked.
fn shape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '0'..='9' if out.ends_with('0') => {}
            '0'..='9' => out.push('0'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::{Options, Source};

    #[test]
    fn the_deploy_stands_out_from_the_ordinary_lines() {
        let mut log = String::new();
        for n in 0..60 {
            log += &format!("2026-03-02 10:{n:02}:00 INFO app: {} requests served\n", 17 * n % 90);
            log += &format!("function 2370\ndict     1100\nMessage  {}\n", 500 + 9 * usize::max(n, 30));
            if n == 30 {
                log += "2026-03-02 10:30:09 INFO app: deploy of v2\n";
            }
        }
        let reading = crate::read(vec![Source::memory("app.log", log)], &Options::default()).unwrap();
        assert_eq!(super::lines(&reading.logs[0], 30), ["2026-03-02 10:30:09 INFO app: deploy of v2"]);
        assert_eq!(super::lines(&reading.logs[0], 31), ["2026-03-02 10:30:09 INFO app: deploy of v2"]);
        assert!(super::lines(&reading.logs[0], 0).is_empty());
        assert!(super::lines(&reading.logs[0], 50).is_empty());
    }
}
