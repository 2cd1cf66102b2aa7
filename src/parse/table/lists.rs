//! Printed lists and dicts (`most_common_types()`, `growth()`, `typestats()`), on one line or wrapped, as tables.

use super::super::line::list::{self, List};
use super::super::snapshots::{Call, Place};
use super::super::words::{self, Known};
use super::{Draft, Meta, Tables, names_call};

/// The longest printed list that is put together from several lines.
const LONGEST_LIST: usize = 1 << 20;

/// A printed list that is not closed yet.
#[derive(Debug, Clone)]
pub(super) struct OpenList {
    text: Vec<u8>,
    /// Where in `text` it begins.
    at: usize,
    pub(super) place: Place,
    meta: Meta,
    depth: list::Depth,
}

impl Tables {
    /// Takes a line that is, or is a part of, a printed list.
    pub(super) fn in_list(&mut self, text: &[u8], place: Place, meta: &Meta) -> bool {
        if let Some(mut open) = self.open_list.take() {
            let goes_on = text.iter().any(|b| matches!(b, b'\'' | b'"' | b')' | b']' | b'}'));
            if goes_on && open.text.len() < LONGEST_LIST {
                open.text.push(b'\n');
                open.text.extend_from_slice(text);
                let whole = || list::list(open.text.get(open.at..).unwrap_or_default());
                // What closes and is no list then is none with more lines either.
                if let Some((list, _)) = if open.depth.closes(text) { whole() } else { None } {
                    self.list(&open.text, open.at, list, (open.place, place), &open.meta);
                } else {
                    self.open_list = Some(open);
                }
                return true;
            }
        }
        let Some(at) = list::begins(text) else { return false };
        let rest = text.get(at..).unwrap_or_default();
        if let Some((list, _)) = list::list(rest) {
            return self.list(text, at, list, (place, place), meta);
        }
        let wrapped = list::is_wrapped(rest);
        if wrapped && !rest.contains(&b']') {
            let mut depth = list::Depth::default();
            depth.closes(rest);
            self.open_list = Some(OpenList { text: text.to_vec(), at, place, meta: meta.clone(), depth });
        }
        wrapped
    }

    /// Takes a printed list as a table, where it is one of objgraph's. `at`: where it begins in `text`.
    fn list(&mut self, text: &[u8], at: usize, list: List, (place, last): (Place, Place), meta: &Meta) -> bool {
        let before = text.get(..at).unwrap_or_default();
        let called = names_call(before) || self.recents.called(&[], self.line.saturating_sub(2), self.line);
        let lane = self.lanes.of(before, meta);
        let Some(history) = self.lanes.all.get(lane).map(|l| &l.history) else { return false };
        let growth = list.items.iter().any(|i| i.delta.is_some());
        let known = list.items.iter().filter(|i| words::known(&i.name) == Known::Python).count();
        let english = list.items.iter().filter(|i| words::known(&i.name) == Known::English).count();
        let value = |i: &list::Item| i.delta.unwrap_or(i64::try_from(i.count).unwrap_or(i64::MAX));
        let falls = list.items.windows(2).all(|w| matches!(w, [a, b] if value(a) >= value(b)));
        let distinct = {
            let names: hashbrown::HashSet<&str> = list.items.iter().map(|i| i.name.as_str()).collect();
            names.len() == list.items.len()
        };
        let accepted = match list.items.len() {
            0 => called && !list.unordered || history.lists > 0,
            _ if list.unordered => distinct && (known > 1 || called && known > 0),
            _ => falls && distinct && (known > 0 || english > 1 || called || history.lists > 0),
        };
        if !accepted {
            return false;
        }
        let call =
            if growth || (list.items.is_empty() && history.growth_lists) { Call::Growth } else { Call::MostCommon };
        let call = if list.items.is_empty() && history.lists == 0 { Call::Growth } else { call };
        let context = self.context(&[], 0);
        let own = self.clock(before);
        let mut draft = Draft::new(call, place, last);
        draft.stamp = own.or(meta.stamp).or(context.stamp);
        draft.own_stamp = own.is_some() || meta.stamp.is_some() || context.own;
        draft.listed = true;
        draft.places = if self.trace { vec![place; list.items.len()] } else { Vec::new() };
        draft.lines = (last.line + 1).saturating_sub(place.line).max(1);
        if let Some(lane) = self.lanes.all.get_mut(lane) {
            draft.writer = lane.number(&mut self.found, None);
            lane.history.lists += 1;
            lane.history.growth_lists |= growth;
        }
        let names = &mut self.names;
        let rows = list.items.into_iter().map(|i| (names.id(&i.name), i.count, i.delta.unwrap_or(0)));
        self.found.push(draft, rows);
        self.last_lane = None;
        self.passed += 1;
        true
    }
}
