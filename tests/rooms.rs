//! The fences between the rooms: who may name which library, and which room may know which.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// Every source file: its path below `src`, and its lines without comments.
fn files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    paths.sort();
    let code = |path: &PathBuf| {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(path).unwrap();
        let lines: Vec<&str> = text.lines().filter(|l| !l.trim_start().starts_with("//")).collect();
        (name, lines.join("\n"))
    };
    paths.iter().map(code).collect()
}

#[test]
fn libraries_stay_in_their_rooms() {
    // A library, and the paths below `src` that may name it.
    let fences: [(&str, &[&str]); 6] = [
        ("nom::", &["parse/line", "parse/stamp"]),
        ("regex::", &["parse/prefix", "series/filter"]),
        ("polars::", &["series/table"]),
        ("plotters::", &["plot/draw"]),
        ("clap::", &["cli", "main.rs"]),
        ("flate2::", &["input/decode"]),
    ];
    for (name, code) in files() {
        for (library, rooms) in fences {
            let allowed = rooms.iter().any(|room| name.starts_with(room));
            assert!(allowed || !code.contains(library), "{name} names {library}, which belongs to {rooms:?}");
        }
    }
}

#[test]
fn rooms_know_only_those_to_their_left() {
    let order = ["stats", "input", "parse", "series", "trend", "report", "plot", "render"];
    for (name, code) in files() {
        let room = name.split(['/', '.']).next().unwrap();
        let Some(place) = order.iter().position(|r| *r == room) else { continue };
        for later in &order[place + 1..] {
            assert!(!code.contains(&format!("crate::{later}::")), "{name} knows {later}, which comes after it");
        }
        if room == "stats" {
            assert!(!code.contains("crate::") || code.contains("crate::stats"), "{name} knows the crate");
        }
    }
}

#[test]
fn no_file_is_a_god_and_none_is_called_mod() {
    for (name, code) in files() {
        assert!(
            code.lines().count() <= 600,
            "{name} has {} lines of code: look for a second room",
            code.lines().count()
        );
        assert!(!name.ends_with("mod.rs"), "{name}: use x.rs beside x/");
    }
}
