//! The distributions that tests need: normal and Student's t, tails without cancellation.

use std::f64::consts::{PI, SQRT_2};

/// Natural logarithm of the gamma function for `x > 0`, to about 15 digits. Lanczos (1964) with g = 7, nine terms.
pub fn ln_gamma(x: f64) -> f64 {
    const C: [f64; 9] = [
        0.999_999_999_999_809_9,
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        return (PI / (PI * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let t = x + 7.5;
    let sum = C.iter().enumerate().skip(1).fold(C[0], |s, (i, c)| s + c / (x + i as f64));
    0.5 * (2.0 * PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

/// Complementary error function, to about 14 digits over the whole line: series below 2, Lentz's continued fraction
/// above. Abramowitz and Stegun 7.1.6, 7.1.14.
pub fn erfc(x: f64) -> f64 {
    if x < 0.0 {
        return 2.0 - erfc(-x);
    }
    if x < 2.0 {
        let (mut term, mut sum, mut k) = (x, x, 0.0);
        while term > sum * 1e-17 && k < 200.0 {
            k += 1.0;
            term *= 2.0 * x * x / (2.0 * k + 1.0);
            sum += term;
        }
        return 1.0 - 2.0 / PI.sqrt() * (-x * x).exp() * sum;
    }
    if x > 27.5 {
        return 0.0;
    }
    // erfc x = exp(-x²)/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …
    let mut f = x;
    for k in (1..=120).rev() {
        f = x + k as f64 / 2.0 / f;
    }
    (-x * x).exp() / PI.sqrt() / f
}

/// Probability that a standard normal value exceeds `z`; keeps its digits far out (1e-300).
///
/// ```
/// let p = objtrend::stats::special::normal_sf(1.959963984540054);
/// assert!((p - 0.025).abs() < 1e-15);
/// ```
pub fn normal_sf(z: f64) -> f64 {
    0.5 * erfc(z / SQRT_2)
}

/// The `z` that a standard normal value exceeds with probability `p`; infinite at 0 and 1. Acklam's rational start and two
/// steps of Halley.
pub fn normal_isf(p: f64) -> f64 {
    if p <= 0.0 {
        return f64::INFINITY;
    }
    if p >= 1.0 {
        return f64::NEG_INFINITY;
    }
    if p > 0.5 {
        return -normal_isf(1.0 - p);
    }
    // Abramowitz and Stegun 26.2.23, off by less than 4.5e-4.
    let t = (-2.0 * p.ln()).sqrt();
    let mut z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    for _ in 0..3 {
        let density = (-z * z / 2.0).exp() / (2.0 * PI).sqrt();
        if density <= 0.0 {
            break;
        }
        let step = (normal_sf(z) - p) / density;
        z += step / (1.0 - step * z / 2.0).max(0.1);
    }
    z
}

/// Regularised incomplete beta function, by Lentz's continued fraction. Press et al. (2007), section 6.4.
fn beta_inc(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_inc(b, a, 1.0 - x);
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp() / a;
    let tiny = 1e-300;
    let guard = |v: f64| if v.abs() < tiny { tiny } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut h = d;
    for m in 1..400 {
        let m = f64::from(m);
        for step in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 / guard(1.0 + step * d);
            c = guard(1.0 + step / c);
            h *= d * c;
        }
        if (d * c - 1.0).abs() < 1e-16 {
            break;
        }
    }
    (front * h).clamp(0.0, 1.0)
}

/// Probability that Student's t with `df` degrees of freedom exceeds `t`. `df` below 1 counts as 1.
///
/// ```
/// let p = objtrend::stats::special::student_sf(2.228138851964939, 10.0);   // scipy.stats.t.isf(0.025, 10)
/// assert!((p - 0.025).abs() < 1e-12);
/// ```
pub fn student_sf(t: f64, df: f64) -> f64 {
    if t.is_infinite() {
        return if t > 0.0 { 0.0 } else { 1.0 };
    }
    let df = df.max(1.0);
    let tail = 0.5 * beta_inc(df / 2.0, 0.5, df / (df + t * t));
    if t >= 0.0 { tail } else { 1.0 - tail }
}

/// `exp(-x)` in place of each `x` from 0 to 700, to within three units of the last place: a polynomial after taking out the
/// power of two. Some at a time, since a processor computes several in the time of one; the same on every machine.
pub fn decay(values: &mut [f64]) {
    for some in values.chunks_mut(LANES) {
        let mut x = [0.0; LANES];
        x[..some.len()].copy_from_slice(some);
        some.copy_from_slice(&decay_some(x)[..some.len()]);
    }
}

const LANES: usize = 8;

fn decay_some(x: [f64; LANES]) -> [f64; LANES] {
    // Adding this leaves the nearest whole number in the lowest bits.
    const WHOLE: f64 = 6_755_399_441_055_744.0;
    const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let shifted = x.map(|x| x * std::f64::consts::LOG2_E + WHOLE);
    let mut r = x;
    for (r, shifted) in r.iter_mut().zip(shifted) {
        let halvings = shifted - WHOLE;
        *r = (*r - halvings * LN_2_HIGH) - halvings * LN_2_LOW;
    }
    // Taylor's series; what is left of each `x` is below 0.35.
    let mut sum = r.map(|r| 1.0 - r / 13.0);
    for k in (1..13).rev() {
        let share = 1.0 / f64::from(k);
        for (sum, r) in sum.iter_mut().zip(r) {
            *sum = 1.0 - r * *sum * share;
        }
    }
    for (sum, shifted) in sum.iter_mut().zip(shifted) {
        *sum *= f64::from_bits(1023_u64.wrapping_sub(shifted.to_bits()) << 52);
    }
    sum
}

/// The `t` that Student's t with `df` degrees of freedom exceeds with probability `p` below one half. By Newton's steps from
/// the normal's `z`, which lies below it: the tail is convex, so that none goes too far.
pub fn student_isf(p: f64, df: f64) -> f64 {
    if p >= 0.5 {
        return 0.0;
    }
    if p <= 0.0 {
        return f64::INFINITY;
    }
    let scale = ln_gamma(0.5 * (df + 1.0)) - ln_gamma(0.5 * df) - 0.5 * (df * std::f64::consts::PI).ln();
    let density = |t: f64| (scale - 0.5 * (df + 1.0) * (t * t / df).ln_1p()).exp();
    let mut t = normal_isf(p);
    for _ in 0..MOST_STEPS {
        let next = t + (student_sf(t, df) - p) / density(t);
        if next <= t || !next.is_finite() {
            break;
        }
        t = next;
    }
    t
}

/// Steps at most: far out, with few degrees of freedom, each one gains only a part of the way.
const MOST_STEPS: usize = 400;

/// Inverse of [`student_sf`] in the standard normal's terms: the `z` with the same tail as `t` has. Lets evidence from few
/// points be compared with evidence from many.
pub fn t_as_z(t: f64, df: f64) -> f64 {
    if t < 0.0 {
        return -t_as_z(-t, df);
    }
    normal_isf(student_sf(t, df).max(1e-300))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decay_is_the_exponential() {
        let x: Vec<f64> = (0..70_000).map(|i| f64::from(i) * 0.01 + f64::from(i % 7) * 1e-4).collect();
        let mut decayed = x.clone();
        decay(&mut decayed);
        for (x, decayed) in x.iter().zip(&decayed) {
            let exp = (-x).exp();
            assert!((decayed - exp).abs() <= 1e-15 * exp, "{x}: {decayed:e} {exp:e}");
        }
        assert_eq!(decayed[0], 1.0);
    }

    #[test]
    fn a_quantile_has_its_tail() {
        for df in [1.0, 2.0, 2.5, 5.0, 30.0, 1e4] {
            for p in [0.4, 0.05, 1e-3, 1e-6, 1e-12] {
                let t = student_isf(p, df);
                assert!((student_sf(t, df) / p - 1.0).abs() < 1e-9, "{df} {p}: {t}");
            }
        }
    }
}
