//! A line of a file comes in; the lines that a program wrote go out, without what a collector of logs put around them:
//! JSON, Kubernetes' stamps, colours, NULs. What the wrapper tells (clock, process, container) goes with them.

use std::sync::LazyLock;

use aho_corasick::packed::Searcher;
use serde_json::Value;

use super::line;
use super::stamp::{self, Stamp};
use super::table::Meta;
use super::words::{self, Known};

/// JSON in JSON in JSON: Docker's lines may hold a program's own JSON.
const DEPTH: usize = 3;

/// The longest that a collector puts before a record in JSON.
const LONGEST_PREFIX: usize = 120;

/// The longest record that is put together from partial ones.
const LONGEST: usize = 1 << 20;

/// Takes the wrapping off; keeps records that came in parts until the last of them.
#[derive(Debug, Default)]
pub(super) struct Unwrap {
    partial: Vec<u8>,
    clean: Vec<u8>,
}

impl Unwrap {
    /// Hands every line that is in `line` to `each`, without its end and trailing blanks.
    pub(super) fn lines(&mut self, line: &[u8], each: &mut dyn FnMut(&[u8], &Meta)) {
        let mut clean = std::mem::take(&mut self.clean);
        self.unwrapped(seen(line, &mut clean), each);
        self.clean = clean;
    }

    fn unwrapped(&mut self, line: &[u8], each: &mut dyn FnMut(&[u8], &Meta)) {
        if let Some((before, fields)) = record(line) {
            let meta = Meta {
                writer: super::prefix::writer(before),
                stamp: stamp::find(before).map(|found| found.stamp),
                ..Meta::default()
            };
            if self.json(&fields, meta, DEPTH, each) {
                return;
            }
        }
        if let Some((stamp, partial, text)) = container_line(line) {
            let meta = Meta { stamp: Some(stamp), ..Meta::default() };
            if partial && self.partial.len() < LONGEST {
                self.partial.extend_from_slice(text);
            } else if self.partial.is_empty() {
                escaped(text, &meta, each);
            } else {
                let mut whole = std::mem::take(&mut self.partial);
                whole.extend_from_slice(text);
                whole.split(|&b| b == b'\n').for_each(|line| escaped(line.trim_ascii_end(), &meta, each));
            }
            return;
        }
        escaped(line, &Meta::default(), each);
    }

    /// The lines in a JSON record's message; `false` where it has none.
    fn json(
        &mut self,
        fields: &serde_json::Map<String, Value>,
        mut meta: Meta,
        depth: usize,
        each: &mut dyn FnMut(&[u8], &Meta),
    ) -> bool {
        let Some((key, message)) = MESSAGE.iter().find_map(|key| Some((*key, fields.get(*key)?.as_str()?))) else {
            // A wrapper around the record itself: `{"jsonPayload": {"message": …}}`.
            let inner =
                fields.values().find_map(|v| v.as_object().filter(|o| MESSAGE.iter().any(|k| o.contains_key(*k))));
            return match inner {
                Some(inner) if depth > 0 => {
                    look(fields, &mut meta);
                    self.json(inner, meta, depth - 1, each)
                }
                _ => listed(fields).is_some_and(|rows| {
                    look(fields, &mut meta);
                    hand_on(&rows, &meta, each);
                    true
                }),
            };
        };
        look(fields, &mut meta);
        // Docker cuts long lines into records; only the last ends the line.
        if key == "log" && !message.ends_with('\n') && fields.contains_key("stream") && self.partial.len() < LONGEST {
            self.partial.extend_from_slice(message.as_bytes());
            return true;
        }
        let mut whole = std::mem::take(&mut self.partial);
        whole.extend_from_slice(message.as_bytes());
        let text = whole.strip_suffix(b"\n").unwrap_or(&whole);
        for line in text.split(|&b| b == b'\n') {
            let mut clean = Vec::new();
            let line = seen(line, &mut clean);
            let inner = (depth > 0 && line.last() == Some(&b'}') && line.first() == Some(&b'{'))
                .then(|| serde_json::from_slice::<serde_json::Map<String, Value>>(line).ok())
                .flatten();
            let nested = inner.is_some_and(|inner| self.json(&inner, meta.clone(), depth - 1, each));
            if !nested {
                escaped(line, &meta, each);
            }
        }
        if let Some(rows) = listed(fields) {
            hand_on(&rows, &meta, each);
        }
        true
    }

    /// Whether a record waits for its next part.
    pub(super) fn has_partial(&self) -> bool {
        !self.partial.is_empty()
    }

    /// What is left of a record whose last part never came.
    pub(super) fn finish(&mut self, each: &mut dyn FnMut(&[u8], &Meta)) {
        let rest = std::mem::take(&mut self.partial);
        if !rest.is_empty() {
            rest.split(|&b| b == b'\n').for_each(|line| each(line.trim_ascii_end(), &Meta::default()));
        }
    }
}

