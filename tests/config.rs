//! Settings: found upwards, flags over environment over file, and what is wrong is named.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

fn objtrend(folder: &Path, args: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::cargo_bin("objtrend").unwrap();
    command.current_dir(folder).args(args);
    for (name, value) in environment {
        command.env(name, value);
    }
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A folder with a leaking log two levels down.
fn home() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("a/b")).unwrap();
    let mut log = String::new();
    for i in 0..120 {
        log += &format!("2024-03-01 {:02}:{:02}:00 memory\n", 10 + i / 60, i % 60);
        log += &format!("Message  {}\nfunction 2374\ndict     1125\nlist     438\n", 10_000 + 37 * i);
    }
    fs::write(folder.path().join("a/b/leak.log"), log).unwrap();
    folder
}

#[test]
fn the_nearest_file_upwards_counts_and_objtrend_toml_before_pyproject() {
    let folder = home();
    let (top, below) = (folder.path(), folder.path().join("a/b"));
    let code = |args: &[&str]| objtrend(&below, args, &[]).status.code();
    assert_eq!(code(&["leak.log"]), Some(0));
    fs::write(top.join("pyproject.toml"), "[tool.other]\nx = 1\n[tool.objtrend]\nfail-on = \"leak\"\n").unwrap();
    assert_eq!(code(&["leak.log"]), Some(1));
    assert_eq!(code(&["report", "leak.log"]), Some(1));
    assert_eq!(code(&["table", "leak.log"]), Some(0), "a command without the option is left alone");
    fs::write(top.join("a/pyproject.toml"), "[tool.other]\nx = 1\n").unwrap();
    assert_eq!(code(&["leak.log"]), Some(1), "a file without our table does not end the search");
    fs::write(top.join("objtrend.toml"), "fail-on = [\"type=Session\", \"rate>5000/min\"]\n").unwrap();
    assert_eq!(code(&["leak.log"]), Some(0), "objtrend.toml comes first");
    fs::write(top.join("a/objtrend.toml"), "fail-on = [\"type=Session\", \"leak\"]\ntop = 3\n").unwrap();
    assert_eq!(code(&["leak.log"]), Some(1), "the nearer one counts");
}

#[test]
fn flags_win_over_environment_over_file() {
    let folder = home();
    let below = folder.path().join("a/b");
    fs::write(below.join("objtrend.toml"), "fail-on = \"leak\"\nstrict = true\n").unwrap();
    let code = |args: &[&str], environment: &[(&str, &str)]| objtrend(&below, args, environment).status.code();
    assert_eq!(code(&["leak.log"], &[]), Some(1));
    assert_eq!(code(&["leak.log"], &[("OBJTREND_FAIL_ON", "type=Session")]), Some(0));
    assert_eq!(code(&["leak.log", "--fail-on", "type=Session"], &[]), Some(0));
    assert_eq!(code(&["leak.log", "--fail-on", "leak"], &[("OBJTREND_FAIL_ON", "type=Session")]), Some(1));
    assert_eq!(code(&["leak.log"], &[("OBJTREND_FAIL_ON", "type=Session\nleak")]), Some(1));
    assert_eq!(code(&["report", "-q", "leak.log", "--ignore", "Message"], &[]), Some(0));

    let shown = text(&objtrend(&below, &["config"], &[("OBJTREND_TOP", "4")]).stdout);
    let line = |key: &str| {
        shown.lines().find(|l| l.starts_with(key)).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("fail-on"), "fail-on = [\"leak\"] # objtrend.toml");
    assert_eq!(line("strict"), "strict = true # objtrend.toml");
    assert_eq!(line("top"), "top = 4 # OBJTREND_TOP");
    assert_eq!(line("size"), "size = \"1200x700\" # default");
    // What is shown can be written to a file, and says the same then.
    fs::write(below.join("objtrend.toml"), &shown).unwrap();
    assert_eq!(code(&["leak.log"], &[]), Some(1));
}

#[test]
fn what_is_wrong_is_named() {
    let folder = home();
    let below = folder.path().join("a/b");
    for (file, says) in [
        ("fail-onn = \"leak\"", "unknown key fail-onn; the nearest known one is fail-on"),
        ("fail_on = \"leak\"", "the nearest known one is fail-on"),
        ("strict = 3", "strict is to be true or false"),
        ("top = true", "top is to be a string or a number"),
        ("top = \"many\"", "objtrend.toml: invalid value 'many' for '--top"),
        ("fail-on = \"rubbish\"", "--fail-on rubbish: no such condition"),
        ("strict = true\nfail-on = ", "objtrend.toml, line 2"),
    ] {
        fs::write(below.join("objtrend.toml"), file).unwrap();
        let output = objtrend(&below, &["leak.log"], &[]);
        assert_eq!(output.status.code(), Some(2), "{file}");
        assert!(text(&output.stderr).contains(says), "{file}: {}", text(&output.stderr));
    }
    assert_eq!(objtrend(&below, &["--help"], &[]).status.code(), Some(0), "help helps all the same");
}

#[test]
fn paths_in_a_file_begin_where_the_file_lies() {
    let folder = home();
    let below = folder.path().join("a/b");
    let report = text(&objtrend(&below, &["leak.log", "--format", "json"], &[]).stdout);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let fingerprint = report["logs"][0]["types"][0]["fingerprint"].as_str().unwrap();
    fs::write(folder.path().join("known.txt"), format!("{fingerprint} never a cache\n")).unwrap();
    fs::write(folder.path().join("objtrend.toml"), "fail-on = \"leak\"\nknown = \"known.txt\"\n").unwrap();
    let output = objtrend(&below, &["leak.log"], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("a cache"));
}
