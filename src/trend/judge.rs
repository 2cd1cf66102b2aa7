//! All series of a log come in, its judgement goes out: reads every life, pools, finds roots, ranks.

use rayon::prelude::*;

use super::lives::{Pooled, pool, promote};
use super::prepare::Life;
use super::projection::reach;
use super::roots::{Forest, Leak, comes_along, plant, whole_ratio};
use super::thresholds::*;
use super::verdict::{Reading, Rule, read};
use super::{Assessment, FitLine, Judgement, Moment, Role, Share, Trend, TrendOptions, Verdict, evidence};
use crate::parse::Call;
use crate::series::{Axis, LogSeries, TypeSeries};
use crate::stats::multiple::benjamini_hochberg;

/// A type with all that was found out about it.
struct Case {
    lives: Vec<Life>,
    readings: Vec<Reading>,
    pooled: Pooled,
}

pub(super) fn judge(series: &LogSeries, options: &TrendOptions) -> Judgement {
    let mut cases: Vec<Option<Case>> = series.types.par_iter().map(|t| examine(series, t)).collect();
    let mut leaks = leaks_of(series, &cases);
    let mut forest = plant(&leaks);
    if company(series, &leaks, &forest, &mut cases) {
        leaks = leaks_of(series, &cases);
        forest = plant(&leaks);
    }
    align(series, &leaks, &forest, &mut cases);
    let q = q_values(series, &cases);
    let order = order(series, &leaks, &forest, &cases);
    let place = |type_index: usize| leaks.iter().position(|l| l.type_index == type_index);
    let mut types = Vec::with_capacity(order.len());
    for (type_index, rank) in order {
        let leak = place(type_index);
        types.push(assess(series, options, type_index, rank, leak, &leaks, &forest, cases[type_index].as_ref(), &q));
    }
    let (leaking, reason) = overall(series, &cases, &types);
    Judgement { leaking, reason, types }
}

fn examine(series: &LogSeries, of: &TypeSeries) -> Option<Case> {
    let growth = series.call == Call::Growth;
    let lives: Vec<Life> = series
        .lanes
        .iter()
        .zip(&of.lanes)
        .enumerate()
        .filter_map(|(k, (lane, counts))| Life::new(k, lane, counts.as_ref()?, growth, silence(series, k)))
        .collect();
    if lives.is_empty() {
        return None;
    }
    let readings: Vec<Reading> = lives.iter().map(read).collect();
    let pooled = pool(&lives, &readings, &series.lanes);
    Some(Case { lives, readings, pooled })
}

/// The types that leak, as the search for roots sees them.
fn leaks_of(series: &LogSeries, cases: &[Option<Case>]) -> Vec<Leak> {
    let leaking: Vec<usize> =
        (0..cases.len()).filter(|&i| cases[i].as_ref().is_some_and(|c| c.pooled.verdict == Verdict::Leak)).collect();
    let used = lives_for_roots(series, &leaking, cases);
    leaking.iter().map(|&i| as_leak(series, i, cases[i].as_ref(), &used)).collect()
}

/// Types whose own counts leave open whether they leak, but which follow a root: `true` where there are any.
fn company(series: &LogSeries, leaks: &[Leak], forest: &Forest, cases: &mut [Option<Case>]) -> bool {
    let leaking: Vec<usize> = leaks.iter().map(|l| l.type_index).collect();
    let used = lives_for_roots(series, &leaking, cases);
    let roots: Vec<&Leak> = forest.roots.iter().map(|&r| &leaks[r]).collect();
    let mut any = false;
    for i in 0..cases.len() {
        let Some(case) = cases[i].as_ref() else { continue };
        if case.pooled.verdict == Verdict::Leak || case.readings.iter().all(|r| r.almost.is_none()) {
            continue;
        }
        let x = as_leak(series, i, Some(case), &used);
        if comes_along(&x, &roots)
            && let Some(case) = cases[i].as_mut()
        {
            any |= promote(&case.lives, &mut case.readings, &mut case.pooled, &series.lanes);
        }
    }
    any
}

