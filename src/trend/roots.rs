//! Which leak brings which: the types that leak come in, roots with their companions go out.
//!
//! Types that are put away together grow in lockstep: not only by the same rate, which chance can give, but with the same
//! ups and downs of it. Within such a group the root is the slowest grower (each root may bring several of a companion) that
//! starts from nought, and whose name is a program's own; names only weigh.

use rayon::prelude::*;

use super::names::{Origin, is_exception, origin, same_family, short};
use super::thresholds::*;
use crate::stats::autocorrelation::{lag1, lag1_unbiased};
use crate::stats::linear::{line, mean, nonnegative};

/// A leaking type as the search for roots sees it.
#[derive(Debug, Clone)]
pub(super) struct Leak {
    /// Index into the log's types.
    pub(super) type_index: usize,
    /// Its name.
    pub(super) name: String,
    /// Rate.
    pub(super) slope: f64,
    /// Per life that is looked at: counts, and which of them a row shows.
    pub(super) lives: Vec<(Vec<f64>, Vec<bool>)>,
}

/// How the leaks of a log hang together.
#[derive(Debug, Clone, Default)]
pub(super) struct Forest {
    /// Indices into the leaks, the worst first.
    pub(super) roots: Vec<usize>,
    /// Per leak: the root that it follows.
    pub(super) follows: Vec<Option<usize>>,
    /// Per leak: roots with their multiples; a root has itself.
    pub(super) shares: Vec<Vec<(usize, f64)>>,
    /// Per leak: those that could be the root in its place.
    pub(super) tied: Vec<Vec<usize>>,
}

/// How one type's growth relates to another's.
#[derive(Debug, Clone, Copy, Default)]
struct Link {
    /// Objects of the first for one of the second.
    ratio: f64,
    /// Standard error of that, widened by the autocorrelation of what is left.
    error: f64,
    /// Standard deviation about that, as a share of the first's range.
    distance: f64,
    /// Share of the first's variance that the second explains.
    explained: f64,
    /// Autocorrelation of what is left, 1 for a walk.
    memory: f64,
    /// Correlation of increments over the stretch that shows it best; `None` where neither has ups and downs.
    lockstep: Option<f64>,
}

impl Link {
    /// Whether the two can be one thing put away again and again.
    fn is_strong(&self) -> bool {
        // Without ups and downs to compare, only a small whole ratio tells company from chance.
        let off = (self.ratio - self.ratio.round()).abs();
        let near_whole = self.ratio < 20.5 && off <= (2.0 * self.error).clamp(0.1, 0.3);
        match self.lockstep {
            Some(c) if c >= LOCKSTEP => self.distance < 0.12,
            // Noise on top hides the ups and downs, but two sums of chance arrivals drift apart, and one thing counted twice
            // does not: what is left of it then has no memory.
            Some(_) => self.distance < 0.12 && self.memory < DRIFTS_APART && near_whole,
            None => self.distance < 0.03 && near_whole,
        }
    }

    /// For choosing between roots.
    fn strength(&self) -> f64 {
        let whole = self.ratio.round();
        let near = if (1.0..=30.0).contains(&whole) { (1.0 - (self.ratio - whole).abs() / 0.15).max(0.0) } else { 0.0 };
        (1.0 - self.distance / 0.06).max(0.0) + self.lockstep.unwrap_or(0.5).max(0.0) + 0.5 * near
    }
}

