//! Settings: `objtrend.toml`, `[tool.objtrend]` in `pyproject.toml`, and the environment, as if they stood on the command
//! line where it says nothing. Flags win over the environment, the environment over the file.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Command, CommandFactory, FromArgMatches};
use objtrend::{Error, Result};
use toml::{Table, Value};

use super::Cli;

/// What can be set: the long names of options that are no matter of a single call.
const KEYS: [&str; 26] = [
    "absolute",
    "all",
    "baseline",
    "color",
    "dialect",
    "facets",
    "fail-on",
    "ignore",
    "interval",
    "known",
    "limit-count",
    "max-memory",
    "no-plots",
    "prefix",
    "quiet",
    "row",
    "scale",
    "size",
    "stream",
    "strict",
    "theme",
    "threads",
    "time-format",
    "timezone",
    "top",
    "types",
];

/// Of these the values are paths; those in a file begin where the file lies.
const PATHS: [&str; 2] = ["baseline", "known"];

/// What variables that set a key begin with.
const ENVIRONMENT: &str = "OBJTREND_";

/// A value that is in force unless the command line says otherwise.
#[derive(Debug, Clone, PartialEq)]
struct Setting {
    values: Vec<String>,
    from: String,
}

/// Reads the command line, with settings where it says nothing.
///
/// # Errors
/// Where a file of settings cannot be read, or sets what is not known. Mistakes on the command line end the program here.
pub(crate) fn parse() -> Result<Cli> {
    let arguments = command_first(std::env::args_os().collect());
    let matches = Cli::command().get_matches_from(&arguments);
    let settings = settings()?;
    let added = additions(&matches, &settings);
    if added.is_empty() {
        return Cli::from_arg_matches(&matches).map_err(|e| Error::Usage(e.to_string()));
    }
    // Right after the command's name: what stands on the line, positional arguments too, keeps its place.
    let at = matches.subcommand_name().and_then(|name| arguments.iter().position(|a| a == name)).unwrap_or(0);
    let mut all = arguments[..=at].to_vec();
    all.extend(added.iter().map(|(_, text)| OsString::from(text)));
    all.extend_from_slice(&arguments[at + 1..]);
    Cli::command().try_get_matches_from(all).and_then(|m| Cli::from_arg_matches(&m)).map_err(|error| {
        // The line itself was right, so a setting is wrong.
        let said = error.to_string();
        let wrong = added.iter().find(|(key, _)| said.contains(&format!("--{key}")));
        let from = wrong.and_then(|(key, _)| settings.get(*key)).map_or("the settings", |s| s.from.as_str());
        let said = said.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Error::Usage(format!("{from}: {said}"))
    })
}

/// The line with the command before the options that every command has: `objtrend -q batch` means `objtrend batch -q`.
/// clap takes what follows an option without a command for a log.
fn command_first(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let root = Cli::command();
    let global = |text: &str| {
        let bare = text.split_once('=').map_or(text, |(name, _)| name);
        let is = |a: &&clap::Arg| {
            let long = a.get_long().is_some_and(|l| bare.strip_prefix("--") == Some(l));
            a.is_global_set() && (long || a.get_short().is_some_and(|s| text.strip_prefix('-') == Some(&s.to_string())))
        };
        let takes_next = |a: &clap::Arg| !matches!(a.get_action(), ArgAction::SetTrue) && bare == text;
        root.get_arguments().find(is).map(takes_next)
    };
    let mut at = 1;
    while let Some(takes_next) = arguments.get(at).and_then(|a| a.to_str()).and_then(global) {
        at += if takes_next { 2 } else { 1 };
    }
    if arguments.get(at).is_some_and(|a| root.find_subcommand(a).is_some()) {
        arguments[1..=at].rotate_right(1);
    }
    arguments
}

