//! Paths, directories, globs, archives and streams come in, logs go out: files of one rotated family are one log.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};

use globset::GlobBuilder;
use walkdir::WalkDir;

use super::family::{Age, Kin, kin};
use super::spool::Spool;
use super::{Bytes, InputOptions, Log, Part, Source, archive};
use crate::error::{Error, Result, Warning};

/// What there is to read.
#[derive(Debug)]
pub struct Discovered {
    /// In the order in which they are reported.
    pub logs: Vec<Log>,
    /// What was named or found, but cannot be read.
    pub failures: Vec<Error>,
    /// What does not stop anything.
    pub warnings: Vec<Warning>,
}

/// One file, before it is known what log it belongs to.
struct Found {
    /// Its path: tells files apart, and its end names the log.
    path: PathBuf,
    /// Components at the beginning of `path` that are never part of a name: those of the argument it was found by.
    hidden: usize,
    bytes: Bytes,
    named: bool,
}

/// Turns arguments into logs. A named file that cannot be read is among the failures.
///
/// # Errors
/// Where a directory or a glob holds nothing to read.
pub fn discover(sources: Vec<Source>, options: &InputOptions) -> Result<Discovered> {
    let mut out = Discovered { logs: Vec::new(), failures: Vec::new(), warnings: Vec::new() };
    let mut found = Vec::new();
    for source in sources {
        match source {
            Source::Memory { name, bytes } => take(plain(name.into(), Bytes::Memory(bytes)), &mut found, &mut out),
            Source::Stdin { name } => {
                let failed = |source| Error::Read { path: name.clone().into(), source };
                let (spool, broken) = Spool::copy(io::stdin().lock()).map_err(failed)?;
                out.failures.extend(broken.map(failed));
                take(plain(name.clone().into(), Bytes::Spool(spool)), &mut found, &mut out);
            }
            Source::Path(path) => paths(&path, &mut found, &mut out)?,
        }
    }
    let groups = if options.join { joined(found) } else { families(found) };
    out.logs = logs(groups);
    Ok(out)
}

fn plain(path: PathBuf, bytes: Bytes) -> Found {
    Found { path, hidden: 0, bytes, named: true }
}

/// A path that was named: a file, a directory, or a glob.
fn paths(path: &Path, found: &mut Vec<Found>, out: &mut Discovered) -> Result<()> {
    let before = found.len() + out.failures.len();
    match std::fs::metadata(path) {
        Ok(meta) if meta.is_dir() => walk(path, |_| true, found, out),
        Ok(meta) if meta.is_file() => take(plain(path.to_owned(), Bytes::File(path.to_owned())), found, out),
        // A named pipe or a device can be read once.
        Ok(_) => {
            let failed = |source| Error::Read { path: path.to_owned(), source };
            let (spool, broken) = File::open(path).and_then(Spool::copy).map_err(failed)?;
            out.failures.extend(broken.map(failed));
            take(plain(path.to_owned(), Bytes::Spool(spool)), found, out);
        }
        Err(source) if source.kind() == io::ErrorKind::NotFound && is_glob(path) => glob(path, found, out)?,
        Err(source) => out.failures.push(Error::Read { path: path.to_owned(), source }),
    }
    if found.len() + out.failures.len() == before {
        return Err(Error::NoLog { path: path.to_owned() });
    }
    Ok(())
}

fn is_glob(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '[', '{'])
}

/// Files that a glob matches, for shells that do not expand it. `*` stays within a folder, `**` does not.
fn glob(pattern: &Path, found: &mut Vec<Found>, out: &mut Discovered) -> Result<()> {
    let text = pattern.to_string_lossy();
    let glob = GlobBuilder::new(&text).literal_separator(true).build();
    let glob = glob.map_err(|e| Error::Usage(format!("{text}: {}", e.kind())))?.compile_matcher();
    let literal = |c: &Component<'_>| !is_glob(Path::new(c.as_os_str()));
    let base: PathBuf = pattern.components().take_while(literal).collect();
    let base = if base.as_os_str().is_empty() { Path::new(".") } else { &base };
    walk(base, |path| glob.is_match(path.strip_prefix("./").unwrap_or(path)), found, out);
    Ok(())
}

