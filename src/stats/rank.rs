//! Order statistics: median, scaled median absolute deviation, block medians.

/// The number that stands at place `k` when `values` are sorted; they are left in another order. `None` beyond the end.
/// `O(n)`.
pub fn nth(values: &mut [f64], k: usize) -> Option<f64> {
    if k >= values.len() {
        return None;
    }
    Some(*values.select_nth_unstable_by(k, f64::total_cmp).1)
}

/// Median, the mean of the two middle values for even `n`; `values` are left in another order. `None` when empty. `O(n)`.
///
/// ```
/// assert_eq!(objtrend::stats::rank::median_mut(&mut [3.0, 1.0, 2.0, 10.0]), Some(2.5));
/// ```
pub fn median_mut(values: &mut [f64]) -> Option<f64> {
    let n = values.len();
    if n == 0 {
        return None;
    }
    let (below, &mut high, _) = values.select_nth_unstable_by(n / 2, f64::total_cmp);
    if n % 2 == 1 {
        return Some(high);
    }
    let low = below.iter().copied().max_by(f64::total_cmp)?;
    Some(low + (high - low) / 2.0)
}

/// Median of a slice that is to stay as it is. `None` when empty. `O(n)`, one copy.
pub fn median(values: &[f64]) -> Option<f64> {
    median_mut(&mut values.to_vec())
}

/// Standard deviation by way of the median absolute deviation, times 1.4826 so that it is the standard deviation of
/// normal data; up to half of the values may be wild. `None` when empty. `O(n)`. Hampel (1974), JASA 69:383.
///
/// ```
/// let sd = objtrend::stats::rank::mad_sd(&[1.0, 2.0, 3.0, 4.0, 1000.0]).unwrap();
/// assert!((sd - 1.4826022185056018).abs() < 1e-12);
/// ```
pub fn mad_sd(values: &[f64]) -> Option<f64> {
    let centre = median(values)?;
    let mut away: Vec<f64> = values.iter().map(|v| (v - centre).abs()).collect();
    Some(1.482_602_218_505_602 * median_mut(&mut away)?)
}

/// Places of the values in sorted order, from 1; ties share the mean of their places. `O(n log n)`.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut out = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let mut to = from + 1;
        while to < order.len() && values[order[to]] == values[order[from]] {
            to += 1;
        }
        let rank = (from + to + 1) as f64 / 2.0;
        for &i in &order[from..to] {
            out[i] = rank;
        }
        from = to;
    }
    out
}

/// Bounds of at most `want` blocks of nearly equal length that together cover `0..n`.
pub fn block_bounds(n: usize, want: usize) -> Vec<(usize, usize)> {
    let k = want.clamp(1, n.max(1));
    (0..k).map(|b| (b * n / k, (b + 1) * n / k)).filter(|(a, b)| a < b).collect()
}

/// Thins a series to at most `want` points: mean `x` and median `y` of blocks of equal length. Takes short-range noise
/// out as well, which a test of trend wants anyway. `O(n)`.
pub fn blocks(x: &[f64], y: &[f64], want: usize) -> (Vec<f64>, Vec<f64>) {
    let n = x.len().min(y.len());
    if n <= want {
        return (x[..n].to_vec(), y[..n].to_vec());
    }
    block_bounds(n, want)
        .into_iter()
        .map(|(a, b)| (x[a..b].iter().sum::<f64>() / (b - a) as f64, median(&y[a..b]).unwrap_or(y[a])))
        .unzip()
}