/// Finds roots and companions.
pub(super) fn plant(leaks: &[Leak]) -> Forest {
    let n = leaks.len();
    let mut forest =
        Forest { roots: Vec::new(), follows: vec![None; n], shares: vec![Vec::new(); n], tied: vec![Vec::new(); n] };
    if n == 0 {
        return forest;
    }
    let mut origins: Vec<Origin> = leaks.iter().map(|l| origin(&l.name)).collect();
    let links: Vec<Vec<Link>> =
        (0..n).into_par_iter().map(|i| (0..n).map(|j| link(&leaks[i], &leaks[j])).collect()).collect();
    // A noun is Python's own, not the program's, where others of its module grow along: `Document` with `Attr` and `Text`.
    let kin = |i: usize| (0..n).filter(|&j| j != i && same_family(&leaks[i].name, &leaks[j].name)).count();
    for i in 0..n {
        if origins[i] == Origin::Noun && kin(i) >= KIN {
            origins[i] = Origin::Standard;
        }
    }
    let named = |name: &str| leaks.iter().position(|l| short(&l.name) == name);
    let company = Company {
        exceptions: named("traceback").is_some(),
        closures: named("function").zip(named("cell")).is_some_and(|(f, c)| links[c][f].is_strong()),
    };
    let only_interpreter = origins.iter().all(|o| *o == Origin::Interpreter);
    let mut rest: Vec<usize> = (0..n).filter(|&i| only_interpreter || origins[i] != Origin::Interpreter).collect();
    while !rest.is_empty() {
        let marks: Vec<(usize, f64)> =
            rest.iter().map(|&i| (i, mark(i, leaks, &origins, &links, &rest, company))).collect();
        let Some(&(root, top)) = marks.iter().max_by(|a, b| {
            let tidy = |m: f64| (m * 1e6).round();
            tidy(a.1).total_cmp(&tidy(b.1)).then(leaks[b.0].name.cmp(&leaks[a.0].name))
        }) else {
            break;
        };
        rest.retain(|&i| i != root);
        // A library's type beside roots that are there already: rather more of their company than a root of its own.
        if origins[root] >= Origin::Library && !only_interpreter {
            let best = forest
                .roots
                .iter()
                .copied()
                .max_by(|&a, &b| links[root][a].strength().total_cmp(&links[root][b].strength()).then(b.cmp(&a)));
            if let Some(best) = best.filter(|&b| links[root][b].strength() >= 1.2) {
                forest.follows[root] = Some(best);
                continue;
            }
        }
        forest.roots.push(root);
        for &(i, m) in &marks {
            if i != root && links[i][root].is_strong() && links[i][root].ratio > 0.85 {
                forest.follows[i] = Some(root);
                let same = (leaks[i].slope / leaks[root].slope.max(1e-300) - 1.0).abs() <= SAME_RATE;
                if same && top - m < TIE && !only_interpreter {
                    forest.tied[root].push(i);
                }
            }
        }
        rest.retain(|&i| forest.follows[i].is_none());
    }
    share(leaks, &mut forest);
    rank(leaks, &origins, &mut forest);
    forest
}

/// What some types together tell of others.
#[derive(Debug, Clone, Copy)]
struct Company {
    /// Tracebacks come with exceptions.
    exceptions: bool,
    /// Functions come with cells, in tuples: they are closures.
    closures: bool,
}

/// How much a type looks like the root among those of `rest` that grow in lockstep with it.
fn mark(i: usize, leaks: &[Leak], origins: &[Origin], links: &[Vec<Link>], rest: &[usize], company: Company) -> f64 {
    let slowest = rest
        .iter()
        .filter(|&&j| j != i && links[i][j].is_strong())
        .map(|&j| leaks[j].slope)
        .fold(leaks[i].slope, f64::min);
    let multiple = (leaks[i].slope / slowest.max(1e-300)).max(1.0);
    let multiple = if multiple <= 1.0 + SAME_RATE { 0.0 } else { 2.0 * multiple.log2().min(6.0) };
    let lives = &leaks[i].lives;
    let grown = lives.iter().map(|(y, _)| from_nought(y)).sum::<f64>() / lives.len().max(1) as f64;
    // `Order` before `OrderLine`, as a tie still.
    let part = rest.iter().any(|&j| {
        let whole = &leaks[j].name;
        j != i && whole.len() > 2 && leaks[i].name.len() > whole.len() && leaks[i].name.starts_with(whole.as_str())
    });
    let raised = if company.exceptions && is_exception(&leaks[i].name) { 2.0 } else { 0.0 };
    let kind = if origins[i] == Origin::Interpreter { container(&leaks[i].name, company) } else { 0.0 };
    origins[i].mark() - multiple + (grown * 10.0).round() / 5.0 + raised + kind - if part { 0.8 * TIE } else { 0.0 }
}

/// Share of the last count that is growth: a program's own class starts from nought, what all programs use does not.
fn from_nought(y: &[f64]) -> f64 {
    let last = y.last().copied().unwrap_or(0.0);
    let low = y.iter().copied().fold(f64::INFINITY, f64::min);
    if last > 0.0 { ((last - low) / last).clamp(0.0, 1.0) } else { 0.0 }
}

/// Where only the interpreter's own types leak: which of them holds the others. A list is what others are most often put
/// away in the company of; cells and weak references never stand alone.
fn container(name: &str, company: Company) -> f64 {
    match short(name) {
        "dict" | "deque" => 2.0,
        // The tuple holds the closure's own cells.
        "function" if company.closures => 1.6,
        "tuple" if company.closures => 0.4,
        "tuple" => 1.6,
        "set" => 1.2,
        "frozenset" => 0.8,
        "function" | "list" => 0.4,
        "cell" | "ReferenceType" | "weakref" => -0.8,
        _ => 0.8,
    }
}

