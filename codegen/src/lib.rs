//! Workflows and tables to the files of `generated/`: pure functions from descriptions to text, and the one place that
//! compares the text with a folder.
//!
//! Nothing here decides anything about the business or about AWS: what a workflow is comes from `workflows`, what a
//! task may touch from `tasks`, what a table is from `domain`. The console draws with [`graph`] too.

mod asl;
pub mod deployed;
mod docs;
pub mod files;
pub mod graph;
mod manifest;
mod permissions;
pub mod project;
mod schemas;
mod tables;
mod tenants;

use std::path::Path;

use comanda_dsl::DefinitionErrors;

pub use files::COMMAND;
use files::{Difference, File, FolderError, Written};
use graph::{Graph, Picture, mermaid::mermaid, svg};
use project::Project;

/// The files could not be made, compared or written.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The workflows are wrong.
    #[error("{0}")]
    Definitions(&'static DefinitionErrors),
    /// The folder is out of reach.
    #[error(transparent)]
    Folder(#[from] FolderError),
}

/// Every file of `generated/`, in order of path. The same program makes the same files, byte for byte.
#[must_use]
pub fn generate(project: &Project) -> Vec<File> {
    let mut files = vec![manifest::file(project), tables::file(project.tables)];
    for workflow in project.workflows {
        files.push(asl::file(workflow));
        files.extend(pictures(&Graph::from(workflow).into()));
    }
    files.extend(schemas::files(project));
    files.extend(docs::files(project));
    files.sort();
    files
}

/// The deployment manifest.
#[must_use]
pub fn manifest(project: &Project) -> File {
    manifest::file(project)
}

/// Makes the folder hold what [`generate`] says, and nothing else.
pub fn write(folder: &Path) -> Result<Written, BuildError> {
    let project = Project::load().map_err(BuildError::Definitions)?;
    Ok(files::write(folder, &generate(&project))?)
}

/// What of the folder is not as [`generate`] says; `cargo run -- build` mends it.
pub fn check(folder: &Path) -> Result<Vec<Difference>, BuildError> {
    let project = Project::load().map_err(BuildError::Definitions)?;
    Ok(files::check(folder, &generate(&project))?)
}

/// A workflow as Mermaid, as a picture, and as the places of everything in the picture.
fn pictures(picture: &Picture) -> [File; 3] {
    let name = &picture.graph.name;
    let written_by = schemas::made_by();
    let places = serde_json::json!({
        "$comment": written_by,
        "graph": picture.graph,
        "layout": picture.layout,
    });
    let drawn = svg::svg(
        picture,
        svg::Purpose::File {
            written_by: &format!("Written by {COMMAND}; edits are lost."),
        },
    );
    [
        File::new(
            format!("diagrams/{name}.mmd"),
            format!("%% {written_by}\n{}", mermaid(&picture.graph)),
        ),
        File::new(format!("graphs/{name}.svg"), drawn),
        File::json(format!("graphs/{name}.json"), &places),
    ]
}

#[cfg(test)]
mod tests {
    use super::{generate, project::Project};

    #[test]
    fn every_file_says_who_writes_it() {
        for file in generate(&Project::load().unwrap()) {
            // A comment of XML may not hold two hyphens.
            let text = file.content.replace("run - - build", "run -- build");
            assert!(
                text.lines()
                    .take(4)
                    .any(|line| line.contains("cargo run -- build")),
                "{}",
                file.path
            );
            assert!(
                file.content.ends_with('\n'),
                "{} has no end of line",
                file.path
            );
        }
    }

    #[test]
    fn the_same_program_makes_the_same_files() {
        let project = Project::load().unwrap();
        let files = generate(&project);
        assert_eq!(files, generate(&project));
        assert!(files.windows(2).all(|pair| pair[0].path < pair[1].path));
    }

    #[test]
    fn all_that_the_issue_asks_for_is_there() {
        let paths: Vec<String> = generate(&Project::load().unwrap())
            .into_iter()
            .map(|file| file.path)
            .collect();
        for path in [
            "asl/order-lifecycle.asl.json",
            "diagrams/refund.mmd",
            "graphs/order-status.svg",
            "manifest.json",
            "schemas/pos/store-decision.json",
            "schemas/pos/store-message.json",
            "schemas/tasks/AcceptOrder.json",
            "tables.json",
        ] {
            assert!(
                paths.iter().any(|there| there == path),
                "no {path} in {paths:?}"
            );
        }
    }
}
