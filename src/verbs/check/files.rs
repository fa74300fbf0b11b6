//! Which files are meant: those named, those that a pattern fits, those in a folder, standard input.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
};

use comanda_asl::json;

use crate::{failure::Failure, report::Source};

/// What was found to check.
#[derive(Debug, Default)]
pub struct Found {
    /// The texts, in the order they were named, folders in the order of their files' names.
    pub sources: Vec<Source>,
    /// How many JSON files of folders are something else than state machines.
    pub left_out: usize,
}

/// Reads everything that the arguments name.
pub fn find(arguments: &[String]) -> Result<Found, Failure> {
    let mut found = Found::default();
    for argument in arguments {
        let path = Path::new(argument);
        if argument == "-" {
            found.sources.push(standard_input()?);
        } else if path.is_dir() {
            folder(path, &mut found)?;
        } else if !path.exists() && argument.contains(['*', '?', '[']) {
            pattern(argument, &mut found)?;
        } else {
            found.sources.push(read(path)?);
        }
    }
    Ok(found)
}

/// Reads one file, or standard input.
pub fn one(path: &Path) -> Result<Source, Failure> {
    if path.as_os_str() == "-" {
        standard_input()
    } else {
        read(path)
    }
}

/// Reads one file.
pub fn read(path: &Path) -> Result<Source, Failure> {
    let name = path.display().to_string();
    if is_yaml(path) {
        return Err(
            Failure::usage(format!("{name} is YAML, and only JSON is read here")).help(format!(
                "convert it first: yq -o=json . {name} | comanda check -"
            )),
        );
    }
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("{name} cannot be read: {error}")))?;
    Ok(Source { name, text })
}

fn standard_input() -> Result<Source, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::usage(format!("standard input cannot be read: {error}")))?;
    Ok(Source {
        name: "<stdin>".to_owned(),
        text,
    })
}

fn pattern(pattern: &str, found: &mut Found) -> Result<(), Failure> {
    let paths = glob::glob(pattern)
        .map_err(|error| Failure::usage(format!("{pattern} is no pattern: {error}")))?;
    let paths: Vec<PathBuf> = paths.filter_map(Result::ok).collect();
    if paths.is_empty() {
        return Err(Failure::usage(format!("no file fits {pattern}")));
    }
    paths
        .iter()
        .filter(|path| path.is_file())
        .try_for_each(|path| of_many(path, found))
}

/// Every `*.asl.json` below, and every `*.json` that holds a state machine.
fn folder(folder: &Path, found: &mut Found) -> Result<(), Failure> {
    let entries = std::fs::read_dir(folder)
        .map_err(|error| Failure::usage(format!("{} cannot be read: {error}", folder.display())))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_foreign = name.starts_with('.') || name == "node_modules" || name == "target";
        if path.is_dir() && !is_foreign {
            self::folder(&path, found)?;
        } else if path.is_file() && name.ends_with(".json") {
            of_many(&path, found)?;
        }
    }
    Ok(())
}

/// A file that was not named itself may be something else; its name says whether it is meant to be a definition.
fn of_many(path: &Path, found: &mut Found) -> Result<(), Failure> {
    let is_meant = path.to_string_lossy().ends_with(".asl.json");
    match read(path) {
        Ok(source) if is_meant || is_machine(&source.text) => found.sources.push(source),
        Err(failure) if is_meant => return Err(failure),
        _ => found.left_out += 1,
    }
    Ok(())
}

fn is_machine(text: &str) -> bool {
    json::read(text).is_ok_and(|root| root.get("StartAt").is_some() && root.get("States").is_some())
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "yaml" || extension == "yml")
}
