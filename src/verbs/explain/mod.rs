//! `comanda explain`: the page about a code, from `docs/errors/`.

mod pages;

use std::process::ExitCode;

use serde_json::json;

use super::similar;
use crate::{failure::Failure, output::Output};
use pages::PAGES;

/// What a code means, an example of it, and what to try.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda explain                             all codes
  comanda explain MISSING_TRANSITION_TARGET
  comanda explain States.DataLimitExceeded")]
pub struct ExplainArguments {
    /// The code, as `check`, `play` or an execution has shown it; without it, a list of all.
    code: Option<String>,
}

/// Prints it.
pub fn run(arguments: &ExplainArguments, output: &Output) -> Result<ExitCode, Failure> {
    match &arguments.code {
        Some(code) => {
            let (code, text) = page(code)?;
            output.result(&json!({ "code": code, "page": text }), text)?;
        }
        None => {
            let rows: Vec<Vec<String>> = PAGES
                .iter()
                .map(|(code, text)| vec![(*code).to_owned(), summary(text).to_owned()])
                .collect();
            let listed: Vec<_> = PAGES
                .iter()
                .map(|(code, text)| json!({ "code": code, "summary": summary(text) }))
                .collect();
            output.result(
                &json!(listed),
                &super::table(&["CODE", "WHAT IT MEANS"], rows),
            )?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The page about a code; a similar code is offered where there is none.
pub fn page(code: &str) -> Result<(&'static str, &'static str), Failure> {
    let known = PAGES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(code));
    known.copied().ok_or_else(|| {
        let failure = Failure::usage(format!("there is no page about {code}"));
        match similar(code, PAGES.iter().map(|(known, _)| *known)) {
            Some(known) => failure.help(format!("a similar code exists: comanda explain {known}")),
            None => failure.help("all codes: comanda explain"),
        }
    })
}

/// The first sentence below the heading.
fn summary(page: &str) -> &str {
    page.lines()
        .skip(1)
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default()
}