/// Settings of which the chosen command has an option that the line does not give: key, and what is to be added.
fn additions<'s>(matches: &ArgMatches, settings: &'s BTreeMap<String, Setting>) -> Vec<(&'s str, String)> {
    let root = Cli::command();
    let (command, given) = match matches.subcommand() {
        Some((name, given)) => (root.find_subcommand(name).unwrap_or(&root), given),
        None => (&root, matches),
    };
    let mut out = Vec::new();
    for (key, setting) in settings {
        let Some(arg) = option(command, key).or_else(|| option(&root, key).filter(|a| a.is_global_set())) else {
            continue;
        };
        if given.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine) {
            continue;
        }
        if matches!(arg.get_action(), ArgAction::SetTrue) {
            if setting.values.first().is_some_and(|v| v == "true") {
                out.push((key.as_str(), format!("--{key}")));
            }
        } else {
            out.extend(setting.values.iter().map(|v| (key.as_str(), format!("--{key}={v}"))));
        }
    }
    out
}

fn option<'c>(command: &'c Command, key: &str) -> Option<&'c clap::Arg> {
    command.get_arguments().find(|a| a.get_long() == Some(key))
}

/// The option of any command that a key sets.
fn any_option(root: &Command, key: &str) -> Option<clap::Arg> {
    option(root, key).or_else(|| root.get_subcommands().find_map(|c| option(c, key))).cloned()
}

fn is_flag(root: &Command, key: &str) -> bool {
    any_option(root, key).is_some_and(|a| matches!(a.get_action(), ArgAction::SetTrue))
}

fn is_list(root: &Command, key: &str) -> bool {
    any_option(root, key).is_some_and(|a| matches!(a.get_action(), ArgAction::Append))
}

/// What the environment and the nearest file set.
fn settings() -> Result<BTreeMap<String, Setting>> {
    let root = Cli::command();
    let mut out = BTreeMap::new();
    if let Some((path, table)) = find(&std::env::current_dir().unwrap_or_default())? {
        for (key, value) in &table {
            let setting = Setting { values: values(&root, key, value, &path)?, from: path.display().to_string() };
            out.insert(key.clone(), setting);
        }
    }
    for key in KEYS {
        let variable = format!("{ENVIRONMENT}{}", key.replace('-', "_").to_uppercase());
        let Some(text) = std::env::var_os(&variable).filter(|v| !v.is_empty()) else { continue };
        let text = text.to_string_lossy().into_owned();
        // A glob may hold a comma; no option's value holds a line's end.
        let values = match is_list(&root, key) {
            true => text.lines().filter(|l| !l.is_empty()).map(str::to_owned).collect(),
            false if is_flag(&root, key) => vec![
                flag(&text)
                    .ok_or_else(|| Error::Usage(format!("{variable}={text}: {key} is on or off; use true or false")))?,
            ],
            false => vec![text],
        };
        out.insert(key.to_owned(), Setting { values, from: variable });
    }
    Ok(out)
}

fn flag(text: &str) -> Option<String> {
    match text.to_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some("true".to_owned()),
        "false" | "0" | "no" | "off" => Some("false".to_owned()),
        _ => None,
    }
}

/// The nearest file of settings, upwards from `folder`; its path as seen from there.
fn find(folder: &Path) -> Result<Option<(PathBuf, Table)>> {
    let mut seen_from_here = PathBuf::new();
    for above in folder.ancestors() {
        for name in ["objtrend.toml", "pyproject.toml"] {
            let full = above.join(name);
            if !full.is_file() {
                continue;
            }
            let path = seen_from_here.join(name);
            let text = std::fs::read_to_string(&full).map_err(|source| Error::Read { path: path.clone(), source })?;
            let fail = |e: toml::de::Error| {
                let line = e.span().map_or(1, |s| text[..s.start.min(text.len())].lines().count().max(1));
                Error::Usage(format!("{}, line {line}: {}", path.display(), e.message()))
            };
            let table: Table = match text.parse::<Table>() {
                Ok(table) => table,
                // Of other tools' files only our own table matters, and a broken one is theirs to tell.
                Err(_) if name == "pyproject.toml" && !text.contains("[tool.objtrend]") => continue,
                Err(error) => return Err(fail(error)),
            };
            if name == "objtrend.toml" {
                return Ok(Some((path, table)));
            }
            let ours = table.get("tool").and_then(|t| t.get("objtrend")).and_then(Value::as_table);
            if let Some(ours) = ours {
                return Ok(Some((path, ours.clone())));
            }
        }
        seen_from_here.push("..");
    }
    Ok(None)
}