/// Fields that hold what the program wrote, the surest first.
const MESSAGE: [&str; 12] = [
    "log",
    "message",
    "msg",
    "event",
    "textPayload",
    "MESSAGE",
    "@message",
    "short_message",
    "body",
    "text",
    "line",
    "content",
];

/// What a record holds that is worth a look: one of those fields, or a list of lists. `None` on machines that cannot look
/// for many words at once.
static KEYS: LazyLock<Option<Searcher>> = LazyLock::new(|| {
    let keys = MESSAGE.iter().map(|key| format!("\"{key}\"")).chain(["[[".to_owned(), "[ [".to_owned()]);
    Searcher::new(keys.map(String::into_bytes))
});

/// Fields that hold a clock.
const TIME: [&str; 13] = [
    "timestamp",
    "time",
    "@timestamp",
    "asctime",
    "ts",
    "datetime",
    "date",
    "created",
    "eventTime",
    "t",
    "__REALTIME_TIMESTAMP",
    "_SOURCE_REALTIME_TIMESTAMP",
    "@t",
];

/// Fields that hold a process id.
const PROCESS: [&str; 6] = ["pid", "process", "process_id", "processId", "_PID", "SYSLOG_PID"];

/// Fields that name a pod, a container or a worker; containers of several pods share their names.
const LABEL: [&str; 10] = [
    "pod_name",
    "podName",
    "pod",
    "container_name",
    "containerName",
    "container",
    "processName",
    "worker",
    "CONTAINER_NAME",
    "hostname",
];

/// Takes over what a record's fields tell.
fn look(fields: &serde_json::Map<String, Value>, meta: &mut Meta) {
    let stamp = TIME.iter().find_map(|key| match fields.get(*key)? {
        Value::String(text) => stamp::find(text.as_bytes()).map(|f| f.stamp),
        Value::Number(number) => {
            // Seconds with a fraction, or an integer in a finer unit.
            let text = number.to_string();
            stamp::find(text.as_bytes()).map(|f| f.stamp)
        }
        _ => None,
    });
    // The record's own clock is nearer to what happened than the collector's.
    meta.stamp = stamp.or(meta.stamp);
    let process = PROCESS.iter().find_map(|key| match fields.get(*key)? {
        Value::Number(number) => u32::try_from(number.as_u64()?).ok(),
        Value::String(text) => text.parse().ok(),
        Value::Object(inner) => inner.get("id").or_else(|| inner.get("pid"))?.as_u64()?.try_into().ok(),
        _ => None,
    });
    meta.writer.process = process.or(meta.writer.process);
    let named = |fields: &serde_json::Map<String, Value>| {
        LABEL.iter().find_map(|key| fields.get(*key)?.as_str().filter(|s| *s != "MainProcess").map(str::to_owned))
    };
    // What Fluent Bit and Google's logging put around a record.
    let object = |key| fields.get(key).and_then(Value::as_object);
    let labels = || object("resource")?.get("labels")?.as_object();
    let kubernetes = object("kubernetes").or_else(labels).and_then(named);
    meta.writer.label = kubernetes.or_else(|| named(fields)).or_else(|| meta.writer.label.take());
}

/// Where in `line` the first line end is that is written out, and where that ends.
fn written_end(line: &[u8]) -> Option<(usize, usize)> {
    memchr::memchr2_iter(b'\\', b'#', line).find_map(|at| {
        let rest = line.get(at..).unwrap_or_default();
        let long = [&b"#012"[..], b"\\\\n", b"\\n", b"\\012"].iter().find(|m| rest.starts_with(m))?.len();
        Some((at, at + long))
    })
}

/// Whether line ends are written out in a line.
pub(super) fn has_ends(line: &[u8]) -> bool {
    written_end(line).is_some()
}

/// Hands on a line, or the lines in it where their ends are written out in it, as `repr` and some collectors do:
/// `\n` or `#012`. That is so where several of the pieces look like rows.
fn escaped(line: &[u8], meta: &Meta, each: &mut dyn FnMut(&[u8], &Meta)) {
    if written_end(line).is_none() {
        return each(line, meta);
    }
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some((at, after)) = written_end(rest) {
        let piece = rest.get(..at).unwrap_or_default();
        let piece = piece.strip_suffix(b"\\r").or_else(|| piece.strip_suffix(b"#015")).unwrap_or(piece);
        pieces.push(piece.trim_ascii_end());
        rest = rest.get(after..).unwrap_or_default();
    }
    pieces.push(rest);
    let like_rows = pieces.iter().filter(|piece| line::tail(piece).is_some()).count();
    if like_rows < 2 {
        return each(line, meta);
    }
    // What stands before the first of them holds for all.
    let first = pieces.first().copied().unwrap_or_default();
    let mut meta = meta.clone();
    let named = super::prefix::writer(first);
    meta.writer.label = named.label.or(meta.writer.label);
    meta.writer.process = named.process.or(meta.writer.process);
    meta.stamp = stamp::find(first).map(|f| f.stamp).or(meta.stamp);
    pieces.iter().for_each(|piece| each(piece, &meta));
}

