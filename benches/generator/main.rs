//! `generator KIND BYTES SEED FILE` writes a log for measuring, and says in JSON what is in it.

mod logs;

use std::io::{BufWriter, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match made(&args) {
        Ok(facts) => {
            let logs::Facts { bytes, lines, tables, rows } = facts;
            let said = format!("{{\"bytes\": {bytes}, \"lines\": {lines}, \"tables\": {tables}, \"rows\": {rows}}}");
            let _ = writeln!(std::io::stdout(), "{said}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            let _ = writeln!(std::io::stderr(), "generator: {why}");
            ExitCode::from(2)
        }
    }
}

fn made(args: &[String]) -> Result<logs::Facts, String> {
    let [kind, bytes, seed, path] = args else { return Err("what is wanted is KIND BYTES SEED FILE".to_owned()) };
    let kind = logs::Kind::ALL.iter().find(|(name, _)| name == kind).ok_or("no such kind")?.1;
    let number = |text: &String| text.parse().map_err(|_| format!("{text} is no number"));
    let failed = |error: std::io::Error| format!("{path}: {error}");
    let mut out = BufWriter::with_capacity(1 << 20, std::fs::File::create(path).map_err(failed)?);
    let facts = logs::write(kind, number(bytes)?, number(seed)?, &mut out).map_err(failed)?;
    out.flush().map_err(failed)?;
    Ok(facts)
}