/// A key's value as what would stand on the command line.
fn values(root: &Command, key: &str, value: &Value, path: &Path) -> Result<Vec<String>> {
    let file = path.display();
    if !KEYS.contains(&key) {
        let nearest = KEYS.iter().min_by_key(|k| distance(k, &key.replace('_', "-"))).copied().unwrap_or_default();
        return Err(Error::Usage(format!(
            "{file}: unknown key {key}; the nearest known one is {nearest} (all: {})",
            KEYS.join(", ")
        )));
    }
    let fail = |what: &str| Error::Usage(format!("{file}: {key} is to be {what}"));
    let one = |value: &Value| match value {
        Value::String(text) if PATHS.contains(&key) => {
            Some(path.parent().unwrap_or(Path::new("")).join(text).to_string_lossy().into_owned())
        }
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        _ => None,
    };
    if is_flag(root, key) {
        return value.as_bool().map(|b| vec![b.to_string()]).ok_or_else(|| fail("true or false"));
    }
    match value {
        Value::Array(list) if is_list(root, key) => {
            list.iter().map(|v| one(v).ok_or_else(|| fail("a list of strings"))).collect()
        }
        value => one(value).map(|v| vec![v]).ok_or_else(|| {
            fail(if is_list(root, key) { "a string, or a list of strings" } else { "a string or a number" })
        }),
    }
}

/// Letters to be changed, added or left out to make one word of the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let here = (before + usize::from(x != *y)).min(row[j] + 1).min(row[j + 1] + 1);
            before = std::mem::replace(&mut row[j + 1], here);
        }
    }
    row[b.len()]
}

/// Which settings are in force and where each is from: lines that are a file of settings themselves.
///
/// # Errors
/// Where a file of settings cannot be read, or sets what is not known.
pub(crate) fn show() -> Result<String> {
    let (root, settings) = (Cli::command(), settings()?);
    let mut lines: Vec<(String, String)> = Vec::new();
    for key in KEYS {
        let default = any_option(&root, key);
        let default = default.iter().flat_map(|a| a.get_default_values()).map(|v| v.to_string_lossy().into_owned());
        let (values, from) = match settings.get(key) {
            Some(setting) => (setting.values.clone(), setting.from.clone()),
            None => (default.collect(), "default".to_owned()),
        };
        let value = |text: &String| match text.parse::<u64>() {
            Ok(number) => number.to_string(),
            Err(_) if is_flag(&root, key) => text.clone(),
            // A JSON string is a TOML string, too.
            Err(_) => serde_json::Value::String(text.clone()).to_string(),
        };
        let text = match values.as_slice() {
            [] if is_flag(&root, key) => format!("{key} = false"),
            [] if is_list(&root, key) => format!("{key} = []"),
            [] => format!("# {key} ="),
            list if is_list(&root, key) => {
                format!("{key} = [{}]", list.iter().map(value).collect::<Vec<_>>().join(", "))
            }
            [one, ..] => format!("{key} = {}", value(one)),
        };
        lines.push((text, from));
    }
    let width = lines.iter().map(|l| l.0.chars().count()).max().unwrap_or(0);
    Ok(lines.iter().map(|(text, from)| format!("{text:width$}  # {from}\n")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_an_option_of_some_command() {
        let root = Cli::command();
        for key in KEYS {
            assert!(any_option(&root, key).is_some(), "{key}");
        }
    }

    #[test]
    fn distances() {
        assert_eq!(["kitten", "kitte", "sitting"].map(|k| distance("kitten", k)), [0, 1, 3]);
    }
}
