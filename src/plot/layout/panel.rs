//! One panel: frame, ticks, bands, lines, and the labels at their ends.

use super::Measure;
use super::marks;
use crate::plot::figure::{Figure, Line, Panel, Part, XAxis};
use crate::plot::labels::{Area, Obstacles, push_apart};
use crate::plot::palette::Ink;
use crate::plot::scene::{Frame, Paint, Px, Scene, Side, Type};
use crate::plot::strokes;
use crate::plot::text::{self, Weight};
use crate::plot::ticks::{self, Tick};

/// Dash, gap, dash, …; a dash of no length is a dot.
const COMPANION_DASHES: [&[f64]; 4] = [&[6.0, 4.5], &[0.1, 3.6], &[9.0, 4.5, 0.1, 4.5], &[3.0, 4.5]];
const MOVER_DASHES: [&[f64]; 5] = [&[], &[7.0, 5.0], &[0.1, 4.2], &[10.0, 5.0, 0.1, 5.0], &[3.5, 4.5]];
const FIT_DASH: &[f64] = &[5.0, 4.0];

/// A panel in its cell, before it is known how wide its neighbours' labels are.
pub(super) struct Cell<'a> {
    figure: &'a Figure,
    panel: &'a Panel,
    /// Its corners.
    low: Px,
    high: Px,
    /// Top and bottom of the frame.
    frame: (f64, f64),
    y_ticks: Vec<Tick>,
    ends: Ends,
}

impl<'a> Cell<'a> {
    pub(super) fn new(figure: &'a Figure, panel: &'a Panel, low: Px, high: Px, m: Measure) -> Self {
        let head = if panel.heading.is_some() { heading(panel.hue, m).size * 1.5 } else { small(m).size * 1.6 };
        let top = low.1 + head + m.px(8.0);
        let bottom = high.1 - Axis::new(figure, m).height(m);
        let y_ticks = ticks::counts(panel.y_range, (((bottom - top) / m.px(42.0)) as usize).clamp(2, 9));
        let ends = Ends::new(panel, m, (high.0 - low.0) * 0.30);
        Self { figure, panel, low, high, frame: (top, bottom), y_ticks, ends }
    }

    /// Width of what stands left and right of the frame.
    pub(super) fn sides(&self, m: Measure) -> (f64, f64) {
        let left = self.y_ticks.iter().map(|t| small(m).width(&t.label)).fold(0.0, f64::max) + m.px(9.0);
        let column = self.ends.width();
        (left, if column > 0.0 { column + m.px(14.0) } else { m.px(8.0) })
    }
}

fn small(m: Measure) -> Type {
    Type::plain(m.px(12.5), Ink::Faint)
}

fn heading(hue: usize, m: Measure) -> Type {
    Type::bold(m.px(14.0), Ink::Hue(hue))
}

/// Places a panel in its cell, with so much room left and right of the frame: the frames of all panels are as wide, so that
/// a time stands in the same place in each.
pub(super) fn place(cell: Cell<'_>, (left, right): (f64, f64), m: Measure, scene: &mut Scene) {
    let Cell { figure, panel, low, high, frame: (top, bottom), y_ticks, ends } = cell;
    let tick = small(m);
    match &panel.heading {
        Some(words) => {
            let kind = heading(panel.hue, m);
            let words = text::elide_middle(words, high.0 - low.0, kind.size, kind.weight);
            scene.text(&words, (low.0, low.1 + kind.size), Side::Left, kind);
        }
        None => scene.text(&panel.caption, (low.0, low.1 + tick.size), Side::Left, tick),
    }
    let axis = Axis::new(figure, m);
    let frame = Frame {
        left: low.0 + left,
        top,
        right: high.0 - right,
        bottom,
        x_range: figure.x_range,
        y_range: panel.y_range,
    };

    marks::below(panel, &frame, scene);
    let mut grid = Vec::new();
    for t in &y_ticks {
        let y = middle(frame.y(t.at));
        let zero = t.at == 0.0 && panel.y_range.0 < 0.0;
        let (ink, width) = if zero { (Ink::Zero, 1.5) } else { (Ink::Grid, 1.0) };
        scene.stroke(vec![(frame.left, y), (frame.right, y)], width, ink);
        grid.push([(frame.left, y), (frame.right, y)]);
        scene.text(&t.label, (frame.left - m.px(9.0), y + tick.size * 0.36), Side::Right, tick);
    }
    axis.draw(figure, &frame, low.0, high.0, m, scene);
    bands(panel, &frame, scene);
    let mut obstacles = Obstacles::default();
    grid.iter().for_each(|line| obstacles.add_line(line, 0.03));
    let markers = panel.suspects() > 1;
    for line in &panel.lines {
        draw(line, &frame, m, markers, scene, &mut obstacles);
    }
    ends.draw(&frame, m, scene);
    marks::above(panel, &frame, m, &mut obstacles, scene);
    scene.frames.push(frame);
}

