//! Pictures of hand-made reports: no text overlaps or leaves the frame, PNGs are small and not blank, SVGs are XML.
#![allow(clippy::unwrap_used)]

#[path = "pictures/samples.rs"]
mod samples;

use objtrend::plot::{Figure, PlotOptions, Theme, figure, text_boxes, write_png, write_svg};

/// Every sample in every manner that changes where things stand.
fn figures() -> Vec<(String, Figure)> {
    let mut out = Vec::new();
    for (name, log) in samples::all() {
        let mut add = |manner: &str, change: &dyn Fn(&mut PlotOptions)| {
            let mut options = PlotOptions::default();
            change(&mut options);
            out.push((format!("{name}-{manner}"), figure(&log, &options).unwrap()));
        };
        add("light", &|_| {});
        add("dark", &|o| o.theme = Theme::Dark);
        add("absolute", &|o| o.absolute = true);
        add("facets", &|o| o.facets = true);
        add("small", &|o| o.size = (640, 400));
        add("tiny", &|o| o.size = (320, 240));
        add("wide", &|o| o.size = (1600, 500));
        add("high", &|o| o.size = (600, 1000));
        add("small-facets", &|o| (o.size, o.facets) = ((640, 400), true));
    }
    out
}

/// Writes pictures where `OBJTREND_PICTURES` says, to be looked at.
#[test]
fn pictures_to_look_at() {
    let Some(folder) = std::env::var_os("OBJTREND_PICTURES").map(std::path::PathBuf::from) else { return };
    let only = std::env::var("OBJTREND_PICTURES_ONLY").unwrap_or_default();
    for (name, figure) in figures() {
        if name.contains(&only) {
            write_png(&figure, &mut std::fs::File::create(folder.join(format!("{name}.png"))).unwrap()).unwrap();
            write_svg(&figure, &mut std::fs::File::create(folder.join(format!("{name}.svg"))).unwrap()).unwrap();
        }
    }
}

#[test]
fn no_text_overlaps_another_or_leaves_the_picture() {
    let mut faults = Vec::new();
    for (name, figure) in figures() {
        let boxes = text_boxes(&figure);
        assert!(boxes.len() > 4, "{name}");
        for (i, a) in boxes.iter().enumerate() {
            if a.left < 0.0 || a.top < 0.0 || a.right > f64::from(figure.size.0) || a.bottom > f64::from(figure.size.1)
            {
                faults.push(format!("{name}: {a:?} leaves the picture"));
            }
            if a.size < 9.0 {
                faults.push(format!("{name}: {a:?} is too small"));
            }
            for b in &boxes[..i] {
                // Half a pixel may be shared: accents and descenders seldom meet.
                let apart = a.left >= b.right - 0.5 || b.left >= a.right - 0.5;
                if !apart && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5 {
                    faults.push(format!("{name}: {:?} overlaps {:?}\n  {a:?}\n  {b:?}", a.text, b.text));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
