//! `comanda build`: writes generated/ from the workflows, contracts and tables, or checks that it is fresh.

use std::{path::PathBuf, process::ExitCode};

use serde_json::json;

use crate::{failure::Failure, output::Output};

/// Write generated/, or check that it is fresh.
#[derive(Debug, clap::Args)]
pub struct BuildArguments {
    /// Write nothing; fail with a diff where a file is stale.
    #[arg(long)]
    check: bool,
    /// The folder.
    #[arg(long, value_name = "DIR", default_value = "generated")]
    folder: PathBuf,
}

/// Writes or checks.
pub fn run(arguments: &BuildArguments, output: &Output) -> Result<ExitCode, Failure> {
    let failed = |error: comanda_codegen::BuildError| Failure::new(error.to_string());
    if arguments.check {
        let differences = comanda_codegen::check(&arguments.folder).map_err(failed)?;
        if differences.is_empty() {
            output.result(
                &json!({ "fresh": true }),
                &format!("{} is fresh.", arguments.folder.display()),
            )?;
            return Ok(ExitCode::SUCCESS);
        }
        let texts: Vec<String> = differences.iter().map(ToString::to_string).collect();
        let value = json!({ "fresh": false, "differences": texts });
        output.result(&value, &texts.join("\n"))?;
        return Err(Failure::new(format!(
            "{} of the generated files are not fresh",
            differences.len()
        ))
        .help(format!(
            "write them anew, and read the diff: {}",
            comanda_codegen::COMMAND
        )));
    }
    let written = comanda_codegen::write(&arguments.folder).map_err(failed)?;
    let mut lines: Vec<String> = written
        .changed
        .iter()
        .map(|path| format!("wrote    {path}"))
        .collect();
    lines.extend(
        written
            .removed
            .iter()
            .map(|path| format!("removed  {path}")),
    );
    lines.push(format!(
        "{} files unchanged in {}",
        written.unchanged,
        arguments.folder.display()
    ));
    let value = json!({ "changed": written.changed, "removed": written.removed, "unchanged": written.unchanged });
    output.result(&value, &lines.join("\n"))?;
    Ok(ExitCode::SUCCESS)
}
