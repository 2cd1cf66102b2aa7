//! Work on the pieces of a whole: any thread makes the next one, and one thread takes them in order. That one makes some
//! itself while none is ready, so that it never depends on help.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Pieces `T` on their way, each made in memory `M` that another one has left, where there is some.
pub(super) struct Queue<T, M> {
    pieces: usize,
    /// How many may be on their way at a time.
    most: usize,
    state: Mutex<State<T, M>>,
    changed: Condvar,
}

struct State<T, M> {
    /// How many have been begun, and how many were taken.
    begun: usize,
    taken: usize,
    /// Those that are not taken, in order, as far as they are made.
    made: VecDeque<Option<T>>,
    memory: Vec<M>,
    over: bool,
}

/// What the thread that takes the pieces does next.
pub(super) enum Task<T, M> {
    /// The next piece in order is made.
    Take(T),
    /// A piece is to be made, by its number.
    Make(usize, Option<M>),
}

impl<T, M> State<T, M> {
    fn begin(&mut self, pieces: usize, most: usize) -> Option<(usize, Option<M>)> {
        let at = self.begun;
        (at < pieces && at < self.taken + most).then(|| {
            self.begun += 1;
            self.made.push_back(None);
            (at, self.memory.pop())
        })
    }
}

impl<T, M> Queue<T, M> {
    pub(super) fn new(pieces: usize, most: usize) -> Self {
        let state = State { begun: 0, taken: 0, made: VecDeque::new(), memory: Vec::new(), over: false };
        Self { pieces, most, state: Mutex::new(state), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State<T, M>> {
        // No thread leaves it half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `find` finds something, or all is over.
    fn wait<R>(&self, mut find: impl FnMut(&mut State<T, M>) -> Option<R>) -> Option<R> {
        let mut state = self.state();
        loop {
            if state.over {
                return None;
            }
            let found = find(&mut state);
            if found.is_some() {
                return found;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// What the thread that takes the pieces does next; `None` at the end.
    pub(super) fn next(&self) -> Option<Task<T, M>> {
        let task = self.wait(|state| {
            if state.taken == self.pieces {
                return Some(None);
            }
            if let Some(piece) = state.made.front_mut().and_then(Option::take) {
                state.made.pop_front();
                state.taken += 1;
                return Some(Some(Task::Take(piece)));
            }
            state.begin(self.pieces, self.most).map(|(at, memory)| Some(Task::Make(at, memory)))
        });
        self.changed.notify_all();
        task.flatten()
    }

    /// The piece that another thread makes next; `None` at the end.
    pub(super) fn next_to_make(&self) -> Option<(usize, Option<M>)> {
        self.wait(|state| {
            if state.begun == self.pieces {
                return Some(None);
            }
            state.begin(self.pieces, self.most).map(Some)
        })
        .flatten()
    }

    /// Piece `at` is made.
    pub(super) fn made(&self, at: usize, piece: T) {
        let mut state = self.state();
        let place = at - state.taken;
        if let Some(slot) = state.made.get_mut(place) {
            *slot = Some(piece);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Memory that a piece has left.
    pub(super) fn give_back(&self, memory: M) {
        self.state().memory.push(memory);
    }

    /// Ends all when it goes; `panics`: only where this thread panics, so that no other one waits for what it makes.
    pub(super) fn ends(&self, panics: bool) -> Ends<'_, T, M> {
        Ends { queue: self, panics }
    }
}

/// See [`Queue::ends`].
pub(super) struct Ends<'q, T, M> {
    queue: &'q Queue<T, M>,
    panics: bool,
}

impl<T, M> Drop for Ends<'_, T, M> {
    fn drop(&mut self) {
        if !self.panics || std::thread::panicking() {
            self.queue.state().over = true;
            self.queue.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_taken_in_order_whoever_makes_them() {
        for threads in 0..4 {
            let queue: Queue<usize, usize> = Queue::new(100, 4);
            let mut taken = Vec::new();
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| {
                        while let Some((at, _)) = queue.next_to_make() {
                            std::thread::sleep(std::time::Duration::from_micros((at as u64 * 7919) % 300));
                            queue.made(at, at);
                        }
                    });
                }
                while let Some(task) = queue.next() {
                    match task {
                        Task::Take(piece) => {
                            taken.push(piece);
                            queue.give_back(piece);
                        }
                        Task::Make(at, _) => queue.made(at, at),
                    }
                }
            });
            assert_eq!(taken, (0..100).collect::<Vec<_>>());
        }
    }

    #[test]
    fn no_thread_waits_for_one_that_is_gone() {
        let queue: Queue<usize, ()> = Queue::new(10, 2);
        let (first, _) = queue.next_to_make().unwrap();
        assert_eq!(first, 0);
        std::thread::scope(|scope| {
            let gone = scope.spawn(|| {
                let _ends = queue.ends(true);
                std::panic::resume_unwind(Box::new("gone"));
            });
            assert!(gone.join().is_err());
        });
        assert!(queue.next().is_none() && queue.next_to_make().is_none());
    }
}
