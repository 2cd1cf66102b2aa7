//! A reader whose bytes take work to make comes in, the same bytes go out. All but the first are made ahead, on a thread
//! of their own, so that the one who reads them never waits while there is something to unpack.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

/// Bytes handed over at a time.
const BUFFER: usize = 512 << 10;

/// Buffers that go round between the two threads: how far the work can be ahead.
const BUFFERS: usize = 4;

/// Bytes that are made where they are read. Who has read so many will read more; for less, no thread is worth its start.
const FIRST: usize = BUFFER;

/// Makes bytes ahead of their reader.
pub(super) struct Ahead {
    state: State,
}

enum State {
    /// The work is done here, for so many more bytes.
    Here(Box<dyn Read + Send>, usize),
    /// The work is done by a thread.
    There(Thread),
    /// All was read, or an error told.
    Ended,
}

/// What the thread makes at a time.
struct Piece {
    buffer: Vec<u8>,
    /// How much of the buffer holds bytes.
    filled: usize,
    /// How the bytes end, where they end behind these.
    end: Option<io::Result<()>>,
}

struct Thread {
    /// Pieces made, and the way back for their buffers; gone only while this is dropped.
    channels: Option<(Receiver<Piece>, SyncSender<Vec<u8>>)>,
    handle: Option<JoinHandle<()>>,
    /// What is being read.
    piece: Piece,
    from: usize,
}

impl Ahead {
    pub(super) fn new(reader: Box<dyn Read + Send>) -> Self {
        Self { state: State::Here(reader, FIRST) }
    }
}

impl Read for Ahead {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        if matches!(self.state, State::Here(_, 0))
            && let State::Here(reader, _) = std::mem::replace(&mut self.state, State::Ended)
        {
            self.state = match Thread::start(reader) {
                Ok(thread) => State::There(thread),
                // The system gives no more threads.
                Err(reader) => State::Here(reader, usize::MAX),
            };
        }
        let read = match &mut self.state {
            State::Here(reader, left) => {
                let n = reader.read(out)?;
                *left = left.saturating_sub(n);
                return Ok(n);
            }
            State::There(thread) => thread.read(out),
            State::Ended => return Ok(0),
        };
        if !matches!(read, Ok(1..)) {
            self.state = State::Ended;
        }
        read
    }
}

impl Thread {
    /// Where no thread can be had, the reader comes back.
    fn start(reader: Box<dyn Read + Send>) -> Result<Self, Box<dyn Read + Send>> {
        let (send, pieces) = sync_channel(BUFFERS);
        let (empty, back) = sync_channel(BUFFERS);
        // The reader follows when the thread is there.
        let (hand, take) = sync_channel::<Box<dyn Read + Send>>(1);
        let work = move || {
            if let Ok(reader) = take.recv() {
                make(reader, &send, &back);
            }
        };
        let Ok(handle) = Builder::new().name("unpack".to_owned()).spawn(work) else { return Err(reader) };
        if let Err(unsent) = hand.send(reader) {
            return Err(unsent.0);
        }
        for _ in 0..BUFFERS {
            // They get their size when they are used first: little is made of what is little.
            let _ = empty.send(Vec::new());
        }
        let piece = Piece { buffer: Vec::new(), filled: 0, end: None };
        Ok(Self { channels: Some((pieces, empty)), handle: Some(handle), piece, from: 0 })
    }

    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.from == self.piece.filled {
            if let Some(end) = self.piece.end.take() {
                return end.map(|()| 0);
            }
            let Some((pieces, empty)) = &self.channels else { return Ok(0) };
            // The thread may have ended since; then nobody wants the buffer.
            let _ = empty.send(std::mem::take(&mut self.piece.buffer));
            let gave_up = |_| io::Error::other("what unpacks it gave up");
            self.piece = pieces.recv().map_err(gave_up)?;
            self.from = 0;
        }
        let ready = self.piece.buffer.get(self.from..self.piece.filled).unwrap_or_default();
        let n = ready.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..n), ready.get(..n)) {
            to.copy_from_slice(from);
        }
        self.from += n;
        Ok(n)
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        // Without its channels the thread ends after the piece in its hands.
        self.channels = None;
        if let Some(handle) = self.handle.take() {
            let _ = handle.join();
        }
    }
}

