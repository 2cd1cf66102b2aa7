//! What people give as logs: packed, rotated, in directories and archives, damaged.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

fn objtrend(folder: &Path, args: &[&str]) -> Output {
    Command::cargo_bin("objtrend").unwrap().args(args).current_dir(folder).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Tables `from..to` of a service whose `Message` grows by 5 a table.
fn tables(from: usize, to: usize) -> Vec<u8> {
    let mut log = String::new();
    for n in from..to {
        log += &format!("2026-03-02 10:{:02}:00 objects\n", n % 60);
        log += &format!("function 2370\ndict     1100\ntype     366\nMessage  {}\n", 10 + 5 * n);
    }
    log.into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The report of one log as JSON.
fn report(folder: &Path, args: &[&str]) -> serde_json::Value {
    let mut all = vec!["report", "--format", "json"];
    all.extend(args);
    let output = objtrend(folder, &all);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn names(report: &serde_json::Value) -> Vec<&str> {
    report["logs"].as_array().unwrap().iter().map(|l| l["name"].as_str().unwrap()).collect()
}

#[test]
fn a_rotated_family_is_one_log_oldest_first_and_a_cut_table_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let whole = tables(0, 40);
    // Cut within a table, even within a row.
    let (a, b) = (1111, 2222);
    fs::write(folder.path().join("app.log.2.gz"), gzip(&whole[..a])).unwrap();
    fs::write(folder.path().join("app.log.1"), &whole[a..b]).unwrap();
    fs::write(folder.path().join("app.log"), &whole[b..]).unwrap();
    fs::write(folder.path().join("whole.log"), &whole).unwrap();
    let family = report(folder.path(), &["app.log", "app.log.1", "app.log.2.gz"]);
    assert_eq!(names(&family), ["app.log"]);
    assert_eq!(family["logs"][0]["parts"], serde_json::json!(["app.log.2.gz", "app.log.1", "app.log"]));
    assert_eq!(family["logs"][0]["snapshots"], 40);
    let whole = report(folder.path(), &["whole.log"]);
    assert_eq!(family["logs"][0]["types"], whole["logs"][0]["types"]);
    assert_eq!(family["logs"][0]["rows"], 160);
}

#[test]
fn the_same_part_twice_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("app.log.1"), tables(0, 20)).unwrap();
    fs::write(folder.path().join("app.log.1.gz"), gzip(&tables(0, 20))).unwrap();
    fs::write(folder.path().join("app.log"), tables(20, 40)).unwrap();
    let twice = report(folder.path(), &["app.log.1", "app.log.1.gz", "app.log", "app.log"]);
    assert_eq!(twice["logs"][0]["snapshots"], 40);
}

#[test]
fn directories_are_searched_and_names_are_as_short_as_tells_them_apart() {
    let folder = tempfile::tempdir().unwrap();
    for host in ["host7", "host8"] {
        fs::create_dir_all(folder.path().join("logs").join(host)).unwrap();
        fs::write(folder.path().join("logs").join(host).join("app.log"), tables(0, 20)).unwrap();
    }
    fs::write(folder.path().join("logs/worker.log"), tables(0, 20)).unwrap();
    fs::write(folder.path().join("logs/notes.txt"), "nothing in here\n").unwrap();
    let found = report(folder.path(), &["logs"]);
    assert_eq!(names(&found), ["host7/app.log", "host8/app.log", "worker.log"]);
    let output = objtrend(folder.path(), &["logs"]);
    assert!(stderr(&output).contains("notes.txt"), "{}", stderr(&output));
    assert_eq!(names(&report(folder.path(), &["logs/*/app.log"])), ["host7/app.log", "host8/app.log"]);
    assert_eq!(names(&report(folder.path(), &["logs/**/*.log"])).len(), 3);
}

#[test]
fn archives_are_opened() {
    let folder = tempfile::tempdir().unwrap();
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in
        [("var/app.log.1", tables(0, 20)), ("var/app.log", tables(20, 40)), ("var/readme", b"hello".to_vec())]
    {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append_data(&mut header, name, bytes.as_slice()).unwrap();
    }
    let tar = tar.into_inner().unwrap();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("app.log", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(&tables(0, 40)).unwrap();
    let zip = zip.finish().unwrap().into_inner();
    for (name, bytes) in [
        ("a.tar", tar.clone()),
        ("b.tar.gz", gzip(&tar)),
        ("c.tar.zst", zstd::encode_all(tar.as_slice(), 1).unwrap()),
        ("d.zip", zip),
    ] {
        fs::write(folder.path().join(name), bytes).unwrap();
        let read = report(folder.path(), &[name]);
        assert_eq!(names(&read), ["app.log"], "{name}");
        assert_eq!(read["logs"][0]["snapshots"], 40, "{name}");
        assert_eq!(read["logs"][0]["leaking"], true, "{name}");
    }
}

#[test]
fn packed_logs_are_told_by_their_bytes_on_standard_input_too() {
    let folder = tempfile::tempdir().unwrap();
    let packed = gzip(&tables(0, 40));
    let output = Command::cargo_bin("objtrend").unwrap().args(["-"]).write_stdin(packed).output().unwrap();
    assert!(stdout(&output).starts_with("Message is leaking"), "{}", stdout(&output));
    let _ = folder;
}

#[test]
fn a_file_on_standard_input_is_read_from_where_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("app.log"), tables(0, 40)).unwrap();
    fs::write(folder.path().join("app.gz"), gzip(&tables(0, 40))).unwrap();
    let program = assert_cmd::cargo::cargo_bin("objtrend");
    let run = |line: &str| {
        let output = Command::new("sh").args(["-c", line]).env("OBJ", &program).current_dir(folder.path()).output();
        stdout(&output.unwrap())
    };
    let piped = run("cat app.log | \"$OBJ\" -");
    assert!(piped.contains("40 snapshots"), "{piped}");
    assert_eq!(run("\"$OBJ\" - < app.log"), piped);
    assert_eq!(run("\"$OBJ\" - < app.gz"), piped);
    // The shell takes the first line, and with it the first table's time.
    let later = run("{ dd bs=28 count=1 of=/dev/null 2>/dev/null; \"$OBJ\" -; } < app.log");
    assert!(later.contains("40 snapshots") && later != piped, "{later}");
}

