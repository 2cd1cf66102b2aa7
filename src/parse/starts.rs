//! Lines come in; those that tell that a process began go out, and those that may.
//!
//! Servers and supervisors have words of their own for it, which nothing else uses. A program's own words (`service
//! started`, `shutting down`) may mean other things: they are kept as hints, which count where the counts fall, too.

use std::sync::LazyLock;

use aho_corasick::packed::Searcher;

use super::prefix::Writer;
use super::remarks;
use super::snapshots::Place;
use super::stamp::Stamp;

/// How sure a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// That a process began.
    Began,
    /// Perhaps that one began, or ended.
    Perhaps,
}

/// A line that says so.
#[derive(Debug, Clone)]
pub(super) struct Start {
    pub(super) place: Place,
    pub(super) text: String,
    pub(super) stamp: Option<Stamp>,
    pub(super) writer: Writer,
}

/// Lines kept of each kind: a process that dies at once, again and again, would fill memory.
const MOST: usize = 100_000;

/// Hints are worth the less the more there are.
const MOST_HINTS: usize = 2_000;

/// Lines of one kind, as far as one fold found them.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) all: Vec<Start>,
    /// How many were found before this fold began.
    before: usize,
}

impl Kept {
    fn len(&self) -> usize {
        self.before + self.all.len()
    }

    /// A fold that goes on from here with none of its own.
    fn stand(&self) -> Self {
        Self { all: Vec::new(), before: self.len() }
    }

    /// Adds what `end` found since it stood at `there`; `shift` puts its places right.
    fn go_on_with(&mut self, there: &Self, end: Self, most: usize, shift: impl Fn(Place) -> Place) {
        let found = end.all.into_iter().skip(there.before - end.before);
        self.all.extend(found.map(|start| Start { place: shift(start.place), ..start }));
        self.all.truncate(most);
    }
}

/// What a log says of processes that began.
#[derive(Debug, Default)]
pub(super) struct Starts {
    pub(super) began: Kept,
    pub(super) perhaps: Kept,
}

impl Starts {
    /// What a line says that is worth keeping.
    pub(super) fn look(&self, line: &[u8]) -> Option<Says> {
        says(line).filter(|&says| self.wants(says))
    }

    /// The same for a line that holds words by which some do.
    pub(super) fn look_after_all(&self, line: &[u8]) -> Option<Says> {
        says_after_all(line).filter(|&says| self.wants(says))
    }

    /// Whether there is room for more of it.
    fn wants(&self, says: Says) -> bool {
        match says {
            Says::Began => self.began.len() < MOST,
            Says::Perhaps => self.perhaps.len() < MOST_HINTS,
        }
    }

    pub(super) fn keep(&mut self, says: Says, start: Start) {
        match says {
            Says::Began => self.began.all.push(start),
            Says::Perhaps => self.perhaps.all.push(start),
        }
    }

    /// A fold that goes on from here with none of its own.
    pub(super) fn stand(&self) -> Self {
        Self { began: self.began.stand(), perhaps: self.perhaps.stand() }
    }

    /// Adds what `end` found since it stood at `there`; `shift` puts its places right.
    pub(super) fn go_on_with(&mut self, there: &Self, end: Self, shift: impl Fn(Place) -> Place) {
        self.began.go_on_with(&there.began, end.began, MOST, &shift);
        self.perhaps.go_on_with(&there.perhaps, end.perhaps, MOST_HINTS, &shift);
    }
}

/// How servers and supervisors put it that a process began.
const BEGAN: [&str; 17] = [
    "booting worker",
    "starting worker",
    "worker started",
    "started worker",
    "respawned",
    "respawning",
    "spawned uwsgi worker",
    "started server process",
    "starting server process",
    "starting gunicorn",
    "starting process with command",
    "restarting with",
    "restarting worker",
    "service restarted",
    "process restarted",
    "process started",
    "starting process",
];

/// How programs, servers and what watches over them put it that something began or ended.
const PERHAPS: [&str; 12] = [
    "startup complete",
    "start-up complete",
    "starting up",
    "running on http",
    "listening on",
    "listening at",
    "warm shutdown",
    "shutdown complete",
    "sigterm",
    "sigkill",
    "exited with",
    "killed process",
];

/// What begins anew when a process does.
const BEGINNERS: [&[u8]; 14] = [
    b"service",
    b"services",
    b"server",
    b"app",
    b"application",
    b"daemon",
    b"process",
    b"worker",
    b"program",
    b"container",
    b"instance",
    b"bot",
    b"version",
    b"systemd",
];

/// `None` on machines that cannot look for many words at once.
static SAYS: LazyLock<Option<Searcher>> = LazyLock::new(|| Searcher::new(BEGAN.iter().chain(&PERHAPS)));

/// What a line says.
pub(super) fn says(line: &[u8]) -> Option<Says> {
    // Short of a closer look, most lines fall here.
    if remarks::remark(line).starts { says_after_all(line) } else { None }
}

