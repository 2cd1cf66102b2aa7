//! What stands before a row comes in: where it ends, which process it names, and how it compares with another.

pub(super) mod numbers;
pub(super) mod told;

use std::sync::LazyLock;

use memchr::memmem::Finder;
use regex::bytes::Regex;

use super::digits;
use super::stamp;

/// Who wrote a line, as far as its prefix or its fields tell.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Writer {
    /// Container, pod, worker or program.
    pub(super) label: Option<String>,
    /// Process id.
    pub(super) process: Option<u32>,
}

/// Where the name that ends at `name_end` begins, judged by this line alone: after the last blank, or after the last
/// mark that ends a logger's prefix. Names that hold blanks or such marks show in comparison with other lines.
pub(super) fn name_start(text: &[u8], name_end: usize) -> usize {
    let head = text.get(..name_end).unwrap_or_default();
    let mut mark = None;
    let mut next = b' ';
    for (at, &b) in head.iter().enumerate().rev() {
        if b == b' ' || b == b'\t' {
            return mark.unwrap_or(at + 1);
        }
        if mark.is_none() && is_mark(b) {
            let begins = next.is_ascii_alphabetic() || next == b'_' || next == b'<' || next >= 0x80;
            // A bar within a word is a part of it; a collector puts a blank before its own.
            let within = || b == b'|' && at.checked_sub(1).is_some_and(|i| !matches!(head.get(i), Some(b' ' | b'\t')));
            if begins && !within() {
                mark = Some(at + 1);
            }
        }
        next = b;
    }
    mark.unwrap_or(0)
}

/// What may end a logger's prefix: `std::vector` and `a/b` are names, but a prefix ends in one colon, one comma.
fn is_mark(b: u8) -> bool {
    matches!(
        b,
        b':' | b'"'
            | b'\''
            | b'|'
            | b']'
            | b')'
            | b'}'
            | b'#'
            | b'/'
            | b'+'
            | b'`'
            | b';'
            | b'='
            | b'>'
            | b'*'
            | b','
            | b'('
            | b'['
            | b'{'
    )
}

/// `prefix` with every run of digits as one mark, so that clocks and counters do not tell lines apart.
pub(super) fn masked(prefix: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let mut in_digits = false;
    for &b in prefix {
        let digit = b.is_ascii_digit();
        if !(digit && in_digits) {
            out.push(if digit { b'0' } else { b });
        }
        in_digits = digit;
    }
}

/// Where in `text` that what `prefix` is ends, digits aside.
pub(super) fn after_same(prefix: &[u8], text: &[u8]) -> Option<usize> {
    // Many bytes at once, as long as digits stand in the same places.
    let blocks = prefix.as_chunks().0.iter().zip(text.as_chunks().0);
    let alike = 16 * blocks.take_while(|(a, b)| digits::masked(**a) == digits::masked(**b)).count();
    // A number that goes on there may end elsewhere in either.
    let number = prefix.iter().take(alike).rev().take_while(|b| b.is_ascii_digit()).count();
    let (mut i, mut j) = (alike - number, alike - number);
    while let Some(&a) = prefix.get(i) {
        let b = *text.get(j)?;
        if a.is_ascii_digit() && b.is_ascii_digit() {
            while prefix.get(i).is_some_and(u8::is_ascii_digit) {
                i += 1;
            }
            while text.get(j).is_some_and(u8::is_ascii_digit) {
                j += 1;
            }
        } else if a == b {
            i += 1;
            j += 1;
        } else {
            return None;
        }
    }
    Some(j)
}

/// `web_1  | `, also after a clock.
static PIPE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\s*([\w.@-]*[A-Za-z][\w.@/-]*)\s*\| ?").ok());
/// `[pod/name/container] `, names that Kubernetes makes: `web-7d4b9c6f5-x2x9z `, and a task of Amazon's: `ecs/web/0a1b2c3d4e5f `.
static POD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^\s*\[?(
            (?:pod|Pod)/[^\s\]]+
            | [a-z][a-z0-9-]*-[a-z0-9]{6,10}-[a-z0-9]{5}\b (?:[\ /][a-z][\w-]*)?
            | ecs/[\w.-]+/[0-9a-f-]{12,36}\b
            | [\w-]+/[\w.-]+/[0-9a-f]{32}\b
        )\]?",
    )
    .ok()
});
/// `2107/MainThread`, `2107:Thread-3`.
static THREAD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?:^|[\s\[(])(\d{1,7})[/:-]\w*[Tt]hread").ok());
/// `host app[12]: `, `app[12]: `, `app[web.1]: `.
static SYSLOG: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^\s*(?:<\d+>)?\d?\s*(?:([\w.-]+)\s+)?([A-Za-z][\w.@/-]*)\[([\w.-]+)\]: ?").ok());
/// `pid=12`, `[pid 12]`, `process: 12`.
static PID: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:pid|process|proc|process_?id)\b\s*[=:# ]?\s*\[?(\d{1,10})\b").ok());
/// `[12]`, `(12)`: ids of threads have more digits.
static BRACKETS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?:^|\s)[\[(](\d{1,7})[\])]").ok());
/// A process's name in a pool: `ForkPoolWorker-1`, `SpawnProcess-3`, `Process-2`, `worker-1`.
static POOL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b((?:Fork|Spawn|ForkServer)?(?:PoolWorker|Process)-\d+(?::\d+)*|MainProcess|[Ww]orker[-_ #]?\d+)\b")
        .ok()
});

static BRACKET_COLON: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("]:"));
static THREADS: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("hread"));
static PROCESS: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("Process"));
static WORKER: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("orker"));

