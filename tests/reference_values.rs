//! Every statistic against values that independent software gave for it (tests/reference: NIST's certified regressions,
//! scipy 1.17.1, pymannkendall 1.4.3, NADA2 2.0.1). Relative error at most 1e-9 unless a test says why not.
#![allow(clippy::unwrap_used)]

use objtrend::stats::{autocorrelation, censored, linear, monotone, multiple, slope};
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect()
}

#[track_caller]
fn close(what: &str, got: f64, want: f64, tolerance: f64) {
    let size = want.abs().max(1e-12);
    assert!((got - want).abs() <= tolerance * size || (got - want).abs() < 1e-12, "{what}: got {got:e}, want {want:e}");
}

fn trend_series() -> Vec<(String, Value, Vec<f64>, Vec<f64>)> {
    let all = json(include_str!("reference/trend_expected.json"));
    let series = all["series"].as_object().unwrap();
    series.iter().map(|(k, v)| (k.clone(), v.clone(), numbers(&v["x"]), numbers(&v["y"]))).collect()
}

/// `y` and the columns of a NIST file.
fn nist(csv: &str) -> (Vec<f64>, Vec<Vec<f64>>) {
    let mut lines = csv.lines();
    let p = lines.next().unwrap().split(',').count() - 1;
    let (mut y, mut x) = (Vec::new(), vec![Vec::new(); p]);
    for line in lines.filter(|l| !l.trim().is_empty()) {
        let v: Vec<f64> = line.split(',').map(|t| t.trim().parse().unwrap()).collect();
        y.push(v[0]);
        (0..p).for_each(|j| x[j].push(v[j + 1]));
    }
    (y, x)
}

#[test]
fn nist_regressions() {
    let expected = json(include_str!("reference/nist_expected.json"));
    // Name, file, degree of the polynomial (0: columns as they are), with a constant, digits lost to the condition of the data.
    let cases = [
        ("norris", include_str!("reference/nist_norris.csv"), 1, true, 1e-9),
        ("noint1", include_str!("reference/nist_noint1.csv"), 1, false, 1e-9),
        ("noint2", include_str!("reference/nist_noint2.csv"), 1, false, 1e-9),
        ("pontius", include_str!("reference/nist_pontius.csv"), 2, true, 1e-9),
        ("longley", include_str!("reference/nist_longley.csv"), 0, true, 1e-9),
        ("wampler1", include_str!("reference/nist_wampler1.csv"), 5, true, 1e-9),
        ("wampler2", include_str!("reference/nist_wampler2.csv"), 5, true, 1e-9),
        ("wampler3", include_str!("reference/nist_wampler3.csv"), 5, true, 1e-9),
        ("wampler4", include_str!("reference/nist_wampler4.csv"), 5, true, 1e-9),
        ("wampler5", include_str!("reference/nist_wampler5.csv"), 5, true, 1e-9),
        // Condition number 1e15: six to eight digits are what a QR in double can give.
        ("filip", include_str!("reference/nist_filip.csv"), 10, true, 1e-6),
    ];
    for (name, csv, degree, constant, tolerance) in cases {
        let want = &expected[name];
        let (y, x) = nist(csv);
        let mut columns = Vec::new();
        if constant {
            columns.push(vec![1.0; y.len()]);
        }
        if degree == 0 {
            columns.extend(x);
        } else {
            columns.extend((1..=degree).map(|k| x[0].iter().map(|v| v.powi(k)).collect::<Vec<f64>>()));
        }
        let fit = linear::least_squares(&columns, &y).unwrap_or_else(|| panic!("{name}: no fit"));
        for (k, (b, s)) in numbers(&want["beta"]).into_iter().zip(numbers(&want["se"])).enumerate() {
            close(&format!("{name} b{k}"), fit.beta[k], b, tolerance);
            if s > 0.0 {
                close(&format!("{name} se{k}"), fit.se[k], s, tolerance);
            }
        }
        let sd = want["residual_sd"].as_f64().unwrap();
        if sd > 0.0 {
            close(&format!("{name} sd"), fit.residual_sd(), sd, tolerance);
        }
    }
}

