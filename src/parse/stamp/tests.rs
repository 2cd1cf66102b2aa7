use super::*;

/// 2024-03-01 10:00:00 UTC.
const TEN: i64 = 1_709_287_200 * SECOND;

fn civil(ms: i64) -> Stamp {
    Stamp::Civil { year: Some(2024), month: 3, day: 1, of_day: 36_000 * SECOND + ms * 1000 }
}

fn yearless(ms: i64) -> Stamp {
    Stamp::Civil { year: None, month: 3, day: 1, of_day: 36_000 * SECOND + ms * 1000 }
}

#[test]
fn clocks_of_common_loggers() {
    let cases = [
        ("2024-03-01T10:00:00Z", Stamp::Instant(TEN)),
        ("2024-03-01T10:00:00.000000000Z stdout F ", Stamp::Instant(TEN)),
        ("2024-03-01T10:00Z", Stamp::Instant(TEN)),
        ("2024-03-01 10:00:00,123 INFO root: ", civil(123)),
        ("2024-03-01 10:00:00 CRITICAL (SyncWorker_1) [x] ", civil(0)),
        ("2024-03-01 10:00:00.123 | INFO     | app:dump:42 - ", civil(123)),
        ("[2024-03-01 15:30:00+0530]", Stamp::Instant(TEN)),
        ("[2024-03-01 10:00:00 +0000] [8842] [INFO] ", Stamp::Instant(TEN)),
        ("2024-03-01T12:00:00+02:00", Stamp::Instant(TEN)),
        ("2024-03-01T12:00:00+02 x", Stamp::Instant(TEN)),
        ("2024-03-01 11:00:00 CET", Stamp::Instant(TEN)),
        ("2024-03-01 10:00:00 UTC [19167] LOG:  ", Stamp::Instant(TEN)),
        ("[2024-03-01 10:00:00,123: INFO/ForkPoolWorker-1] ", civil(123)),
        ("2024/03/01 10:00:00 [error] 12#12: ", civil(0)),
        ("20240301T100000Z", Stamp::Instant(TEN)),
        ("20240301 10:00:00", civil(0)),
        ("2024-03-01_10-00-00", civil(0)),
        ("10.1.4.73 - - [01/Mar/2024:10:00:00 +0000] \"GET /", Stamp::Instant(TEN)),
        ("Fri, 01 Mar 2024 10:00:00 +0000", Stamp::Instant(TEN)),
        ("Fri Mar  1 10:00:00 2024", civil(0)),
        ("Fri Mar  1 10:00:00 UTC 2024", Stamp::Instant(TEN)),
        ("Fri Mar  1 10:00:00 AM UTC 2024", Stamp::Instant(TEN)),
        ("Fri 01 Mar 2024 10:00:00 AM UTC", Stamp::Instant(TEN)),
        ("Mar 1, 2024 10:00:00 AM", civil(0)),
        ("Mar  1 10:00:00 host app[12]: ", yearless(0)),
        (
            "Mar 01 10:00:00.123456 host app[12]: ",
            Stamp::Civil { year: None, month: 3, day: 1, of_day: 36_000_123_456 },
        ),
        ("<30>1 2024-03-01T10:00:00Z host app 12 - - ", Stamp::Instant(TEN)),
        ("I0301 10:00:00.123456 140 x.py:12] ", Stamp::Civil { year: None, month: 3, day: 1, of_day: 36_000_123_456 }),
        ("03/01/2024 10:00:00 AM", Stamp::Numbered { numbers: [3, 1, 2024], of_day: 36_000 * SECOND }),
        ("[03/01/24 10:00:00]", Stamp::Numbered { numbers: [3, 1, 24], of_day: 36_000 * SECOND }),
        ("01/03/2024 10:00:00 UTC", Stamp::Instant(1_704_276_000 * SECOND)),
        ("30/30/2024 10:00:00", Stamp::Time(36_000 * SECOND)),
        ("01.03.2024 10:00:00", civil(0)),
        ("24/03/01 10:00:00 INFO", Stamp::Numbered { numbers: [24, 3, 1], of_day: 36_000 * SECOND }),
        ("1709287200", Stamp::Instant(TEN)),
        ("# t=1709287200.000 pid=11466", Stamp::Instant(TEN)),
        ("1709287200000", Stamp::Instant(TEN)),
        ("1709287200000000", Stamp::Instant(TEN)),
        ("10:00:00 web.1  | ", Stamp::Time(36_000 * SECOND)),
        ("[10:00:00.123] ", Stamp::Time(36_000 * SECOND + 123_000)),
        ("==== 2024-03-01 10:00:00 ====", civil(0)),
        ("Mar 01 10:00:11 host orders[12000]: 2024-03-01 10:00:00,123 INFO orders: 5", civil(123)),
    ];
    for (text, want) in cases {
        let got = find(text.as_bytes()).map(|f| f.stamp);
        assert_eq!(got, Some(want), "{text}");
    }
}

#[test]
fn numbers_that_are_no_clock() {
    for text in [
        "function 2370",
        "10.1.4.73",
        "version 2.0.4",
        "at 0x7f12",
        "00:1b:44:11:3a:b7",
        "12345678901234",
        "2024-13-01 10:00:00x",
    ] {
        assert_eq!(find(text.as_bytes()).map(|f| f.stamp).filter(|s| s.worth() > 1), None, "{text}");
    }
}

proptest::proptest! {
    /// The short way to the usual clock comes to what the grammar does, whatever stands behind it.
    #[test]
    fn the_usual_clock_is_read_as_any_other(
        text in r"(19|20)?[0-9]{1,2}-[0-9]{2}-[0-3][0-9][ Tt][0-2][0-9]:[0-6][0-9]:[0-6][0-9]([.,:][0-9]{0,11})?[ \t]{0,2}([AaPp][Mm]|Z|z|UTC|CET|INFO|[+-][0-9]{2}:?[0-9]{0,2}|[a-zA-Z0-9:,+-]{0,7}|\u{2212}0100)[ :]?[0-9]?",
    ) {
        if let Some((rest, stamp)) = usual(text.as_bytes()) {
            let (after, long) = numeric_date(text.as_bytes()).unwrap();
            proptest::prop_assert_eq!((rest, stamp), (after, long));
        }
    }
}

#[test]
fn the_usual_clock_takes_the_short_way() {
    for text in ["2024-03-01 10:00:00,123 INFO app: ", "2024-03-01T10:00:00.123456] x", "2024-03-01 10:00:00"] {
        assert!(usual(text.as_bytes()).is_some(), "{text}");
    }
    for text in
        ["2024-03-01 10:00:00,123 UTC", "2024-03-01T10:00:00Z", "2024-02-30 10:00:00 x", "2024-03-01 10:00:00 pm"]
    {
        assert!(usual(text.as_bytes()).is_none(), "{text}");
    }
}
