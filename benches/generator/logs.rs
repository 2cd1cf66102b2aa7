//! Logs of objgraph tables for measuring, as services write them. A kind, a size and a seed come in, always the same bytes
//! go out; the standard library alone is used, so that `rustc` compiles this without cargo.

#![allow(dead_code, unreachable_pub, reason = "each program that has this file uses a part of it")]

use std::cmp::Reverse;
use std::io::{self, Write};

/// What a log looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A line with the time, then a table of 50 rows with nothing before them.
    Plain,
    /// As plain, and 60 of 100 lines are other loggers'.
    Mixed,
    /// A logger's prefix before every row.
    Prefixed,
    /// Each line in JSON, as Docker's json-file driver writes it.
    Docker,
    /// Two processes that print at the same time, row by row, each with its pid before every line.
    Interleaved,
    /// As plain, with 200 types and all of them in every table.
    Wide,
}

impl Kind {
    /// All kinds, with the names by which they are asked for.
    pub const ALL: [(&'static str, Self); 6] = [
        ("plain", Self::Plain),
        ("mixed", Self::Mixed),
        ("prefixed", Self::Prefixed),
        ("docker", Self::Docker),
        ("interleaved", Self::Interleaved),
        ("wide", Self::Wide),
    ];

    fn rows(self) -> usize {
        if self == Self::Wide { 200 } else { 50 }
    }
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts {
    pub bytes: u64,
    pub lines: u64,
    pub tables: u64,
    pub rows: u64,
}

/// A log in memory.
pub fn log(kind: Kind, bytes: u64, seed: u64) -> (Vec<u8>, Facts) {
    let mut out = Vec::with_capacity(bytes as usize + (64 << 10));
    let facts = write(kind, bytes, seed, &mut out).unwrap_or_default();
    (out, facts)
}

/// Writes whole tables until there are at least so many bytes.
pub fn write(kind: Kind, bytes: u64, seed: u64, out: &mut impl Write) -> io::Result<Facts> {
    let mut chance = Chance(seed ^ 0x9e37_79b9_7f4a_7c15);
    let mut facts = Facts::default();
    let mut processes = vec![Process::new(kind, 4711, &mut chance)];
    if kind == Kind::Interleaved {
        processes.push(Process::new(kind, 4720, &mut chance));
    }
    let mut lines = Lines { kind, clock: Clock { ms: 0 }, buffer: Vec::new(), scratch: Vec::new(), n: 0 };
    while facts.bytes < bytes {
        for process in &mut processes {
            process.step(&mut chance);
        }
        lines.clock.ms += 59_900 + chance.below(200);
        for process in &processes {
            lines.put(process, |out| out.extend_from_slice(b"objects by type"));
        }
        let widths: Vec<usize> = processes.iter().map(|p| p.width(kind.rows())).collect();
        for row in 0..kind.rows() {
            for (process, width) in processes.iter().zip(&widths) {
                lines.put(process, |out| process.row(row, *width, out));
            }
        }
        facts.tables += processes.len() as u64;
        facts.rows += (processes.len() * kind.rows()) as u64;
        if kind == Kind::Mixed {
            // Of 51 + 77 lines, 77 are others'.
            let until = lines.n + 77;
            while lines.n < until {
                lines.other(&mut chance);
            }
        }
        facts.lines += std::mem::take(&mut lines.n);
        facts.bytes += lines.buffer.len() as u64;
        out.write_all(&lines.buffer)?;
        lines.buffer.clear();
    }
    Ok(facts)
}

/// A small generator of chance (splitmix64): the same on every machine.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Less than `n`.
    fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }
}

/// The types of a program; one of them leaks, with one that comes along.
struct Process {
    pid: u32,
    types: Vec<Type>,
}

struct Type {
    name: String,
    level: u64,
    count: u64,
    /// Objects that are never let go, for every 64 tables.
    leak: u64,
}

impl Process {
    fn new(kind: Kind, pid: u32, chance: &mut Chance) -> Self {
        // Somewhat more types than rows: those around the cut come and go.
        let n = if kind == Kind::Wide { 200 } else { 57 };
        let mut types: Vec<Type> = (0..n).map(|i| Type::new(i, chance)).collect();
        for (at, leak) in [(11, 40), (17, 20)] {
            types[at].leak = leak;
        }
        Self { pid, types }
    }