/// Lanes in which roots are looked for: those with the most tables, as many as are worth looking at.
fn lives_for_roots(series: &LogSeries, leaking: &[usize], cases: &[Option<Case>]) -> Vec<usize> {
    let mut used: Vec<usize> = (0..series.lanes.len())
        .filter(|&k| {
            leaking.iter().any(|&i| {
                cases[i].as_ref().is_some_and(|c| {
                    c.lives.iter().any(|l| l.lane == k) && c.pooled.streams.contains(&series.lanes[k].stream)
                })
            })
        })
        .collect();
    used.sort_by_key(|&k| (std::cmp::Reverse(series.lanes[k].x.len()), k));
    used.truncate(MOST_LANES_FOR_ROOTS);
    used.sort_unstable();
    used
}

fn as_leak(series: &LogSeries, type_index: usize, case: Option<&Case>, used: &[usize]) -> Leak {
    let lives = used
        .iter()
        .map(|&k| -> Option<(Vec<f64>, Vec<bool>)> {
            // All types of a lane have the same places.
            let (y, seen) = case.and_then(|c| c.lives.iter().find(|l| l.lane == k))?.at_tables();
            let stride = y.len().div_ceil(MOST_POINTS_FOR_ROOTS).max(1);
            Some((y.into_iter().step_by(stride).collect(), seen.into_iter().step_by(stride).collect()))
        })
        .map(Option::unwrap_or_default)
        .collect();
    let slope = case.map_or(0.0, |c| c.pooled.slope);
    Leak { type_index, name: series.types[type_index].name.clone(), slope, lives }
}

/// What follows a root grows at a whole multiple of its rate and from its onset, where the counts allow that: the root's own
/// counts are the ones with the least noise.
fn align(series: &LogSeries, leaks: &[Leak], forest: &Forest, cases: &mut [Option<Case>]) {
    for (i, follows) in forest.follows.iter().enumerate() {
        let Some(r) = *follows else { continue };
        let Some((rate, se, first, root_onset)) = cases[leaks[r].type_index].as_ref().map(|c| {
            (c.pooled.slope, c.pooled.slope_se, c.lives[c.pooled.first].lane, c.readings[c.pooled.first].onset)
        }) else {
            continue;
        };
        let Some(case) = cases[leaks[i].type_index].as_mut() else { continue };
        // What only its company proved has no rate of its own worth the name.
        let whole = match (&forest.shares[i][..], case.pooled.rule) {
            ([(_, ratio)], Some(Rule::Company)) => Some(ratio.round().max(1.0)),
            ([_], _) => whole_ratio(&leaks[i], &leaks[r], 1.96 * case.pooled.slope_se),
            _ => None,
        };
        if let Some(k) = whole {
            case.pooled.slope = k * rate;
            case.pooled.slope_se = k * se;
        }
        let mine = &mut case.readings[case.pooled.first];
        let near = 0.15 * series.lanes[first].x.len().min(case.lives[case.pooled.first].len()) as f64;
        if case.lives[case.pooled.first].lane == first && (mine.onset as f64 - root_onset as f64).abs() <= near {
            mine.onset = root_onset;
        }
    }
}

/// False discovery rates over the types that move at all.
fn q_values(series: &LogSeries, cases: &[Option<Case>]) -> Vec<Option<f64>> {
    let moves = |c: &Case| {
        c.lives.iter().any(|l| l.y.iter().any(|v| *v != l.y[0])) && c.readings.iter().any(|r| r.shape.is_some())
            || c.pooled.verdict == Verdict::Leak
    };
    let tested: Vec<usize> = (0..series.types.len()).filter(|&i| cases[i].as_ref().is_some_and(moves)).collect();
    let p: Vec<f64> = tested.iter().map(|&i| cases[i].as_ref().map_or(1.0, |c| c.pooled.p)).collect();
    let mut out = vec![None; series.types.len()];
    for (&i, q) in tested.iter().zip(benjamini_hochberg(&p)) {
        out[i] = Some(q);
    }
    out
}

