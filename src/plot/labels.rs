//! Where labels go: pushed apart at the ends of lines, and beside moments where they cover least.

use super::scene::Px;

/// A box in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Area {
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    fn within(&self, frame: &Self) -> bool {
        self.left >= frame.left && self.right <= frame.right && self.top >= frame.top && self.bottom <= frame.bottom
    }
}

/// Moves stacked boxes as little as possible until none overlaps and all lie within `top..bottom`.
///
/// `wanted` are the middles that they would like, in rising order, with their heights; the answer are their middles.
/// Neighbours that touch form a block that stands at the mean of what its members want.
pub(super) fn push_apart(wanted: &[(f64, f64)], top: f64, bottom: f64) -> Vec<f64> {
    struct Block {
        start: usize,
        height: f64,
        /// Sum over members of the block's upper edge that each would like.
        sum: f64,
        members: usize,
    }
    let edge = |b: &Block| (b.sum / b.members as f64).min(bottom - b.height).max(top);
    let mut blocks: Vec<Block> = Vec::new();
    for (i, &(middle, height)) in wanted.iter().enumerate() {
        let mut block = Block { start: i, height, sum: middle - height / 2.0, members: 1 };
        while let Some(above) = blocks.last() {
            if edge(above) + above.height <= edge(&block) + 1e-9 {
                break;
            }
            // Members of the lower block stand below all of the upper one.
            let shift = above.height * block.members as f64;
            block = Block {
                start: above.start,
                height: above.height + block.height,
                sum: above.sum + block.sum - shift,
                members: above.members + block.members,
            };
            blocks.pop();
        }
        blocks.push(block);
    }
    let mut out = vec![0.0; wanted.len()];
    for block in &blocks {
        let mut y = edge(block);
        for i in block.start..block.start + block.members {
            out[i] = y + wanted[i].1 / 2.0;
            y += wanted[i].1;
        }
    }
    out
}

/// What a label inside a frame should not cover.
#[derive(Debug, Default)]
pub(super) struct Obstacles {
    /// Places on lines, with how much they matter; those of a line ordered by x once all are there.
    lines: Vec<Vec<(f64, f64, f64)>>,
    /// Texts that stand already.
    texts: Vec<Area>,
}

impl Obstacles {
    /// Adds places along a line, about two pixels apart.
    pub(super) fn add_line(&mut self, points: &[Px], weight: f64) {
        let mut places = Vec::new();
        for pair in points.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let length = (b.0 - a.0).hypot(b.1 - a.1);
            let steps = (length / 2.0).ceil().max(1.0);
            // A dense line counts by its length, too: each place stands for two pixels of it.
            for k in 0..steps as usize {
                let t = k as f64 / steps;
                places.push((a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t, weight * (length / steps).min(2.0)));
            }
        }
        self.lines.push(places);
    }

    /// Orders what was added; to be called before [`best`](Self::best).
    pub(super) fn settle(&mut self) {
        // Nearly all run from left to right already.
        self.lines.iter_mut().for_each(|line| line.sort_by(|a, b| a.0.total_cmp(&b.0)));
    }

    /// Adds a text that stands.
    pub(super) fn add_text(&mut self, area: Area) {
        self.texts.push(area);
    }

    /// How much of lines a box would cover.
    fn covers(&self, area: &Area) -> f64 {
        let inside = |line: &Vec<(f64, f64, f64)>| {
            let from = line.partition_point(|p| p.0 < area.left);
            let over = line[from..].iter().take_while(|p| p.0 <= area.right);
            over.filter(|p| p.1 >= area.top && p.1 <= area.bottom).map(|p| p.2).sum::<f64>()
        };
        self.lines.iter().map(inside).sum()
    }

    /// The candidate that covers least; each comes with what speaks against it. `None` where all would overlap other
    /// text or leave the frame.
    pub(super) fn best(&self, candidates: impl Iterator<Item = (Area, f64)>, frame: &Area) -> Option<Area> {
        candidates
            .filter(|(area, _)| area.within(frame) && !self.texts.iter().any(|t| t.overlaps(area)))
            .map(|(area, against)| (self.covers(&area) + against, area))
            .fold(None, |best: Option<(f64, Area)>, new| match best {
                Some(old) if old.0 <= new.0 => Some(old),
                _ => Some(new),
            })
            .map(|(_, area)| area)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn labels_that_do_not_touch_stay() {
        assert_eq!(push_apart(&[(20.0, 10.0), (40.0, 10.0)], 0.0, 100.0), [20.0, 40.0]);
    }

    #[test]
    fn labels_that_touch_part_evenly() {
        assert_eq!(push_apart(&[(50.0, 10.0), (50.0, 10.0)], 0.0, 100.0), [45.0, 55.0]);
        assert_eq!(push_apart(&[(99.0, 10.0)], 0.0, 100.0), [95.0]);
    }

    proptest! {
        #[test]
        fn no_two_labels_overlap_and_none_leaves_the_frame(
            mut wanted in prop::collection::vec((-50.0..450.0f64, 5.0..20.0f64), 1..20)
        ) {
            wanted.sort_by(|a, b| a.0.total_cmp(&b.0));
            let got = push_apart(&wanted, 0.0, 400.0);
            for i in 0..got.len() {
                prop_assert!(got[i] - wanted[i].1 / 2.0 >= -1e-6 && got[i] + wanted[i].1 / 2.0 <= 400.0 + 1e-6);
                if i > 0 {
                    prop_assert!(got[i] - got[i - 1] >= (wanted[i].1 + wanted[i - 1].1) / 2.0 - 1e-6);
                }
            }
        }
    }
}