/// What stands before a record in JSON, and its fields.
fn record(line: &[u8]) -> Option<(&[u8], serde_json::Map<String, Value>)> {
    if !may_be_json(line) {
        return None;
    }
    let (before, json) = line.split_at_checked(json_begins(line)?)?;
    let fields = match json.strip_suffix(b"\"") {
        None => serde_json::from_slice(json),
        // In a table of comma-separated values quotes are doubled.
        Some(json) => serde_json::from_str(&std::str::from_utf8(json).ok()?.replace("\"\"", "\"")),
    };
    Some((before, fields.ok()?))
}

/// Whether a record in JSON may end here.
fn ends_record(line: &[u8]) -> bool {
    line.strip_suffix(b"\"").unwrap_or(line).last() == Some(&b'}')
}

/// Whether a line may hold a record in JSON. Says yes wrongly at times, never no.
pub(super) fn may_be_json(line: &[u8]) -> bool {
    ends_record(line)
        && json_begins(line).and_then(|at| line.get(at + 1..)).is_some_and(|inner| {
            // What programs write behind their own words holds no message.
            inner.trim_ascii_start().first() == Some(&b'"')
                && KEYS.as_ref().is_none_or(|keys| keys.find(inner).is_some())
        })
}

/// Where the JSON of a line begins: at its beginning, or after what a collector puts before it (`web_1  | {…}`).
fn json_begins(line: &[u8]) -> Option<usize> {
    let at = memchr::memchr(b'{', line)?;
    let before = line.get(..at)?;
    let quoted = line.last() == Some(&b'"');
    let parted = match before.last() {
        Some(b'"') => quoted,
        Some(b' ' | b'\t' | b'|' | b':' | b']') | None => !quoted,
        _ => false,
    };
    (parted && (at < LONGEST_PREFIX || before.iter().all(u8::is_ascii_whitespace))).then_some(at)
}

/// The rows of a list in a record: `"types": [["dict", 1234], …]`, as `most_common_types()` and `growth()` make them. Other
/// lists of pairs name no types of Python's.
fn listed(fields: &serde_json::Map<String, Value>) -> Option<Vec<String>> {
    let row = |item: &Value| match item.as_array()?.as_slice() {
        [Value::String(name), count] => Some((name.clone(), count.as_u64()?, None)),
        [Value::String(name), count, delta] => Some((name.clone(), count.as_u64()?, Some(delta.as_u64()?))),
        _ => None,
    };
    let rows = |value: &Value| value.as_array()?.iter().map(row).collect::<Option<Vec<_>>>();
    let are_types = |rows: &Vec<(String, u64, Option<u64>)>| {
        let falls = rows.windows(2).all(|w| matches!(w, [a, b] if a.2.unwrap_or(a.1) >= b.2.unwrap_or(b.1)));
        falls && rows.iter().filter(|row| words::known(&row.0) != Known::No).count() > 1
    };
    let rows = fields.values().find_map(|value| rows(value).filter(are_types))?;
    let printed = |(name, count, delta): (String, u64, Option<u64>)| match delta {
        None => format!("{name} {count}"),
        Some(delta) => format!("{name} {count} +{delta}"),
    };
    Some(rows.into_iter().map(printed).collect())
}

/// Hands on the rows of a list in a record, apart from the lines around them.
fn hand_on(rows: &[String], meta: &Meta, each: &mut dyn FnMut(&[u8], &Meta)) {
    each(b"", meta);
    rows.iter().for_each(|row| each(row.as_bytes(), meta));
    each(b"", meta);
}

/// `2024-03-01T10:00:00.123456789Z stdout F text`: the time, whether the record goes on, and the text.
fn container_line(line: &[u8]) -> Option<(Stamp, bool, &[u8])> {
    let first = line.first()?;
    if !first.is_ascii_digit() {
        return None;
    }
    let mut words = line.splitn(4, |&b| b == b' ');
    let (time, stream, tag) = (words.next()?, words.next()?, words.next()?);
    if !matches!(stream, b"stdout" | b"stderr") {
        return None;
    }
    let partial = match tag.split(|&b| b == b':').next()? {
        b"F" => false,
        b"P" => true,
        _ => return None,
    };
    let stamp = stamp::find(time)?.stamp;
    Some((stamp, partial, words.next().unwrap_or_default()))
}

