//! Pure statistics over slices: numbers come in, numbers go out. Knows nothing of logs, types or the rest of the crate.
//!
//! None of these functions panics, prints or returns NaN for finite input; what has no answer is `None`. Input that is
//! not finite is the caller's to keep out. Long series are thinned before anything that looks at pairs of points
//! ([`rank::blocks`]), so that every cost is `O(n log n)` plus a constant.

pub mod autocorrelation;
pub mod censored;
pub mod linear;
pub mod monotone;
pub mod multiple;
pub mod rank;
pub mod slope;
pub mod special;

pub use rank::median_mut;
