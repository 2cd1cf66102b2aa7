//! Restarts that no line of the log tells of, from the counts alone: what had grown in a process is back where the
//! process began.

/// One stream's tables, in order.
#[derive(Debug, Clone, Default)]
pub struct RunInput {
    /// Per type: whether its counts are of the interpreter's own making (code, modules, references), which no flush of a
    /// program's data touches; and its count in every table, the bound of it where the table does not show it.
    pub types: Vec<RunType>,
    /// Number of tables.
    pub tables: usize,
}

/// One type's counts over the tables of a stream.
#[derive(Debug, Clone, Default)]
pub struct RunType {
    /// As printed.
    pub name: String,
    /// `NaN` where the table does not show the type.
    pub counts: Vec<f64>,
}
