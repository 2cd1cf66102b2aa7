//! objtrend
fn main() {}
