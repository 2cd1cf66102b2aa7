//! Polylines on their way to the paper: thinned, clipped, dashed, marked.

use super::scene::Px;

/// First, least, greatest and last of each column (M4): what is left looks the same. `columns` to a CSS pixel: two are
/// fine enough for a picture at double scale.
///
/// Source: Jugel, Jerzak, Hackenbroich, Markl (2014), PVLDB 7(10):797.
pub(super) fn thin(points: &[Px], columns: f64) -> Vec<Px> {
    let column = |p: &Px| (p.0 * columns).floor();
    let mut out: Vec<Px> = Vec::new();
    for group in points.chunk_by(|a, b| column(a) == column(b)) {
        if group.len() <= 4 {
            out.extend(group);
            continue;
        }
        let mut keep = [0, group.len() - 1, 0, 0];
        for (i, p) in group.iter().enumerate() {
            if p.1 < group[keep[2]].1 {
                keep[2] = i;
            }
            if p.1 > group[keep[3]].1 {
                keep[3] = i;
            }
        }
        keep.sort_unstable();
        let mut last = None;
        for i in keep {
            if last != Some(i) {
                out.push(group[i]);
            }
            last = Some(i);
        }
    }
    out
}

/// The parts of a line between two heights (`top < bottom`).
pub(super) fn clip(points: &[Px], top: f64, bottom: f64) -> Vec<Vec<Px>> {
    if let [only] = points {
        return if only.1 >= top && only.1 <= bottom { vec![vec![*only]] } else { Vec::new() };
    }
    let mut out: Vec<Vec<Px>> = Vec::new();
    let mut open = false;
    for pair in points.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let at = |y: f64| (a.0 + (b.0 - a.0) * (y - a.1) / (b.1 - a.1), y);
        let cut = |p: Px| {
            if p.1 < top {
                at(top)
            } else if p.1 > bottom {
                at(bottom)
            } else {
                p
            }
        };
        let outside = (a.1 < top && b.1 < top) || (a.1 > bottom && b.1 > bottom);
        if outside {
            open = false;
            continue;
        }
        let (from, to) = (cut(a), cut(b));
        if !open {
            out.push(vec![from]);
        }
        if let Some(piece) = out.last_mut() {
            piece.push(to);
        }
        open = to == b;
    }
    out
}

/// Cuts a line into dashes: lengths of dash, gap, dash, … in pixels; none for a solid line.
pub(super) fn dash(points: &[Px], pattern: &[f64]) -> Vec<Vec<Px>> {
    if pattern.is_empty() || points.len() < 2 {
        return vec![points.to_vec()];
    }
    let mut out = Vec::new();
    let mut current = vec![points[0]];
    let (mut index, mut left, mut on) = (0, pattern[0], true);
    for pair in points.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let length = (b.0 - a.0).hypot(b.1 - a.1);
        let mut done = 0.0;
        while length - done > left {
            done += left;
            let p = (a.0 + (b.0 - a.0) * done / length, a.1 + (b.1 - a.1) * done / length);
            if on {
                current.push(p);
                out.push(std::mem::take(&mut current));
            } else {
                current = vec![p];
            }
            on = !on;
            index = (index + 1) % pattern.len();
            left = pattern[index];
        }
        left -= length - done;
        if on {
            current.push(b);
        }
    }
    if on && current.len() > 1 {
        out.push(current);
    }
    out
}

/// The outline of a marker around a place; six shapes that differ without colour.
pub(super) fn marker(shape: usize, (x, y): Px, r: f64) -> Vec<Px> {
    let polygon = |n: usize, turn: f64, r: f64| -> Vec<Px> {
        let corner = |k: usize| std::f64::consts::TAU * (k as f64 / n as f64) + turn;
        (0..n).map(|k| (x + r * corner(k).sin(), y - r * corner(k).cos())).collect()
    };
    let half = std::f64::consts::PI;
    match shape % 6 {
        0 => polygon(20, 0.0, r),
        1 => polygon(4, half / 4.0, r * 1.25),
        2 => polygon(3, 0.0, r * 1.35),
        3 => polygon(4, 0.0, r * 1.3),
        4 => polygon(3, half, r * 1.35),
        _ => polygon(6, 0.0, r * 1.1),
    }
}

/// Places on a line at even steps of x, the first at `phase`.
pub(super) fn along(points: &[Px], phase: f64, step: f64) -> Vec<Px> {
    let mut out = Vec::new();
    let Some(first) = points.first() else { return out };
    let mut next = first.0 + phase;
    for pair in points.windows(2) {
        while next >= pair[0].0 && next < pair[1].0 {
            let t = (next - pair[0].0) / (pair[1].0 - pair[0].0);
            out.push((next, pair[0].1 + (pair[1].1 - pair[0].1) * t));
            next += step;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_ends_and_extremes_of_each_column() {
        let points: Vec<Px> = (0..1000).map(|i| (f64::from(i) * 0.01, f64::from(i * 37 % 101))).collect();
        let thinned = thin(&points, 2.0);
        assert!(thinned.len() <= 80, "{}", thinned.len());
        assert_eq!((thinned[0], thinned[thinned.len() - 1]), (points[0], points[999]));
        assert!(thinned.iter().any(|p| p.1 == 100.0) && thinned.iter().any(|p| p.1 == 0.0));
    }

    #[test]
    fn clipping_cuts_at_the_edge() {
        let got = clip(&[(0.0, 5.0), (10.0, 15.0), (20.0, 5.0), (30.0, 5.0)], 0.0, 10.0);
        assert_eq!(got, [vec![(0.0, 5.0), (5.0, 10.0)], vec![(15.0, 10.0), (20.0, 5.0), (30.0, 5.0)]]);
        let through = clip(&[(0.0, -10.0), (10.0, 20.0)], 0.0, 10.0);
        assert_eq!(through.len(), 1);
        assert!((through[0][0].1, through[0][1].1) == (0.0, 10.0));
        assert!(clip(&[(0.0, -5.0), (10.0, -5.0)], 0.0, 10.0).is_empty());
    }

    #[test]
    fn dashes_are_as_long_as_said_also_around_corners() {
        let got = dash(&[(0.0, 0.0), (5.0, 0.0), (5.0, 7.0)], &[4.0, 2.0]);
        assert_eq!(got[0], [(0.0, 0.0), (4.0, 0.0)]);
        assert_eq!(got[1], [(5.0, 1.0), (5.0, 5.0)]);
        assert_eq!(dash(&[(0.0, 0.0), (5.0, 0.0)], &[]).len(), 1);
    }
}
