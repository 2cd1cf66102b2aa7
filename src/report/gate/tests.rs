use super::*;
use crate::report::document::{LineCounts, Run, Stream};

fn of_type(name: &str, verdict: Verdict, rate: Option<(f64, f64, f64)>) -> Type {
    Type {
        rank: 1,
        r#type: name.to_owned(),
        verdict,
        role: (verdict == Verdict::Leak).then_some(Role::Root),
        follows: None,
        ratio: None,
        confidence: None,
        p_value: None,
        q_value: None,
        slope_per_snapshot: rate.map(|r| r.1 / 60.0),
        slope_per_hour: rate.map(|r| r.1),
        slope_low: rate.map(|r| r.0),
        slope_high: rate.map(|r| r.2),
        onset_snapshot: None,
        onset_time: None,
        first: None,
        last: None,
        min: None,
        max: None,
        seen: 100,
        unseen: 0,
        shares: Vec::new(),
        tied_with: Vec::new(),
        leaks_in: Vec::new(),
        onset_lines: Vec::new(),
        projection: None,
        points: Vec::new(),
        first_max: None,
        last_max: None,
        fingerprint: "0123456789ab".to_owned(),
        why: String::new(),
        next: Vec::new(),
    }
}

fn log(leaking: Option<bool>, types: Vec<Type>) -> Log {
    let run = Run { first_snapshot: 0, snapshots: 100, from: None, to: Some("2024-03-01T12:00:00Z".to_owned()) };
    Log {
        name: "app.log".to_owned(),
        parts: Vec::new(),
        snapshots: 100,
        rows: 100,
        streams: vec![Stream { name: None, runs: vec![run] }],
        axis: Axis::Time,
        interval_s: Some(60.0),
        leaking,
        types,
        events: Vec::new(),
        warnings: Vec::new(),
        lines: LineCounts { read: 0, in_tables: 0, passed_over: 0 },
        answer: "The log cannot tell: it is short.".to_owned(),
    }
}

fn gate(conditions: &[&str]) -> Gate {
    Gate { conditions: conditions.iter().map(|c| Condition::parse(c).unwrap()).collect(), ..Gate::default() }
}

fn result(gate: &Gate, log: &Log) -> GateResult {
    GateReport::new(gate, gate.hold(log)).result
}

#[test]
fn conditions_by_verdict_and_interval() {
    let sure = log(Some(true), vec![of_type("Message", Verdict::Leak, Some((110.0, 120.0, 130.0)))]);
    let vague = log(Some(true), vec![of_type("Message", Verdict::Leak, Some((-5.0, 120.0, 245.0)))]);
    let clean = log(Some(false), vec![of_type("Message", Verdict::Stable, None)]);
    let unclear = log(Some(false), vec![of_type("Message", Verdict::Unclear, None)]);
    let short = log(None, vec![of_type("Message", Verdict::Unclear, None)]);
    use GateResult::{CannotTell, Fail, Pass};
    for (condition, expected) in [
        ("leak", [Fail, Fail, Pass, Pass, CannotTell]),
        ("leak:certain", [Fail, CannotTell, Pass, Pass, CannotTell]),
        ("type=Message", [Fail, Fail, Pass, CannotTell, CannotTell]),
        ("type=Mess*", [Fail, Fail, Pass, CannotTell, CannotTell]),
        ("type=Session", [Pass, Pass, Pass, Pass, CannotTell]),
        ("rate>100/h", [Fail, CannotTell, Pass, Pass, CannotTell]),
        ("rate>1/min", [Fail, CannotTell, Pass, Pass, CannotTell]),
        ("rate>125/h", [CannotTell, CannotTell, Pass, Pass, CannotTell]),
        ("rate>130/h", [Pass, CannotTell, Pass, Pass, CannotTell]),
        ("rate>1.5/snapshot", [Fail, CannotTell, Pass, Pass, CannotTell]),
        ("new-leak", [Fail, Fail, Pass, Pass, CannotTell]),
    ] {
        let got = [&sure, &vague, &clean, &unclear, &short].map(|l| result(&gate(&[condition]), l));
        assert_eq!(got, expected, "{condition}");
        let strict = Gate { strict: true, ..gate(&[condition]) };
        let got = [&sure, &vague, &clean, &unclear, &short].map(|l| result(&strict, l));
        assert_eq!(got, expected.map(|r| if r == CannotTell { Fail } else { r }), "{condition} --strict");
    }
}

#[test]
fn new_leaks_are_held_against_the_baseline() {
    let leak = || log(Some(true), vec![of_type("Message", Verdict::Leak, Some((110.0, 120.0, 130.0)))]);
    let against = |base: Log| {
        let mut gate = gate(&["new-leak"]);
        gate.baseline = Some(Document::of_logs(vec![base]));
        result(&gate, &leak())
    };
    assert_eq!(against(leak()), GateResult::Pass);
    assert_eq!(against(log(Some(false), vec![of_type("Message", Verdict::Stable, None)])), GateResult::Fail);
    assert_eq!(against(log(Some(false), Vec::new())), GateResult::Fail);
    assert_eq!(against(log(None, Vec::new())), GateResult::CannotTell);
}

#[test]
fn known_findings_are_excused_until_their_day_by_the_logs_own_time() {
    let leak = log(Some(true), vec![of_type("Message", Verdict::Leak, Some((110.0, 120.0, 130.0)))]);
    let mut untimed = leak.clone();
    untimed.streams[0].runs[0].to = None;
    use GateResult::{CannotTell, Fail, Pass};
    for (list, expected, without_time) in [
        ("0123456789ab 2024-03-01 fixed in 2.4", Pass, CannotTell),
        ("# why\n\n0123456789AB never it is a cache", Pass, Pass),
        ("0123456789ab 2024-02-29 fixed in 2.4", Fail, CannotTell),
        ("0123456789ab 2024-02-29 old\n0123456789ab 2024-06-30 new", Pass, CannotTell),
        ("ffffffffffff never another", Fail, Fail),
    ] {
        let gate = Gate { known: KnownList::parse(list, "known.txt").unwrap(), ..gate(&["leak"]) };
        assert_eq!((result(&gate, &leak), result(&gate, &untimed)), (expected, without_time), "{list}");
    }
    for (list, says) in [
        ("9f2c 2024-01-01 why", "twelve"),
        ("0123456789ab tomorrow why", "no day"),
        ("\n0123456789ab 2024-01-01", "line 2: there is no reason"),
    ] {
        let error = KnownList::parse(list, "known.txt").unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn conditions_are_read_and_written_alike() {
    for text in ["leak", "leak:certain", "new-leak", "rate>100/h", "rate>0.5/min", "rate>7/snapshot", "type=a.*"] {
        assert_eq!(Condition::parse(text).unwrap().to_string(), text);
    }
    for text in ["", "leaks", "rate>100", "rate>x/h", "rate>5/week", "type=", "rate>-1/h", "type=/(/"] {
        assert!(Condition::parse(text).is_err(), "{text}");
    }
}
