//! The lives of one type come in, one opinion on the type goes out: pooled over runs and streams.

use super::Verdict;
use super::prepare::Life;
use super::thresholds::*;
use super::verdict::{Reading, Rule, p_of_z};
use crate::series::Lane;
use crate::stats::linear::mean;
use crate::stats::monotone::mann_kendall;
use crate::stats::rank::median_mut;
use crate::stats::slope::theil_sen_interval;

/// What all lives together say of a type.
#[derive(Debug, Clone)]
pub(super) struct Pooled {
    /// The opinion.
    pub(super) verdict: Verdict,
    /// Rate per unit of the axis in one process; 0 for all but leaks.
    pub(super) slope: f64,
    /// Its standard error.
    pub(super) slope_se: f64,
    /// One-sided probability of such a rise without a trend.
    pub(super) p: f64,
    /// Index into `lives` of the one that speaks for the type: the longest that agrees.
    pub(super) speaker: usize,
    /// Index into `lives` of the first that leaks, for the onset.
    pub(super) first: usize,
    /// How many lives leak, of how many that can tell.
    pub(super) leaking: (usize, usize),
    /// Streams in which it leaks.
    pub(super) streams: Vec<u32>,
    /// Which rule.
    pub(super) rule: Option<Rule>,
}

/// Pools `readings` of `lives`. A type leaks where it leaks in at least one stream; within a stream the lives that can tell
/// must agree, by length.
pub(super) fn pool(lives: &[Life], readings: &[Reading], lanes: &[Lane]) -> Pooled {
    let stream_of = |i: usize| lanes[lives[i].lane].stream;
    let mut streams: Vec<u32> = (0..lives.len()).map(stream_of).collect();
    streams.sort_unstable();
    streams.dedup();
    let mut leaks: Vec<usize> = Vec::new();
    let mut leaking_streams = Vec::new();
    for &s in &streams {
        let mine: Vec<usize> = (0..lives.len()).filter(|&i| stream_of(i) == s).collect();
        let tells: Vec<usize> = mine.iter().copied().filter(|&i| readings[i].verdict != Verdict::Unclear).collect();
        let length = |v: &[usize]| v.iter().map(|&i| lives[i].len()).sum::<usize>();
        let leak: Vec<usize> = tells.iter().copied().filter(|&i| readings[i].verdict == Verdict::Leak).collect();
        if !leak.is_empty() && 2 * length(&leak) >= length(&tells) {
            leaks.extend(leak);
            leaking_streams.push(s);
        }
    }
    let longest = |v: &mut dyn Iterator<Item = usize>| v.max_by_key(|&i| (lives[i].len(), std::cmp::Reverse(i)));
    let can_tell = readings.iter().filter(|r| r.verdict != Verdict::Unclear).count();
    if !leaks.is_empty() {
        let total: f64 = leaks.iter().map(|&i| lives[i].len() as f64).sum();
        let weight = |i: usize| lives[i].len() as f64 / total;
        let slope = leaks.iter().map(|&i| weight(i) * readings[i].slope).sum();
        let se = leaks.iter().map(|&i| (weight(i) * readings[i].slope_se).powi(2)).sum::<f64>().sqrt();
        let speaker = longest(&mut leaks.iter().copied()).unwrap_or(0);
        return Pooled {
            verdict: Verdict::Leak,
            slope,
            slope_se: se,
            p: leaks.iter().map(|&i| readings[i].p).fold(1.0, f64::min),
            speaker,
            first: leaks[0],
            leaking: (leaks.len(), can_tell),
            streams: leaking_streams,
            rule: readings[speaker].rule,
        };
    }
    if let Some(pooled) = many_short_lives(lives, readings, &streams) {
        return pooled;
    }
    let tells = longest(
        &mut (0..lives.len())
            .filter(|&i| readings[i].verdict != Verdict::Unclear && readings[i].verdict != Verdict::Leak),
    );
    let speaker = tells.or_else(|| longest(&mut (0..lives.len()))).unwrap_or(0);
    let verdict = match readings.get(speaker).map(|r| r.verdict) {
        Some(Verdict::Leak) | None => Verdict::Unclear,
        Some(v) => v,
    };
    Pooled {
        verdict,
        slope: 0.0,
        slope_se: 0.0,
        p: readings.get(speaker).map_or(1.0, |r| r.p),
        speaker,
        first: speaker,
        leaking: (0, can_tell),
        streams: Vec::new(),
        rule: None,
    }
}