/// All regular files below `root` that `wanted` accepts, in the order of their paths; hidden ones are left out.
fn walk(root: &Path, wanted: impl Fn(&Path) -> bool, found: &mut Vec<Found>, out: &mut Discovered) {
    let hidden = |name: &OsStr| name.to_string_lossy().starts_with('.');
    let entries = WalkDir::new(root).sort_by(|a, b| natural(a.path(), b.path()));
    for entry in entries.into_iter().filter_entry(|e| e.depth() == 0 || !hidden(e.file_name())) {
        match entry {
            Ok(entry) if entry.file_type().is_file() && wanted(entry.path()) => {
                let path = entry.into_path();
                let components = root.components().count();
                let file = Found { hidden: components, bytes: Bytes::File(path.clone()), path, named: false };
                take(file, found, out);
            }
            Ok(_) => {}
            Err(error) => {
                let path = error.path().unwrap_or(root).to_owned();
                let source = error.into_io_error().unwrap_or_else(|| io::Error::other("a link that leads to itself"));
                out.failures.push(Error::Read { path, source });
            }
        }
    }
}

fn natural(a: &Path, b: &Path) -> std::cmp::Ordering {
    natord::compare(&a.to_string_lossy(), &b.to_string_lossy()).then_with(|| a.cmp(b))
}

/// Takes a file, or what is in it where it is an archive.
fn take(file: Found, found: &mut Vec<Found>, out: &mut Discovered) {
    let part = Part { name: String::new(), bytes: file.bytes };
    let failed = |source| Error::Read { path: file.path.clone(), source };
    let unpacked = part.raw().and_then(|raw| {
        let copy = || part.raw().map_err(io::Error::other).and_then(|raw| Ok(Spool::copy(raw)?.0));
        archive::members(raw, copy).map_err(failed)
    });
    match unpacked {
        Ok(None) => found.push(Found { bytes: part.bytes, ..file }),
        Ok(Some(unpacked)) => {
            let empty = unpacked.members.is_empty();
            for member in unpacked.members.into_iter().filter(|m| !m.spool.is_empty()) {
                found.push(Found {
                    path: archive::member_path(&file.path, &member.path),
                    // Below the archive itself, which a member's name begins with where it must.
                    hidden: file.path.components().count(),
                    bytes: Bytes::Spool(member.spool),
                    named: false,
                });
            }
            match unpacked.broken {
                Some(source) => out.failures.push(failed(source)),
                None if empty => out.failures.push(Error::NoLog { path: file.path.clone() }),
                None => {}
            }
        }
        // An empty file and one whose packing is damaged at its very beginning are for the reader to tell.
        Err(Error::Read { source, .. }) if source.kind() == io::ErrorKind::UnexpectedEof => {
            found.push(Found { bytes: part.bytes, ..file });
        }
        Err(error) => out.failures.push(error),
    }
}

/// Files that belong together: the base of their names with its folder, and the files.
struct Group {
    base: PathBuf,
    hidden: usize,
    files: Vec<(Age, Found)>,
}

/// Everything as one log, in the order given.
fn joined(found: Vec<Found>) -> Vec<Group> {
    let Some(last) = found.last() else { return Vec::new() };
    let base = last.path.with_file_name(kin(&file_name(&last.path)).base);
    vec![Group { base, hidden: last.hidden, files: found.into_iter().map(|f| (Age::Current, f)).collect() }]
}

