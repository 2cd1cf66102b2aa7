//! Moments and stretches of time: their lines and areas, and their words where they cover least.

use super::Measure;
use super::panel::{area, middle};
use crate::plot::figure::{Mark, MarkKind, Panel};
use crate::plot::labels::{Area, Obstacles};
use crate::plot::palette::Ink;
use crate::plot::scene::{Frame, Paint, Px, Scene, Side, Type};
use crate::plot::strokes;
use crate::plot::text;

/// Restarts of which each has a line as high as the frame.
const MOST_RESTARTS: usize = 20;

/// What lies below grid and lines: stretches without snapshots.
pub(super) fn below(panel: &Panel, frame: &Frame, scene: &mut Scene) {
    for mark in panel.marks.iter().filter(|m| m.kind == MarkKind::Gap) {
        scene.rect((frame.x(mark.from), frame.top), (frame.x(mark.to), frame.bottom), Ink::Gap);
    }
}

/// Lines of moments, and all words.
pub(super) fn above(panel: &Panel, frame: &Frame, m: Measure, obstacles: &mut Obstacles, scene: &mut Scene) {
    // Lines of very many restarts would be a grid: short ones say it as well.
    let many = panel.marks.iter().filter(|m| m.kind == MarkKind::Restart).count() > MOST_RESTARTS;
    for mark in &panel.marks {
        let Some((ink, alpha, width, dashes)) = look(mark.kind) else { continue };
        let x = middle(frame.x(mark.from));
        let short = many && mark.kind == MarkKind::Restart;
        let line: [Px; 2] = [(x, if short { frame.bottom - m.px(12.0) } else { frame.top }), (x, frame.bottom)];
        obstacles.add_line(&line, 2.5);
        for dash in strokes::dash(&line, dashes) {
            scene.stroke(dash, m.px(width), Paint { ink, alpha });
        }
    }
    obstacles.settle();
    // The onset chooses first, then what explains the suspect's line, then the rest.
    let order = |kind: MarkKind| match kind {
        MarkKind::Onset(_) => 0,
        MarkKind::Gap => 1,
        MarkKind::Restart => 2,
        MarkKind::Unseen(_) => 3,
        MarkKind::Event => 4,
    };
    let mut marks: Vec<&Mark> = panel.marks.iter().filter(|m| !m.label.is_empty()).collect();
    marks.sort_by_key(|m| order(m.kind));
    for mark in marks {
        words(mark, frame, m, obstacles, scene);
    }
}

/// Ink, its share, width and dashes of a moment's line.
fn look(kind: MarkKind) -> Option<(Ink, f64, f64, &'static [f64])> {
    match kind {
        MarkKind::Onset(_) => Some((Ink::Mark, 1.0, 1.3, &[0.1, 4.0])),
        MarkKind::Restart => Some((Ink::Mark, 0.55, 1.0, &[5.0, 4.0])),
        MarkKind::Event => Some((Ink::Mark, 0.55, 1.0, &[1.0, 4.0])),
        MarkKind::Gap | MarkKind::Unseen(_) => None,
    }
}

/// Writes a mark's words; where no place is free, its later sentences are given up, then all of them.
fn words(mark: &Mark, frame: &Frame, m: Measure, obstacles: &mut Obstacles, scene: &mut Scene) {
    let ink = match mark.kind {
        MarkKind::Onset(_) => Ink::Text,
        MarkKind::Unseen(hue) => Ink::CompanionText(hue),
        _ => Ink::Faint,
    };
    let kind = Type::plain(m.px(12.5), ink);
    let wide = frame.right - frame.left;
    let small = wide < m.px(420.0);
    let within = frame.x(mark.to) - frame.x(mark.from) - m.px(12.0);
    let most = match mark.kind {
        // Words in a gap say what it is without pointing.
        MarkKind::Gap if within >= m.px(70.0) => within,
        _ if small => wide * 0.9,
        _ => (wide * 0.42).max(m.px(120.0)),
    };
    let rows = if mark.kind == MarkKind::Gap { 3 } else { 2 };
    let shown = mark.label.iter().take(if small { 1 } else { usize::MAX });
    let mut parts: Vec<Vec<String>> = shown.map(|l| text::wrap(l, most, rows, kind.size, kind.weight)).collect();
    while !parts.is_empty() {
        if write(mark, &parts.concat(), frame, m, kind, obstacles, scene) {
            return;
        }
        parts.pop();
    }
}