/// The writer that `prefix` names.
pub(super) fn writer(prefix: &[u8]) -> Writer {
    let mut text = prefix.to_vec();
    for _ in 0..3 {
        let Some(found) = stamp::find(&text) else { break };
        text.drain(found.from..found.to);
    }
    let text = text.as_slice();
    let captured = |regex: &LazyLock<Option<Regex>>, group: usize| -> Option<String> {
        let found = regex.as_ref()?.captures(text)?.get(group)?;
        Some(String::from_utf8_lossy(found.as_bytes()).into_owned())
    };
    // Most lines hold nothing that a closer look could find.
    let has = |part: &Finder<'_>| part.find(text).is_some();
    let has_byte = |a: u8, b: u8| memchr::memchr2(a, b, text).is_some();
    let mut label = None;
    if has_byte(b'|', b'|') {
        label = captured(&PIPE, 1).filter(|l| !is_level(l.as_bytes()));
    }
    if label.is_none() && has_byte(b'/', b'-') {
        label = captured(&POD, 1).or_else(|| pod_of_set(text));
    }
    let mut process = if names_process(text) { captured(&PID, 1).and_then(|p| p.parse().ok()) } else { None };
    let id = if has(&BRACKET_COLON) { captured(&SYSLOG, 3) } else { None };
    if let Some(id) = id {
        let program = captured(&SYSLOG, 2).unwrap_or_default();
        let host = captured(&SYSLOG, 1);
        match id.parse() {
            Ok(number) => process = Some(number),
            Err(_) => label = label.or(Some(format!("{program}[{id}]"))),
        }
        let named = host.map_or(program.clone(), |host| format!("{host} {program}"));
        label = label.or(Some(named));
    }
    if process.is_none() && has(&THREADS) {
        process = captured(&THREAD, 1).and_then(|p| p.parse().ok());
    }
    if process.is_none() && has_byte(b'[', b'(') {
        process = captured(&BRACKETS, 1).and_then(|p| p.parse().ok());
    }
    if label.is_none() && (has(&PROCESS) || has(&WORKER)) {
        label = captured(&POOL, 1);
    }
    Writer { label, process }
}

/// The groups in brackets with which a text begins: `[2024-03-01 10:00:00 +0000] [8842] [INFO] `.
pub(super) fn brackets(text: &[u8]) -> &[u8] {
    let mut end = 0;
    while let Some(rest) = text.get(end..).map(<[u8]>::trim_ascii_start).filter(|rest| rest.first() == Some(&b'['))
        && let Some(close) = memchr::memchr(b']', rest)
    {
        end = text.len() - rest.len() + close + 1;
    }
    text.get(..end).unwrap_or_default()
}

/// A pod of a stateful set before its container, which it is named after: `api-0 api `.
fn pod_of_set(text: &[u8]) -> Option<String> {
    let mut words = text.trim_ascii_start().split(|&b| b == b' ');
    let (pod, container) = (words.next()?, words.next()?);
    let number = pod.strip_prefix(container)?.strip_prefix(b"-")?;
    let is_one = container.len() > 1 && !number.is_empty() && number.iter().all(u8::is_ascii_digit);
    is_one.then(|| String::from_utf8_lossy(pod).into_owned())
}

/// Whether `pid` or `proc` stands in a text, in any case.
fn names_process(text: &[u8]) -> bool {
    memchr::memchr2_iter(b'p', b'P', text).filter_map(|at| text.get(at..)).any(|rest| {
        let begins = |word: &[u8]| rest.get(..word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word));
        begins(b"pid") || begins(b"proc")
    })
}

/// Whether a word is how bad a logger's line is.
pub(super) fn is_level(word: &[u8]) -> bool {
    const LEVELS: [&str; 11] =
        ["TRACE", "DEBUG", "INFO", "NOTICE", "SUCCESS", "WARN", "WARNING", "ERROR", "CRITICAL", "FATAL", "NOTSET"];
    LEVELS.iter().any(|level| word.eq_ignore_ascii_case(level.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is said in a byte of a time: each number as one thing.
    fn spelt(text: &[u8]) -> Vec<(u8, usize)> {
        let mut out: Vec<(u8, usize)> = Vec::new();
        for (at, &b) in text.iter().enumerate() {
            match out.last_mut() {
                Some((b'0', end)) if b.is_ascii_digit() => *end = at + 1,
                _ => out.push((if b.is_ascii_digit() { b'0' } else { b }, at + 1)),
            }
        }
        out
    }

    proptest! {
        #[test]
        fn what_is_the_same_but_for_its_numbers_ends_where_it_does(
            words in prop::collection::vec(("[a-c:, \u{0}]{0,3}", "[0-9]{0,4}", "[0-9]{0,4}"), 0..20),
            cut in 0_usize..60,
            changed in prop::option::of((0_usize..60, prop::sample::select(&b"a0:\0"[..]))),
            behind in "[ a-c0-9]{0,20}",
        ) {
            let put = |number: fn(&(String, String, String)) -> &String| {
                words.iter().map(|word| format!("{}{}", word.0, number(word))).collect::<String>().into_bytes()
            };
            let (mut prefix, mut text) = (put(|w| &w.1), put(|w| &w.2));
            prefix.truncate(cut);
            text.extend_from_slice(behind.as_bytes());
            if let Some((at, byte)) = changed && let Some(b) = text.get_mut(at) {
                *b = byte;
            }
            let (a, b) = (spelt(&prefix), spelt(&text));
            let same = a.len() <= b.len() && a.iter().zip(&b).all(|(a, b)| a.0 == b.0);
            let end = same.then(|| a.len().checked_sub(1).map_or(0, |last| b[last].1));
            prop_assert_eq!(after_same(&prefix, &text), end);
        }
    }
}
