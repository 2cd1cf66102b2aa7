//! Many logs: what is written, what a second run leaves alone, and what a killed run leaves behind.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, SystemTime};

use assert_cmd::Command;

fn objtrend(args: &[&str]) -> Output {
    Command::cargo_bin("objtrend").unwrap().args(args).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A log of `n` tables, a minute apart, in which `Message` grows by `step` from table to table.
fn log(n: usize, step: usize) -> String {
    let mut out = String::new();
    for i in 0..n {
        out += &format!("2024-03-01 {:02}:{:02}:00,000 INFO memwatch: {i}\n", 10 + i / 60, i % 60);
        out += &format!("Message  {}\nfunction 2374\ndict     1125\nlist     438\ntype     369\n", 10_000 + step * i);
    }
    out
}

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// `good` logs, every third of which leaks, in two folders, one of them packed; and bad files beside them.
fn archive(good: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join("in").join(name);
    for name in ["host1", "host2", "bad"] {
        fs::create_dir_all(path(name)).unwrap();
    }
    for i in 0..good {
        let text = log(60 + i, if i % 3 == 0 { 20 + i } else { 0 });
        if i % 2 == 0 {
            fs::write(path(&format!("host1/app{i}.log")), text).unwrap();
        } else {
            fs::write(path(&format!("host2/app{i}.log.gz")), packed(&text)).unwrap();
        }
    }
    let cut = packed(&log(300, 7));
    fs::write(path("bad/empty.log"), "").unwrap();
    fs::write(path("bad/prose.log"), "INFO nothing here 12 x\n".repeat(100)).unwrap();
    fs::write(path("bad/cut.log.gz"), &cut[..cut.len() / 2]).unwrap();
    fs::write(path("bad/zeros.log"), vec![0; 10_000]).unwrap();
    folder
}

/// Every file with its content and the time of its last change.
fn tree(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let mut out = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let changed = fs::metadata(&path).unwrap().modified().unwrap();
                out.insert(path.strip_prefix(folder).unwrap().to_owned(), (fs::read(&path).unwrap(), changed));
            }
        }
    }
    out
}

fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    tree(folder).into_iter().map(|(path, (bytes, _))| (path, bytes)).collect()
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[test]
fn every_log_has_its_reports_and_the_index_names_all_and_all_that_is_bad() {
    let folder = archive(9);
    let (logs, out) = (text(&folder.path().join("in")), folder.path().join("out"));
    let output = objtrend(&["batch", &logs, "--out", &text(&out)]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("cut.log.gz breaks off"), "{}", said(&output));
    let ranking = String::from_utf8(output.stdout).unwrap();
    // Three of nine by design, and the log that breaks off.
    assert!(ranking.contains("Message leaks in 4 of 10 logs, first on 1 March 2024, at a median of +"), "{ranking}");
    let page = fs::read_to_string(out.join("index.html")).unwrap();
    let list = fs::read_to_string(out.join("index.md")).unwrap();
    for i in 0..9 {
        let stem = format!("app{i}.log");
        for ending in ["md", "png", "json"] {
            assert!(out.join("logs").join(format!("{stem}.{ending}")).is_file(), "{stem}.{ending}");
        }
        assert!(page.contains(&format!("logs/{stem}.png")) && list.contains(&format!("logs/{stem}.md")), "{stem}");
    }
    for bad in ["empty.log", "prose.log", "cut.log.gz", "zeros.log"] {
        assert!(page.contains(bad) && list.contains(bad), "{bad} is not listed");
    }
    assert!(
        page.len() < 10 * 10_240 && !page.contains("http://") && !page.contains("https://"),
        "{} bytes",
        page.len()
    );
    let csv = fs::read_to_string(out.join("findings.csv")).unwrap();
    assert!(csv.starts_with("log,rank,type,verdict,role,follows,ratio,confidence,q_value,slope_per_hour,"), "{csv}");
    assert_eq!(csv.lines().count(), 1 + 10 * 5);
    assert!(fs::read(out.join("findings.parquet")).unwrap().starts_with(b"PAR1"));

    // Without the bad ones the code is 0, or what the gate says.
    fs::remove_dir_all(folder.path().join("in/bad")).unwrap();
    for (gate, code) in [(&[][..], 0), (&["--fail-on", "leak"][..], 1), (&["--fail-on", "type=Session"][..], 0)] {
        let output = objtrend(&[&["batch", &logs, "--out", &text(&out), "--no-plots"][..], gate].concat());
        assert_eq!(output.status.code(), Some(code), "{gate:?}: {}", said(&output));
    }
    assert!(!out.join("logs/cut.log.json").exists(), "what is no longer there is gone");
    assert_eq!(contents(&out).keys().filter(|p| p.ends_with("png")).count(), 0);
}