/// Whether a type that may or may not leak by its own counts grows because leaks do: one root explains most of how it moves,
/// by a whole number of objects each time, or several together explain nearly all of it; and nothing is left that goes the
/// other way.
pub(super) fn comes_along(x: &Leak, roots: &[&Leak]) -> bool {
    // Over the tables that show both: what a table's cut hides says nothing of growth.
    let net = |lives: &[Vec<f64>]| -> f64 {
        let ends = |v: &[f64]| {
            let w = (v.len() / 10).max(1);
            mean(&v[v.len() - w..]) - mean(&v[..w])
        };
        lives.iter().filter(|y| !y.is_empty()).map(|y| ends(y)).sum()
    };
    let grows_by = |share: f64, of: &Leak| {
        let (xs, rs) = in_common(x, of);
        net(&xs) >= share * net(&rs)
    };
    let with_one = |root: &&Leak| {
        let l = link(x, root);
        let near = (l.ratio - l.ratio.round()).abs() <= (0.15 * l.ratio.max(1.0).sqrt()).max((2.0 * l.error).min(0.35));
        l.ratio > 0.7 && near && l.distance < 0.25 && l.explained >= 0.5 && grows_by(0.6 * l.ratio, root)
    };
    if roots.iter().any(with_one) {
        return true;
    }
    let q = multiples(x, roots);
    let lives = (0..x.lives.len()).map(|k| {
        let n = roots.iter().map(|r| r.lives[k].0.len()).fold(x.lives[k].0.len(), usize::min);
        (0..n).map(|i| roots.iter().zip(&q).map(|(r, q)| q * r.lives[k].0[i]).sum()).collect::<Vec<f64>>()
    });
    let lives = lives.map(|y| (vec![true; y.len()], y)).map(|(seen, y)| (y, seen)).collect();
    let together = Leak { type_index: x.type_index, name: String::new(), slope: 0.0, lives };
    let l = link(x, &together);
    let several = q.iter().filter(|q| **q > 0.3).count() > 1;
    several && l.explained >= 0.9 && l.distance < 0.1 && grows_by(0.6, &together)
}

/// The counts of two types in the tables that show both, life by life; in all of a life's where hardly any does.
fn in_common(a: &Leak, b: &Leak) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let (mut xs, mut rs): (Vec<Vec<f64>>, Vec<Vec<f64>>) = (Vec::new(), Vec::new());
    for ((x, xs_seen), (r, rs_seen)) in a.lives.iter().zip(&b.lives) {
        let n = x.len().min(r.len());
        let both: Vec<usize> = (0..n).filter(|&i| xs_seen[i] && rs_seen[i]).collect();
        let at: Vec<usize> = if both.len() >= LEAST_TABLES - 1 { both } else { (0..n).collect() };
        xs.push(at.iter().map(|&i| x[i]).collect());
        rs.push(at.iter().map(|&i| r[i]).collect());
    }
    (xs, rs)
}

fn link(a: &Leak, b: &Leak) -> Link {
    let (xs, rs) = in_common(a, b);
    let centred = |lives: &[Vec<f64>]| -> Vec<f64> {
        lives
            .iter()
            .flat_map(|v| {
                let m = mean(v);
                v.iter().map(move |y| y - m)
            })
            .collect()
    };
    let (x, r) = (centred(&xs), centred(&rs));
    let span = |v: &[f64]| {
        v.iter().copied().fold(f64::NEG_INFINITY, f64::max) - v.iter().copied().fold(f64::INFINITY, f64::min)
    };
    let Some(fit) = line(&r, &x) else { return Link::default() };
    let range = span(&x);
    if range.is_nan() || range <= 0.0 {
        return Link::default();
    }
    let distance = (fit.rss / x.len() as f64).sqrt() / range;
    let total: f64 = x.iter().map(|v| v * v).sum();
    let explained = if total > 0.0 { 1.0 - fit.rss / total } else { 0.0 };
    let rest: Vec<f64> = x.iter().zip(&r).map(|(a, b)| a - fit.intercept - fit.slope * b).collect();
    let m = lag1(&rest).clamp(0.0, 0.95);
    let error = fit.se * ((1.0 + m) / (1.0 - m)).sqrt();
    // Few points show no memory whatever they are.
    let memory = if rest.len() < 16 { 1.0 } else { lag1_unbiased(&rest, 2) };
    Link { memory, ratio: fit.slope, error, distance, explained, lockstep: lockstep(&xs, &rs) }
}

