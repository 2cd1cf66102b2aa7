//! Statistics: pure functions over slices, with their definitions, costs, sources and reference values.
//!
//! This room knows nothing of logs, types or tables.

/// Median; the mean of the middle two for an even number. Sorts `values`. `O(n log n)`. `None` of nothing.
pub fn median_mut(values: &mut [f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let half = values.len() / 2;
    Some(if values.len() % 2 == 1 { values[half] } else { f64::midpoint(values[half - 1], values[half]) })
}