/// Types in rank order with their ranks: each root, its ties and companions by rate; then the rest, what moves most first.
fn order(series: &LogSeries, leaks: &[Leak], forest: &Forest, cases: &[Option<Case>]) -> Vec<(usize, u32)> {
    let mut out: Vec<(usize, u32)> = Vec::new();
    let rate = |i: usize| cases[leaks[i].type_index].as_ref().map_or(0.0, |c| c.pooled.slope);
    for (k, &r) in forest.roots.iter().enumerate() {
        let rank = k as u32 + 1;
        out.push((leaks[r].type_index, rank));
        let mut company: Vec<usize> = (0..leaks.len()).filter(|&i| forest.follows[i] == Some(r)).collect();
        company.sort_by(|&a, &b| {
            let tie = |i: usize| forest.tied[r].contains(&i);
            tie(b).cmp(&tie(a)).then(rate(b).total_cmp(&rate(a))).then(leaks[a].name.cmp(&leaks[b].name))
        });
        out.extend(company.into_iter().map(|i| (leaks[i].type_index, rank)));
    }
    let weight = |i: usize| {
        cases[i].as_ref().map_or(0.0, |c| {
            let life = &c.lives[c.pooled.speaker];
            let (first, last) = (life.y[0], life.y[life.len() - 1]);
            last - first
        })
    };
    let group = |i: usize| match cases[i].as_ref().map(|c| c.pooled.verdict) {
        Some(Verdict::Unclear) => 0,
        Some(Verdict::Saturating | Verdict::Step) => 1,
        Some(Verdict::Cyclic) => 2,
        _ => 3,
    };
    let mut rest: Vec<usize> = (0..series.types.len()).filter(|i| !out.iter().any(|o| o.0 == *i)).collect();
    rest.sort_by(|&a, &b| {
        group(a)
            .cmp(&group(b))
            .then(weight(b).total_cmp(&weight(a)))
            .then(series.types[a].name.cmp(&series.types[b].name))
    });
    let next = forest.roots.len() as u32 + 1;
    out.extend(rest.into_iter().enumerate().map(|(k, i)| (i, next + k as u32)));
    out
}

#[allow(clippy::too_many_arguments)]
fn assess(
    series: &LogSeries,
    options: &TrendOptions,
    type_index: usize,
    rank: u32,
    leak: Option<usize>,
    leaks: &[Leak],
    forest: &Forest,
    case: Option<&Case>,
    q: &[Option<f64>],
) -> Assessment {
    let mut out = Assessment {
        type_index,
        rank,
        verdict: case.map_or(Verdict::Unclear, |c| c.pooled.verdict),
        role: None,
        follows: None,
        ratio: None,
        shares: Vec::new(),
        tied_with: Vec::new(),
        confidence: None,
        trend: Trend::default(),
        leaks_in: Vec::new(),
        doubles: None,
        reaches: None,
        why: String::new(),
    };
    let Some(case) = case else {
        out.why = "no table shows it".to_owned();
        return out;
    };
    let p = &case.pooled;
    let (life, reading) = (&case.lives[p.speaker], &case.readings[p.speaker]);
    let moves = q[type_index].is_some();
    out.trend.p_value = moves.then_some(p.p);
    out.trend.q_value = q[type_index];
    out.trend.slope = match out.verdict {
        Verdict::Leak => Some(p.slope),
        Verdict::Unclear => None,
        _ => Some(0.0),
    };
    out.confidence = super::confidence::of(out.verdict, p, life);
    out.trend.fit = fit_lines(life, reading, p);
    if let Some(i) = leak {
        let root = forest.follows[i];
        out.role = Some(if root.is_some() { Role::Companion } else { Role::Root });
        out.follows = root.map(|r| leaks[r].type_index);
        out.shares = forest.shares[i].iter().map(|&(r, ratio)| Share { root: leaks[r].type_index, ratio }).collect();
        out.ratio = root.and_then(|r| forest.shares[i].iter().find(|s| s.0 == r)).map(|s| s.1);
        let head = root.unwrap_or(i);
        if forest.tied[head].contains(&i) || head == i {
            let members = std::iter::once(head).chain(forest.tied[head].iter().copied());
            out.tied_with = members.filter(|&m| m != i).map(|m| leaks[m].type_index).collect();
        }
        let (low, high) = (p.slope - 1.96 * p.slope_se, p.slope + 1.96 * p.slope_se);
        out.trend.low = Some(low);
        out.trend.high = Some(high);
        let first = &case.lives[p.first];
        let index = first.begin(case.readings[p.first].onset.min(first.len().saturating_sub(1)));
        out.trend.onset = Some(Moment { lane: first.lane, index });
        if p.streams.len() < series.streams.len() {
            out.leaks_in = p.streams.clone();
        }
        // From the last table of the life that ended last, as fast as it was of late.
        let last_x = |k: &usize| case.lives[*k].x[case.lives[*k].len() - 1];
        if let Some(k) = (0..case.lives.len()).max_by(|a, b| last_x(a).total_cmp(&last_x(b))) {
            let latest = &case.lives[k];
            let (x, now) = (latest.x[latest.len() - 1], latest.y[latest.len() - 1]);
            let rates = match case.readings[k].lately {
                Some((slope, se)) => (slope, slope - 1.96 * se, slope + 1.96 * se),
                None => (p.slope, low, high),
            };
            out.doubles = reach(2.0 * now, x, now, rates);
            out.reaches = options.limit_count.and_then(|c| reach(c as f64, x, now, rates));
        }
    }
    out.why = evidence::sentence(series, life, reading, p, out.follows, out.ratio);
    out
}