#[test]
fn a_line_over_unix_time_keeps_its_digits() {
    let (y, x) = nist(include_str!("reference/nist_norris.csv"));
    let plain = linear::line(&x[0], &y).unwrap();
    close("slope", plain.slope, 1.00211681802045, 1e-12);
    close("se", plain.se, 4.29796848199937e-04, 1e-12);
    let later: Vec<f64> = x[0].iter().map(|v| v + 1.7e9).collect();
    // Adding 1.7e9 rounds x itself to 2.4e-7.
    close("slope", linear::line(&later, &y).unwrap().slope, plain.slope, 1e-9);
}

#[test]
fn least_squares_line() {
    for (name, v, x, y) in trend_series() {
        let (got, want) = (linear::line(&x, &y).unwrap(), &v["linregress"]);
        close(&format!("{name} slope"), got.slope, want["slope"].as_f64().unwrap(), 1e-9);
        close(&format!("{name} intercept"), got.intercept, want["intercept"].as_f64().unwrap(), 1e-9);
        if let Some(se) = want["stderr"].as_f64().filter(|s| *s > 1e-9) {
            close(&format!("{name} se"), got.se, se, 1e-9);
        }
    }
}

#[test]
fn theil_sen_and_its_interval() {
    for (name, v, x, y) in trend_series() {
        let want = &v["theilslopes_separate_0.95"];
        let got = slope::theil_sen_interval(&x, &y, 0.95).unwrap();
        close(&format!("{name} slope"), got.slope, want["slope"].as_f64().unwrap(), 1e-9);
        close(&format!("{name} low"), got.low, want["low"].as_f64().unwrap(), 1e-9);
        close(&format!("{name} high"), got.high, want["high"].as_f64().unwrap(), 1e-9);
        assert_eq!(slope::theil_sen(&x, &y), Some(got.slope), "{name}");
    }
}

#[test]
fn theil_sen_by_bracket_equals_all_pairs() {
    let mut state = 7_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 40) as f64 / f64::from(1 << 24)
    };
    for n in [257, 400, 777] {
        let x: Vec<f64> = (0..n).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|v| (0.3 * v + 40.0 * random()).round()).collect();
        let mut all: Vec<f64> = (0..n as usize)
            .flat_map(|i| (i + 1..n as usize).map(move |j| (i, j)))
            .map(|(i, j)| (y[j] - y[i]) / (x[j] - x[i]))
            .collect();
        assert_eq!(slope::theil_sen(&x, &y), objtrend::stats::rank::median_mut(&mut all), "n = {n}");
    }
}

#[test]
fn siegel() {
    for (name, v, x, y) in trend_series() {
        let want = &v["siegelslopes_hierarchical"];
        let (a, b) = slope::siegel(&x, &y).unwrap();
        close(&format!("{name} slope"), a, want["slope"].as_f64().unwrap(), 1e-9);
        close(&format!("{name} intercept"), b, want["intercept"].as_f64().unwrap(), 1e-9);
    }
}

#[test]
fn kendall_tau_b() {
    for (name, v, x, y) in trend_series() {
        let want = &v["kendalltau_b_asymptotic"];
        match (monotone::kendall(&x, &y), want["tau"].as_f64()) {
            (Some(got), Some(tau)) => {
                close(&format!("{name} tau"), got.tau_b, tau, 1e-9);
                // With two points scipy divides 0 by 0 in the variance's last term and reports 1.
                if name != "two_points" {
                    close(&format!("{name} p"), got.p, want["p"].as_f64().unwrap(), 1e-9);
                }
            }
            (None, None) => {}
            (got, want) => panic!("{name}: got {got:?}, want {want:?}"),
        }
    }
}