/// Turns a type into a leak that its own counts left open, since it follows one. `false` where they say nothing of a rise.
pub(super) fn promote(lives: &[Life], readings: &mut [Reading], pooled: &mut Pooled, lanes: &[Lane]) -> bool {
    let mut any = false;
    for r in readings.iter_mut() {
        if let Some(almost) = r.almost.take() {
            let (p, sigma, shape, period) = (r.p, r.sigma, r.shape, r.period);
            *r = Reading { p, sigma, shape, period, rule: Some(Rule::Company), ..*almost };
            any = true;
        }
    }
    if any {
        // The others' silence is no contradiction any more.
        let telling: Vec<Reading> = readings
            .iter()
            .map(|r| match r.verdict {
                Verdict::Leak => r.clone(),
                _ => Reading { verdict: Verdict::Unclear, ..r.clone() },
            })
            .collect();
        *pooled = pool(lives, &telling, lanes);
    }
    any
}

/// Workers that are replaced every few tables: no life can tell alone, but the same rise in each of them can. Common slope,
/// own level per life; the rise must come in nearly all lives, and go on in their last parts.
fn many_short_lives(lives: &[Life], readings: &[Reading], streams: &[u32]) -> Option<Pooled> {
    let usable: Vec<usize> = (0..lives.len()).filter(|&i| lives[i].len() >= LEAST_TABLES_IN_LIFE).collect();
    let unclear = usable.iter().filter(|&&i| readings[i].verdict == Verdict::Unclear).count();
    let mut lengths: Vec<f64> = usable.iter().map(|&i| lives[i].len() as f64).collect();
    let short = median_mut(&mut lengths).is_some_and(|m| m < SHORT_LIFE);
    if usable.len() < LEAST_LIVES || (2 * unclear < usable.len() && !short) {
        return None;
    }
    let (mut s, mut var, mut rises, mut late, mut whole, mut growth) = (0.0, 0.0, 0, 0.0, 0.0, 0.0);
    let (mut last, mut last_part, mut jumps) = (0.0, 0.0, 0.0);
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for &i in &usable {
        let life = &lives[i];
        let n = life.len();
        if let Some(test) = mann_kendall(&life.y) {
            s += test.s;
            var += test.var;
        }
        let net = life.y[n - 1] - life.y[0];
        rises += usize::from(net > 0.0);
        growth += net;
        let half = n / 2;
        late += life.y[n - 1] - life.y[half];
        jumps += life.y.windows(2).map(|w| w[1] - w[0]).fold(0.0, f64::max);
        let third = n - 1 - (n / 3).max(1);
        last += life.y[n - 1] - life.y[third];
        last_part += net * (life.x[n - 1] - life.x[third]) / (life.x[n - 1] - life.x[0]).max(1e-12);
        whole += net * (life.x[n - 1] - life.x[half]) / (life.x[n - 1] - life.x[0]).max(1e-12);
        let (mx, my) = (mean(&life.x), mean(&life.y));
        x.extend(life.x.iter().map(|v| v - mx));
        y.extend(life.y.iter().map(|v| v - my));
    }
    let z = s / var.sqrt().max(1e-9);
    let k = usable.len() as f64;
    let enough = z >= POOLED_Z
        && rises as f64 >= 0.9 * k
        && late >= 0.6 * whole
        && last >= 0.5 * last_part
        && jumps <= MOST_IN_JUMPS * growth
        && growth / k >= LEAST_GROWTH;
    if !enough {
        return None;
    }
    let slope = theil_sen_interval(&x, &y, 0.95)?;
    if slope.slope <= 0.0 {
        return None;
    }
    let speaker = usable.iter().copied().max_by_key(|&i| (lives[i].len(), std::cmp::Reverse(i)))?;
    Some(Pooled {
        verdict: Verdict::Leak,
        slope: slope.slope,
        slope_se: (slope.high - slope.low) / 3.92,
        p: p_of_z(z),
        speaker,
        first: usable[0],
        leaking: (rises, usable.len()),
        streams: streams.to_vec(),
        rule: Some(Rule::Pooled),
    })
}
