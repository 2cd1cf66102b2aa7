//! Paths, directories, globs, archives and streams come in, logs go out: files of one rotated family are one log.
//!
//! Links are followed, and every file is read once, however many names lead to it: `current.log` beside the file that it
//! points to, a directory within another that is named, too.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::fs::{File, Metadata};
use std::io;
use std::path::{Component, Path, PathBuf};

use walkdir::WalkDir;

use super::family::{Age, Kin, kin};
use super::range::Standing;
use super::spool::Spool;
use super::{Bytes, InputOptions, Log, Part, Source, archive, glob};
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

/// Which file a path leads to, whatever the path.
#[cfg(unix)]
type Id = (u64, u64);
#[cfg(not(unix))]
type Id = PathBuf;

#[cfg(unix)]
fn id(_: &Path, meta: &Metadata) -> Option<Id> {
    use std::os::unix::fs::MetadataExt;
    Some((meta.dev(), meta.ino()))
}

#[cfg(not(unix))]
fn id(path: &Path, _: &Metadata) -> Option<Id> {
    std::fs::canonicalize(path).ok()
}

/// What has been found so far.
#[derive(Default)]
struct Search {
    files: Vec<Found>,
    /// Where among the files one is that was found already.
    known: HashMap<Id, usize>,
    /// A directory that is not entered, as its canonical path.
    never: Option<PathBuf>,
    failures: Vec<Error>,
}

impl Search {
    /// Takes a regular file, unless another path led to it.
    fn file(&mut self, file: Found, meta: &Metadata) {
        let Some(id) = id(&file.path, meta) else { return self.files.push(file) };
        match self.known.get(&id).and_then(|&at| self.files.get_mut(at)) {
            Some(known) => known.named |= file.named,
            None => {
                self.known.insert(id, self.files.len());
                self.files.push(file);
            }
        }
    }

    fn fail(&mut self, path: &Path, source: io::Error) {
        self.failures.push(Error::Read { path: path.to_owned(), source });
    }
}

/// Turns arguments into logs. A named file that cannot be read is among the failures.
///
/// # Errors
/// Where a directory or a glob holds nothing to read.
pub fn discover(sources: Vec<Source>, options: &InputOptions) -> Result<Discovered> {
    discover_outside(sources, options, None)
}

/// The same, but what lies in the directory `never` is not found in any other: no link leads into it.
///
/// # Errors
/// As for [`discover`].
pub fn discover_outside(sources: Vec<Source>, options: &InputOptions, never: Option<&Path>) -> Result<Discovered> {
    let never = never.and_then(|path| std::fs::canonicalize(path).ok());
    let mut search = Search { never, ..Search::default() };
    for source in sources {
        match source {
            Source::Memory { name, bytes } => search.files.push(plain(name.into(), Bytes::Memory(bytes))),
            Source::Stdin { name } => {
                let failed = |source| Error::Read { path: name.clone().into(), source };
                let bytes = match Standing::stdin() {
                    Some(file) => Bytes::Standing(file),
                    None => {
                        let (spool, broken) = Spool::copy(io::stdin().lock()).map_err(failed)?;
                        search.failures.extend(broken.map(failed));
                        Bytes::Spool(spool)
                    }
                };
                search.files.push(plain(name.into(), bytes));
            }
            Source::Path(path) => paths(&path, &mut search)?,
        }
    }
    let mut out = Discovered { logs: Vec::new(), failures: search.failures, warnings: Vec::new() };
    let mut found = Vec::new();
    search.files.into_iter().for_each(|file| take(file, &mut found, &mut out));
    let groups = if options.join { joined(found) } else { families(found) };
    out.logs = logs(groups);
    Ok(out)
}

fn plain(path: PathBuf, bytes: Bytes) -> Found {
    Found { path, hidden: 0, bytes, named: true }
}

/// A path that was named: a file, a directory, or a glob.
fn paths(path: &Path, search: &mut Search) -> Result<()> {
    match std::fs::metadata(path) {
        Ok(meta) if meta.is_dir() => walk(path, path.components().count(), search),
        Ok(meta) if meta.is_file() => {
            search.file(plain(path.to_owned(), Bytes::File(path.to_owned())), &meta);
            Ok(())
        }
        // A named pipe or a device can be read once.
        Ok(_) => {
            let failed = |source| Error::Read { path: path.to_owned(), source };
            let (spool, broken) = File::open(path).and_then(Spool::copy).map_err(failed)?;
            search.failures.extend(broken.map(failed));
            search.files.push(plain(path.to_owned(), Bytes::Spool(spool)));
            Ok(())
        }
        Err(source) if source.kind() == io::ErrorKind::NotFound && glob::is_glob(path) => globbed(path, search),
        Err(source) => {
            search.fail(path, astray(path, source));
            Ok(())
        }
    }
}

/// Why a path leads nowhere: a link is there, what it points to is not.
fn astray(path: &Path, source: io::Error) -> io::Error {
    match std::fs::read_link(path) {
        Ok(to) if source.kind() == io::ErrorKind::NotFound => {
            io::Error::new(source.kind(), format!("a link to {}, which is not there", to.display()))
        }
        _ => source,
    }
}