/// Correlation of increments over stretches of 1, 3, 9, … tables, the best of those with enough stretches. What is only
/// passing through adds noise to the short ones; what two types share is in the long ones as well.
fn lockstep(xs: &[Vec<f64>], rs: &[Vec<f64>]) -> Option<f64> {
    let longest = xs.iter().map(Vec::len).max().unwrap_or(0);
    let mut best: Option<f64> = None;
    let mut stretch = 1;
    while stretch == 1 || longest / stretch >= 12 {
        let (mut dx, mut dr) = (Vec::new(), Vec::new());
        for (x, r) in xs.iter().zip(rs) {
            let at: Vec<usize> = (0..x.len()).step_by(stretch).collect();
            let steps = |v: &[f64]| -> Vec<f64> { at.windows(2).map(|w| v[w[1]] - v[w[0]]).collect() };
            // About the life's mean step, so that two different rates in two lives are no correlation.
            let (sx, sr) = (steps(x), steps(r));
            let (mx, mr) = (mean(&sx), mean(&sr));
            dx.extend(sx.into_iter().map(|v| v - mx));
            dr.extend(sr.into_iter().map(|v| v - mr));
        }
        let square = |v: &[f64]| v.iter().map(|a| a * a).sum::<f64>();
        let (vx, vr) = (square(&dx), square(&dr));
        let n = dx.len() as f64;
        if n >= 4.0 && (vx / n).sqrt() > 0.3 && (vr / n).sqrt() > 0.3 {
            let c = dx.iter().zip(&dr).map(|(a, b)| a * b).sum::<f64>() / (vx * vr).sqrt();
            best = Some(best.map_or(c, |b: f64| b.max(c)));
        }
        stretch *= 3;
    }
    best
}

/// Credits every leak that is no root to the roots that bring it, by nonnegative least squares.
fn share(leaks: &[Leak], forest: &mut Forest) {
    let roots = forest.roots.clone();
    for &r in &roots {
        forest.shares[r] = vec![(r, 1.0)];
    }
    for i in (0..leaks.len()).filter(|i| !roots.contains(i)) {
        let q = multiples(&leaks[i], &roots.iter().map(|&r| &leaks[r]).collect::<Vec<_>>());
        let parts: Vec<(usize, f64, f64)> = roots.iter().zip(&q).map(|(&r, &q)| (r, q, q * leaks[r].slope)).collect();
        let total: f64 = parts.iter().map(|p| p.2).sum();
        // A twentieth of the growth is within the error of the split.
        forest.shares[i] = parts.iter().filter(|p| p.2 > 0.05 * total).map(|p| (p.0, p.1)).collect();
        if forest.follows[i].is_none() {
            let top = parts.iter().max_by(|a, b| a.2.total_cmp(&b.2).then(b.0.cmp(&a.0)));
            forest.follows[i] = match top {
                Some(p) if p.2 > 0.0 => Some(p.0),
                _ => roots.iter().copied().max_by(|&a, &b| {
                    link(&leaks[i], &leaks[a])
                        .strength()
                        .total_cmp(&link(&leaks[i], &leaks[b]).strength())
                        .then(b.cmp(&a))
                }),
            };
        }
        let leader = forest.follows[i];
        if let Some(r) = leader.filter(|r| !forest.shares[i].iter().any(|s| s.0 == *r)) {
            let ratio = link(&leaks[i], &leaks[r]).ratio;
            forest.shares[i].push((r, if ratio > 0.0 { ratio } else { leaks[i].slope / leaks[r].slope.max(1e-300) }));
        }
    }
}

fn multiples(x: &Leak, roots: &[&Leak]) -> Vec<f64> {
    let mut y = Vec::new();
    let mut columns = vec![Vec::new(); roots.len()];
    for (k, (v, seen)) in x.lives.iter().enumerate() {
        let n = roots.iter().map(|r| r.lives[k].0.len()).fold(v.len(), usize::min);
        let all: Vec<usize> = (0..n).filter(|&i| seen[i] && roots.iter().all(|r| r.lives[k].1[i])).collect();
        let at = if all.len() >= (2 * roots.len()).max(8) { all } else { (0..n).filter(|&i| seen[i]).collect() };
        let pick = |v: &[f64]| -> Vec<f64> {
            let part: Vec<f64> = at.iter().map(|&i| v[i]).collect();
            let m = mean(&part);
            part.into_iter().map(|p| p - m).collect()
        };
        y.extend(pick(v));
        for (c, r) in columns.iter_mut().zip(roots) {
            c.extend(pick(&r.lives[k].0));
        }
    }
    let free = nonnegative(&columns, &y);
    whole_multiples(&columns, &y, &free).unwrap_or(free)
}

