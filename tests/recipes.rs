//! The recipes of the README's section on CI run, and fail where they are to.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by the one and says by the other that it skips"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// The first block in a language below `## In CI`.
fn recipe(language: &str) -> String {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let section = readme.split("\n## In CI\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let block = section.split(&format!("```{language}\n")).nth(1).unwrap();
    block.split("```").next().unwrap().to_owned()
}

fn has_python() -> bool {
    let there = Command::new("python3").arg("--version").output().is_ok_and(|o| o.status.success());
    if !there {
        eprintln!("skipped: no python3");
    }
    there
}

/// A program that prints tables, in which `Message` grows by `step`.
fn soak(step: usize) -> String {
    format!(
        "for i in range(120):\n    print(f'2024-03-01 {{10 + i // 60:02}}:{{i % 60:02}}:00 memory')\n    \
         for name, count in [('Message', 10_000 + {step} * i), ('function', 2374), ('dict', 1125), ('list', 438)]:\n        \
         print(f'{{name:<8}} {{count}}')\n"
    )
}

fn run(folder: &Path, program: &str, args: &[&str]) -> Output {
    let path = assert_cmd::cargo::cargo_bin("objtrend");
    let bin = path.parent().unwrap().to_string_lossy().into_owned();
    Command::new(program)
        .args(args)
        .current_dir(folder)
        .env("PATH", format!("{bin}:{}", std::env::var("PATH").unwrap_or_default()))
        .env("GITHUB_STEP_SUMMARY", folder.join("summary.md"))
        .output()
        .unwrap()
}

#[test]
fn the_pytest_recipe_fails_on_a_leak_and_passes_without() {
    if !has_python() {
        return;
    }
    let recipe = recipe("python");
    assert!(recipe.lines().filter(|l| !l.is_empty()).count() <= 5, "{recipe}");
    let name = recipe.split("def ").nth(1).unwrap().split('(').next().unwrap();
    for (step, passes) in [(0, true), (37, false)] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("soak_test.py"), soak(step)).unwrap();
        run(folder.path(), "sh", &["-c", "python3 soak_test.py > soak.log"]);
        // As pytest does: the function is called, an assertion that fails is a test that fails.
        fs::write(folder.path().join("test_leaks.py"), format!("{recipe}\n{name}()\n")).unwrap();
        let output = run(folder.path(), "python3", &["test_leaks.py"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.success(), passes, "{said}");
        assert!(passes || said.contains("Message is leaking"), "{said}");
    }
}

#[test]
fn the_ci_recipe_fails_on_a_leak_and_leaves_its_reports() {
    if !has_python() {
        return;
    }
    let recipe = recipe("yaml");
    let steps: Vec<&str> = recipe.lines().filter_map(|l| l.trim().strip_prefix("- run: ")).collect();
    assert_eq!(steps.len(), 3, "{recipe}");
    for (step, code) in [(0, 0), (37, 1)] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("soak_test.py"), soak(step)).unwrap();
        // Where it is called python, too.
        let codes: Vec<_> = steps
            .iter()
            .map(|s| run(folder.path(), "sh", &["-c", &s.replace("python ", "python3 ")]))
            .inspect(|o| assert!(o.stderr.is_empty() || code == 1, "{}", String::from_utf8_lossy(&o.stderr)))
            .map(|o| o.status.code())
            .collect();
        assert_eq!(codes, [Some(0), Some(code), Some(0)]);
        let summary = fs::read_to_string(folder.path().join("summary.md")).unwrap();
        let junit = fs::read_to_string(folder.path().join("leaks.xml")).unwrap();
        assert_eq!(junit.contains("<failure"), code == 1);
        assert_eq!(summary.contains("Message is leaking"), code == 1);
    }
}
