//! [`Figure`]: what a picture shows, in data units; whatever needs no pixels can be tested here.

use jiff::tz::TimeZone;

use super::Theme;
use super::when::When;

/// One picture.
#[derive(Debug, Clone)]
pub struct Figure {
    /// Width and height in CSS pixels.
    pub size: (u32, u32),
    /// Pixels of a PNG to each CSS pixel.
    pub scale: u32,
    /// Light or dark.
    pub theme: Theme,
    /// The answer.
    pub title: String,
    /// The evidence.
    pub subtitle: String,
    /// What was read.
    pub footer: String,
    /// One, or one per suspect.
    pub panels: Vec<Panel>,
    /// What x means.
    pub x: XAxis,
    /// First and last place on the x axis.
    pub x_range: (f64, f64),
    pub(super) when: When,
}

/// What the x axis counts, and how its ticks are written.
#[derive(Debug, Clone)]
pub enum XAxis {
    /// Hours since `origin` (microseconds since 1970 UTC), told by the clock of a zone.
    Calendar {
        /// When x is 0.
        origin: i64,
        /// Whose clock.
        zone: TimeZone,
    },
    /// Hours since a beginning that no calendar knows.
    Elapsed,
    /// Snapshots.
    Snapshots,
}

/// One pair of axes.
#[derive(Debug, Clone)]
pub struct Panel {
    /// Type and rate, where the picture has several panels.
    pub heading: Option<String>,
    /// The hue of the heading.
    pub hue: usize,
    /// What y counts.
    pub caption: String,
    /// Least and greatest place on the y axis.
    pub y_range: (f64, f64),
    /// In drawing order: what matters most comes last.
    pub lines: Vec<Line>,
    /// Areas, below all lines.
    pub bands: Vec<Band>,
    /// Moments and stretches of time.
    pub marks: Vec<Mark>,
    /// Types that are counted, not named; 0 for none.
    pub others: usize,
}

impl Panel {
    /// How many suspects it shows.
    pub(super) fn suspects(&self) -> usize {
        let mut hues: Vec<usize> =
            self.lines.iter().filter_map(|l| if let Part::Root(hue) = l.part { Some(hue) } else { None }).collect();
        hues.sort_unstable();
        hues.dedup();
        hues.len()
    }
}

/// What a line stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A suspect; its hue.
    Root(usize),
    /// What comes with a suspect: the suspect's hue, and which of its companions.
    Companion(usize, usize),
    /// What comes with a suspect, too, but is not named.
    More(usize),
    /// A type that is no leak but moves most.
    Mover(usize),
    /// What was fitted to a suspect.
    Fit(usize),
    /// Counted, not named.
    Other,
}

/// One type's course.
#[derive(Debug, Clone)]
pub struct Line {
    /// The type, as printed.
    pub name: String,
    /// What it stands for.
    pub part: Part,
    /// Pieces between which nothing is known; `(x, y)`.
    pub pieces: Vec<Vec<(f64, f64)>>,
    /// What was taken off the counts: y is a count less this.
    pub base: f64,
    /// What stands at its end.
    pub label: Option<EndLabel>,
    /// The process, where there are several.
    pub stream: Option<String>,
}

/// Text at the end of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct EndLabel {
    /// The type, and the stream where there are several.
    pub name: String,
    /// What it gained, and what else is to be said.
    pub detail: String,
}

/// An area between two courses.
#[derive(Debug, Clone)]
pub struct Band {
    /// The hue.
    pub hue: usize,
    /// Whether the type was unseen there; else the 95 % band of a fit.
    pub unseen: bool,
    /// `(x, low, high)`.
    pub points: Vec<(f64, f64, f64)>,
}

/// Which kind of moment or stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkKind {
    /// Where growth begins; the suspect's hue.
    Onset(usize),
    /// Where a process begins anew.
    Restart,
    /// Where the log has no snapshots.
    Gap,
    /// Where a suspect was below the table's cut.
    Unseen(usize),
    /// What else the log says.
    Event,
}

/// A moment (`from == to`) or a stretch of time, with words.
#[derive(Debug, Clone)]
pub struct Mark {
    /// Which kind.
    pub kind: MarkKind,
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// For [`MarkKind::Unseen`], the height of the band.
    pub y: f64,
    /// Lines of text; none where one label stands for several marks.
    pub label: Vec<String>,
}