/// Whole multiples that explain `y` as well as the `free` ones do, within their error: where two roots grow at a steady rate,
/// any split between them fits alike, and an object brings one or two of something, not one and a half. `None` where there are
/// none, or too many roots to try.
fn whole_multiples(columns: &[Vec<f64>], y: &[f64], free: &[f64]) -> Option<Vec<f64>> {
    let (p, n) = (columns.len(), y.len());
    let most = |q: f64| (q.ceil() as usize + 1).min(8);
    let tries: usize = free.iter().map(|q| most(*q) + 1).product();
    if p == 0 || n < 8 || tries > MOST_TRIES || free.iter().any(|q| *q > 7.0) {
        return None;
    }
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let gram: Vec<Vec<f64>> = columns.iter().map(|a| columns.iter().map(|b| dot(a, b)).collect()).collect();
    let with_y: Vec<f64> = columns.iter().map(|a| dot(a, y)).collect();
    let rss = |q: &[f64]| {
        let pairs = (0..p).flat_map(|i| (0..p).map(move |j| (i, j)));
        dot(y, y) - 2.0 * dot(q, &with_y) + pairs.map(|(i, j)| q[i] * q[j] * gram[i][j]).sum::<f64>()
    };
    let best = (0..tries).map(|t| {
        let mut rest = t;
        let q: Vec<f64> = free
            .iter()
            .map(|f| {
                let base = most(*f) + 1;
                let digit = rest % base;
                rest /= base;
                digit as f64
            })
            .collect();
        (rss(&q), q)
    });
    let (least, q) = best.min_by(|a, b| a.0.total_cmp(&b.0))?;
    let left: Vec<f64> = (0..n).map(|i| y[i] - columns.iter().zip(free).map(|(c, q)| q * c[i]).sum::<f64>()).collect();
    let memory = lag1(&left).clamp(0.0, 0.95);
    let points = (n as f64 * (1.0 - memory) / (1.0 + memory)).max(4.0);
    let free_rss = dot(&left, &left) + n as f64 / 12.0;
    // Three standard errors for one coefficient, no more for several.
    (q.iter().any(|q| *q > 0.0) && least - free_rss <= 9.0 * free_rss / points).then_some(q)
}

/// Roots by how many objects a time they cost with all their company; what is not the interpreter's or a library's first.
fn rank(leaks: &[Leak], origins: &[Origin], forest: &mut Forest) {
    let cost = |r: usize| {
        let company: f64 = (0..leaks.len()).filter(|&i| forest.follows[i] == Some(r)).map(|i| leaks[i].slope).sum();
        leaks[r].slope + company
    };
    // A name that says less about what to repair weighs the cost down, not out.
    let weight = |r: usize| cost(r).max(1e-300).log2() + origins[r].mark();
    let mut order: Vec<(usize, f64)> = forest.roots.iter().map(|&r| (r, weight(r))).collect();
    let foreign = |r: usize| origins[r] >= Origin::Library;
    order.sort_by(|a, b| {
        foreign(a.0).cmp(&foreign(b.0)).then(b.1.total_cmp(&a.1)).then(leaks[a.0].name.cmp(&leaks[b.0].name))
    });
    forest.roots = order.into_iter().map(|o| o.0).collect();
}

/// The whole multiple of its root at which a companion grows, where the fit allows it: an object brings one, two or three of
/// something, hardly 1.98. `error`: by how much noise may have put the companion's rate off.
pub(super) fn whole_ratio(companion: &Leak, root: &Leak, error: f64) -> Option<f64> {
    let l = link(companion, root);
    let k = l.ratio.round().max(1.0);
    let tolerance = (0.12 * k.sqrt()).max(2.0 * l.error).min(0.45);
    let rates = (companion.slope - k * root.slope).abs() <= (0.5 * k * root.slope).max(error);
    let hangs_on = l.strength() >= 0.4 || l.explained >= 0.5;
    ((l.ratio - k).abs() <= tolerance && hangs_on && rates).then_some(k)
}