/// The middle of a pixel: there a hairline is sharp.
pub(super) fn middle(v: f64) -> f64 {
    v.floor() + 0.5
}

/// The x axis and its rows of words.
struct Axis {
    caption: &'static str,
    rows: usize,
}

impl Axis {
    fn new(figure: &Figure, _: Measure) -> Self {
        match &figure.x {
            XAxis::Calendar { .. } => Self { caption: "", rows: if figure.when.several_days() { 2 } else { 1 } },
            XAxis::Elapsed => Self { caption: "since the first snapshot", rows: 2 },
            XAxis::Snapshots => Self { caption: "snapshot", rows: 2 },
        }
    }

    fn height(&self, m: Measure) -> f64 {
        m.px(8.0) + self.rows as f64 * m.px(16.0)
    }

    fn draw(&self, figure: &Figure, frame: &Frame, left: f64, right: f64, m: Measure, scene: &mut Scene) {
        let base = middle(frame.bottom);
        scene.stroke(vec![(frame.left, base), (frame.right, base)], 1.0, Ink::Axis);
        let kind = Type::plain(m.px(12.5), Ink::Faint);
        let strong = Type::plain(m.px(12.5), Ink::Text);
        let wide = frame.right - frame.left;
        let most = |each: f64| ((wide / m.px(each)) as usize).clamp(2, 12);
        let ticks = match &figure.x {
            XAxis::Calendar { origin, zone } => ticks::calendar(figure.x_range, *origin, zone, most(82.0)),
            XAxis::Elapsed => ticks::elapsed(figure.x_range, most(82.0)),
            XAxis::Snapshots => ticks::snapshots(figure.x_range, most(82.0)),
        };
        let row = |k: usize| frame.bottom + m.px(8.0) + m.px(16.0) * (k as f64 + 1.0) - m.px(4.5);
        let words = |t: &Tick| Some(t.label.clone());
        self.row(&ticks, words, row(0), (frame, left, right), kind, scene, true);
        self.row(&ticks, |t| t.under.clone(), row(1), (frame, left, right), strong, scene, false);
        if !self.caption.is_empty() {
            let y = row(1) + m.px(2.0);
            scene.text(self.caption, (f64::midpoint(frame.left, frame.right), y), Side::Middle, kind);
        }
    }

    /// A row of words below ticks; where two would touch, the first gives way (its day is told by the next).
    #[expect(clippy::too_many_arguments, reason = "one row of one axis; a struct would have one use")]
    fn row(
        &self,
        ticks: &[Tick],
        words: impl Fn(&Tick) -> Option<String>,
        y: f64,
        (frame, left, right): (&Frame, f64, f64),
        kind: Type,
        scene: &mut Scene,
        notches: bool,
    ) {
        let mut kept: Vec<(f64, f64, String)> = Vec::new();
        for t in ticks {
            let x = frame.x(t.at);
            if notches {
                let at = middle(x.min(frame.right - 0.5));
                scene.stroke(vec![(at, frame.bottom), (at, frame.bottom + 4.0)], 1.0, Ink::Axis);
            }
            let Some(label) = words(t) else { continue };
            let width = kind.width(&label);
            let from = (x - width / 2.0).max(left).min(right - width);
            let gap = kind.size * 0.6;
            while kept.last().is_some_and(|(_, to, _)| *to + gap > from) {
                kept.pop();
            }
            kept.push((from, from + width, label));
        }
        for (from, _, label) in kept {
            scene.text(&label, (from, y), Side::Left, kind);
        }
    }
}

