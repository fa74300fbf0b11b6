//! Holds the language against what AWS answered and what validators say. The cases are not ours and not in this
//! repository: they are read from `$CONFORMANCE_DIR`, else from `shared/conformance` beside one of the folders above.
//!
//! Each family ends in one line `name: N passed, N failed`. What is known to differ is listed in `exceptions.json` with its
//! reason (for the engine's runner too); an exception that does not differ any more is a failure. A case that the list does
//! not know is simply judged, and a file that is not there is named.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test, which clippy cannot see for want of the usual harness"
)]

mod cases;
mod families;
mod report;

use std::{env, path::PathBuf, process::ExitCode};

fn main() -> ExitCode {
    let Some(directory) = directory() else {
        println!(
            "conformance: skipped, the cases are not here: set CONFORMANCE_DIR to their directory"
        );
        return ExitCode::SUCCESS;
    };
    let exceptions = report::Exceptions::read();
    let mut reports = families::recorded(&directory);
    reports.extend(families::definitions(&directory));
    if reports.iter().all(report::Report::is_empty) {
        println!(
            "conformance: 0 passed, 0 failed: {} holds no case",
            directory.display()
        );
        return ExitCode::FAILURE;
    }
    let mut failed = 0;
    for report in &mut reports {
        failed += report.close(&exceptions);
    }
    failed += exceptions.stale(&reports);
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The directory of the cases, if there is one.
fn directory() -> Option<PathBuf> {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    if let Some(directory) = env::var_os("CONFORMANCE_DIR") {
        // Cargo runs tests in their package; what is relative is meant from the workspace.
        return Some(package.join("..").join(directory));
    }
    package
        .ancestors()
        .map(|folder| folder.join("shared/conformance"))
        .find(|folder| folder.is_dir())
}