    /// On to the next table: of three types one changes.
    fn step(&mut self, chance: &mut Chance) {
        for kind in &mut self.types {
            let luck = chance.next();
            if kind.leak > 0 {
                kind.level += u64::from(luck % 64 < kind.leak);
                kind.count = kind.level;
            } else if luck.is_multiple_of(3) {
                // Small counts change the more, so that those around the cut come and go.
                let spread = 2 + kind.level / 50 + if kind.level < 250 { 44 } else { 0 };
                kind.count = kind.level - spread / 2 + (luck >> 32) % spread;
            }
        }
        self.types.sort_by_key(|t| Reverse(t.count));
    }

    /// Of the longest name in the table.
    fn width(&self, rows: usize) -> usize {
        self.types.iter().take(rows).map(|t| t.name.len()).max().unwrap_or(0)
    }

    /// A row as objgraph prints it, by `"%-*s %i"`.
    fn row(&self, row: usize, width: usize, out: &mut Vec<u8>) {
        let Some(kind) = self.types.get(row) else { return };
        out.extend_from_slice(kind.name.as_bytes());
        out.resize(out.len() + width - kind.name.len() + 1, b' ');
        number(kind.count, 1, out);
    }
}

impl Type {
    fn new(i: usize, chance: &mut Chance) -> Self {
        let name = NAMES.get(i).map(|n| (*n).to_owned()).unwrap_or_else(|| {
            let of = |list: &[&str], n: usize| list[n % list.len()].to_owned();
            of(&FIRSTS, i) + &of(&SECONDS, i / FIRSTS.len()) + if i.is_multiple_of(3) { "Proxy" } else { "" }
        });
        // Few types have very many objects, most have some dozens.
        let level = (60_000.0 / (1.0 + i as f64).powf(1.6)) as u64 + 40 + chance.below(30);
        Self { name, level, count: level, leak: 0 }
    }
}

/// The time of the next line, in milliseconds from the beginning of 2026.
struct Clock {
    ms: u64,
}

impl Clock {
    /// `2026-01-01 00:00:00,000`, or with another sign between day and hour and before the milliseconds.
    fn put(&self, between: u8, before_ms: u8, out: &mut Vec<u8>) {
        let (mut year, mut day) = (2026, self.ms / 86_400_000);
        let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        while day >= 365 + u64::from(leap(year)) {
            day -= 365 + u64::from(leap(year));
            year += 1;
        }
        let mut month = 0;
        for days in [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
            if day < days {
                break;
            }
            day -= days;
            month += 1;
        }
        let s = self.ms / 1000;
        let fields = [(year, 4, b'-'), (month + 1, 2, b'-'), (day + 1, 2, between)];
        let fields =
            fields.into_iter().chain([(s / 3600 % 24, 2, b':'), (s / 60 % 60, 2, b':'), (s % 60, 2, before_ms)]);
        for (value, digits, after) in fields {
            number(value, digits, out);
            out.push(after);
        }
        number(self.ms % 1000, 3, out);
    }
}

/// Puts what stands around each line of a kind.
struct Lines {
    kind: Kind,
    clock: Clock,
    buffer: Vec<u8>,
    scratch: Vec<u8>,
    n: u64,
}

impl Lines {
    /// A line of a table, or the one before it.
    fn put(&mut self, process: &Process, text: impl FnOnce(&mut Vec<u8>)) {
        self.n += 1;
        let out = &mut self.buffer;
        match self.kind {
            Kind::Plain | Kind::Mixed | Kind::Wide => {
                self.scratch.clear();
                text(&mut self.scratch);
                if self.scratch.starts_with(b"objects by") {
                    self.clock.put(b' ', b',', out);
                    out.push(b' ');
                }
                out.extend_from_slice(&self.scratch);
            }
            Kind::Prefixed => {
                self.clock.ms += self.n & 1;
                self.clock.put(b' ', b',', out);
                out.extend_from_slice(b" INFO objgraph: ");
                text(out);
            }
            Kind::Interleaved => {
                self.clock.put(b' ', b',', out);
                out.extend_from_slice(b" [");
                number(u64::from(process.pid), 1, out);
                out.extend_from_slice(b"] ");
                text(out);
            }
            Kind::Docker => {
                out.extend_from_slice(b"{\"log\":\"");
                // A name with a sign that JSON writes otherwise is not among ours.
                text(out);
                out.extend_from_slice(b"\\n\",\"stream\":\"stdout\",\"time\":\"");
                self.clock.ms += self.n & 1;
                self.clock.put(b'T', b'.', out);
                number(self.n * 7919 % 1_000_000, 6, out);
                out.extend_from_slice(b"Z\"}");
            }
        }
        self.buffer.push(b'\n');
    }

