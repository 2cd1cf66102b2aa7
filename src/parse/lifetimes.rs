//! Who wrote each table comes in; the stream of each writer goes out.
//!
//! Processes that write at the same time are streams. Ids that never overlap in time are lifetimes of one stream, since
//! a restart changes the id.

use std::collections::HashMap;

use super::prefix::Writer;

/// A stream per writer, and the streams' names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Streams {
    pub(super) of_writer: Vec<u32>,
    /// `None` is the one stream of a log that names none.
    pub(super) names: Vec<Option<String>>,
    /// The stream of each process id of each label.
    pub(super) of_process: HashMap<(Option<String>, u32), usize>,
}

/// Sorts writers into streams: `of_table` has the writer of each table, in the log's order.
pub(super) fn streams(writers: &[Writer], of_table: &[u32]) -> Streams {
    // Every writer with the tables between which it lives.
    let mut lives: Vec<Option<(usize, usize)>> = vec![None; writers.len()];
    for (table, &writer) in of_table.iter().enumerate() {
        if let Some(life) = lives.get_mut(writer as usize) {
            life.get_or_insert((table, table)).1 = table;
        }
    }
    // In the order in which they begin.
    let mut order: Vec<(usize, usize, usize)> =
        lives.iter().enumerate().filter_map(|(w, life)| life.map(|(first, last)| (w, first, last))).collect();
    order.sort_by_key(|life| life.1);
    let mut labels: Vec<Option<&str>> = Vec::new();
    let mut of_label: HashMap<Option<&str>, Vec<(usize, usize, usize)>> = HashMap::new();
    for &life in &order {
        let label = writers[life.0].label.as_deref();
        of_label.entry(label).or_insert_with(|| {
            labels.push(label);
            Vec::new()
        });
        of_label.entry(label).or_default().push(life);
    }
    let mut out = Streams { of_writer: vec![0; writers.len()], names: Vec::new(), of_process: HashMap::new() };
    for label in &labels {
        // Each process goes on with the stream that ended last before it began; else it is a stream of its own.
        let mut chains: Vec<(usize, Vec<usize>)> = Vec::new();
        for &(writer, first, last) in of_label.get(label).into_iter().flatten() {
            match chains.iter_mut().filter(|c| c.0 < first).max_by_key(|c| c.0) {
                Some(chain) => {
                    chain.0 = last;
                    chain.1.push(writer);
                }
                None => chains.push((last, vec![writer])),
            }
        }
        let several = chains.len() > 1;
        for (_, chain) in chains {
            let id = out.names.len();
            let process = chain.first().and_then(|&w| writers[w].process).filter(|_| several);
            let name = match (*label, process) {
                (Some(label), Some(process)) => Some(format!("{label} {process}")),
                (None, Some(process)) => Some(process.to_string()),
                // The one writer of a log needs no name to be told apart.
                (Some(label), None) => Some(label.to_owned()).filter(|_| labels.len() > 1 || several),
                (None, None) => None,
            };
            out.names.push(name);
            for writer in chain {
                out.of_writer[writer] = id as u32;
                if let Some(process) = writers[writer].process {
                    out.of_process.insert((label.map(str::to_owned), process), id);
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The stream of each table, and the streams' names.
    fn of(list: &[(&str, u32)]) -> (Vec<u32>, Vec<Option<String>>) {
        let label = |l: &str| Some(l.to_owned()).filter(|l| !l.is_empty());
        let all = list.iter().map(|&(l, p)| Writer { label: label(l), process: Some(p).filter(|&p| p > 0) });
        let all: Vec<Writer> = all.collect();
        let mut writers = all.clone();
        writers.sort_by_key(|w| (w.label.clone(), w.process));
        writers.dedup();
        let number = |w: &Writer| writers.iter().position(|other| other == w).unwrap() as u32;
        let of_table: Vec<u32> = all.iter().map(number).collect();
        let streams = streams(&writers, &of_table);
        (of_table.iter().map(|&writer| streams.of_writer[writer as usize]).collect(), streams.names)
    }

    #[test]
    fn ids_that_overlap_are_streams_and_others_are_lifetimes_of_one() {
        let one = of(&[("", 7), ("", 7), ("", 9), ("", 9)]);
        assert_eq!(one, (vec![0, 0, 0, 0], vec![None]));
        let two = of(&[("", 7), ("", 8), ("", 7), ("", 8), ("", 9)]);
        assert_eq!(two.0, [0, 1, 0, 1, 1]);
        assert_eq!(two.1, [Some("7".to_owned()), Some("8".to_owned())]);
        let labels = of(&[("web_1", 0), ("web_2", 0), ("web_1", 0)]);
        assert_eq!(labels.0, [0, 1, 0]);
        assert_eq!(labels.1, [Some("web_1".to_owned()), Some("web_2".to_owned())]);
        assert_eq!(of(&[("web_1", 0), ("web_1", 0)]).1, [None]);
    }
}
