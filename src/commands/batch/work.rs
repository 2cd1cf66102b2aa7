//! One log of a batch: its key, its files, and the record that says that they are done.
//!
//! The record is written last and every file is complete or absent, so whatever stops the program, a log is either done
//! or done again. The key is made of the log's content and the options, never of a clock.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::input::Log;
use crate::output::write_file;
use crate::plot::{self, PlotOptions};
use crate::render::{Format, RenderOptions, render};
use crate::{Options, ReadOr, Reading};

/// Folder of the reports below the batch's own.
pub(super) const LOGS: &str = "logs";
/// Folder of the records.
pub(super) const DONE: &str = "done";

/// What is remembered of a log that is done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    /// Of content and options.
    key: String,
    /// The log's name.
    pub(super) log: String,
    /// Its files below [`LOGS`], with their lengths.
    pub(super) files: Vec<(String, u64)>,
    /// Where it broke off.
    pub(super) failures: Vec<String>,
    /// Why it was passed over; it has no files then.
    pub(super) passed_over: Option<String>,
}

/// What all logs of a batch share.
pub(super) struct Bench<'a> {
    pub(super) folder: &'a Path,
    pub(super) options: &'a Options,
    pub(super) plot: &'a PlotOptions,
    pub(super) plots: bool,
    /// Of everything but the log.
    pub(super) salt: String,
}

impl Bench<'_> {
    /// Where a log's record stands.
    fn record_path(&self, stem: &str) -> PathBuf {
        self.folder.join(DONE).join(format!("{stem}.json"))
    }

    /// Does one log, unless it is done already. The size of its files is told in any case.
    pub(super) fn one(&self, log: Log, stem: &str) -> (u64, Result<Record>) {
        let mut hash = Hash::default();
        hash.text(&self.salt);
        hash.text(&log.name);
        let mut size = 0;
        for part in &log.parts {
            hash.text(&part.name);
            // As it lies there: unpacking is for those that are not done.
            match part.raw().map(|mut reader| hash.read(&mut *reader)) {
                Ok((n, whole)) => {
                    size += n;
                    hash.text(if whole { "whole" } else { "broken" });
                }
                Err(error) => return (size, Err(error)),
            }
        }
        let key = hash.hex();
        if let Some(record) = self.done(stem, &key) {
            return (size, Ok(record));
        }
        // A bug that one log brings to light is to spoil no other.
        let work = std::panic::AssertUnwindSafe(|| self.work(log, stem, key));
        let name = stem.to_owned();
        let record = std::panic::catch_unwind(work).unwrap_or_else(|_| {
            Err(Error::Seen(format!("{name}: objtrend itself failed on this log; please report it")))
        });
        (size, record)
    }

    fn done(&self, stem: &str, key: &str) -> Option<Record> {
        let record: Record = serde_json::from_slice(&fs::read(self.record_path(stem)).ok()?).ok()?;
        let there = |(name, length): &(String, u64)| {
            fs::metadata(self.folder.join(LOGS).join(name)).is_ok_and(|m| m.len() == *length)
        };
        (record.key == key && record.files.iter().all(there)).then_some(record)
    }

    fn work(&self, log: Log, stem: &str, key: String) -> Result<Record> {
        let mut record =
            Record { key, log: file_name(&log), files: Vec::new(), failures: Vec::new(), passed_over: None };
        match crate::read_log(log, self.options)? {
            ReadOr::NoTable(_, why) => record.passed_over = Some(why.to_string()),
            ReadOr::Log(log, broken) => {
                record.log.clone_from(&log.name);
                record.failures = broken.iter().map(Error::chain).collect();
                let reading = Reading { logs: vec![*log], failures: Vec::new(), warnings: Vec::new() };
                self.write(&reading, stem, &mut record)?;
            }
        }
        write_file(&self.record_path(stem), |out| {
            serde_json::to_writer(&mut *out, &record).map_err(|e| Error::Stdout(e.into()))?;
            out.write_all(b"\n").map_err(Error::Stdout)
        })?;
        Ok(record)
    }

    fn write(&self, reading: &Reading, stem: &str, record: &mut Record) -> Result<()> {
        let report = crate::judge(reading, self.options);
        let folder = self.folder.join(LOGS);
        let mut file = |ending: &str, fill: &mut dyn FnMut(&mut dyn std::io::Write) -> std::io::Result<()>| {
            let name = format!("{stem}.{ending}");
            let path = folder.join(&name);
            write_file(&path, |out| fill(out).map_err(Error::Stdout))?;
            let length = fs::metadata(&path).map_err(|source| Error::Read { path, source })?.len();
            record.files.push((name, length));
            Ok::<(), Error>(())
        };
        let mut options = RenderOptions::default();
        let figure = report.logs.first().filter(|_| self.plots).and_then(|log| plot::figure(log, self.plot));
        if let Some(figure) = &figure {
            file("png", &mut |out| plot::write_png(figure, out))?;
            options.picture = Some(format!("{}.png", super::pages::url(stem)));
        }
        file("md", &mut |out| render(&report, Format::Markdown, &options, out))?;
        file("json", &mut |out| render(&report, Format::Json, &options, out))
    }
}