fn write(
    mark: &Mark,
    lines: &[String],
    frame: &Frame,
    m: Measure,
    kind: Type,
    obstacles: &mut Obstacles,
    scene: &mut Scene,
) -> bool {
    let step = kind.size * 1.4;
    let width = lines.iter().map(|l| kind.width(l)).fold(0.0, f64::max);
    let height = step * lines.len() as f64;
    let bounds = area(frame);
    let gap = m.px(8.0);
    let (x0, x1) = (frame.x(mark.from), frame.x(mark.to));
    let mut candidates: Vec<(Area, f64, Side)> = Vec::new();
    let rows = ((bounds.bottom - bounds.top - height) / (step * 0.5)).max(0.0) as usize;
    for k in 0..=rows {
        let top = bounds.top + m.px(2.0) + k as f64 * step * 0.5;
        let mut offer = |left: f64, side: Side, against: f64| {
            let area = Area { left, top, right: left + width, bottom: top + height };
            candidates.push((area, against, side));
        };
        let down = k as f64 * 1.2;
        match mark.kind {
            MarkKind::Gap => {
                let left = f64::midpoint(x0, x1) - width / 2.0;
                let inside = if width + gap <= x1 - x0 { 0.0 } else { 30.0 };
                offer(left, Side::Middle, down + inside);
                offer(x0 - gap - width, Side::Right, down + 40.0);
                offer(x1 + gap, Side::Left, down + 40.0);
            }
            MarkKind::Unseen(_) => {
                // Above its band, near to it, and anywhere along it.
                let band_y = frame.y(mark.y);
                let away = band_y - (top + height);
                if away >= m.px(14.0) {
                    for part in [0.5, 0.35, 0.65, 0.2, 0.8, 0.1, 0.9] {
                        let at = x0 + (x1 - x0) * part;
                        let left = (at - width / 2.0).clamp(bounds.left, (bounds.right - width).max(bounds.left));
                        offer(left, Side::Middle, (away - m.px(14.0)) * 0.12 + (part - 0.5_f64).abs() * 10.0);
                    }
                }
            }
            // Growth goes up on the right, so words stand on the left.
            MarkKind::Onset(_) => {
                offer(x0 - gap - width, Side::Right, down);
                offer(x0 + gap, Side::Left, down + 12.0);
            }
            MarkKind::Restart | MarkKind::Event => {
                offer(x0 + gap * 0.75, Side::Left, down);
                offer(x0 - gap * 0.75 - width, Side::Right, down + 6.0);
            }
        }
    }
    let Some(best) = obstacles.best(candidates.iter().map(|c| (c.0, c.1)), &bounds) else { return false };
    let side = candidates.iter().find(|c| c.0 == best).map_or(Side::Left, |c| c.2);
    let pad = m.px(3.0);
    if let MarkKind::Unseen(hue) = mark.kind {
        let at = f64::midpoint(best.left, best.right).clamp(x0, x1);
        let line = vec![(middle(at), best.bottom + pad), (middle(at), frame.y(mark.y))];
        scene.stroke(line, 1.0, Ink::Companion(hue));
    }
    let halo = Paint { ink: if mark.kind == MarkKind::Gap { Ink::Gap } else { Ink::Ground }, alpha: 0.82 };
    scene.rect((best.left - pad, best.top), (best.right + pad, best.bottom), halo);
    for (i, line) in lines.iter().enumerate() {
        let x = match side {
            Side::Left => best.left,
            Side::Middle => f64::midpoint(best.left, best.right),
            Side::Right => best.right,
        };
        scene.text(line, (x, best.top + step * (i as f64 + 0.76)), side, kind);
    }
    obstacles.add_text(Area { left: best.left - pad * 2.0, right: best.right + pad * 2.0, ..best });
    true
}