/// Files of one rotated family are one log, in the place of the first of them.
fn families(found: Vec<Found>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut index: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for file in found {
        let Kin { base, age } = kin(&file_name(&file.path));
        let base = file.path.with_file_name(base);
        let at = *index.entry(base.clone()).or_insert_with(|| {
            groups.push(Group { base, hidden: file.hidden, files: Vec::new() });
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(at) {
            group.files.push((age, file));
        }
    }
    for group in &mut groups {
        group.files.sort_by(|(a, f), (b, g)| a.cmp(b).then_with(|| natural(&f.path, &g.path)));
        drop_copies(&mut group.files);
    }
    groups
}

/// Leaves out what is there twice: one path given twice, or the same bytes under two names (`app.log.1` beside
/// `app.log.1.gz`).
fn drop_copies(files: &mut Vec<(Age, Found)>) {
    let mut kept: Vec<(Age, Found)> = Vec::new();
    for (age, file) in files.drain(..) {
        if !kept.iter().any(|(other_age, other)| is_copy(&file, other, age == *other_age)) {
            kept.push((age, file));
        }
    }
    *files = kept;
}

/// `same_age`: both have the same place in the family, packed or not.
fn is_copy(a: &Found, b: &Found, same_age: bool) -> bool {
    let length = |f: &Found| match &f.bytes {
        Bytes::File(path) => std::fs::metadata(path).ok().map(|m| m.len()),
        Bytes::Memory(bytes) => Some(bytes.len() as u64),
        Bytes::Spool(_) => None,
    };
    if a.path == b.path && matches!((&a.bytes, &b.bytes), (Bytes::File(_), Bytes::File(_))) {
        return true;
    }
    // Parts of one family that have the same length or the same place are compared; others cannot be the same.
    if !same_age && (length(a).is_none() || length(a) != length(b)) {
        return false;
    }
    match (unpacked(a), unpacked(b)) {
        (Some(a), Some(b)) => same_bytes(a, b).unwrap_or(false),
        _ => false,
    }
}

fn unpacked(file: &Found) -> Option<impl io::BufRead + '_> {
    let unpacked = super::decode::unpack(file.bytes.open().ok()?).ok()?;
    Some(io::BufReader::with_capacity(64 << 10, unpacked.reader))
}

fn same_bytes(mut a: impl io::BufRead, mut b: impl io::BufRead) -> io::Result<bool> {
    loop {
        let (left, right) = (a.fill_buf()?, b.fill_buf()?);
        let n = left.len().min(right.len());
        if n == 0 {
            return Ok(left.len() == right.len());
        }
        if left.get(..n) != right.get(..n) {
            return Ok(false);
        }
        a.consume(n);
        b.consume(n);
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.to_string_lossy().into_owned(), |n| n.to_string_lossy().into_owned())
}

/// Names the logs: each by the shortest end of its path that no other has.
fn logs(groups: Vec<Group>) -> Vec<Log> {
    let ends: Vec<Vec<String>> = groups
        .iter()
        .map(|g| {
            let parts: Vec<String> = g
                .base
                .components()
                .filter(|c| matches!(c, Component::Normal(_)))
                .map(|c| c.as_os_str().to_string_lossy().into_owned())
                .collect();
            // The argument's own folders stand in a name only where nothing else tells two logs apart.
            let below = parts.len().saturating_sub(g.hidden.min(parts.len().saturating_sub(1)));
            (1..=parts.len()).map(|n| parts[parts.len() - n..].join("/")).take(below.max(1)).collect()
        })
        .collect();
    let name = |i: usize| -> String {
        let mine = &ends[i];
        let unique = |name: &&String| !ends.iter().enumerate().any(|(j, e)| j != i && e.contains(name));
        mine.iter().find(unique).or(mine.last()).cloned().unwrap_or_default()
    };
    let mut names: Vec<String> = (0..groups.len()).map(name).collect();
    // Two arguments may hold the same path below them; a number tells such logs apart.
    for i in 1..names.len() {
        let twins = names[..i].iter().filter(|n| **n == names[i]).count();
        if twins > 0 {
            names[i] = format!("{} ({})", names[i], twins + 1);
        }
    }
    groups
        .into_iter()
        .zip(names)
        .map(|(group, name)| Log {
            name,
            named: group.files.iter().any(|(_, f)| f.named),
            parts: group.files.into_iter().map(|(_, f)| Part { name: file_name(&f.path), bytes: f.bytes }).collect(),
        })
        .collect()
}