#[test]
fn a_second_run_does_only_what_changed() {
    let folder = archive(6);
    let (logs, out) = (text(&folder.path().join("in")), folder.path().join("out"));
    let run = |out: &Path| objtrend(&["batch", &logs, "--out", &text(out)]);
    run(&out);
    let first = tree(&out);
    // The clock of a file says nothing.
    let again = fs::read(folder.path().join("in/host1/app0.log")).unwrap();
    std::thread::sleep(Duration::from_millis(20));
    fs::write(folder.path().join("in/host1/app0.log"), again).unwrap();
    assert_eq!(run(&out).status.code(), Some(2));
    let second = tree(&out);
    let reports = |t: &BTreeMap<PathBuf, (Vec<u8>, SystemTime)>| {
        t.iter()
            .filter(|(p, _)| p.starts_with("logs") || p.starts_with("done"))
            .map(|(p, c)| (p.clone(), c.clone()))
            .collect::<Vec<_>>()
    };
    assert!(reports(&first) == reports(&second), "a report was written again");
    assert!(contents(&out).len() == first.len());

    fs::write(folder.path().join("in/host1/app0.log"), log(80, 3)).unwrap();
    fs::remove_file(out.join("logs/app2.log.png")).unwrap();
    run(&out);
    let fresh = folder.path().join("fresh");
    run(&fresh);
    assert!(contents(&out) == contents(&fresh), "a changed log and a lost file are made good");
}

#[test]
fn a_run_that_is_killed_is_finished_by_the_next() {
    let folder = archive(12);
    let (logs, out) = (text(&folder.path().join("in")), folder.path().join("out"));
    let whole = folder.path().join("whole");
    objtrend(&["batch", &logs, "--out", &text(&whole)]);
    let expected = contents(&whole);
    for wait in [5, 20, 60, 120, 200, 300, 450, 700, 1000, 1500] {
        let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("objtrend"))
            .args(["batch", &logs, "--out", &text(&out)])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        child.kill().unwrap();
        child.wait().unwrap();
        // Whatever is there under its own name is whole.
        if out.exists() {
            for (path, bytes) in contents(&out) {
                let unfinished = path.file_name().unwrap().to_string_lossy().starts_with(".objtrend-");
                let stands =
                    path.to_string_lossy().starts_with("index") || path.to_string_lossy().starts_with("findings");
                assert!(
                    unfinished || stands || expected.get(&path) == Some(&bytes),
                    "{} is half written",
                    path.display()
                );
            }
        }
        if wait % 60 == 0 {
            let _ = fs::remove_dir_all(&out);
        }
    }
    objtrend(&["batch", &logs, "--out", &text(&out)]);
    assert!(contents(&out) == expected, "the finished folder differs");
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = archive(1);
    let logs = text(&folder.path().join("in"));
    let inside = text(&folder.path().join("in/host1/out"));
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    for (path, out, says) in [
        (&logs, &inside, "lies in"),
        (&text(&empty), &text(&folder.path().join("out")), "no log"),
        (&text(&folder.path().join("absent")), &text(&folder.path().join("out")), "cannot read"),
    ] {
        let output = objtrend(&["batch", path, "--out", out]);
        assert_eq!(output.status.code(), Some(2), "{says}: {}", said(&output));
        assert!(said(&output).contains(says), "{}", said(&output));
    }
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_into_the_folder_is_not_gone_down() {
    let folder = archive(3);
    let (logs, out) = (text(&folder.path().join("in")), folder.path().join("out"));
    fs::create_dir_all(out.join("logs")).unwrap();
    std::os::unix::fs::symlink("../out", folder.path().join("in/results")).unwrap();
    std::os::unix::fs::symlink("../../out/logs", folder.path().join("in/host1/results")).unwrap();
    std::os::unix::fs::symlink("../..", folder.path().join("in/host1/up")).unwrap();
    let first = objtrend(&["batch", &logs, "--out", &text(&out)]);
    let made = contents(&out);
    // Through a link to the folder, too.
    std::os::unix::fs::symlink("out", folder.path().join("link")).unwrap();
    let again = objtrend(&["batch", &logs, "--out", &text(&folder.path().join("link"))]);
    assert_eq!(said(&first), said(&again));
    assert!(made == contents(&out), "the second run reads what the first wrote");
}