fn bands(panel: &Panel, frame: &Frame, scene: &mut Scene) {
    let y = |v: f64| frame.y(v).clamp(frame.top, frame.bottom);
    for band in &panel.bands {
        let upper = band.points.iter().map(|p| (frame.x(p.0), y(p.2)));
        // A bound of 0 is a line, not nothing.
        let lower = band.points.iter().rev().map(|p| (frame.x(p.0), y(p.1).max(y(p.2) + 1.5)));
        // Faint lines shine through.
        let alpha = if band.unseen { 0.85 } else { 0.8 };
        scene.area(upper.chain(lower).collect(), Paint { ink: Ink::Band(band.hue), alpha });
    }
}

/// Ink, width and dashes of a line.
fn look(part: Part, m: Measure) -> (Ink, f64, &'static [f64]) {
    match part {
        Part::Root(hue) => (Ink::Hue(hue), m.px(2.8), &[]),
        Part::Companion(hue, i) => (Ink::Companion(hue), m.px(1.7), COMPANION_DASHES[i % COMPANION_DASHES.len()]),
        Part::More(hue) => (Ink::Companion(hue), m.px(1.0), &[]),
        Part::Mover(i) => (Ink::Calm(i), m.px(1.9), MOVER_DASHES[i % MOVER_DASHES.len()]),
        Part::Fit(_) => (Ink::Fit, m.px(1.3), FIT_DASH),
        Part::Other => (Ink::Other, m.px(1.1), &[]),
    }
}

/// How many times as wide as a line the dot is that stands for one of a single point.
const LONE: f64 = 2.5;

fn draw(line: &Line, frame: &Frame, m: Measure, markers: bool, scene: &mut Scene, obstacles: &mut Obstacles) {
    let (ink, width, dashes) = look(line.part, m);
    let weight = match line.part {
        Part::Root(_) => 4.0,
        Part::Fit(_) => 3.0,
        Part::Companion(..) | Part::Mover(_) => 2.0,
        Part::More(_) => 1.0,
        Part::Other => 0.4,
    };
    let columns = if matches!(line.part, Part::Other | Part::More(_)) { 0.5 } else { 2.0 };
    // A line of one point is to be seen, too.
    let lone = line.pieces.iter().flatten().nth(1).is_none();
    let dashes: Vec<f64> = dashes.iter().map(|d| m.px(*d)).collect();
    for piece in &line.pieces {
        let points: Vec<Px> = piece.iter().map(|p| (frame.x(p.0), frame.y(p.1))).collect();
        for part in strokes::clip(&strokes::thin(&points, columns), frame.top, frame.bottom) {
            obstacles.add_line(&part, weight);
            let crowded = crowding(&part, width);
            let width = width / crowded;
            // Dashes of a line that fills its ground cannot be seen, and would be thousands.
            let dashes = if crowded > 1.5 { &[][..] } else { &dashes[..] };
            if let (Part::Root(hue), true) = (line.part, markers) {
                for at in strokes::along(&part, m.px(30.0 + 24.0 * hue as f64), m.px(140.0)) {
                    let r = m.px(4.6);
                    scene.area(strokes::marker(hue, at, r + m.px(1.8)), Ink::Ground);
                    scene.area(strokes::marker(hue, at, r), ink);
                }
            }
            let width = if lone { width * LONE } else { width };
            for dash in strokes::dash(&part, dashes) {
                scene.stroke(dash, width, ink);
            }
        }
    }
}

