//! JSON that a person gives: written out on the command line, in a file, or on standard input.

use std::path::Path;

use comanda_asl::{json, validate::explain::of_json};
use comanda_engine::Json;

use super::check::files;
use crate::{
    failure::Failure,
    report::{self, Source},
};

/// Reads what an option was given; a mistake is shown at its place.
pub fn json(option: &str, given: &str) -> Result<Json, Failure> {
    let source = source(option, given)?;
    if let Err(error) = json::read(&source.text) {
        let explanation = of_json(&error, &source.text);
        return Err(report::failure(&source, "INVALID_INPUT", &explanation));
    }
    Json::from_text(source.text.trim())
        .map_err(|error| Failure::usage(format!("{option} is no JSON: {error}")))
}

/// The text itself, or that of the file it names.
fn source(option: &str, given: &str) -> Result<Source, Failure> {
    if given == "-" || Path::new(given).is_file() {
        return files::one(Path::new(given));
    }
    let looks_like_json = given
        .trim_start()
        .starts_with(|first: char| "{[\"-".contains(first) || first.is_ascii_digit())
        || matches!(given.trim(), "null" | "true" | "false");
    if !looks_like_json {
        return Err(Failure::usage(format!(
            "{option}: there is no file {given}, and it is no JSON either"
        ))
        .help(format!(
            "name a file, or write it out: {option} '{{\"id\": 7}}'"
        )));
    }
    Ok(Source {
        name: option.to_owned(),
        text: given.to_owned(),
    })
}
