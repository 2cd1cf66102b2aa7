//! Which types count: globs, or regular expressions between slashes.

use globset::{GlobBuilder, GlobMatcher};
use regex::Regex;

use crate::error::{Error, Result};

/// One pattern on type names.
#[derive(Debug, Clone)]
enum Pattern {
    Glob(GlobMatcher),
    Regex(Regex),
}

impl Pattern {
    fn new(text: &str, option: &str) -> Result<Self> {
        if let Some(regex) = text.strip_prefix('/').and_then(|t| t.strip_suffix('/')) {
            let regex = Regex::new(regex).map_err(|e| {
                Error::Usage(format!("{option} {text}: {}", e.to_string().lines().last().unwrap_or("no regex")))
            })?;
            return Ok(Self::Regex(regex));
        }
        let glob = GlobBuilder::new(text).literal_separator(false).build();
        Ok(Self::Glob(glob.map_err(|e| Error::Usage(format!("{option} {text}: {}", e.kind())))?.compile_matcher()))
    }

    fn matches(&self, name: &str) -> bool {
        match self {
            Self::Glob(glob) => glob.is_match(name),
            Self::Regex(regex) => regex.is_match(name),
        }
    }
}

/// Types to keep and types to leave out.
#[derive(Debug, Clone, Default)]
pub struct NameFilter {
    keep: Vec<Pattern>,
    drop: Vec<Pattern>,
    text: String,
}

impl NameFilter {
    /// `types`: keep what matches one of them, all where there is none; `ignore`: leave out what matches one of them.
    /// Each is a glob, or a regular expression between slashes.
    ///
    /// # Errors
    /// Where a pattern is none.
    pub fn new(types: &[String], ignore: &[String]) -> Result<Self> {
        let compile = |list: &[String], option| list.iter().map(|p| Pattern::new(p, option)).collect::<Result<_>>();
        let told = [("--types", types), ("--ignore", ignore)];
        let told = told.iter().flat_map(|(option, list)| list.iter().map(move |p| format!("{option} {p}")));
        Ok(Self {
            keep: compile(types, "--types")?,
            drop: compile(ignore, "--ignore")?,
            text: told.collect::<Vec<_>>().join(" "),
        })
    }

    /// Whether the type is kept.
    pub fn keeps(&self, name: &str) -> bool {
        (self.keep.is_empty() || self.keep.iter().any(|p| p.matches(name)))
            && !self.drop.iter().any(|p| p.matches(name))
    }

    /// Whether nothing is left out.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The filter as the user wrote it.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_and_regexes() {
        let own = |list: &[&str]| list.iter().map(|s| s.to_string()).collect::<Vec<_>>();
        let filter = NameFilter::new(&own(&["app.*", "/^Mes+age$/"]), &own(&["*Test"])).unwrap();
        let kept =
            ["app.Order", "app.orders.Line", "Message", "app.OrderTest", "dict", "AMessage"].map(|n| filter.keeps(n));
        assert_eq!(kept, [true, true, true, false, false, false]);
        assert!(NameFilter::new(&own(&["/(/"]), &[]).unwrap_err().to_string().contains("--types /(/"));
        assert!(NameFilter::default().keeps("anything"));
    }
}