/// How much thinner a line is drawn where it goes up and down so often that it would fill its ground: 1 to 2.
fn crowding(points: &[Px], width: f64) -> f64 {
    let [(first, _), .., (last, _)] = points else { return 1.0 };
    let length: f64 = points.windows(2).map(|p| (p[1].0 - p[0].0).hypot(p[1].1 - p[0].1)).sum();
    // Ink laid on each pixel of width, in widths of the line.
    (length * width / (last - first).max(1.0) / 30.0).sqrt().clamp(1.0, 2.0)
}

/// One label beside the frame.
struct End {
    /// Rows of words, each of one or two runs.
    rows: Vec<Vec<(String, Type)>>,
    /// Where its line ends, in data units; `None` for the types that are only counted.
    at: (f64, f64),
    /// Labels that give way first have the least.
    matters: usize,
    marker: Option<(usize, Ink)>,
    leader: bool,
}

impl End {
    fn height(&self) -> f64 {
        self.rows.iter().map(|r| row_height(r)).sum::<f64>()
    }

    fn width(&self) -> f64 {
        let gap = |r: &Vec<(String, Type)>| r.iter().skip(1).map(|(_, t)| t.size * 0.6).sum::<f64>();
        self.rows.iter().map(|r| r.iter().map(|(s, t)| t.width(s)).sum::<f64>() + gap(r)).fold(0.0, f64::max)
    }
}

fn row_height(row: &[(String, Type)]) -> f64 {
    row.iter().map(|(_, t)| t.size * 1.32).fold(0.0, f64::max)
}

/// All labels beside the frame.
struct Ends {
    ends: Vec<End>,
}

impl Ends {
    fn new(panel: &Panel, m: Measure, most: f64) -> Self {
        let mut ends: Vec<End> = Vec::new();
        for line in &panel.lines {
            let (Some(label), Some(at)) = (&line.label, line.pieces.last().and_then(|p| p.last())) else { continue };
            let (name, detail, matters, marker) = match line.part {
                Part::Root(hue) => {
                    let kind = Type::bold(m.px(14.5), Ink::Hue(hue));
                    (kind, kind, 1000 - hue, Some((hue, Ink::Hue(hue))))
                }
                Part::Companion(hue, i) => {
                    let kind = Type::plain(m.px(12.5), Ink::CompanionText(hue));
                    (kind, kind, 500 - hue * 8 - i, None)
                }
                Part::More(hue) => {
                    let kind = Type::plain(m.px(12.5), Ink::CompanionText(hue));
                    (kind, kind, 300 - hue, None)
                }
                Part::Mover(i) => {
                    let kind = Type::bold(m.px(12.5), Ink::Calm(i));
                    (kind, Type { weight: Weight::Regular, ..kind }, 500 - i, None)
                }
                _ => continue,
            };
            // Where the line has left the frame, an arrow says so; nothing is there to point at.
            let (arrow, leader) = match at.1 {
                y if y > panel.y_range.1 => ("↑ ", false),
                y if y < panel.y_range.0 => ("↓ ", false),
                _ => ("", true),
            };
            let name_shown = format!("{arrow}{}", label.name);
            let rows = rows(&name_shown, &label.detail, name, detail, most);
            ends.push(End { rows, at: *at, matters, marker, leader });
        }
        let several = panel.suspects() > 1;
        if !several {
            ends.iter_mut().for_each(|e| e.marker = None);
        }
        if let Some(end) = others(panel, m, most) {
            ends.push(end);
        }
        Self { ends }
    }

    fn width(&self) -> f64 {
        self.ends.iter().map(End::width).fold(0.0, f64::max)
    }

