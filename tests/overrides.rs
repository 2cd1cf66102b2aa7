//! What the user says about lines, where it cannot be learnt from them.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use assert_cmd::Command;

fn table(args: &[&str], log: &str) -> (String, String, bool) {
    let mut command = Command::cargo_bin("objtrend").unwrap();
    let out = command.args(["table", "--format", "csv", "-"]).args(args).write_stdin(log).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&out.stdout), text(&out.stderr), out.status.success())
}

/// The last columns of the series table: time, call, type, count.
fn rows(csv: &str) -> Vec<String> {
    csv.lines().skip(1).map(|l| l.splitn(5, ',').nth(4).unwrap().trim_end_matches(',').to_owned()).collect()
}

#[test]
fn rows_of_any_form_are_read_by_a_regex() {
    let log =
        "at 1\ncount=500 type=dict;\ncount=300 type=My Type;\nat 2\ncount=501 type=dict;\ncount=302 type=My Type;\n";
    let (csv, errors, _) = table(&["--row", r"count=(?<count>\d+) type=(?<type>[^;]+)"], log);
    let want =
        [",most_common,dict,500", ",most_common,My Type,300", ",most_common,dict,501", ",most_common,My Type,302"];
    assert_eq!(rows(&csv), want, "{errors}");
    let (_, errors, ok) = table(&["--row", r"(\w+) (\d+)"], log);
    assert!(!ok && errors.contains("(?<type>"), "{errors}");
}

#[test]
fn what_stands_before_rows_is_taken_off_by_a_regex() {
    let log = "zz!7!dict      500\nzz!7!My Thing  300\nzz!7!list      20\nzz!8!dict      501\nzz!8!My Thing  302\nzz!8!list      20\n";
    let (csv, errors, _) = table(&["--prefix", r"zz!\d!"], log);
    assert_eq!(rows(&csv)[1], ",most_common,My Thing,300", "{csv}{errors}");
    assert_eq!(rows(&csv).len(), 6, "{csv}");
}

#[test]
fn processes_are_told_apart_by_a_regex() {
    let one = |who: &str, n: u32| format!("<{who}> dict  {}\n<{who}> list  70\n<{who}> tuple 30\n", 500 + n);
    let log: String = (0..4).map(|n| one("ab", n) + &one("cd", n)).collect();
    let (csv, errors, _) = table(&["--stream", "<(?<stream>[a-z]+)>"], &log);
    let streams: Vec<&str> = csv.lines().skip(1).map(|l| l.split(',').nth(1).unwrap()).collect();
    assert_eq!(streams[..6], ["ab", "ab", "ab", "cd", "cd", "cd"], "{csv}{errors}");
}

#[test]
fn times_of_any_form_are_read_by_their_format() {
    let log =
        "T 05|03|24 10.30.00\ndict  500\nlist  70\ntuple 30\nT 05|03|24 10.31.00\ndict  501\nlist  70\ntuple 30\n";
    let (csv, errors, _) = table(&["--time-format", "%d|%m|%y %H.%M.%S"], log);
    assert!(csv.contains("2024-03-05T10:30:00Z") && csv.contains("2024-03-05T10:31:00Z"), "{csv}{errors}");
    let (_, errors, ok) = table(&["--time-format", "%d|%m|%y %H:%M"], log);
    let lines: Vec<&str> = errors.lines().collect();
    assert!(!ok && lines.iter().any(|l| l.contains("T 05|03|24 10.30.00")), "{errors}");
    let caret = lines.iter().find(|l| l.trim() == "^").unwrap();
    assert_eq!(caret.find('^'), lines.iter().find(|l| l.contains("T 05")).unwrap().find(".30"), "{errors}");
}

#[test]
fn one_dialect_alone_can_be_read() {
    let log = "dict  500\nlist  70\ntuple 30\n\ndict         500      +500\nlist          70       +70\n\n[('dict', 500), ('list', 70)]\n";
    for (dialect, n) in [("most-common", 3), ("growth", 2), ("repr", 2), ("auto", 7)] {
        let (csv, errors, _) = table(&["--dialect", dialect], log);
        assert_eq!(rows(&csv).len(), n, "{dialect}: {csv}{errors}");
    }
}
