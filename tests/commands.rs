//! The command as a person types it: what it prints, and its exit code. The sessions are in `tests/commands/`; after a change
//! on purpose, `TRYCMD=overwrite cargo test -p comanda --test commands` writes them anew.

#![allow(clippy::expect_used, reason = "a test fails that way")]

#[test]
fn sessions() {
    trycmd::TestCases::new()
        .env("NO_COLOR", "1")
        .case("tests/commands/*.trycmd");
}

/// The session plays a copy, since a session has a folder of its own; the copy and the example are the same.
#[test]
fn the_example_is_the_one_that_is_played() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["reminder.asl.json", "reminder.mocks.json"] {
        let read = |folder: &str| std::fs::read(root.join(folder).join(name)).expect("a file");
        assert_eq!(
            read("examples/asl"),
            read("tests/commands/play.in"),
            "{name}"
        );
    }
}

/// A warning about our own workflows is a mistake in the workflow or in the warning.
#[test]
fn our_own_workflows_give_no_warning() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_comanda"))
        .args(["check", "generated/asl", "--deny-warnings"])
        .output()
        .expect("the command runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

/// No execution may grow beyond what AWS allows, nor give up one that it awaits.
#[test]
fn our_own_workflows_stay_within_the_limits() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_comanda"))
        .args(["bounds", "--of", "generated"])
        .output()
        .expect("the command runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Real machines, by path: none makes the command stumble, and every finding has a place and a page.
#[test]
fn samples_of_others() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = std::env::var_os("CONFORMANCE_DIR")
        .map_or_else(|| root.join("../shared/conformance"), Into::into);
    let Ok(text) = std::fs::read_to_string(data.join("definitions/workflows-collection.json"))
    else {
        eprintln!("skipped: there is no conformance data; set CONFORMANCE_DIR");
        return;
    };
    let samples: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let folder = tempfile::tempdir().expect("a folder");
    let items = samples["items"].as_array().expect("items");
    for (index, item) in items.iter().enumerate() {
        let path = folder.path().join(format!("{index:03}.asl.json"));
        std::fs::write(path, item["definition"].to_string()).expect("written");
    }
    let run = |arguments: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_comanda"))
            .args(arguments)
            .arg(folder.path())
            .output()
            .expect("the command runs");
        (output.status.code(), output.stdout)
    };
    let (code, listed) = run(&["check", "--json"]);
    // One of the samples is broken: `asl/tests/conformance/exceptions.json` says how.
    assert_eq!(code, Some(1));
    let listed: serde_json::Value = serde_json::from_slice(&listed).expect("JSON");
    assert_eq!(listed["files"].as_u64(), Some(items.len() as u64));
    let findings = listed["findings"].as_array().expect("findings");
    assert!(findings.len() > 100, "only {} findings", findings.len());
    let broken: std::collections::BTreeSet<&str> = findings
        .iter()
        .filter(|finding| finding["severity"] == "error")
        .filter_map(|finding| finding["file"].as_str())
        .collect();
    assert_eq!(broken.len(), 1, "{broken:?}");
    for finding in findings {
        assert!(finding["line"].as_u64() >= Some(1), "{finding}");
        let page = finding["code"]
            .as_str()
            .map(|code| format!("docs/errors/{code}.md"));
        assert!(root.join(page.expect("a code")).exists(), "{finding}");
    }
    assert_eq!(run(&["check"]).0, Some(1), "drawn");
}
