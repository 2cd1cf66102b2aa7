//! [`LogReport`] → [`Figure`]: which types are drawn, from which baseline, with which words.

mod marks;

use super::course::{self, Course};
use super::figure::{Band, EndLabel, Figure, Line, MarkKind, Panel, Part, XAxis};
use super::palette::HUES;
use super::when::When;
use super::words;
use super::{PlotOptions, numbers};
use crate::report::{Finding, LogReport, human};
use crate::series::Axis;
use crate::trend::{Role, Verdict};

/// Most panels of `facets`: more would be too small to read.
const MOST_PANELS: usize = 12;
/// Types that are named where nothing leaks.
const MOVERS: usize = 5;
/// What moves less than so much of what moves most is not named.
const MOVES: f64 = 0.04;
/// The same for steady types: they are named only where they move much for all that.
const STABLE_MOVES: f64 = 0.25;
/// Companions that are named, by number of suspects in one panel: ink goes to the suspects.
const COMPANIONS: [usize; 4] = [4, 2, 1, 0];
/// Companions that are drawn and not named.
const MOST_MORE: usize = 12;
/// Greys that are drawn; what is left is counted all the same.
const MOST_OTHERS: usize = 40;
/// A companion that moves more than so many times its root would flatten it: it is cut at the frame.
const FLATTENS: f64 = 4.0;
/// Processes of which each has its own label.
const LABELLED_STREAMS: usize = 4;

/// What to draw; `None` where there is nothing to plot.
pub(super) fn figure(log: &LogReport, options: &PlotOptions) -> Option<Figure> {
    let span = course::span(log)?;
    // One moment has no course: its counts stand as dots beside their names.
    let alone = span.0 == span.1;
    let x_range = if alone { (span.0 - 0.5, span.1 + 0.02) } else { span };
    let options = &PlotOptions { absolute: options.absolute || alone, ..options.clone() };
    let when = When::new(log, x_range);
    let roots: Vec<&Finding> = log
        .findings
        .iter()
        .filter(|f| f.verdict == Verdict::Leak && f.role != Some(Role::Companion) && !f.curves.is_empty())
        .collect();
    let (title, subtitle) = words::head(log, &roots);
    let builder = Builder { log, options, when: &when, x_range, alone, gaps: course::gaps(log, x_range) };
    let panels = if options.facets && roots.len() > 1 {
        roots.iter().take(MOST_PANELS).enumerate().map(|(i, root)| builder.facet(i % HUES, root)).collect()
    } else {
        vec![builder.panel(&roots)]
    };
    if panels.iter().all(|p: &Panel| p.lines.is_empty() && p.bands.is_empty()) {
        return None;
    }
    let x = match (when.calendar(), log.axis) {
        (Some((origin, zone)), _) => XAxis::Calendar { origin: *origin, zone: zone.clone() },
        (None, Axis::Time) => XAxis::Elapsed,
        (None, Axis::Snapshot) => XAxis::Snapshots,
    };
    Some(Figure {
        size: options.size,
        scale: options.scale.max(1),
        theme: options.theme,
        title,
        subtitle,
        footer: words::footer(log, &when, span),
        panels,
        x,
        x_range,
        when,
    })
}

struct Builder<'a> {
    log: &'a LogReport,
    options: &'a PlotOptions,
    when: &'a When,
    x_range: (f64, f64),
    /// Whether the log tells of one moment only.
    alone: bool,
    gaps: Vec<(f64, f64)>,
}

