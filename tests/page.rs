//! The HTML report: one file, escaped, well-formed where it matters; and in a real browser, where there is one, its
//! table sorts and filters and its charts show their values.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "pictures/samples.rs"]
mod samples;

use std::path::PathBuf;
use std::process::Command;

use objtrend::render::{Format, RenderOptions, render};
use objtrend::report::{LogReport, Report};

fn page(logs: Vec<LogReport>) -> String {
    let mut out = Vec::new();
    render(&Report { logs }, Format::Html, &RenderOptions::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Writes pages where `OBJTREND_PICTURES` says, to be looked at.
#[test]
fn pages_to_look_at() {
    let Some(folder) = std::env::var_os("OBJTREND_PICTURES").map(PathBuf::from) else { return };
    for (name, log) in samples::all() {
        std::fs::write(folder.join(format!("{name}.html")), page(vec![log])).unwrap();
    }
    let three = vec![samples::late_onset(), samples::daily_cycle(), samples::three_snapshots()];
    std::fs::write(folder.join("three.html"), page(three)).unwrap();
}

/// Texts of all elements `<name …>…</name>`, not nested.
fn elements<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut out = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find(&open) {
        let from = at + rest[at..].find('>').unwrap() + 1;
        let to = from + rest[from..].find(&close).unwrap();
        out.push(&rest[from..to]);
        rest = &rest[to..];
    }
    out
}

#[test]
fn a_page_asks_nothing_of_the_network() {
    let page = page(vec![samples::late_onset(), samples::daily_cycle()]);
    assert!(page.contains("default-src 'none'"));
    for needle in ["src=", "@import", "url(", "fetch(", "<link", "<iframe"] {
        assert!(!page.contains(needle) || needle == "src=" && !page.contains(" src="), "{needle}");
    }
    // Names of XML, never fetched, are the only addresses.
    for (i, _) in page.match_indices("http") {
        let ok = page[i..].starts_with("http://www.w3.org/") || page[i..].starts_with("http-equiv");
        assert!(ok, "{}", &page[i..i + 60]);
    }
}

#[test]
fn each_suspect_has_a_chart_and_each_type_a_row() {
    let log = samples::several_leaks();
    let (suspects, types) = (log.roots().count(), log.findings.len());
    let page = page(vec![log]);
    assert_eq!(page.matches("<svg class=\"chart\"").count(), suspects);
    assert_eq!(elements(&page, "tbody")[0].matches("<tr ").count(), types);
    // Glyphs are defined once, and each that is used is defined.
    let defined: Vec<&str> = page.split("<path id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let mut once = defined.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), defined.len());
    for rest in page.split("xlink:href=\"#").skip(1) {
        assert!(once.contains(&rest.split('"').next().unwrap()));
    }
}

#[test]
fn no_name_is_markup() {
    let mut log = samples::odd_names();
    log.findings[0].name = "</script><img src=x onerror=alert(1)>\"'&amp;".to_owned();
    log.name = "<b>log</b>".to_owned();
    log.findings[1].onset_lines = vec!["</pre><script>alert(2)</script>".to_owned()];
    let page = page(vec![log]);
    assert!(!page.contains("<img") && !page.contains("<b>log") && !page.contains("<script>alert"));
    assert_eq!(page.matches("<script").count(), page.matches("</script>").count());
    // What the charts read is JSON, and holds the name as it is.
    let after = page.split("<script type=\"application/json\">").nth(1).unwrap();
    let data = after.split("</script>").next().unwrap();
    let first: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(first["series"][0]["name"], "</script><img src=x onerror=alert(1)>\"'&amp;");
}

#[test]
fn the_same_report_gives_the_same_page() {
    assert_eq!(page(vec![samples::restarts()]), page(vec![samples::restarts()]));
}

#[test]
fn every_sample_has_a_page() {
    for (name, log) in samples::all() {
        let page = page(vec![log]);
        for tag in
            ["section", "table", "tr", "td", "th", "p", "figure", "svg", "g", "div", "pre", "details", "ul", "li"]
        {
            let opened = page.matches(&format!("<{tag} ")).count() + page.matches(&format!("<{tag}>")).count();
            assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag} in {name}");
        }
    }
}

/// The browser that `OBJTREND_BROWSER` names, or the first that is installed.
fn browser() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("OBJTREND_BROWSER") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    std::env::split_paths(&path).flat_map(|dir| names.map(|n| dir.join(n))).find(|p| p.is_file())
}

