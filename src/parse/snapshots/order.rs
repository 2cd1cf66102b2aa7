//! The order in which rows stand in their tables, for those who want the tables as printed: what stands where the last
//! table lets expect it takes nothing.

use super::column::{put, take};

/// What followed what when a type was last seen; index 0 is a table's beginning, type `id` stands at `id + 1`.
#[derive(Debug, Clone, Default)]
struct Guess {
    follows: Vec<u32>,
    /// Where the last row's type stands.
    at: usize,
}

impl Guess {
    fn begin(&mut self) {
        self.at = 0;
    }

    fn guess(&self) -> Option<u32> {
        self.follows.get(self.at).copied()
    }

    fn learn(&mut self, id: u32) {
        let to = (id as usize + 1).max(self.at);
        if self.follows.len() <= to {
            self.follows.resize(to + 1, u32::MAX);
        }
        self.follows[self.at] = id;
        self.at = id as usize + 1;
    }
}

/// Orders of all tables of a log.
#[derive(Debug, Clone, Default)]
pub(super) struct Order {
    /// Again and again: how many rows are as guessed, then the type of the one that is not.
    codes: Vec<u8>,
    guessed: u64,
    guess: Guess,
}

impl Order {
    /// A table begins.
    pub(super) fn begin(&mut self) {
        self.guess.begin();
    }

    /// The table's next row is of this type.
    pub(super) fn push(&mut self, id: u32) {
        if self.guess.guess() == Some(id) {
            self.guessed += 1;
        } else {
            put(&mut self.codes, self.guessed);
            put(&mut self.codes, u64::from(id));
            self.guessed = 0;
        }
        self.guess.learn(id);
    }

    pub(super) fn read(&self) -> Reader<'_> {
        let mut reader = Reader { codes: &self.codes, guessed: 0, guess: Guess::default() };
        reader.guessed = reader.run();
        reader
    }
}

/// Hands the types out again.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    codes: &'a [u8],
    /// How many more rows are as guessed.
    guessed: u64,
    guess: Guess,
}

impl Reader<'_> {
    fn run(&mut self) -> u64 {
        // After the last surprise all rows are as guessed.
        if self.codes.is_empty() { u64::MAX } else { take(&mut self.codes) }
    }

    pub(super) fn begin(&mut self) {
        self.guess.begin();
    }

    /// The type of the table's next row.
    pub(super) fn next_id(&mut self) -> u32 {
        let id = if self.guessed > 0 {
            self.guessed -= 1;
            self.guess.guess().unwrap_or(0)
        } else {
            let id = take(&mut self.codes) as u32;
            self.guessed = self.run();
            id
        };
        self.guess.learn(id);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_come_out_in_their_order(tables in prop::collection::vec(prop::collection::vec(0_u32..9, 0..12), 0..60)) {
            let mut order = Order::default();
            for table in &tables {
                order.begin();
                table.iter().for_each(|&id| order.push(id));
            }
            let mut reader = order.read();
            for table in &tables {
                reader.begin();
                let out: Vec<u32> = table.iter().map(|_| reader.next_id()).collect();
                prop_assert_eq!(&out, table);
            }
        }
    }

    #[test]
    fn the_same_order_again_takes_nothing() {
        let mut order = Order::default();
        for _ in 0..10_000 {
            order.begin();
            (0..50).for_each(|id| order.push(id));
        }
        assert!(order.codes.len() < 250, "{}", order.codes.len());
    }
}
