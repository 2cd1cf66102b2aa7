//! The moments and stretches of time that a picture marks, and what it says of them.

use super::Builder;
use crate::plot::figure::{Band, Mark, MarkKind, Panel};
use crate::plot::{when, words};
use crate::report::{Finding, human};

/// Restarts or gaps of which each has its own label.
const MOST_LABELLED: usize = 3;

impl Builder<'_> {
    /// Onsets, unseen stretches, gaps, restarts, events.
    pub(super) fn marks(&self, panel: &mut Panel, roots: &[&Finding]) {
        let span = self.x_range.1 - self.x_range.0;
        for (hue, root) in roots.iter().enumerate().take(3) {
            // Growth that begins with the log is told by the title.
            let Some(x) = root.onset_x.filter(|x| *x > self.x_range.0 + span * 0.015 && *x < self.x_range.1) else {
                continue;
            };
            let who = if roots.len() == 1 { "growth".to_owned() } else { words::short(&root.name) };
            let mut label = vec![format!("{who} begins {}", self.when.begins(x))];
            if hue == 0 || roots[0].onset_x != root.onset_x {
                label.extend(words::telling(&root.onset_lines));
            }
            panel.marks.push(Mark { kind: MarkKind::Onset(hue), from: x, to: x, y: 0.0, label });
        }
        self.unseen_mark(panel, roots);
        let longest = self.gaps.iter().map(|g| g.1 - g.0).fold(0.0, f64::max);
        let mut told = self.gaps.len() <= MOST_LABELLED;
        for &(from, to) in &self.gaps {
            let silent = when::duration(to - from);
            let label = match told {
                true if self.gaps.len() <= MOST_LABELLED => vec![format!("no snapshots for {silent}")],
                false if to - from >= longest => {
                    told = true;
                    vec![format!("{} gaps, the longest {silent}", self.gaps.len())]
                }
                _ => Vec::new(),
            };
            panel.marks.push(Mark { kind: MarkKind::Gap, from, to, y: 0.0, label });
        }
        self.restarts(panel);
        for e in self.log.events.iter().filter(|e| e.kind != "restart") {
            let Some(x) = e.x.filter(|x| (self.x_range.0..=self.x_range.1).contains(x)) else { continue };
            let text = words::telling(std::slice::from_ref(&e.text)).unwrap_or_else(|| e.kind.to_owned());
            panel.marks.push(Mark { kind: MarkKind::Event, from: x, to: x, y: 0.0, label: vec![text] });
        }
    }

    /// The longest stretch in which a suspect was below the cut.
    fn unseen_mark(&self, panel: &mut Panel, roots: &[&Finding]) {
        let span = self.x_range.1 - self.x_range.0;
        let bands = panel.bands.iter().filter(|b| b.unseen && b.points.len() > 1);
        let length = |b: &Band| b.points.last().map_or(0.0, |p| p.0) - b.points[0].0;
        let longest = bands.max_by(|a, b| length(a).total_cmp(&length(b))).filter(|b| length(b) > span * 0.04);
        let Some(band) = longest else { return };
        let high = band.points.iter().map(|p| p.2).fold(f64::MIN, f64::max);
        let bound = band.points.iter().map(|p| p.2 - p.1).fold(0.0, f64::max);
        let Some(root) = roots.get(band.hue.min(roots.len().saturating_sub(1))) else { return };
        let label =
            vec![format!("{} is below the table’s cut: at most {}", words::short(&root.name), human::count(bound))];
        let (from, to) = (band.points[0].0, band.points.last().map_or(0.0, |p| p.0));
        panel.marks.push(Mark { kind: MarkKind::Unseen(band.hue), from, to, y: high, label });
    }

    /// Restarts that the log tells, and those that counts alone show; one label where there are many.
    fn restarts(&self, panel: &mut Panel) {
        let mut at: Vec<(f64, &'static str)> = self
            .log
            .events
            .iter()
            .filter(|e| e.kind == "restart")
            .filter_map(|e| e.x)
            .map(|x| (x, "restart"))
            .collect();
        let near = (self.x_range.1 - self.x_range.0) * 0.01;
        for run in self.log.streams.iter().flat_map(|s| s.runs.iter().skip(1)) {
            let x = run.x.0;
            // A restart stands at or before the first snapshot of its run.
            let before = self.before(x).unwrap_or(x) - near;
            if !at.iter().any(|(e, _)| *e >= before && *e <= x + near) {
                at.push((x, "counts fell: restart"));
            }
        }
        at.retain(|(x, _)| *x > self.x_range.0 && *x <= self.x_range.1);
        at.sort_by(|a, b| a.0.total_cmp(&b.0));
        at.dedup_by(|a, b| (a.0 - b.0).abs() < near * 0.2);
        let many = at.len() > MOST_LABELLED;
        for (i, &(x, word)) in at.iter().enumerate() {
            let label = match (many, i) {
                (false, _) => vec![format!("{word} {}", self.when.begins(x))],
                (true, 0) => vec![format!("{} restarts", at.len())],
                (true, _) => Vec::new(),
            };
            panel.marks.push(Mark { kind: MarkKind::Restart, from: x, to: x, y: 0.0, label });
        }
    }

    /// The last end of a run before `x`.
    fn before(&self, x: f64) -> Option<f64> {
        let ends = self.log.streams.iter().flat_map(|s| &s.runs).map(|r| r.x.1).filter(|end| *end < x);
        ends.max_by(f64::total_cmp)
    }
}