#[test]
fn mann_kendall_family() {
    type Test = fn(&[f64]) -> Option<monotone::MannKendall>;
    let tests: [(&str, Test); 7] = [
        ("mk_original", monotone::mann_kendall),
        ("mk_hamed_rao", |y| monotone::hamed_rao(y, None)),
        ("mk_hamed_rao_lag3", |y| monotone::hamed_rao(y, Some(3))),
        ("mk_yue_wang", |y| monotone::yue_wang(y, None)),
        ("mk_yue_wang_lag1", |y| monotone::yue_wang(y, Some(1))),
        ("mk_pre_whitening", monotone::pre_whitened),
        ("mk_trend_free_pre_whitening", monotone::trend_free_pre_whitened),
    ];
    let mut compared = 0;
    for (name, v, _, y) in trend_series() {
        for (key, test) in tests {
            let Some(want) = v.get(key) else { continue };
            let (Some(z), Some(var)) = (want["z"].as_f64(), want["var_s"].as_f64()) else { continue };
            if var <= 0.0 {
                continue;
            }
            // Where the detrended series is constant but for rounding, its autocorrelation is noise.
            if name == "line_exact" && key != "mk_original" {
                continue;
            }
            let got = test(&y).unwrap_or_else(|| panic!("{name} {key}: none"));
            close(&format!("{name} {key} s"), got.s, want["s"].as_f64().unwrap(), 1e-9);
            close(&format!("{name} {key} var"), got.var, var, 1e-9);
            close(&format!("{name} {key} z"), got.z, z, 1e-9);
            if let Some(p) = want["p"].as_f64().filter(|p| *p > 1e-5) {
                // pymannkendall takes p from 1 - cdf, which loses digits as it falls.
                close(&format!("{name} {key} p"), got.p, p, 1e-9);
            }
            compared += 1;
        }
        if let Some(want) = v.get("mk_seasonal") {
            let period = want["period"].as_u64().unwrap() as usize;
            close("slope", monotone::seasonal_sen(&y, period).unwrap(), want["slope"].as_f64().unwrap(), 1e-9);
            match monotone::seasonal(&y, period) {
                Some(got) => close(&format!("{name} seasonal z"), got.z, want["z"].as_f64().unwrap(), 1e-9),
                None => assert_eq!(want["var_s"].as_f64(), Some(0.0), "{name}"),
            }
        }
    }
    assert!(compared > 60, "{compared}");
}

#[test]
fn autocorrelations() {
    for (name, v, _, y) in trend_series() {
        let Some(want) = v.get("acf_biased").filter(|w| w.is_array()) else { continue };
        let want = numbers(want);
        let got = autocorrelation::acf(&y, want.len() - 1).unwrap();
        got.iter().zip(&want).enumerate().for_each(|(k, (a, b))| close(&format!("{name} lag {k}"), *a, *b, 1e-9));
    }
}

#[test]
fn akritas_theil_sen() {
    let all = json(include_str!("reference/cenken_expected.json"));
    for (name, v) in all.as_object().unwrap() {
        let Some(below) = v.get("censored_below_y") else { continue };
        let below: Vec<bool> = below.as_array().unwrap().iter().map(|b| b.as_bool().unwrap()).collect();
        let got = censored::akritas_theil_sen(&numbers(&v["x"]), &numbers(&v["y"]), &below).unwrap();
        // The reference bisected to 1e-7 in the slope, and printed 12 digits of tau.
        close(&format!("{name} tau"), got.tau, v["tau"].as_f64().unwrap(), 1e-9);
        // In `d` no pair changes order between slopes of 3.29 and 3.31, and the reference stopped off the middle.
        let tolerance = if name == "d" { 1e-3 } else { 1e-6 };
        close(&format!("{name} slope"), got.slope, v["slope"].as_f64().unwrap(), tolerance);
    }
}

#[test]
fn false_discovery_rate() {
    let v = json(include_str!("reference/bh_expected.json"));
    let p = numbers(&v["p"]);
    for (got, key) in
        [(multiple::benjamini_hochberg(&p), "bh_adjusted"), (multiple::benjamini_yekutieli(&p), "by_adjusted")]
    {
        got.iter().zip(numbers(&v[key])).enumerate().for_each(|(k, (a, b))| close(&format!("{key} {k}"), *a, b, 1e-9));
    }
}