/// The same for a line that holds words by which some do.
fn says_after_all(line: &[u8]) -> Option<Says> {
    let lower = line.get(..line.len().min(300)).unwrap_or_default().to_ascii_lowercase();
    let (mut began, mut perhaps) = (false, false);
    match SAYS.as_ref() {
        Some(says) => {
            for found in says.find_iter(&lower) {
                let began_said = found.pattern().as_usize() < BEGAN.len();
                (began, perhaps) = (began | began_said, perhaps | !began_said);
            }
        }
        None => {
            let holds = |said: &&str| memchr::memmem::find(&lower, said.as_bytes()).is_some();
            (began, perhaps) = (BEGAN.iter().any(holds), PERHAPS.iter().any(holds));
        }
    }
    // `celery@host ready.`
    if began || lower.ends_with(b"ready.") && memchr::memmem::find(&lower, b"celery@").is_some() {
        return Some(Says::Began);
    }
    (perhaps || lower.ends_with(b"shutting down") || starts_something(&lower)).then_some(Says::Perhaps)
}

/// A word for starting again, or one for starting beside one for what starts, or before its version: `Started Orders API
/// service`, `Starting shop 1.4.2`.
fn starts_something(lower: &[u8]) -> bool {
    const AGAIN: [&[u8]; 5] = [b"restart", b"restarted", b"restarting", b"reboot", b"rebooting"];
    const STARTS: [&[u8]; 5] = [b"starting", b"started", b"startup", b"initializing", b"initialising"];
    // What has started may have done so in 0.5 seconds.
    let of_version = |said: &[u8], word: &[u8]| said != b"started" && is_version(word);
    let letters = |word: &[u8]| word.trim_ascii().iter().position(|b| !b.is_ascii_alphabetic()).unwrap_or(word.len());
    let begins = |word: &[u8]| BEGINNERS.contains(&word.get(..letters(word)).unwrap_or_default());
    // Words end at blanks; a sentence, or what a logger writes before one, at other signs.
    let goes_on =
        |word: &[u8]| word.last().is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'\''));
    let words: Vec<&[u8]> = lower.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
    let by_systemd = || memchr::memmem::find(lower, b"systemd[").is_some();
    words.iter().enumerate().any(|(at, word)| {
        let said = word.get(..letters(word)).unwrap_or_default();
        let behind = || {
            let runs_on = words.get(at..).unwrap_or_default().windows(2).take(3).take_while(|pair| goes_on(pair[0]));
            runs_on.into_iter().any(|pair| begins(pair[1]) || of_version(said, pair[1]))
        };
        let before = || words.iter().take(at).rev().take(2).take_while(|word| goes_on(word)).any(|word| begins(word));
        AGAIN.contains(&said) || STARTS.contains(&said) && (behind() || before() || by_systemd())
    })
}

/// `1.4.2`, `v2.0`; two numbers are any number, and four an address.
fn is_version(word: &[u8]) -> bool {
    let (least, numbers) = word.strip_prefix(b"v").map_or((3, word), |numbers| (2, numbers));
    let number = |part: &[u8]| !part.is_empty() && part.len() < 5 && part.iter().all(u8::is_ascii_digit);
    (least..=3).contains(&numbers.split(|&b| b == b'.').count()) && numbers.split(|&b| b == b'.').all(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_servers_say_that_they_begin() {
        let began = [
            "[2024-03-01 10:00:00 +0000] [8842] [INFO] Booting worker with pid: 8842",
            "worker_1  | starting worker, pid 11146",
            "INFO:     Started server process [2187]",
            "[2024-03-01 10:00:00,000: INFO/MainProcess] celery@host ready.",
            "supervisord: worker exited; starting worker with pid 4090",
        ];
        let perhaps = [
            "INFO:     Application startup complete.",
            "INFO:     Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)",
            "Mar  1 10:00:00 host systemd[1]: Started Orders API.",
            "2024-03-01 10:00:00,000 INFO orders: Starting service",
            "web_1 exited with code 137",
            "WARN received SIGTERM indicating exit request",
            " * Restarting because of a change",
            "Out of memory: Killed process 4090 (python)",
            "orders service v1.2 started",
            "Started Orders API service.",
            "Starting shop 1.4.2",
            "Initializing application",
        ];
        let nothing = [
            "GET /start 200",
            "function 2370",
            "job 7 started",
            "the worker is busy",
            "request exited early",
            "2024-03-01 10:00:28,190 INFO app.worker: Starting new HTTPS connection (1): api.example.com:443",
            "app: job started. The worker is busy",
            "started job 7 of 1000.5 s",
            "job started in 0.5 s",
            "starting sync from 10.0.0.5",
        ];
        let all = [(Some(Says::Began), &began[..]), (Some(Says::Perhaps), &perhaps), (None, &nothing)];
        for (what, lines) in all {
            for line in lines {
                assert_eq!(says(line.as_bytes()), what, "{line}");
            }
        }
    }
}
