//! An archive of logs comes in, its members go out, each as a copy that can be opened on its own.

use std::io::{self, Read};
use std::path::PathBuf;

use super::decode::{Packing, Unpacked, unpack};
use super::spool::Spool;

/// A file in an archive.
pub(super) struct Member {
    /// Its path in the archive, with `/` between folders.
    pub(super) path: String,
    pub(super) spool: Spool,
}

/// What was found in an archive.
pub(super) struct Members {
    pub(super) members: Vec<Member>,
    /// What broke the reading off; the members before it are good.
    pub(super) broken: Option<io::Error>,
}

/// The members of an archive, in its own order; `None` where the bytes are none. `again` opens the bytes anew: a zip
/// archive has its list at its end.
pub(super) fn members(
    bytes: Box<dyn Read + Send>,
    again: impl FnOnce() -> io::Result<Spool>,
) -> io::Result<Option<Members>> {
    let Unpacked { reader, inner, .. } = unpack(bytes)?;
    match inner {
        Packing::Tar => tar(reader).map(Some),
        Packing::Zip => zip(&again()?).map(Some),
        _ => Ok(None),
    }
}

fn tar(reader: Box<dyn Read + Send>) -> io::Result<Members> {
    let mut archive = tar::Archive::new(reader);
    let mut out = Members { members: Vec::new(), broken: None };
    for entry in archive.entries()? {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                out.broken = Some(error);
                break;
            }
        };
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let (spool, broken) = Spool::copy(entry)?;
        out.members.push(Member { path, spool });
        if broken.is_some() {
            out.broken = broken;
            break;
        }
    }
    Ok(out)
}

fn zip(spool: &Spool) -> io::Result<Members> {
    // The archive's list stands at its end, so that it is read from a file or from memory only.
    match spool {
        Spool::Memory(bytes) => zip_members(io::Cursor::new(bytes)),
        Spool::File(file) => zip_members(file.reopen()?),
    }
}

fn zip_members(reader: impl Read + io::Seek) -> io::Result<Members> {
    let mut archive = zip::ZipArchive::new(reader).map_err(io::Error::other)?;
    let mut out = Members { members: Vec::new(), broken: None };
    for i in 0..archive.len() {
        let member = match archive.by_index(i) {
            Ok(member) if member.is_file() => member,
            Ok(_) => continue,
            Err(error) => {
                out.broken.get_or_insert(io::Error::other(error));
                continue;
            }
        };
        let path = member.name().map_or_else(|_| format!("member-{i}"), |name| name.into_owned());
        let (spool, broken) = Spool::copy(member)?;
        out.members.push(Member { path, spool });
        out.broken = out.broken.or(broken);
    }
    Ok(out)
}

/// The name under which a member is known: the archive's path with the member's below it.
pub(super) fn member_path(archive: &std::path::Path, member: &str) -> PathBuf {
    let mut path = archive.to_owned();
    path.extend(member.split(['/', '\\']).filter(|part| !part.is_empty() && *part != "." && *part != ".."));
    path
}