/// The thread's work: fills one buffer after the other, until the bytes end or nobody wants them.
fn make(mut reader: impl Read, send: &SyncSender<Piece>, back: &Receiver<Vec<u8>>) {
    while let Ok(mut buffer) = back.recv() {
        buffer.resize(BUFFER, 0);
        let mut filled = 0;
        let mut end = None;
        while end.is_none() {
            let Some(space) = buffer.get_mut(filled..).filter(|space| !space.is_empty()) else { break };
            match reader.read(space) {
                Ok(0) => end = Some(Ok(())),
                Ok(n) => filled += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => end = Some(Err(error)),
            }
        }
        let last = end.is_some();
        if send.send(Piece { buffer, filled, end }).is_err() || last {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::*;

    /// Gives `n` bytes in steps of odd sizes, then ends as told, and says what becomes of it.
    struct Maker {
        at: usize,
        n: usize,
        end: End,
        made: Arc<AtomicUsize>,
        gone: Arc<AtomicBool>,
    }

    #[derive(Clone, Copy, PartialEq, Debug)]
    enum End {
        Well,
        Badly,
        Panic,
    }

    impl Maker {
        fn new(n: usize, end: End) -> Self {
            Self { at: 0, n, end, made: Arc::default(), gone: Arc::default() }
        }
    }

    impl Read for Maker {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let n = out.len().min(self.n - self.at).min(1 + self.at % 70_001);
            for (i, byte) in out[..n].iter_mut().enumerate() {
                *byte = ((self.at + i) % 251) as u8;
            }
            self.at += n;
            self.made.store(self.at, Ordering::SeqCst);
            match self.end {
                _ if n > 0 => Ok(n),
                End::Well => Ok(0),
                End::Badly => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
                End::Panic => std::panic::resume_unwind(Box::new("a decoder with a bug")),
            }
        }
    }

    impl Drop for Maker {
        fn drop(&mut self) {
            self.gone.store(true, Ordering::SeqCst);
        }
    }

    #[test]
    fn all_bytes_come_in_order_and_then_how_they_ended() {
        for n in [0, 1, FIRST - 1, FIRST, FIRST + 1, FIRST + BUFFER, 3 * BUFFER + 7, 9 * BUFFER + 1] {
            for end in [End::Well, End::Badly] {
                let mut ahead = Ahead::new(Box::new(Maker::new(n, end)));
                let mut out = Vec::new();
                let result = ahead.read_to_end(&mut out);
                assert_eq!(result.is_ok(), end == End::Well, "{n} bytes, {end:?}");
                assert!(out.iter().enumerate().all(|(i, b)| *b == (i % 251) as u8), "{n} bytes, {end:?}");
                assert_eq!(out.len(), n, "{end:?}");
            }
        }
    }

    #[test]
    fn an_error_is_told_once_and_nothing_follows_it() {
        let mut ahead = Ahead::new(Box::new(Maker::new(2 * BUFFER, End::Badly)));
        assert_eq!(io::copy(&mut ahead, &mut io::sink()).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(ahead.read(&mut [0; 9]).unwrap(), 0);
    }

    #[test]
    fn a_thread_that_panics_is_an_error() {
        let mut ahead = Ahead::new(Box::new(Maker::new(2 * BUFFER, End::Panic)));
        let error = io::copy(&mut ahead, &mut io::sink()).unwrap_err();
        assert_eq!(error.to_string(), "what unpacks it gave up");
    }

    #[test]
    fn who_stops_reading_stops_the_thread() {
        for read in [0, 1, FIRST, FIRST + 1, 5 * BUFFER] {
            let maker = Maker::new(usize::MAX, End::Well);
            let (made, gone) = (maker.made.clone(), maker.gone.clone());
            let mut ahead = Ahead::new(Box::new(maker));
            let n = io::copy(&mut ahead.by_ref().take(read as u64), &mut io::sink()).unwrap();
            assert_eq!(n, read as u64);
            drop(ahead);
            assert!(gone.load(Ordering::SeqCst), "the thread still has its reader");
            // What was handed over, what was waiting, and what was in hand.
            assert!(made.load(Ordering::SeqCst) <= read + (BUFFERS + 1) * BUFFER, "{read} bytes read");
        }
    }

    #[test]
    fn little_needs_no_thread() {
        let mut ahead = Ahead::new(Box::new(Maker::new(FIRST - 1, End::Well)));
        io::copy(&mut ahead, &mut io::sink()).unwrap();
        assert!(matches!(ahead.state, State::Here(..)));
    }

    #[test]
    fn many_at_once_do_not_wait_for_each_other() {
        use rayon::prelude::*;

        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let length = |i: usize| (i % 5) * BUFFER + i;
        // Each worker opens two: one may be read while another waits.
        let total: usize = pool.install(|| {
            let one = |i: usize| {
                let mut kept = Ahead::new(Box::new(Maker::new(length(i), End::Well)));
                let mut head = vec![0; FIRST.min(length(i))];
                kept.read_exact(&mut head).unwrap();
                let mut other = Ahead::new(Box::new(Maker::new(length(i), End::Well)));
                let other = io::copy(&mut other, &mut io::sink()).unwrap() as usize;
                head.len() + io::copy(&mut kept, &mut io::sink()).unwrap() as usize + other
            };
            (0..64).into_par_iter().map(one).sum()
        });
        assert_eq!(total, 2 * (0..64).map(length).sum::<usize>());
    }
}