impl Builder<'_> {
    /// All suspects with their companions, or what moves most where there is no suspect; the rest in grey.
    fn panel(&self, roots: &[&Finding]) -> Panel {
        let mut panel = self.empty();
        let mut named: Vec<&str> = Vec::new();
        let suspects = &roots[..roots.len().min(HUES)];
        let most = COMPANIONS[suspects.len().clamp(1, COMPANIONS.len()) - 1];
        for (hue, root) in suspects.iter().enumerate() {
            self.suspect(&mut panel, hue, root, most, &mut named);
        }
        if suspects.is_empty() {
            self.movers(&mut panel, &mut named);
        }
        self.others(&mut panel, &named);
        self.marks(&mut panel, suspects);
        panel.y_range = self.y_range(&panel);
        // Later lines lie on top: grey below, then companions, the worst suspect and its fit last.
        panel.lines.sort_by_key(|l| match l.part {
            Part::Other => (0, 0),
            Part::More(hue) => (1, -(hue as isize * 64 + 63)),
            Part::Companion(hue, i) => (1, -((hue * 64 + i) as isize)),
            // The first is solid, and would hide dashes that run along it.
            Part::Mover(i) => (2, i as isize),
            Part::Root(hue) => (3, -(hue as isize * 2)),
            Part::Fit(hue) => (3, -(hue as isize * 2) + 1),
        });
        panel
    }

    /// One suspect with its companions.
    fn facet(&self, hue: usize, root: &Finding) -> Panel {
        let mut panel = self.empty();
        self.suspect(&mut panel, hue, root, 3, &mut Vec::new());
        self.marks(&mut panel, &[root]);
        // A facet's own hue, whichever its place among the suspects.
        for mark in &mut panel.marks {
            match &mut mark.kind {
                MarkKind::Onset(h) | MarkKind::Unseen(h) => *h = hue,
                _ => {}
            }
        }
        panel.hue = hue;
        // The heading names it already.
        for label in panel.lines.iter_mut().filter(|l| l.part == Part::Root(hue)).filter_map(|l| l.label.as_mut()) {
            label.name = std::mem::take(&mut label.detail);
        }
        panel.heading = Some(format!("{}  {}", root.name, self.log.growth_since(root)));
        panel.y_range = self.y_range(&panel);
        panel.lines.sort_by_key(|l| match l.part {
            Part::More(_) => (0, 0),
            Part::Companion(_, i) => (1, -(i as isize)),
            Part::Root(_) => (2, 0),
            _ => (3, 0),
        });
        panel
    }

    fn empty(&self) -> Panel {
        let peak = self.log.call == crate::parse::Call::Growth;
        let runs = self.log.streams.iter().any(|s| s.runs.len() > 1);
        let caption = match (self.options.absolute, peak, runs) {
            (true, false, _) => "objects",
            (true, true, _) => "objects at the peak so far",
            (false, false, false) => "objects gained since the first snapshot",
            (false, false, true) => "objects gained since each run’s first snapshot",
            (false, true, false) => "objects that the peak gained since the first snapshot",
            (false, true, true) => "objects that the peak gained since each run’s first snapshot",
        };
        Panel {
            heading: None,
            hue: 0,
            caption: caption.to_owned(),
            y_range: (0.0, 1.0),
            lines: Vec::new(),
            bands: Vec::new(),
            marks: Vec::new(),
            others: 0,
        }
    }

    fn courses(&self, f: &Finding) -> Vec<Course> {
        course::courses(self.log, f, self.options.absolute, &self.gaps)
    }

    fn suspect<'f>(&self, panel: &mut Panel, hue: usize, root: &'f Finding, most: usize, named: &mut Vec<&'f str>)
    where
        Self: 'f,
    {
        named.push(&root.name);
        let courses = self.courses(root);
        self.add(panel, root, &courses, Part::Root(hue), "");
        for c in &courses {
            panel.bands.extend(c.unseen.iter().map(|points| Band { hue, unseen: true, points: points.clone() }));
        }
        // Where processes are many, their fits are alike and would cover each other.
        let fits = if self.log.streams.len() > LABELLED_STREAMS { 1 } else { usize::MAX };
        for fit in root.fit.iter().take(fits) {
            let base = courses.iter().find(|c| (c.stream, c.run) == (fit.stream, fit.run)).map_or(0.0, |c| c.base);
            let line = fit.points.iter().map(|p| (p[0], p[1] - base)).collect();
            let band = fit.points.iter().map(|p| (p[0], p[2] - base, p[3] - base)).collect();
            panel.bands.push(Band { hue, unseen: false, points: band });
            panel.lines.push(Line {
                name: root.name.clone(),
                part: Part::Fit(hue),
                pieces: vec![line],
                base,
                label: None,
                stream: None,
            });
        }
        let companions: Vec<&Finding> = self.log.findings.iter().filter(|c| follows(c, root)).collect();
        // A label for "1 more" would take the room of its name.
        let most = if most > 0 && companions.len() == most + 1 { most + 1 } else { most };
        let more = companions.len().saturating_sub(most);
        for c in companions.iter().skip(most).take(MOST_MORE) {
            self.add(panel, c, &self.courses(c), Part::More(hue), "");
        }
        named.extend(companions.iter().skip(most).map(|c| c.name.as_str()));
        // One label for all that are not named, at the one that gained most.
        let gain = |l: &Line| l.pieces.last().and_then(|p| p.last()).map_or(f64::MIN, |p| p.1);
        let unnamed = panel.lines.iter_mut().filter(|l| l.part == Part::More(hue));
        if let Some(line) = unnamed.max_by(|a, b| gain(a).total_cmp(&gain(b))).filter(|_| most > 0) {
            line.label = Some(EndLabel { name: format!("{more} more companions"), detail: String::new() });
        }
        for (i, c) in companions.into_iter().take(most).enumerate() {
            named.push(&c.name);
            let each = c.ratio.map_or_else(String::new, |r| format!("{} each", human::ratio(r)));
            self.add(panel, c, &self.courses(c), Part::Companion(hue, i), &each);
        }
    }

    /// What moves most, where nothing leaks; at one moment what there is most of.
    fn movers<'f>(&'f self, panel: &mut Panel, named: &mut Vec<&'f str>) {
        let last = |courses: &[Course]| courses.iter().filter_map(Course::last).map(|p| p.1).fold(0.0, f64::max);
        let reach = |f: &Finding| if self.alone { last(&self.courses(f)) } else { course::reach(&self.courses(f)) };
        let mut by_move: Vec<(f64, &Finding)> =
            self.log.findings.iter().map(|f| (reach(f), f)).filter(|(reach, _)| *reach > 0.0).collect();
        // Equal ones stay in rank order.
        by_move.sort_by(|a, b| b.0.total_cmp(&a.0));
        let most = by_move.first().map_or(0.0, |(reach, _)| *reach);
        let enough = |f: &Finding| match f.verdict {
            _ if self.alone => 0.0,
            Verdict::Stable => most * STABLE_MOVES,
            _ => most * MOVES,
        };
        let moving = by_move.into_iter().filter(|(reach, f)| *reach >= enough(f)).take(MOVERS);
        for (i, (_, f)) in moving.enumerate() {
            named.push(&f.name);
            let courses = self.courses(f);
            // Where a cycle ends says little: how far it swings is what it does.
            let said = match f.verdict {
                _ if self.alone => String::new(),
                Verdict::Cyclic => format!("swings by {}", human::count(course::reach(&courses))),
                Verdict::Stable => "steady".to_owned(),
                v => words::verdict(v).to_owned(),
            };
            self.add(panel, f, &courses, Part::Mover(i), &said);
        }
    }

    fn others(&self, panel: &mut Panel, named: &[&str]) {
        let rest = || self.log.findings.iter().filter(|f| !named.contains(&f.name.as_str()));
        panel.others = self.log.n_types.max(self.log.findings.len()).saturating_sub(named.len());
        for f in rest().filter(|f| !f.curves.is_empty()).take(MOST_OTHERS) {
            self.add(panel, f, &self.courses(f), Part::Other, "");
        }
    }

    /// One line per run, labelled at the end of each process's last run.
    fn add(&self, panel: &mut Panel, f: &Finding, courses: &[Course], part: Part, said: &str) {
        let several = self.log.streams.len() > 1;
        let mut labelled: Vec<usize> = last_of_streams(courses);
        let one_for_all = labelled.len() > 1 && (labelled.len() > LABELLED_STREAMS || !matches!(part, Part::Root(_)));
        if one_for_all {
            // The process in which it gained most speaks for all.
            let gain = |&i: &usize| courses[i].last().map_or(f64::MIN, |(_, y)| y);
            labelled = labelled.iter().copied().max_by(|a, b| gain(a).total_cmp(&gain(b))).into_iter().collect();
        }
        for (i, c) in courses.iter().enumerate() {
            let stream = self.log.streams.get(c.stream).and_then(|s| s.name.clone());
            let label = labelled.contains(&i).then(|| {
                let swings = f.verdict == Verdict::Cyclic && matches!(part, Part::Mover(_));
                let amount = c.last().filter(|_| !swings).map(|(_, y)| self.amount(f, y, c));
                let mut detail: Vec<String> = amount.into_iter().collect();
                if !said.is_empty() {
                    detail.push(said.to_owned());
                }
                match (several, one_for_all, part) {
                    (true, false, _) => detail.extend(stream.clone()),
                    (true, true, Part::Root(_)) => detail.push(format!("most of {} processes", self.log.streams.len())),
                    _ => {}
                }
                EndLabel { name: f.name.clone(), detail: detail.join(" · ") }
            });
            let label = label.filter(|_| !matches!(part, Part::Other | Part::More(_)));
            panel.lines.push(Line {
                name: f.name.clone(),
                part,
                pieces: c.pieces.clone(),
                base: c.base,
                label,
                stream,
            });
        }
    }

    /// What stands beside a line's end: what the type gained, or its count.
    fn amount(&self, f: &Finding, y: f64, c: &Course) -> String {
        if self.options.absolute {
            return human::count(y);
        }
        // Under noise the last count says less than the fit.
        let fit = f.fit.iter().find(|fit| (fit.stream, fit.run) == (c.stream, c.run));
        let gain = fit.and_then(|fit| Some(fit.points.last()?[1] - c.base));
        let off = |g: &f64| (g - y).abs() > g.abs() * 0.4 && (g - y).abs() < 8.0 * course::noise(c);
        match gain.filter(off) {
            Some(gain) if f.verdict == Verdict::Leak => format!("≈\u{a0}{}", numbers::change(gain)),
            // The type entered the table late: it may have been there before, below the cut.
            _ if c.bound > 0.0 => format!("{} to {}", numbers::change(y - c.bound), numbers::change(y)),
            _ => numbers::change(y),
        }
    }

    /// What the suspects need; companions and greys may widen it, but not flatten the suspects.
    fn y_range(&self, panel: &Panel) -> (f64, f64) {
        let mut strong = Extent::default();
        let mut weak = Extent::default();
        for line in &panel.lines {
            let ys = line.pieces.iter().flatten().map(|p| p.1);
            match line.part {
                Part::Root(_) | Part::Fit(_) | Part::Mover(_) => strong.add(ys),
                Part::Companion(..) => weak.add(ys),
                Part::Other | Part::More(_) => {}
            }
        }
        for band in panel.bands.iter().filter(|b| b.unseen) {
            strong.add(band.points.iter().flat_map(|p| [p.1, p.2]));
        }
        if !self.options.absolute {
            strong.add([0.0]);
        }
        let (mut low, mut high) = strong.ends().unwrap_or((0.0, 0.0));
        if let Some((l, h)) = weak.ends() {
            let room = ((high - low) * FLATTENS).max(1.0);
            (low, high) = (low.min(l.max(high - room)), high.max(h.min(low + room)));
        }
        let mut grey = Extent::default();
        grey.add(
            panel
                .lines
                .iter()
                .filter(|l| matches!(l.part, Part::Other | Part::More(_)))
                .flat_map(|l| l.pieces.iter().flatten().map(|p| p.1)),
        );
        for band in panel.bands.iter().filter(|b| !b.unseen) {
            grey.add(band.points.iter().flat_map(|p| [p.1, p.2]));
        }
        if let (Some((l, h)), false) = (grey.ends(), self.options.absolute) {
            let room = if high > low { (high - low) * 0.3 } else { f64::MAX };
            (low, high) = (low.min(l.max(low - room)), high.max(h.min(high + room)));
        }
        if self.options.absolute && low > 0.0 && (self.alone || low < high * 0.6) {
            low = 0.0;
        }
        // A line that stands still needs room around it.
        let least = if self.options.absolute { (high.abs() * 0.05).max(2.0) } else { 4.0 };
        if high - low < least {
            let middle = f64::midpoint(low, high);
            (low, high) = (middle - least / 2.0, middle + least / 2.0);
        }
        let air = (high - low) * 0.06;
        let low = if low == 0.0 { low - air * 0.35 } else { low - air };
        (low, high + air)
    }
}

/// The last course of each process, by index.
fn last_of_streams(courses: &[Course]) -> Vec<usize> {
    (0..courses.len())
        .filter(|&i| courses[i].last().is_some())
        .filter(|&i| !courses[i + 1..].iter().any(|later| later.stream == courses[i].stream && later.last().is_some()))
        .collect()
}

fn follows(c: &Finding, root: &Finding) -> bool {
    c.role == Some(Role::Companion) && c.follows.as_deref() == Some(root.name.as_str())
}

/// Least and greatest of finite numbers.
#[derive(Default)]
struct Extent(Option<(f64, f64)>);

impl Extent {
    fn add(&mut self, ys: impl IntoIterator<Item = f64>) {
        for y in ys.into_iter().filter(|y| y.is_finite()) {
            self.0 = Some(self.0.map_or((y, y), |(l, h)| (l.min(y), h.max(y))));
        }
    }

    fn ends(&self) -> Option<(f64, f64)> {
        self.0
    }
}