/// What a glob means, files and directories, as a shell would have given them; but they are found, not named.
fn globbed(pattern: &Path, search: &mut Search) -> Result<()> {
    let glob::Expanded { spelt, paths } = glob::expand(pattern)?;
    let failures = search.failures.len();
    let mut any = false;
    for path in paths {
        match std::fs::metadata(&path) {
            Ok(meta) if meta.is_dir() => any |= walk(&path, spelt, search).is_ok(),
            Ok(meta) if meta.is_file() => {
                any = true;
                let bytes = Bytes::File(path.clone());
                search.file(Found { path, hidden: spelt, bytes, named: false }, &meta);
            }
            Ok(_) => {}
            Err(source) => search.fail(&path, astray(&path, source)),
        }
    }
    if any || search.failures.len() > failures { Ok(()) } else { Err(Error::NoLog { path: pattern.to_owned() }) }
}

/// All regular files below `root`, in the order of their paths; hidden ones are left out.
///
/// Links come last: what lies in the tree itself is known by its own path, and a link that leads back into it adds
/// nothing. No directory is entered twice, so that links cannot lead in circles.
///
/// # Errors
/// Where there is none, and nothing that cannot be read.
fn walk(root: &Path, hidden: usize, search: &mut Search) -> Result<()> {
    let failures = search.failures.len();
    let mut tree = Tree::default();
    // A way into it leads from above, or through a link below.
    let never = search.never.clone();
    tree.seen.extend(never.as_deref().and_then(|never| id(never, &std::fs::metadata(never).ok()?)));
    let forbidden = |at: &Path| {
        never.as_ref().is_some_and(|never| std::fs::canonicalize(at).is_ok_and(|path| path.starts_with(never)))
    };
    let mut starts = VecDeque::from([root.to_owned()]);
    while let Some(at) = starts.pop_front() {
        match std::fs::metadata(&at) {
            Ok(_) if forbidden(&at) => {}
            Ok(meta) if meta.is_dir() => {
                if tree.is_new(&at, &meta) {
                    starts.extend(tree.below(&at, search));
                }
            }
            Ok(meta) if meta.is_file() && tree.is_new(&at, &meta) => tree.files.push((at, meta)),
            Ok(_) => {}
            Err(source) => search.fail(&at, astray(&at, source)),
        }
    }
    if tree.files.is_empty() && search.failures.len() == failures {
        return Err(Error::NoLog { path: root.to_owned() });
    }
    tree.files.sort_by(|a, b| natural(&a.0, &b.0));
    for (path, meta) in tree.files {
        let bytes = Bytes::File(path.clone());
        search.file(Found { path, hidden, bytes, named: false }, &meta);
    }
    Ok(())
}

/// What lies below a directory.
#[derive(Default)]
struct Tree {
    files: Vec<(PathBuf, Metadata)>,
    seen: HashSet<Id>,
}

impl Tree {
    /// Whether no other path led to it.
    fn is_new(&mut self, path: &Path, meta: &Metadata) -> bool {
        id(path, meta).is_none_or(|id| self.seen.insert(id))
    }

    /// Takes the files below a directory; its links are given back.
    fn below(&mut self, root: &Path, search: &mut Search) -> Vec<PathBuf> {
        let mut links = Vec::new();
        let mut entries = WalkDir::new(root).min_depth(1).sort_by_file_name().into_iter();
        while let Some(entry) = entries.next() {
            let found = entry.and_then(|e| {
                let is_dir = e.file_type().is_dir();
                if e.file_name().to_string_lossy().starts_with('.') {
                    return Ok((is_dir, true));
                }
                if e.file_type().is_symlink() {
                    links.push(e.into_path());
                    return Ok((false, true));
                }
                let meta = e.metadata()?;
                let known = !self.is_new(e.path(), &meta);
                if meta.is_file() && !known {
                    self.files.push((e.into_path(), meta));
                }
                Ok((is_dir, known))
            });
            match found {
                // A directory that is passed over.
                Ok((true, true)) => entries.skip_current_dir(),
                Ok(_) => {}
                Err(error) => {
                    let path = error.path().unwrap_or(root).to_owned();
                    let vanished = || io::Error::from(io::ErrorKind::NotFound);
                    search.fail(&path, error.into_io_error().unwrap_or_else(vanished));
                }
            }
        }
        links
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
            let before = found.len();
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
                None if found.len() == before => out.failures.push(Error::NoLog { path: file.path.clone() }),
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

/// Leaves out what is there twice: the same bytes under two names (`app.log.1` beside `app.log.1.gz`).
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
        Bytes::Spool(_) | Bytes::Standing(_) => None,
    };
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
    // How many logs have a path with this end.
    let mut with: HashMap<&str, usize> = HashMap::new();
    ends.iter().flatten().for_each(|end| *with.entry(end).or_insert(0) += 1);
    let name = |mine: &Vec<String>| {
        let unique = |name: &&String| with.get(name.as_str()) == Some(&1);
        mine.iter().find(unique).or(mine.last()).cloned().unwrap_or_default()
    };
    let mut names: Vec<String> = ends.iter().map(name).collect();
    // Two arguments may hold the same path below them; a number tells such logs apart.
    let mut twins: HashMap<String, usize> = HashMap::new();
    for name in &mut names {
        let n = twins.entry(name.clone()).or_insert(0);
        *n += 1;
        if *n > 1 {
            *name = format!("{name} ({n})");
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