/// The name by which people find a log that has no report: that of its file, with its packing.
fn file_name(log: &Log) -> String {
    match (log.parts.as_slice(), log.name.rsplit_once('/')) {
        ([part], Some((folder, _))) => format!("{folder}/{}", part.name),
        ([part], None) => part.name.clone(),
        _ => log.name.clone(),
    }
}

/// A hash of 128 bits, fixed for ever: two lanes of multiplications over words of eight bytes. It tells changed logs from
/// unchanged ones; it is no guard against people who want two to look alike.
struct Hash {
    lanes: [u64; 2],
}

impl Default for Hash {
    fn default() -> Self {
        Self { lanes: [0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f] }
    }
}

impl Hash {
    fn word(&mut self, word: u64) {
        let [a, b] = self.lanes;
        self.lanes[0] = (a ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd).rotate_left(31);
        self.lanes[1] =
            (b.rotate_left(27) ^ word.wrapping_mul(0x8765_4321_9abc_def1)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    }

    /// Whole words, the last one filled up with zeros.
    fn bytes(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.word(u64::from_le_bytes(*word)));
        if !rest.is_empty() {
            let mut word = [0; 8];
            word[..rest.len()].copy_from_slice(rest);
            self.word(u64::from_le_bytes(word));
        }
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
        self.word(text.len() as u64);
    }

    /// All that a reader gives: how much, and whether it came to its end. Blocks are filled, so that it does not matter in
    /// which pieces the bytes come.
    fn read(&mut self, reader: &mut dyn Read) -> (u64, bool) {
        let mut block = vec![0; 1 << 18];
        let (mut total, mut whole) = (0, true);
        loop {
            let mut n = 0;
            while n < block.len() {
                match reader.read(&mut block[n..]) {
                    Ok(0) => break,
                    Ok(more) => n += more,
                    Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(_) => {
                        whole = false;
                        break;
                    }
                }
            }
            self.bytes(&block[..n]);
            total += n as u64;
            if n < block.len() {
                self.word(total);
                return (total, whole);
            }
        }
    }

    fn hex(&self) -> String {
        format!("{:016x}{:016x}", self.lanes[0], self.lanes[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its bytes in small pieces.
    struct Drops<'a>(&'a [u8]);

    impl Read for Drops<'_> {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            let n = self.0.len().min(out.len()).min(7);
            out[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    #[test]
    fn a_key_is_of_content_not_of_how_it_comes() {
        let bytes: Vec<u8> = (0..200_000_u32).map(|i| (i * 31 % 251) as u8).collect();
        let key = |mut reader: Box<dyn Read + '_>| {
            let mut hash = Hash::default();
            let read = hash.read(&mut *reader);
            (read, hash.hex())
        };
        assert_eq!(key(Box::new(&bytes[..])), key(Box::new(Drops(&bytes))));
        let mut other = bytes.clone();
        other[150_001] ^= 1;
        assert_ne!(key(Box::new(&bytes[..])).1, key(Box::new(&other[..])).1);
        assert_ne!(key(Box::new(&b"a"[..])).1, key(Box::new(&b"a\0"[..])).1);
    }
}
