//! `batch`: many logs come in; a report, a picture and data of each go out, and one ranking over all of them.
//!
//! Logs are worked on one by one in parallel, and nothing of them is kept: what the pages over all logs say is read back
//! from the reports, one at a time. Started again, what is done and unchanged is left as it is.

mod pages;
mod ranking;
mod work;

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{GateRequest, Outcome};
use crate::error::{Error, Result, Warning};
use crate::output::write_file;
use crate::plot::PlotOptions;
use crate::report::document::{Document, Log, Type};
use crate::report::gate::GateReport;
use crate::series::{FindingRow, FindingsWriter};
use crate::trend::{Role, Verdict};
use crate::{Options, Source, input};
use pages::Index;
use ranking::{Ranking, Summary};
use work::{Bench, DONE, LOGS, Record};

/// What files begin with while they are written; a killed run leaves some.
const UNFINISHED: &str = ".objtrend-";

/// Longest name of a log's files, without their endings.
const LONGEST: usize = 160;

/// What is to be done.
pub struct BatchRequest {
    /// What is read.
    pub sources: Vec<Source>,
    /// Where to.
    pub folder: PathBuf,
    /// How logs are read and judged.
    pub options: Options,
    /// How pictures are drawn.
    pub plot: PlotOptions,
    /// Whether there are pictures at all.
    pub plots: bool,
    /// When the exit code is to be 1.
    pub gate: GateRequest,
    /// Told of every log that is done.
    pub progress: Box<dyn Fn(Progress) + Send + Sync>,
}

/// How far a batch is.
#[derive(Debug, Clone, Copy)]
pub enum Progress {
    /// There are so many logs.
    Begin(usize),
    /// One more is done, with so many bytes of files.
    Log(u64),
    /// All are done.
    End,
}

/// Works through all logs and writes the pages over them; a summary goes to `stdout`.
///
/// # Errors
/// Where there is nothing to read, or the folder cannot be written.
pub fn run(request: &BatchRequest, stdout: &mut (dyn Write + Send)) -> Result<Outcome> {
    let gate = request.gate.open()?;
    for source in &request.sources {
        apart(source, &request.folder)?;
    }
    let found = input::discover_outside(request.sources.clone(), &request.options.input, Some(&request.folder))?;
    for folder in [request.folder.clone(), request.folder.join(LOGS), request.folder.join(DONE)] {
        fs::create_dir_all(&folder).map_err(|source| Error::Write { path: folder.clone(), source })?;
        sweep(&folder);
    }
    let bench = Bench {
        folder: &request.folder,
        options: &request.options,
        plot: &request.plot,
        plots: request.plots,
        salt: format!("{} {:?} {:?} {}", env!("CARGO_PKG_VERSION"), request.options, request.plot, request.plots),
    };
    let stems = stems(found.logs.iter().map(|l| l.name.as_str()));
    forget(&request.folder, &stems);
    (request.progress)(Progress::Begin(found.logs.len()));
    let work = |(log, stem): (input::Log, &String)| {
        let (size, record) = bench.one(log, stem);
        (request.progress)(Progress::Log(size));
        record
    };
    let logs: Vec<_> = found.logs.into_iter().zip(&stems).collect();
    // One at a time to whoever is free: logs differ much in size.
    let records: Vec<Result<Record>> = logs.into_par_iter().with_max_len(1).map(work).collect();
    (request.progress)(Progress::End);

    let mut failures: Vec<String> = found.failures.iter().map(|e| shorter(&e.chain(), &request.sources)).collect();
    let (mut done, mut passed_over) = (Vec::new(), Vec::new());
    for (record, stem) in records.into_iter().zip(&stems) {
        match record {
            Ok(record) => {
                failures.extend(record.failures);
                match record.passed_over {
                    Some(why) => passed_over.push((record.log, why)),
                    None => done.push(Done { stem, picture: record.files.iter().any(|f| f.0.ends_with(".png")) }),
                }
            }
            Err(error) => failures.push(shorter(&error.chain(), &request.sources)),
        }
    }
    let mut gathered = Gathered::default();
    tables(&request.folder, &done, gate.as_ref(), &mut gathered)?;
    let gate = gate.map(|gate| GateReport::new(&gate, gathered.gate));
    let ranking = gathered.ranking.finish();
    let index = Index {
        logs: &gathered.logs,
        ranking: &ranking,
        failures: &failures,
        passed_over: &passed_over,
        gate: gate.as_ref(),
    };
    write_file(&request.folder.join("index.html"), |out| index.html(out).map_err(Error::Stdout))?;
    write_file(&request.folder.join("index.md"), |out| index.markdown(out).map_err(Error::Stdout))?;

    let mut say = |line: String| writeln!(stdout, "{line}").map_err(Error::Stdout);
    say(format!("{}.", index.head()))?;
    for r in ranking.iter().take(10) {
        say(format!("{} {}.", r.name, r.sentence(index.logs.len())))?;
    }
    if ranking.len() > 10 {
        say(format!("{} more types leak.", ranking.len() - 10))?;
    }
    say(format!("All of it: {}", request.folder.join("index.html").display()))?;
    let warnings = found.warnings.into_iter().chain(passed_over_warning(&passed_over)).collect();
    if done.is_empty() && failures.is_empty() {
        return Err(Error::NoLog { path: first_path(&request.sources) });
    }
    Ok(Outcome { failures: failures.into_iter().map(Error::Seen).collect(), warnings, gate })
}

/// A log whose reports are written.
struct Done<'a> {
    stem: &'a str,
    picture: bool,
}

/// What is gathered while the reports are read back.
#[derive(Default)]
struct Gathered {
    logs: Vec<Summary>,
    ranking: Ranking,
    gate: Vec<crate::report::gate::GateFinding>,
}