#[test]
fn of_a_truncated_archive_everything_readable_is_reported_and_the_code_is_2() {
    let folder = tempfile::tempdir().unwrap();
    let whole = gzip(&(0..50).flat_map(|_| tables(0, 40)).collect::<Vec<_>>());
    fs::write(folder.path().join("cut.log.gz"), &whole[..whole.len() * 2 / 3]).unwrap();
    let output = objtrend(folder.path(), &["cut.log.gz"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stdout(&output).contains("Read cut.log:"), "{}", stdout(&output));
    assert!(stderr(&output).contains("cut.log.gz breaks off"), "{}", stderr(&output));
}

#[test]
fn join_makes_one_log_of_unlike_names() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("monday.txt"), tables(0, 20)).unwrap();
    fs::write(folder.path().join("tuesday.txt"), tables(20, 40)).unwrap();
    let joined = report(folder.path(), &["--join", "monday.txt", "tuesday.txt"]);
    assert_eq!((joined["logs"].as_array().unwrap().len(), &joined["logs"][0]["snapshots"]), (1, &40.into()));
    let apart = report(folder.path(), &["monday.txt", "tuesday.txt"]);
    assert_eq!(names(&apart), ["monday.txt", "tuesday.txt"]);
}

#[test]
fn the_clock_in_the_parts_beats_their_names() {
    let folder = tempfile::tempdir().unwrap();
    // Numbered the other way round: the highest number is the newest.
    fs::write(folder.path().join("app.log.1"), tables(0, 20)).unwrap();
    fs::write(folder.path().join("app.log.2"), tables(20, 40)).unwrap();
    let read = report(folder.path(), &["app.log.2", "app.log.1"]);
    assert_eq!(read["logs"][0]["parts"], serde_json::json!(["app.log.1", "app.log.2"]));
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_every_file_is_read_once() {
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir_all(path("logs/releases/7")).unwrap();
    fs::create_dir_all(path("pods")).unwrap();
    fs::write(path("logs/releases/7/app.log"), tables(0, 40)).unwrap();
    fs::write(path("pods/web.log"), tables(0, 30)).unwrap();
    fs::write(path("pods/db.log"), tables(0, 20)).unwrap();
    // What the tree holds already, by a link to the file, to its folder, and in circles.
    symlink("releases/7/app.log", path("logs/app.log")).unwrap();
    symlink("releases/7", path("logs/current")).unwrap();
    symlink("..", path("logs/releases/up")).unwrap();
    symlink("7", path("logs/releases/latest")).unwrap();
    // What it does not: a file, and a folder that leads back.
    symlink("../pods/web.log", path("logs/container.log")).unwrap();
    symlink("../pods", path("logs/pods")).unwrap();
    symlink("../logs", path("pods/logs")).unwrap();
    // An editor's lock is such a link.
    symlink("user@host.1234", path("logs/.#app.log")).unwrap();
    let found = report(folder.path(), &["logs"]);
    let snapshots: Vec<u64> =
        found["logs"].as_array().unwrap().iter().map(|l| l["snapshots"].as_u64().unwrap()).collect();
    assert_eq!(names(&found), ["container.log", "db.log", "app.log"]);
    assert_eq!(snapshots, [30, 20, 40]);
    // The same through other arguments.
    for args in [&["logs", "pods"][..], &["logs", "./logs", "logs/*"], &["logs/container.log", "logs", "pods/db.log"]] {
        assert_eq!(names(&report(folder.path(), args)).len(), 3, "{args:?}");
    }
    assert_eq!(names(&report(folder.path(), &["logs/current"])), ["app.log"]);
    assert_eq!(names(&report(folder.path(), &["logs/c*"])), ["container.log", "app.log"]);
}

#[cfg(unix)]
#[test]
fn a_link_to_nowhere_is_a_failure_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("logs")).unwrap();
    fs::write(folder.path().join("logs/app.log"), tables(0, 40)).unwrap();
    std::os::unix::fs::symlink("gone.log", folder.path().join("logs/lost.log")).unwrap();
    let output = objtrend(folder.path(), &["logs"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stdout(&output).contains("Message is leaking"), "{}", stdout(&output));
    let says = "cannot read logs/lost.log: a link to gone.log, which is not there";
    assert!(stderr(&output).contains(says), "{}", stderr(&output));
    assert_eq!(objtrend(folder.path(), &["logs/lost.log"]).status.code(), Some(2));
    let output = objtrend(folder.path(), &["logs/*pp.log"]);
    assert_eq!(output.status.code(), Some(0), "what the glob does not mean is no failure: {}", stderr(&output));
}
