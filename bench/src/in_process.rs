//! The fastest implementation that runs inside its caller's process: aws-local-stepfunctions, under node.

use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
    time::Duration,
};

use serde::Deserialize;
use serde_json::json;

use crate::{
    Failure,
    flows::Flow,
    servers::{run, work_directory},
};

/// Pinned: a claim is about this one.
const PACKAGE: &str = "aws-local-stepfunctions@3.0.0";
const PROGRAM: &str = include_str!("../node/measure.mjs");

/// What the program under node found.
#[derive(Deserialize)]
#[serde(untagged)]
enum Found {
    Rate { rate: f64 },
    Refused { refused: String },
}

/// Whether node and npm are here.
pub fn is_here() -> bool {
    ["node", "npm"]
        .iter()
        .all(|program| run(Command::new(program).arg("--version")).is_ok())
}

/// How many executions a second.
pub fn measure(flow: &Flow, concurrency: usize, time: Duration) -> Result<f64, Failure> {
    let directory = work_directory()?.join("node");
    fs::create_dir_all(&directory)?;
    if !directory
        .join("node_modules/aws-local-stepfunctions")
        .is_dir()
    {
        eprintln!("Installing {PACKAGE} in {}.", directory.display());
        run(Command::new("npm")
            .args([
                "install",
                "--silent",
                "--no-audit",
                "--no-fund",
                "--no-save",
                PACKAGE,
            ])
            .arg("--prefix")
            .arg(&directory))?;
    }
    let program = directory.join("measure.mjs");
    fs::write(&program, PROGRAM)?;
    let mut process = Command::new("node")
        .arg(&program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let task = json!({
        "definition": flow.definition,
        "input": flow.input,
        "output": flow.output,
        "concurrency": concurrency,
        "milliseconds": time.as_millis() as u64,
        "executionsMax": flow.executions_max,
    });
    let mut input = process.stdin.take().ok_or("node has no input")?;
    input.write_all(task.to_string().as_bytes())?;
    drop(input);
    let answer = process.wait_with_output()?;
    match serde_json::from_slice(&answer.stdout)? {
        Found::Rate { rate } => Ok(rate),
        Found::Refused { refused } => Err(refused.into()),
    }
}