/// Writes the tables of findings, report by report, and gathers what the pages say.
fn tables(
    folder: &Path,
    done: &[Done<'_>],
    gate: Option<&crate::report::gate::Gate>,
    gathered: &mut Gathered,
) -> Result<()> {
    write_file(&folder.join("findings.csv"), |csv| {
        write_file(&folder.join("findings.parquet"), |parquet| {
            let mut writer = FindingsWriter::new(csv, parquet)?;
            for of in done {
                let document: Document = super::saved::read(&folder.join(LOGS).join(format!("{}.json", of.stem)))?;
                for log in &document.logs {
                    log.types.iter().try_for_each(|t| writer.push(row(log, t)))?;
                    gathered.ranking.add(log);
                    gathered.logs.push(Summary::new(log, of.stem.to_owned(), of.picture));
                    gathered.gate.extend(gate.iter().flat_map(|g| g.hold(log)));
                }
            }
            writer.finish()
        })
    })
}

fn row(log: &Log, t: &Type) -> FindingRow {
    FindingRow {
        log: log.name.clone(),
        rank: t.rank,
        name: t.r#type.clone(),
        verdict: verdict(t.verdict),
        role: t.role.map(|r| if r == Role::Root { "root" } else { "companion" }),
        follows: t.follows.clone(),
        ratio: t.ratio,
        confidence: t.confidence,
        q_value: t.q_value,
        slope_per_hour: t.slope_per_hour,
        slope_per_snapshot: t.slope_per_snapshot,
        slope_low: t.slope_low,
        slope_high: t.slope_high,
        onset_time: t.onset_time.clone(),
        onset_snapshot: t.onset_snapshot,
        first: t.first,
        last: t.last,
        min: t.min,
        max: t.max,
        seen: t.seen,
        unseen: t.unseen,
        snapshots: log.snapshots,
        fingerprint: t.fingerprint.clone(),
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    crate::render::word(verdict)
}

/// Reports hold lines of logs: a folder that lies among what is read would be read as logs the next time.
fn apart(source: &Source, folder: &Path) -> Result<()> {
    let Source::Path(path) = source else { return Ok(()) };
    let (Ok(path_full), Ok(here)) = (fs::canonicalize(path), std::env::current_dir()) else { return Ok(()) };
    let folder_full = here.join(folder);
    // The folder need not exist yet; the part of it that does is what counts.
    let existing = folder_full.ancestors().find_map(|a| fs::canonicalize(a).ok());
    let inside = existing.is_some_and(|e| e.starts_with(&path_full));
    if path_full.is_dir() && inside {
        return Err(Error::Usage(format!(
            "--out {} lies in {}, which is read; name a folder beside it",
            folder.display(),
            path.display()
        )));
    }
    Ok(())
}

/// Names of the logs' files: the logs' names with folders and odd characters as `-`, all different whatever the case.
fn stems<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut stem = |name: &str| {
        let plain = |c: char| if c.is_alphanumeric() || ['.', '_', '-', '+', '=', '@'].contains(&c) { c } else { '-' };
        let mut stem: String = name.chars().map(plain).collect();
        // No hidden file, and none that a command takes for an option.
        stem = stem.trim_start_matches(['.', '-']).to_owned();
        while stem.len() > LONGEST {
            stem.remove(0);
        }
        if stem.is_empty() {
            stem.push_str("log");
        }
        loop {
            let n = taken.entry(stem.to_lowercase()).or_insert(0);
            *n += 1;
            if *n == 1 {
                return stem;
            }
            stem = format!("{stem}-{n}");
        }
    };
    names.map(&mut stem).collect()
}

/// Removes what a killed run left half written.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            // Where it cannot be removed, it is in nobody's way.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Removes the files of logs that are not there any more, as their records tell; never a file that no record names.
fn forget(folder: &Path, stems: &[String]) {
    let current: HashSet<&str> = stems.iter().map(String::as_str).collect();
    for entry in fs::read_dir(folder.join(DONE)).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix(".json").filter(|stem| !current.contains(stem)) else { continue };
        let record: Option<Record> = fs::read(entry.path()).ok().and_then(|b| serde_json::from_slice(&b).ok());
        let Some(record) = record else { continue };
        for (file, _) in record.files.iter().filter(|f| f.0.starts_with(stem) && !f.0.contains(['/', '\\'])) {
            let _ = fs::remove_file(folder.join(LOGS).join(file));
        }
        let _ = fs::remove_file(entry.path());
    }
}

/// A message without the folders that were named: results do not depend on where logs lie.
fn shorter(text: &str, sources: &[Source]) -> String {
    let mut text = text.to_owned();
    for source in sources {
        if let Source::Path(path) = source
            && path.is_dir()
        {
            let folder = path.to_string_lossy();
            text = text.replace(&format!("{}/", folder.trim_end_matches('/')), "");
        }
    }
    text
}

fn passed_over_warning(passed_over: &[(String, String)]) -> Option<Warning> {
    let names: Vec<&str> = passed_over.iter().map(|p| p.0.as_str()).collect();
    let message = format!("passed over, no objgraph table in them: {}", names.join(", "));
    (!names.is_empty()).then(|| Warning::new("no-table", message))
}

fn first_path(sources: &[Source]) -> PathBuf {
    sources.iter().find_map(|s| if let Source::Path(p) = s { Some(p.clone()) } else { None }).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_safe_and_different() {
        let names = ["app.log", "host7/app.log", "host7-app.log", "APP.log", "../x", "a b", ""];
        let stems = stems(names.into_iter());
        let expected = ["app.log", "host7-app.log", "host7-app.log-2", "APP.log-2", "x", "a-b", "log"];
        assert_eq!(stems, expected);
    }
}