/// What of a line one sees on a screen, without trailing blanks; `clean` is its memory where something is taken out.
fn seen<'a>(line: &'a [u8], clean: &'a mut Vec<u8>) -> &'a [u8] {
    let mut line = line.trim_ascii_end();
    if memchr::memchr2(0, 0x1b, line).is_some() {
        strip(line, clean);
        line = clean.trim_ascii_end();
    }
    // A carriage return within a line goes back to its beginning: what stands after it is what one sees.
    memchr::memrchr(b'\r', line).and_then(|at| line.get(at + 1..)).unwrap_or(line)
}

/// Takes out NULs and the codes that colour text or move the cursor.
fn strip(line: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let mut bytes = line.iter().copied().peekable();
    while let Some(b) = bytes.next() {
        match b {
            0 => {}
            0x1b => match bytes.next() {
                // `ESC [ … letter`
                Some(b'[') => while bytes.next().is_some_and(|b| !(0x40..=0x7e).contains(&b)) {},
                // `ESC ] … BEL` or `ESC ] … ESC \`
                Some(b']') => {
                    while let Some(b) = bytes.next() {
                        if b == 0x07 || b == 0x1b {
                            bytes.next_if_eq(&b'\\');
                            break;
                        }
                    }
                }
                Some(b'(' | b')') => {
                    bytes.next();
                }
                _ => {}
            },
            b => out.push(b),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(lines: &[&str]) -> Vec<String> {
        let mut unwrap = Unwrap::default();
        let mut out = Vec::new();
        let mut each = |text: &[u8], meta: &Meta| {
            let process = meta.writer.process.map_or_else(String::new, |p| format!("{p}|"));
            out.push(format!("{process}{}", String::from_utf8_lossy(text)));
        };
        for line in lines {
            unwrap.lines(line.as_bytes(), &mut each);
        }
        unwrap.finish(&mut each);
        out
    }

    #[test]
    fn wrappers_are_taken_off() {
        let cases: [(&str, &[&str], &[&str]); 19] = [
            ("plain", &["dict  12  "], &["dict  12"]),
            ("colours", &["\x1b[32mdict\x1b[0m  12"], &["dict  12"]),
            ("NULs", &["\0\0dict 12\0"], &["dict 12"]),
            ("docker", &[r#"{"log":"dict  12\n","stream":"stdout","time":"2024-03-01T10:00:00.1Z"}"#], &["dict  12"]),
            (
                "docker, a line in two records",
                &[
                    r#"{"log":"dic","stream":"stdout","time":"2024-03-01T10:00:00.1Z"}"#,
                    r#"{"log":"t  12\n","stream":"stdout","time":"2024-03-01T10:00:00.1Z"}"#,
                ],
                &["dict  12"],
            ),
            ("a table in one record", &[r#"{"msg": "dict 12\nlist 3", "pid": 7}"#], &["7|dict 12", "7|list 3"]),
            ("Kubernetes", &["2024-03-01T10:00:00.123456789Z stdout F dict  12"], &["dict  12"]),
            (
                "Kubernetes, in parts",
                &["2024-03-01T10:00:00.1Z stdout P dic", "2024-03-01T10:00:00.1Z stdout F t  12"],
                &["dict  12"],
            ),
            ("line ends written out", &[r"7 mem: dict  12\nlist 3\n"], &["7 mem: dict  12", "list 3", ""]),
            ("line ends as rsyslog writes them", &["dict  12#012list 3"], &["dict  12", "list 3"]),
            ("a return", &["50 %\rdict  12"], &["dict  12"]),
            ("a return in colours", &["\x1b[32m50 %\rdict  12\x1b[0m"], &["dict  12"]),
            ("a return in a record", &[r#"{"message": "50 %\rdict  12"}"#], &["dict  12"]),
            (
                "a record behind a clock",
                &[r#"2024-03-01T10:00:00.1Z {"event": "dict  12", "level": "info"}"#],
                &["dict  12"],
            ),
            (
                "a record in a column",
                &[r#"1709287200000,"{""event"":""dict  12"",""level"":""info""}""#],
                &["dict  12"],
            ),
            (
                "a list in a record",
                &[r#"{"types": [["dict", 12], ["list", 3]], "pid": 7}"#],
                &["7|", "7|dict 12", "7|list 3", "7|"],
            ),
            (
                "numbers in a record",
                &[r#"{"sizes": [["dict", 1.5], ["list", 3]]}"#],
                &[r#"{"sizes": [["dict", 1.5], ["list", 3]]}"#],
            ),
            ("a path is no two lines", &[r"C:\new\names 12"], &[r"C:\new\names 12"]),
            ("a dict is no record", &["stats: {'a': 1}"], &["stats: {'a': 1}"]),
        ];
        for (name, lines, out) in cases {
            assert_eq!(texts(lines), out, "{name}");
        }
    }
}