    /// A line, now and then several, that other loggers write.
    fn other(&mut self, chance: &mut Chance) {
        self.clock.ms += chance.below(300);
        if chance.below(400) == 0 {
            for line in TRACEBACK {
                self.buffer.extend_from_slice(line.as_bytes());
                self.buffer.push(b'\n');
                self.n += 1;
            }
        }
        let line = OTHERS[chance.below(OTHERS.len() as u64) as usize];
        self.clock.put(b' ', b',', &mut self.buffer);
        for (i, piece) in line.split('#').enumerate() {
            if i > 0 {
                let size = [10, 1000, 100_000][chance.below(3) as usize];
                number(chance.below(size), 1, &mut self.buffer);
            }
            self.buffer.extend_from_slice(piece.as_bytes());
        }
        self.buffer.push(b'\n');
        self.n += 1;
    }
}

/// In decimal, with zeros before it to at least so many digits.
fn number(mut value: u64, digits: usize, out: &mut Vec<u8>) {
    let mut text = [b'0'; 20];
    let mut at = text.len();
    while value > 0 {
        at -= 1;
        text[at] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    out.extend_from_slice(&text[at.min(text.len() - digits)..]);
}

/// What a web service holds most of, in falling order.
const NAMES: [&str; 57] = [
    "function",
    "dict",
    "tuple",
    "list",
    "cell",
    "weakref",
    "getset_descriptor",
    "wrapper_descriptor",
    "method_descriptor",
    "builtin_function_or_method",
    "type",
    "Reservation",
    "property",
    "set",
    "module",
    "FieldInfo",
    "ModuleSpec",
    "ReservationItem",
    "SourceFileLoader",
    "member_descriptor",
    "frozenset",
    "ABCMeta",
    "classmethod",
    "staticmethod",
    "_abc_data",
    "partial",
    "mappingproxy",
    "OrderedDict",
    "deque",
    "defaultdict",
    "InstrumentedAttribute",
    "Column",
    "ForwardRef",
    "_GenericAlias",
    "Signature",
    "Parameter",
    "method",
    "Logger",
    "StreamHandler",
    "Decimal",
    "datetime",
    "UUID",
    "Task",
    "Future",
    "coroutine",
    "Context",
    "_lru_cache_wrapper",
    "WeakValueDictionary",
    "Lock",
    "Condition",
    "HTTPConnection",
    "SSLSocket",
    "CaseInsensitiveDict",
    "PoolManager",
    "Retry",
    "BufferedReader",
    "ExtensionFileLoader",
];

/// Halves of the names of further classes.
const FIRSTS: [&str; 12] = [
    "Account", "Basket", "Customer", "Delivery", "Event", "Invoice", "Payment", "Price", "Ticket", "Tenant", "User",
    "Voucher",
];
const SECONDS: [&str; 14] = [
    "",
    "Filter",
    "Form",
    "Handler",
    "Index",
    "Item",
    "Manager",
    "Mapper",
    "Query",
    "Record",
    "Schema",
    "Serializer",
    "State",
    "View",
];

/// What else is in a service's log, behind the time; `#` stands for a number.
const OTHERS: [&str; 12] = [
    " INFO uvicorn.access: 10.2.#.# - \"GET /api/v1/reservations/# HTTP/1.1\" 200",
    " INFO uvicorn.access: 10.2.#.# - \"POST /api/v1/reservations HTTP/1.1\" 201 took # ms, # bytes sent in all",
    " DEBUG sqlalchemy.engine: SELECT reservation.id, reservation.starts_at FROM reservation WHERE tenant_id = # LIMIT #",
    " INFO worker.mail: confirmation # handed to the relay after # attempts",
    " WARNING urllib3.connectionpool: Retrying (Retry(total=#, connect=None, read=None)) after connection broken: /rates/#",
    " INFO scheduler: job sync_prices (#) finished in # ms, next run at #",
    " DEBUG cache: hit rate # of #, evicted # entries older than # seconds",
    " INFO billing.invoices: rendered invoice 2026-# for tenant #, # pages",
    " INFO gunicorn.error: worker heartbeat, requests handled: #",
    " DEBUG app.pricing: {'tenant': #, 'rule': 'weekend', 'nights': #, 'total': '#.00'}",
    " ERROR worker.sync: giving up on feed # after attempt #",
    " INFO app.search: query \"double room lake view\" matched # of # offers",
];

const TRACEBACK: [&str; 6] = [
    "Traceback (most recent call last):",
    "  File \"/srv/app/worker/sync.py\", line 118, in pull",
    "    response = session.get(url, timeout=30)",
    "  File \"/srv/app/.venv/lib/python3.12/site-packages/requests/sessions.py\", line 602, in get",
    "    return self.request(\"GET\", url, **kwargs)",
    "requests.exceptions.ConnectTimeout: HTTPSConnectionPool(host='rates.example.com', port=443): timed out",
];
