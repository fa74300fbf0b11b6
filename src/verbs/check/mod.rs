//! `comanda check`: says everything that is wrong with definitions, anybody's, with the place and the edit.

pub mod files;

use std::process::ExitCode;

use comanda_asl::{
    Diagnostic, Origin, Severity, WorkflowKind, check,
    json::position,
    validate::explain::{Explainer, Explanation},
};
use serde::Serialize;

use super::explain;
use crate::{
    failure::Failure,
    output::Output,
    report::{self, Source},
};

/// Everything that is wrong with a definition in Amazon States Language, ours or not.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda check order.asl.json
  comanda check generated/asl                     every state machine in a folder
  comanda check 'workflows/**/*.asl.json'         every file that fits
  aws stepfunctions describe-state-machine --state-machine-arn ARN --query definition --output text | comanda check -

Exit code: 0 nothing is wrong, 1 something is, 2 the files cannot be read. See also: comanda explain CODE")]
pub struct CheckArguments {
    /// Files, folders, patterns, or - for standard input.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
    /// The kind of workflow: AWS allows an Express workflow less.
    #[arg(long = "type", value_name = "KIND", default_value = "standard")]
    kind: Kind,
    /// Warnings count as errors.
    #[arg(long)]
    deny_warnings: bool,
    /// Say nothing about warnings of this code; may be given several times.
    #[arg(long, value_name = "CODE")]
    allow: Vec<String>,
}

/// The kind of workflow.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum Kind {
    /// At most a year, billed by transition.
    Standard,
    /// At most five minutes, billed by time.
    Express,
}

impl From<Kind> for WorkflowKind {
    fn from(kind: Kind) -> WorkflowKind {
        match kind {
            Kind::Standard => WorkflowKind::Standard,
            Kind::Express => WorkflowKind::Express,
        }
    }
}

/// A finding as `--json` prints it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding<'a> {
    file: &'a str,
    code: &'static str,
    severity: &'static str,
    /// `language`, `service` or `advice`: whose rule it is.
    origin: &'static str,
    /// AWS's sentence, where AWS has one.
    message: &'a str,
    /// The same in plain words.
    title: &'a str,
    /// Where in the document, as a JSON pointer.
    pointer: Option<String>,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    help: Option<&'a str>,
    edit: Option<Edit<'a>>,
}

/// An edit to try: the characters from the byte `start` to the byte `end` give way to `replacement`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Edit<'a> {
    message: &'a str,
    start: usize,
    end: usize,
    replacement: &'a str,
}

/// What all files together have.
#[derive(Debug, Default)]
struct Sum {
    files: usize,
    errors: usize,
    warnings: usize,
    /// The code to look up: the first error's, else the first warning's.
    code: Option<(Severity, &'static str)>,
}

/// Checks them all.
pub fn run(arguments: &CheckArguments, output: &Output) -> Result<ExitCode, Failure> {
    for code in &arguments.allow {
        explain::page(code)?;
    }
    let found = files::find(&arguments.files)?;
    let mut sum = Sum {
        files: found.sources.len(),
        ..Sum::default()
    };
    let (mut drawn, mut listed) = (String::new(), Vec::new());
    for source in &found.sources {
        let checked = check(&source.text, arguments.kind.into());
        let explainer = Explainer::new(&source.text);
        for mut diagnostic in checked.diagnostics {
            let is_allowed = arguments
                .allow
                .iter()
                .any(|code| code.eq_ignore_ascii_case(diagnostic.code));
            if is_allowed && diagnostic.severity == Severity::Warning {
                continue;
            }
            if arguments.deny_warnings {
                diagnostic.severity = Severity::Error;
            }
            sum.add(&diagnostic);
            let explanation = explainer.explain(&diagnostic);
            if output.json {
                listed.push(as_json(source, &diagnostic, &explanation)?);
            } else {
                drawn += &report::draw(source, diagnostic.severity, diagnostic.code, &explanation);
                drawn += "\n\n";
            }
        }
    }
    if found.left_out > 0 {
        output.note(&format!(
            "note: {} of the JSON files are no state machines and were left out",
            found.left_out
        ));
    }
    drawn += &sum.words();
    let value = serde_json::json!({
        "files": sum.files, "errors": sum.errors, "warnings": sum.warnings, "findings": listed,
    });
    output.result(&value, &drawn)?;
    if found.sources.is_empty() {
        return Err(Failure::usage("there is no state machine to check")
            .help("name a file: comanda check order.asl.json"));
    }
    Ok(if sum.errors == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Draws the errors of a definition that is to be run, or gives it back: only what is right can be.
pub fn demand(source: &Source, kind: WorkflowKind) -> Result<comanda_asl::StateMachine, Failure> {
    let checked = check(&source.text, kind);
    let explainer = Explainer::new(&source.text);
    let errors: Vec<&Diagnostic> = checked
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.is_error())
        .collect();
    let drawn: String = errors
        .iter()
        .map(|error| {
            let explanation = explainer.explain(error);
            report::draw(source, error.severity, error.code, &explanation) + "\n\n"
        })
        .collect();
    match checked.machine {
        Some(machine) if errors.is_empty() => Ok(machine),
        _ => {
            let sentence = format!("{} has {}", source.name, counted(errors.len(), "error"));
            let help = format!("all findings: comanda check {}", source.name);
            Err(Failure::usage(&sentence)
                .drawn(format!("{drawn}error: {sentence}\nhelp: {help}"))
                .help(help))
        }
    }
}

impl Sum {
    fn add(&mut self, diagnostic: &Diagnostic) {
        match diagnostic.severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
        }
        let is_worse = self
            .code
            .is_none_or(|(severity, _)| severity < diagnostic.severity);
        if is_worse {
            self.code = Some((diagnostic.severity, diagnostic.code));
        }
    }

    fn words(&self) -> String {
        let files = counted(self.files, "file");
        let Some((_, code)) = self.code else {
            return format!("Checked {files}: nothing to say.");
        };
        let counts: Vec<String> = [(self.errors, "error"), (self.warnings, "warning")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| counted(count, what))
            .collect();
        format!(
            "Checked {files}: {}. More about a code: comanda explain {code}",
            counts.join(", ")
        )
    }
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

fn as_json(
    source: &Source,
    diagnostic: &Diagnostic,
    explanation: &Explanation,
) -> Result<serde_json::Value, Failure> {
    let start = position(&source.text, explanation.span.start);
    let end = position(&source.text, explanation.span.end);
    let finding = Finding {
        file: &source.name,
        code: diagnostic.code,
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        origin: match diagnostic.origin {
            Origin::Language => "language",
            Origin::Service => "service",
            Origin::Advice => "advice",
        },
        message: &diagnostic.message,
        title: &explanation.title,
        pointer: diagnostic
            .location
            .as_ref()
            .map(comanda_asl::json::Location::pointer),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        help: explanation.help.as_deref().or_else(|| {
            let suggestion = explanation.suggestion.as_ref()?;
            Some(&suggestion.message)
        }),
        edit: explanation.suggestion.as_ref().map(|suggestion| Edit {
            message: &suggestion.message,
            start: suggestion.span.start,
            end: suggestion.span.end,
            replacement: &suggestion.replacement,
        }),
    };
    serde_json::to_value(finding)
        .map_err(|error| Failure::new(format!("a finding cannot be printed as JSON: {error}")))
}