    fn draw(mut self, frame: &Frame, m: Measure, scene: &mut Scene) {
        let room = frame.bottom - frame.top;
        while self.ends.iter().map(End::height).sum::<f64>() > room {
            let least = self.ends.iter().enumerate().min_by_key(|(_, e)| e.matters).map(|(i, _)| i);
            let Some(least) = least else { return };
            self.ends.remove(least);
        }
        let level = |e: &End| frame.y(e.at.1).clamp(frame.top, frame.bottom);
        self.ends.sort_by(|a, b| level(a).total_cmp(&level(b)).then(b.matters.cmp(&a.matters)));
        let wanted: Vec<(f64, f64)> = self.ends.iter().map(|e| (level(e), e.height())).collect();
        let middles = push_apart(&wanted, frame.top, frame.bottom);
        let x = frame.right + m.px(14.0);
        for (end, middle) in self.ends.iter().zip(middles) {
            let (end_x, end_y) = (frame.x(end.at.0), level(end));
            let far = (middle - end_y).abs() > m.px(5.0);
            let short = end_x < frame.right - m.px(6.0);
            if end.leader && (far || short) && end_x > f64::midpoint(frame.left, frame.right) {
                let from = (end_x + m.px(4.0)).min(frame.right + m.px(2.0));
                scene.stroke(vec![(from, end_y), (x - m.px(3.0), middle)], 1.0, Ink::Leader);
            }
            if let Some((shape, ink)) = end.marker {
                scene.area(strokes::marker(shape, (end_x, end_y), m.px(4.6)), ink);
            }
            let mut y = middle - end.height() / 2.0;
            for row in &end.rows {
                let mut at = x;
                let high = row_height(row);
                for (words, kind) in row {
                    scene.text(words, (at, y + high * 0.76), Side::Left, *kind);
                    at += kind.width(words) + kind.size * 0.6;
                }
                y += high;
            }
        }
    }
}

/// Name and detail on one row where they fit; else below each other, a long name on two rows.
fn rows(name: &str, detail: &str, name_kind: Type, detail_kind: Type, most: f64) -> Vec<Vec<(String, Type)>> {
    let name_width = name_kind.width(name);
    if name_width + detail_kind.size * 0.6 + detail_kind.width(detail) <= most
        || detail.is_empty() && name_width <= most
    {
        let mut row = vec![(name.to_owned(), name_kind)];
        if !detail.is_empty() {
            row.push((detail.to_owned(), detail_kind));
        }
        return vec![row];
    }
    let names = if name_width <= most {
        vec![name.to_owned()]
    } else {
        let shorter = text::elide_middle(name, most * 1.8, name_kind.size, name_kind.weight);
        text::wrap(&shorter, most, 2, name_kind.size, name_kind.weight)
    };
    let mut rows: Vec<Vec<(String, Type)>> = names.into_iter().map(|n| vec![(n, name_kind)]).collect();
    if !detail.is_empty() {
        let words = text::elide_end(detail, most, detail_kind.size, detail_kind.weight);
        rows.push(vec![(words, detail_kind)]);
    }
    rows
}

/// How many types are not named, beside their lines.
fn others(panel: &Panel, m: Measure, most: f64) -> Option<End> {
    let mut levels: Vec<f64> = panel
        .lines
        .iter()
        .filter(|l| l.part == Part::Other)
        .filter_map(|l| l.pieces.last().and_then(|p| p.last()).map(|p| p.1))
        .collect();
    levels.sort_by(f64::total_cmp);
    let level = levels.get(levels.len() / 2).copied().or((panel.y_range.0 <= 0.0).then_some(0.0))?;
    if panel.others == 0 {
        return None;
    }
    let alone = !panel.lines.iter().any(|l| l.label.is_some());
    let words = match (panel.others, alone) {
        (n, true) => crate::plot::words::plural(n, "type"),
        (1, false) => "1 other type".to_owned(),
        (n, false) => format!("{} other types", crate::report::human::count(n as f64)),
    };
    let kind = Type::plain(m.px(12.5), Ink::Faint);
    let words = text::elide_end(&words, most, kind.size, kind.weight);
    Some(End { rows: vec![vec![(words, kind)]], at: (0.0, level), matters: 100, marker: None, leader: false })
}

/// The frame as a box.
pub(super) fn area(frame: &Frame) -> Area {
    Area { left: frame.left, top: frame.top, right: frame.right, bottom: frame.bottom }
}
