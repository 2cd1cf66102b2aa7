//! Every command of the README runs, and prints and draws what the README shows.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::fs;
use std::io::Write;
use std::path::Path;

use assert_cmd::Command;

fn readme() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap()
}

/// The lines of all blocks in the given language.
fn blocks(language: &str) -> Vec<String> {
    let readme = readme();
    let mut out = Vec::new();
    let mut block: Option<String> = None;
    for line in readme.lines() {
        match &mut block {
            None if line == format!("```{language}") => block = Some(String::new()),
            Some(_) if line == "```" => out.extend(block.take()),
            Some(text) => *text += &format!("{line}\n"),
            None => {}
        }
    }
    assert!(!out.is_empty(), "no block in {language}");
    out
}

/// A folder as a newcomer has it: the samples, and a log in three rotated files.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    for story in fs::read_dir(&samples).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()) {
        let to = folder.path().join("samples").join(story.file_name().unwrap());
        fs::create_dir_all(&to).unwrap();
        fs::copy(story.join("app.log"), to.join("app.log")).unwrap();
    }
    let log = fs::read(samples.join("producer-consumer/app.log")).unwrap();
    let (oldest, rest) = log.split_at(log.len() / 3);
    let (middle, newest) = rest.split_at(rest.len() / 2);
    let gz = fs::File::create(folder.path().join("app.log.2.gz")).unwrap();
    let mut gz = flate2::write::GzEncoder::new(gz, flate2::Compression::fast());
    gz.write_all(oldest).unwrap();
    gz.finish().unwrap();
    fs::write(folder.path().join("app.log.1"), middle).unwrap();
    fs::write(folder.path().join("app.log"), newest).unwrap();
    folder
}

/// Commands that build or test the program itself: they are what runs this test, or what the release does.
const OF_CARGO: [&str; 2] = ["cargo test", "cargo install --path ."];

/// The command that compares objtrend with others; it has a test of its own, on small logs.
const PEERS: &str = "python3 benches/peers.py";

#[test]
fn every_command_runs() {
    let folder = folder();
    let mut ran = 0;
    for line in blocks("sh").iter().flat_map(|b| b.lines()) {
        let line = line.split(" #").next().unwrap().trim();
        if line.is_empty() || OF_CARGO.contains(&line) || line == PEERS {
            continue;
        }
        let line =
            line.strip_prefix("cargo run --release -- ").map_or_else(|| line.to_owned(), |a| format!("objtrend {a}"));
        assert!(line.starts_with("objtrend "), "what is `{line}`?");
        // A shell reads quotes and redirections as a reader's would; the program stands first on its path.
        let path = assert_cmd::cargo::cargo_bin("objtrend");
        let bin = path.parent().unwrap().to_string_lossy().into_owned();
        let output = Command::new("sh")
            .args(["-c", &line])
            .env("PATH", format!("{bin}:{}", std::env::var("PATH").unwrap_or_default()))
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "`{line}`: {}", String::from_utf8_lossy(&output.stderr));
        ran += 1;
    }
    assert!(ran >= 10, "only {ran} commands");
    for name in ["leak.png", "ticket.md", "ticket.png"] {
        assert!(folder.path().join(name).exists(), "{name}");
    }
}

#[test]
fn the_report_in_the_readme_is_the_one_that_is_printed() {
    let output = Command::cargo_bin("objtrend").unwrap().arg("samples/producer-consumer/app.log").output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(blocks("text").contains(&printed), "the README's report is not this one:\n{printed}");
}

#[test]
fn the_pictures_in_the_readme_are_the_ones_that_are_drawn() {
    let folder = folder();
    let readme = readme();
    let mut seen = 0;
    for line in readme.lines().filter(|l| l.starts_with("objtrend plot samples/")) {
        let args: Vec<&str> = line.split_whitespace().skip(1).collect();
        Command::cargo_bin("objtrend").unwrap().args(&args).current_dir(folder.path()).assert().success();
        let name = args.last().unwrap();
        let drawn = fs::read(folder.path().join(name)).unwrap();
        let shown = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap_or_default();
        assert!(drawn == shown, "{name} is not what `{line}` draws; run it and look at the picture");
        assert!(readme.contains(&format!("]({name})")), "{name} is drawn, but not shown");
        seen += 1;
    }
    assert!(seen >= 3);
}

#[test]
fn the_comparison_in_the_readme_can_be_repeated() {
    assert!(blocks("sh").contains(&format!("{PEERS}\n")));
    let output = Command::new("sh")
        .args(["-c", &format!("exec {PEERS} --size 100K --pairs 1 --objtrend \"$0\"")])
        .arg(assert_cmd::cargo::cargo_bin("objtrend"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows = |text: &str| -> Vec<String> {
        let table = text.lines().skip_while(|l| !l.starts_with("| log | beside |")).take_while(|l| l.starts_with('|'));
        table.skip(2).map(|l| l.split('|').skip(1).take(2).collect()).collect()
    };
    let printed = rows(&String::from_utf8(output.stdout).unwrap());
    assert!(printed.len() >= 10, "{printed:?}");
    assert_eq!(rows(&readme()), printed, "the README's rows are not those that are measured");
}
