//! Where results go: a file is complete or absent, standard output is written as it is.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::error::{Error, Result};

/// Writes a file by `fill`: a regular file beside its place first, renamed when it is complete; what is no regular
/// file (a device, a pipe) directly.
///
/// # Errors
/// Where the file cannot be written, or `fill` fails; no file is left half written then.
pub fn write_file(path: &Path, fill: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<()> {
    let fail = |source: io::Error| Error::Write { path: path.to_owned(), source };
    let mut target = path.to_owned();
    match fs::symlink_metadata(path) {
        // A link is followed, so that it stays one.
        Ok(meta) if meta.is_symlink() => target = fs::canonicalize(path).unwrap_or(target),
        _ => {}
    }
    let special = fs::metadata(&target).is_ok_and(|m| !m.is_file() && !m.is_dir());
    if special {
        let mut out = BufWriter::new(fs::OpenOptions::new().write(true).open(path).map_err(fail)?);
        fill(&mut out)?;
        return out.flush().map_err(fail);
    }
    let folder = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = beside().tempfile_in(folder).map_err(fail)?;
    let mut out = BufWriter::with_capacity(BUFFER, file.as_file_mut());
    fill(&mut out)?;
    out.flush().map_err(fail)?;
    drop(out);
    file.persist(&target).map_err(|e| fail(e.error))?;
    Ok(())
}

/// Bytes that are gathered before they are written.
const BUFFER: usize = 64 << 10;

/// How a file is made beside its place. Temporary files are for their owner only; a result is for whom the owner's mask
/// allows.
fn beside() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".objtrend-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_complete_or_absent() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.txt");
        write_file(&path, |out| out.write_all(b"whole").map_err(Error::Stdout)).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        let failed = write_file(&path, |out| {
            out.write_all(b"half").map_err(Error::Stdout)?;
            Err(Error::Usage("stop".to_owned()))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"whole", "the old file stays");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}
