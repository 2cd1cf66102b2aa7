//! Pictures of hand-made reports: no text overlaps or leaves the frame, PNGs are small and not blank, SVGs are XML.
#![allow(clippy::unwrap_used)]

#[path = "pictures/samples.rs"]
mod samples;

use objtrend::plot::{Figure, PlotOptions, Theme, figure, text_boxes, write_png, write_svg};
use objtrend::report::LogReport;
use objtrend::{Options, Source};

/// Reports of the logs in `samples/`, each by its folder's name.
fn of_real_logs() -> Vec<(String, LogReport)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/samples");
    let mut folders: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    folders.retain(|p| p.is_dir());
    folders.sort();
    let mut out = Vec::new();
    for folder in folders {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let log = folder.join("app.log");
        if log.is_file() {
            let report = objtrend::analyze(vec![Source::path(log)], &Options::default()).unwrap();
            out.extend(report.logs.into_iter().map(|log| (format!("log-{name}"), log)));
        }
    }
    out
}

/// Every sample in every manner that changes where things stand.
fn figures() -> Vec<(String, Figure)> {
    let mut out = Vec::new();
    let made = samples::all().into_iter().map(|(name, log)| (name.to_owned(), log));
    for (name, log) in made.chain(of_real_logs()) {
        let mut add = |manner: &str, change: &dyn Fn(&mut PlotOptions)| {
            let mut options = PlotOptions::default();
            change(&mut options);
            out.push((format!("{name}-{manner}"), figure(&log, &options).unwrap()));
        };
        add("light", &|_| {});
        add("dark", &|o| o.theme = Theme::Dark);
        add("absolute", &|o| o.absolute = true);
        add("twice", &|o| o.scale = 2);
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

/// Width, height, and rows of red, green, blue.
fn decoded(png: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!(info.color_type, png::ColorType::Rgb, "opaque");
    pixels.truncate(info.buffer_size());
    (info.width, info.height, pixels)
}

fn png_of(figure: &Figure) -> Vec<u8> {
    let mut out = Vec::new();
    write_png(figure, &mut out).unwrap();
    out
}

fn svg_of(figure: &Figure) -> String {
    let mut out = Vec::new();
    write_svg(figure, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn pngs_have_their_size_are_small_and_not_blank() {
    for (name, log) in samples::all() {
        let figure = figure(&log, &PlotOptions::default()).unwrap();
        let png = png_of(&figure);
        assert!(png.len() < 200_000, "{name}: {} bytes", png.len());
        let (width, height, pixels) = decoded(&png);
        assert_eq!((width, height), (1200, 700), "{name}");
        let inked = pixels.chunks(3).filter(|p| **p != [255, 255, 255]).count();
        let share = inked as f64 / f64::from(width * height);
        assert!((0.01..0.5).contains(&share), "{name}: {share:.3} of the picture has ink");
        // Text at the top, at the left, and at the bottom; the margins are free.
        let any = |rows: std::ops::Range<u32>, columns: std::ops::Range<u32>| {
            rows.into_iter().any(|y| columns.clone().any(|x| pixels[((y * width + x) * 3) as usize] < 128))
        };
        assert!(any(20..60, 40..400) && any(660..690, 40..400), "{name}");
        assert!(!any(0..10, 0..1200) && !any(0..700, 0..20) && !any(0..700, 1180..1200), "{name}");
    }
}

#[test]
fn twice_the_scale_is_the_same_picture() {
    let log = samples::late_onset();
    let mut options = PlotOptions::default();
    let (_, _, once) = decoded(&png_of(&figure(&log, &options).unwrap()));
    options.scale = 2;
    let twice = png_of(&figure(&log, &options).unwrap());
    assert!(twice.len() < 300_000, "{} bytes", twice.len());
    let (width, height, twice) = decoded(&twice);
    assert_eq!((width, height), (2400, 1400));
    // Averaged down, it is the picture at single scale but for the shades of edges.
    let mut off = 0.0;
    for y in 0..700usize {
        for x in 0..1200usize {
            let at = |dx: usize, dy: usize| f64::from(twice[((y * 2 + dy) * 2400 + x * 2 + dx) * 3]);
            let mean = (at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1)) / 4.0;
            off += (mean - f64::from(once[(y * 1200 + x) * 3])).abs();
        }
    }
    let off = off / (1200.0 * 700.0);
    assert!(off < 1.0, "{off:.2} of 255 apart on average");
}

#[test]
fn the_same_figure_gives_the_same_bytes() {
    let (a, b) = (samples::restarts(), samples::restarts());
    let options = PlotOptions::default();
    let (a, b) = (figure(&a, &options).unwrap(), figure(&b, &options).unwrap());
    assert_eq!(png_of(&a), png_of(&b));
    assert_eq!(svg_of(&a), svg_of(&b));
}

/// Checks that every element is closed in its turn and every `&` begins an entity; tells how many elements there are.
fn elements(xml: &str) -> usize {
    let mut open: Vec<&str> = Vec::new();
    let mut n = 0;
    let mut rest = xml.split_once("?>").unwrap().1;
    while let Some((text, after)) = rest.split_once('<') {
        assert!(!text.contains('>'), "{text}");
        let (tag, after) = after.split_once('>').unwrap();
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        for part in [text, tag] {
            for (i, _) in part.match_indices('&') {
                let entity = part[i..].split(';').next().unwrap();
                assert!(["&amp", "&lt", "&gt", "&quot", "&#39"].contains(&entity), "{part}");
            }
        }
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(tag.split_whitespace().next().unwrap());
        }
        n += 1;
        rest = after;
    }
    assert!(open.is_empty(), "{open:?}");
    n
}

#[test]
fn svgs_are_xml_say_what_they_show_and_ask_for_nothing() {
    let shapes = ["-light", "-facets", "-tiny"];
    for (name, figure) in figures().into_iter().filter(|(name, _)| shapes.iter().any(|s| name.ends_with(s))) {
        let svg = svg_of(&figure);
        assert!(elements(&svg) > 40, "{name}");
        assert!(svg.len() < 600_000, "{name}: {} bytes", svg.len());
        for needle in ["<text", "font-family", "<style", "<image", "NaN"] {
            assert!(!svg.contains(needle), "{name}: {needle}");
        }
        assert!(svg.contains("<title id=\"title\">"), "{name}");
        // Every text of the picture can be read by those who do not see it.
        assert_eq!(svg.matches(" aria-label=\"").count(), text_boxes(&figure).len(), "{name}");
        for used in svg.split("xlink:href=\"#").skip(1) {
            let id = used.split('"').next().unwrap();
            assert!(svg.contains(&format!("<path id=\"{id}\"")), "{name}: {id}");
        }
    }
}

#[test]
fn a_time_stands_in_the_same_place_of_every_facet() {
    let mut compared = 0;
    for (name, figure) in figures().into_iter().filter(|(name, _)| name == "several-leaks-facets") {
        let is_time = |text: &str| text.len() == 5 && text.as_bytes()[2] == b':' && text.starts_with(['0', '1', '2']);
        let boxes = text_boxes(&figure);
        let times: Vec<_> = boxes.iter().filter(|t| is_time(&t.text)).collect();
        // Two columns.
        let column = |left: f64| (left > f64::from(figure.size.0) / 2.0, left.round() as i64);
        for t in &times {
            for other in times.iter().filter(|o| o.text == t.text && o.top > t.top + 50.0) {
                let (a, b) = (column(t.left), column(other.left));
                assert!(a.0 != b.0 || a.1 == b.1, "{name}: {} at {} and {}", t.text, t.left, other.left);
                compared += usize::from(a.0 == b.0);
            }
        }
    }
    assert!(compared > 0);
}

#[test]
fn what_a_picture_says() {
    let of = |log: &LogReport| figure(log, &PlotOptions::default()).unwrap();
    let says = |figure: &Figure, words: &str| text_boxes(figure).iter().any(|t| t.text.contains(words));

    let leak = of(&samples::one_leak());
    assert_eq!(leak.title, "tuple is leaking: +3,548 per hour since 10:04");
    assert!(leak.subtitle.contains("each tuple brings 1 list and 0.5 dict"), "{}", leak.subtitle);
    assert!(says(&leak, "29 other types") && says(&leak, "objects gained since the first snapshot"));

    let late = of(&samples::late_onset());
    assert!(says(&late, "growth begins 12:29") && says(&late, "deploy: webhook handler v2 enabled"));
    assert!(says(&late, "Payload is below the table’s cut: at most 18"));

    let clockless = of(&samples::fifty_types());
    assert_eq!(clockless.title, "Node is leaking: +41 per snapshot since snapshot 70");
    assert!(says(&clockless, "5 more companions") && says(&clockless, "40 other types"));

    let restarts = of(&samples::restarts());
    assert!(says(&restarts, "restart 1 Mar 17:58") && says(&restarts, "no snapshots") && says(&restarts, "each run’s"));
    assert!(says(&of(&samples::many_restarts()), "8 restarts"));

    let calm = of(&samples::saturating());
    assert_eq!(calm.title, "Nothing is leaking: CacheEntry levelled off, 30 types are steady");
    assert!(says(&calm, "levelled off"));
    assert!(of(&samples::steady()).title.contains("all 2 types are steady"));

    let unknown = of(&samples::three_snapshots());
    assert!(unknown.title.starts_with("The log cannot tell") && unknown.subtitle.contains("three snapshots"));

    let streams = of(&samples::streams());
    assert!(streams.subtitle.contains("in worker-1 and worker-2, 2 of 3 processes"));
    assert!(says(&streams, "worker-3"));
}

#[test]
fn a_size_that_no_picture_has_is_cut_to_one() {
    let mut options = PlotOptions::default();
    (options.size, options.scale) = ((1, 1), 0);
    let least = figure(&samples::steady(), &options).unwrap();
    assert_eq!((least.size, least.scale), ((320, 240), 1));
    (options.size, options.scale) = ((u32::MAX, u32::MAX), u32::MAX);
    let most = figure(&samples::steady(), &options).unwrap();
    assert_eq!((most.size, most.scale), ((8000, 8000), 1));
}

#[test]
fn one_snapshot_is_a_picture_of_its_counts() {
    let mut log = samples::steady();
    for f in &mut log.findings {
        f.curves.iter_mut().for_each(|c| c.points.truncate(1));
    }
    log.streams[0].runs[0].x = (0.0, 0.0);
    let alone = figure(&log, &PlotOptions::default()).unwrap();
    let most = log.findings.iter().flat_map(|f| &f.curves).map(|c| c.points[0].high).fold(0.0, f64::max);
    assert!(alone.panels[0].y_range.0 <= 0.0 && alone.panels[0].y_range.1 > most, "{:?}", alone.panels[0].y_range);
    assert!(alone.panels[0].lines.iter().any(|l| l.label.is_some()), "the commonest types are named");
    decoded(&png_of(&alone));
    log.findings.clear();
    log.streams[0].runs[0].x = (0.0, 9.0);
    assert!(figure(&log, &PlotOptions::default()).is_none(), "no type is nothing to plot");
}

#[test]
fn words_stand_where_they_were_accepted() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, log) in samples::all() {
            let figure = figure(&log, &PlotOptions::default()).unwrap();
            let mut lines = String::from("  left    top  size  text\n");
            for t in text_boxes(&figure) {
                let text = t.text.replace(env!("CARGO_PKG_VERSION"), "VERSION");
                lines += &format!("{:>6.0} {:>6.0} {:>5.1}  {text}\n", t.left, t.top, t.size);
            }
            insta::assert_snapshot!(format!("picture-{name}"), lines);
        }
    });
}
