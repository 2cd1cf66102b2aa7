//! Statistics: pure functions over slices, with their definitions, costs, sources and reference values.
//!
//! This room knows nothing of logs, types or tables.