/// What a reader does: sorts, filters, points at a chart; and what the page then shows.
const READER: &str = r##"<script>
window.addEventListener("load", () => {
  const rows = () => [...document.querySelectorAll("tbody tr")].filter((r) => !r.hidden).map((r) => r.cells[1].textContent);
  const head = (name) => [...document.querySelectorAll("th button")].find((b) => b.textContent === name);
  const said = {};
  said.ranked = rows();
  head("type").click();
  said.sorted = rows();
  head("last").click();
  said.byLast = rows();
  head("last").click(); head("last").click();
  said.back = rows();
  const search = document.querySelector("input[type=search]");
  search.value = "still_1"; search.dispatchEvent(new Event("input"));
  said.filtered = rows();
  search.value = ""; search.dispatchEvent(new Event("input"));
  document.querySelector("input[type=checkbox]").click();
  said.all = rows().length;
  const svg = document.querySelector("svg.chart"), box = svg.getBoundingClientRect();
  svg.dispatchEvent(new PointerEvent("pointermove", { clientX: box.left + box.width * 0.6, clientY: box.top + 50 }));
  const tip = document.querySelector(".tip");
  said.tip = tip.style.visibility + "|" + tip.textContent;
  said.label = getComputedStyle(svg.querySelector("g")).fill;
  said.wide = document.documentElement.scrollWidth - innerWidth;
  said.glyph = svg.querySelector("g[aria-label]").getBoundingClientRect().height;
  said.loaded = performance.getEntriesByType("resource").length;
  const pre = document.createElement("pre");
  pre.id = "said";
  pre.textContent = JSON.stringify(said);
  document.body.append(pre);
});
</script>"##;

#[test]
fn a_browser_sorts_filters_and_shows_values() {
    let Some(browser) = browser() else {
        eprintln!("skipped: no browser; name one in OBJTREND_BROWSER or install chromium");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html");
    let html = page(vec![samples::late_onset()]).replace("</body>", &format!("{READER}</body>"));
    std::fs::write(&file, html).unwrap();
    let out = Command::new(browser)
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--window-size=1280,900",
            "--virtual-time-budget=2000",
        ])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", file.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&out.stdout);
    let said = dom.split("<pre id=\"said\">").nth(1).unwrap_or_else(|| panic!("the page's script failed: {dom:.2000}"));
    let said: serde_json::Value =
        serde_json::from_str(&said.split("</pre>").next().unwrap().replace("&amp;", "&").replace("&lt;", "<")).unwrap();
    let names = |key: &str| -> Vec<String> {
        said[key].as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("ranked"), ["Payload", "dict 1:1", "list 1:1", "Exchange"]);
    assert_eq!(names("sorted"), ["dict 1:1", "Exchange", "list 1:1", "Payload"]);
    assert_eq!(names("byLast")[0], "dict 1:1");
    assert_eq!(names("back"), names("ranked"));
    assert!(names("filtered").iter().all(|n| n.starts_with("still_1")) && names("filtered").len() > 1);
    assert_eq!(said["all"], 32);
    let tip = said["tip"].as_str().unwrap();
    assert!(tip.starts_with("visible|12:") && tip.contains("Payload") && tip.contains("dict"), "{tip}");
    assert!(said["wide"].as_f64().unwrap() <= 0.0, "the page is wider than the window");
    assert_eq!(said["loaded"], 0);
    assert!(said["glyph"].as_f64().unwrap() > 4.0);
}
