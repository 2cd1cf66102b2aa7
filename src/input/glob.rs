//! A glob comes in, the paths that a shell would make of it go out: for shells that do not expand, and for files of
//! settings.
//!
//! It is taken apart at its slashes, so that links on the way are followed as a shell does, and nothing is walked that
//! it does not mean.

use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use walkdir::WalkDir;

use crate::error::{Error, Result};

/// Whether a path can be meant as a glob.
pub(super) fn is_glob(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '[', '{'])
}

/// What a glob stands for.
pub(super) struct Expanded {
    /// Components at the beginning of each path that the glob itself spells out.
    pub(super) spelt: usize,
    /// Files and directories, in order.
    pub(super) paths: Vec<PathBuf>,
}

/// One piece between slashes.
enum Piece {
    /// As it stands.
    Plain(PathBuf),
    /// Names that match.
    Names(GlobMatcher, bool),
    /// `**`: any folders.
    Folders,
}

/// Expands a glob. `*` stays within a folder, `**` does not, and neither means hidden files.
///
/// # Errors
/// Where it is no glob.
pub(super) fn expand(pattern: &Path) -> Result<Expanded> {
    let mut out = Expanded { spelt: usize::MAX, paths: Vec::new() };
    for pattern in braces(&pattern.to_string_lossy()) {
        let mut pieces = Vec::new();
        for component in Path::new(&pattern).components() {
            pieces.push(piece(component, &pattern)?);
        }
        let spelt = pieces.iter().take_while(|p| matches!(p, Piece::Plain(_))).count();
        out.spelt = out.spelt.min(spelt.min(pieces.len().saturating_sub(1)));
        follow(PathBuf::new(), &pieces, &mut out.paths);
    }
    Ok(out)
}

fn piece(component: Component<'_>, pattern: &str) -> Result<Piece> {
    let text = component.as_os_str().to_string_lossy();
    if text == "**" {
        return Ok(Piece::Folders);
    }
    if !is_glob(Path::new(component.as_os_str())) {
        return Ok(Piece::Plain(component.as_os_str().into()));
    }
    let glob = GlobBuilder::new(&text).literal_separator(true).build();
    let glob = glob.map_err(|e| Error::Usage(format!("{pattern}: {}", e.kind())))?;
    Ok(Piece::Names(glob.compile_matcher(), text.starts_with('.')))
}

/// Adds what lies at the end of the pieces, seen from `at`.
fn follow(at: PathBuf, pieces: &[Piece], out: &mut Vec<PathBuf>) {
    let Some((first, rest)) = pieces.split_first() else {
        // A link to nowhere is there, too: it is for the reader to say so.
        if at.symlink_metadata().is_ok() {
            out.push(at);
        }
        return;
    };
    let here = if at.as_os_str().is_empty() { Path::new(".") } else { &at };
    match first {
        Piece::Plain(name) => follow(at.join(name), rest, out),
        Piece::Names(glob, hidden) => {
            for name in names(here).into_iter().filter(|n| glob.is_match(n)) {
                if *hidden || !name.to_string_lossy().starts_with('.') {
                    follow(at.join(name), rest, out);
                }
            }
        }
        Piece::Folders => {
            // Links are not gone down: they may lead in circles.
            let wanted = |e: &walkdir::DirEntry| {
                e.depth() == 0 || (e.file_type().is_dir() && !e.file_name().to_string_lossy().starts_with('.'))
            };
            for folder in WalkDir::new(here).sort_by_file_name().into_iter().filter_entry(wanted).flatten() {
                let below = folder.path().strip_prefix(here).unwrap_or(Path::new(""));
                if rest.is_empty() {
                    // `logs/**` is all that is there: the folder itself says so.
                    return out.push(here.to_owned());
                }
                follow(if below.as_os_str().is_empty() { at.clone() } else { at.join(below) }, rest, out);
            }
        }
    }
}

/// Names in a folder, sorted; none where it cannot be read.
fn names(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<PathBuf> = entries.map(|e| e.file_name().into()).collect();
    names.sort();
    names
}

/// A pattern for each choice that `{a,b}` offers; the pattern itself where there is none.
fn braces(pattern: &str) -> Vec<String> {
    let Some(open) = pattern.find('{') else { return vec![pattern.to_owned()] };
    let (mut depth, mut from, mut choices) = (0, open + 1, Vec::new());
    for (at, c) in pattern.char_indices().skip_while(|(at, _)| *at < open) {
        match c {
            '{' => depth += 1,
            ',' if depth == 1 => {
                choices.push(&pattern[from..at]);
                from = at + 1;
            }
            '}' if depth == 1 => {
                choices.push(&pattern[from..at]);
                let (head, tail) = (&pattern[..open], &pattern[at + 1..]);
                return choices.iter().flat_map(|c| braces(&format!("{head}{c}{tail}"))).collect();
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    vec![pattern.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_offer_choices() {
        assert_eq!(braces("a{b,c/d}e"), ["abe", "ac/de"]);
        assert_eq!(braces("{a,b{1,2}}{x,y}"), ["ax", "ay", "b1x", "b1y", "b2x", "b2y"]);
        assert_eq!(braces("a{b"), ["a{b"]);
        assert_eq!(braces("a}b"), ["a}b"]);
    }

    #[test]
    fn paths_as_a_shell_makes_them() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["h1/log/app.log", "h2/log/app.log", "h2/log/deep/db.log", "h2/other.txt", ".h3/log/app.log"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        for (pattern, expected) in [
            ("h*/log/*.log", &["h1/log/app.log", "h2/log/app.log"][..]),
            ("h?", &["h1", "h2"]),
            ("**/*.log", &["h1/log/app.log", "h2/log/app.log", "h2/log/deep/db.log"]),
            ("h2/**", &["h2"]),
            ("{h2/other,h1/none}.[tx]*", &["h2/other.txt"]),
            (".h*/log", &[".h3/log"]),
            ("*/absent.log", &[]),
        ] {
            let paths = expand(&folder.path().join(pattern)).unwrap().paths;
            let paths: Vec<&Path> = paths.iter().map(|p| p.strip_prefix(folder.path()).unwrap()).collect();
            assert_eq!(paths, expected.iter().map(Path::new).collect::<Vec<_>>(), "{pattern}");
        }
        assert!(expand(Path::new("a[b")).is_err());
    }
}
