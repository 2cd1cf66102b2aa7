//! A line of a file comes in; the lines that a program wrote go out, without what a collector of logs put around them:
//! JSON, Kubernetes' stamps, colours, NULs. What the wrapper tells (clock, process, container) goes with them.

use serde_json::Value;

use super::line;
use super::stamp::{self, Stamp};
use super::table::Meta;

/// JSON in JSON in JSON: Docker's lines may hold a program's own JSON.
const DEPTH: usize = 3;

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
        let mut line = line.trim_ascii_end();
        if memchr::memchr2(0, 0x1b, line).is_some() {
            strip(line, &mut self.clean);
            let clean = std::mem::take(&mut self.clean);
            self.unwrapped(clean.trim_ascii_end(), each);
            self.clean = clean;
            return;
        }
        // A carriage return within a line goes back to its beginning: what stands after it is what one sees.
        if let Some(at) = memchr::memrchr(b'\r', line) {
            line = line.get(at + 1..).unwrap_or_default();
        }
        self.unwrapped(line, each);
    }

    fn unwrapped(&mut self, line: &[u8], each: &mut dyn FnMut(&[u8], &Meta)) {
        if line.last() == Some(&b'}')
            && let Some(at) = json_begins(line)
            && let Ok(Value::Object(fields)) = serde_json::from_slice(line.get(at..).unwrap_or_default())
        {
            let mut meta = Meta::default();
            meta.writer.label = super::prefix::writer(line.get(..at).unwrap_or_default()).label;
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
                _ => false,
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
            let line = match memchr::memchr2(0, 0x1b, line) {
                Some(_) => {
                    strip(line, &mut clean);
                    clean.as_slice()
                }
                None => line,
            };
            let line = line.trim_ascii_end();
            let inner = (depth > 0 && line.last() == Some(&b'}') && line.first() == Some(&b'{'))
                .then(|| serde_json::from_slice::<serde_json::Map<String, Value>>(line).ok())
                .flatten();
            let nested = inner.is_some_and(|inner| self.json(&inner, meta.clone(), depth - 1, each));
            if !nested {
                escaped(line, &meta, each);
            }
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

/// Fields that name a container, a pod or a worker.
const LABEL: [&str; 10] = [
    "container_name",
    "containerName",
    "container",
    "pod_name",
    "podName",
    "pod",
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
    let kubernetes = fields.get("kubernetes").and_then(Value::as_object).and_then(named);
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

/// Whether a line may hold a record in JSON. Says yes wrongly at times, never no.
pub(super) fn may_be_json(line: &[u8]) -> bool {
    let inner = json_begins(line).and_then(|at| line.get(at + 1..)).unwrap_or_default().trim_ascii_start();
    matches!(inner.first(), Some(b'"' | b'}'))
}

/// Where the JSON of a line begins: at its beginning, or after what a collector puts before it (`web_1  | {…}`).
fn json_begins(line: &[u8]) -> Option<usize> {
    let at = memchr::memchr(b'{', line)?;
    let before = line.get(..at)?;
    // A dict within a sentence is no record.
    (before.iter().all(u8::is_ascii_whitespace)
        || at < 80 && matches!(before.trim_ascii_end().last(), Some(b'|' | b':' | b'F' | b']')))
    .then_some(at)
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
        let cases: [(&str, &[&str], &[&str]); 12] = [
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
            ("a path is no two lines", &[r"C:\new\names 12"], &[r"C:\new\names 12"]),
            ("a dict is no record", &["stats: {'a': 1}"], &["stats: {'a': 1}"]),
        ];
        for (name, lines, out) in cases {
            assert_eq!(texts(lines), out, "{name}");
        }
    }
}