/// The fit with its 95 % band, as the picture wants it.
fn fit_lines(life: &Life, reading: &Reading, pooled: &Pooled) -> Vec<FitLine> {
    if pooled.rule == Some(Rule::Pooled) || reading.fit.len() < 2 {
        return Vec::new();
    }
    let half = 1.96 * reading.sigma.max(0.3);
    let points: Vec<[f64; 4]> =
        reading.fit.iter().map(|&(i, v)| [life.x[i], v.max(0.0), (v - half).max(0.0), v.max(0.0) + half]).collect();
    vec![FitLine { lane: life.lane, points }]
}

/// Whether a type that may or may not leak ended higher than it began, by more than a few objects, and in plain sight: what
/// only now and then comes up from under a table's cut says nothing, unless it came up at the end and stayed.
fn rose(case: &Case) -> bool {
    let life = &case.lives[case.pooled.speaker];
    let n = life.len();
    let last_rows = life.seen[n - (n / 20).clamp(1, 3)..].iter().all(|s| *s);
    let net = life.y[n - 1] - life.y.iter().copied().fold(f64::INFINITY, f64::min);
    let came_up = last_rows && life.seen[..n / 2].iter().all(|s| !*s);
    n >= LEAST_TABLES && (came_up || 2 * life.n_seen() >= n || life.peaks_only) && net > 2.0 * LEAST_GROWTH
}

/// Whether the log as a whole leaks.
fn overall(series: &LogSeries, cases: &[Option<Case>], types: &[Assessment]) -> (Option<bool>, Option<String>) {
    if types.iter().any(|t| t.verdict == Verdict::Leak) {
        return (Some(true), None);
    }
    let longest = series.lanes.iter().map(|l| l.x.len()).max().unwrap_or(0);
    let tables: usize = series.lanes.iter().map(|l| l.x.len()).sum();
    let unclear = types.iter().filter(|t| t.verdict == Verdict::Unclear).count();
    if tables == 0 {
        // A log without any is an error long before.
        return (None, Some("none of its tables lies between --since and --until".to_owned()));
    }
    if longest <= 1 && tables <= 1 {
        let what = "it holds one table, and growth needs several";
        return (None, Some(format!("{what}; log a table every minute or so for an hour")));
    }
    if longest < LEAST_TABLES {
        let moving = if unclear == 1 { "1 type moves".to_owned() } else { format!("{unclear} types move") };
        if unclear == 0 {
            return (Some(false), None);
        }
        return (
            None,
            Some(format!(
                "no process printed more than {longest} tables and {moving}; {LEAST_TABLES} are the least, twenty do well"
            )),
        );
    }
    let open: Vec<&Assessment> = types
        .iter()
        .filter(|t| t.verdict == Verdict::Unclear && cases[t.type_index].as_ref().is_some_and(rose))
        .collect();
    if let Some(worst) = open.first() {
        let name = &series.types[worst.type_index].name;
        let others = match open.len() - 1 {
            0 => String::new(),
            1 => " and 1 more type".to_owned(),
            n => format!(" and {n} more types"),
        };
        return (
            None,
            Some(format!(
                "the rise of {name}{others} may be chance, a cycle or a start-up; a log that is twice as long will tell"
            )),
        );
    }
    (Some(false), None)
}

/// Up to where `show_growth` may have been silent in a lane: the log's end for the last life of a stream, the last table
/// for others. `None` without a clock.
fn silence(series: &LogSeries, lane: usize) -> Option<f64> {
    let last = *series.lanes[lane].x.last()?;
    let goes_on = series.lanes.get(lane + 1).is_some_and(|next| next.stream == series.lanes[lane].stream);
    let end = series.end.filter(|_| !goes_on).unwrap_or(last);
    (series.axis == Axis::Time).then_some(end.max(last))
}
