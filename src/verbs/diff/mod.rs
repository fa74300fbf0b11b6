//! `comanda diff`: what changes between two releases, in words, and whether executions that already run are safe.

pub mod sources;

use std::{collections::BTreeMap, fmt::Write as _, process::ExitCode};

use comanda_review::diff::{Change, Deployment, Verdict, diff, verdict};
use serde_json::json;

use crate::{failure::Failure, output::Output};

/// What changes between two releases, and whether executions that already run are safe.
///
/// A running execution keeps the definition that it was started with. What breaks it is what that definition calls and
/// hears once the code around it is new: tasks, signals, child workflows, permissions, tables.
#[derive(Debug, clap::Args)]
pub struct DiffArguments {
    /// What runs now: a git revision (its generated/), a folder like generated/, or one definition.
    #[arg(default_value = "HEAD")]
    old: String,
    /// What is to be deployed, likewise; what the code says where it is left out.
    new: Option<String>,
    /// Definitions name functions by their version, so that running executions keep the code that they started with.
    /// Signals still come from newer code.
    #[arg(long)]
    pinned: bool,
}

/// Tells the changes; fails where one breaks what runs.
pub fn run(arguments: &DiffArguments, output: &Output) -> Result<ExitCode, Failure> {
    let (old, new) = sources::both(&arguments.old, arguments.new.as_deref())?;
    let deployment = Deployment {
        pins_functions: arguments.pinned,
    };
    let changes = diff(&old, &new, deployment);
    let verdict = verdict(&changes);
    let knows_contracts = !old.tasks.is_empty() && !new.tasks.is_empty();
    let value = json!({ "safe": verdict != Verdict::Breaks, "changes": changes });
    output.result(&value, &text(&changes, verdict, knows_contracts))?;
    if verdict != Verdict::Breaks {
        return Ok(ExitCode::SUCCESS);
    }
    let breaking = changes
        .iter()
        .filter(|change| change.verdict == Verdict::Breaks)
        .count();
    let plural = if breaking == 1 { " breaks" } else { "s break" };
    Err(Failure::new(format!(
        "{breaking} change{plural} what already runs"
    ))
    .code("INCOMPATIBLE")
    .help("follow the help of each change marked with `!`, or deploy when nothing runs: comanda exec list"))
}

fn text(changes: &[Change], verdict: Verdict, knows_contracts: bool) -> String {
    let mut by_subject: Vec<(&str, Vec<&Change>)> = Vec::new();
    let mut places = BTreeMap::new();
    for change in changes {
        let subject = change.subject.as_str();
        let place = *places.entry(subject).or_insert_with(|| {
            by_subject.push((subject, Vec::new()));
            by_subject.len() - 1
        });
        if let Some((_, of_subject)) = by_subject.get_mut(place) {
            of_subject.push(change);
        }
    }
    let mut text = String::new();
    for (subject, changes) in by_subject {
        let _ = writeln!(text, "{subject}");
        for change in changes {
            told(change, &mut text);
        }
        text.push('\n');
    }
    text.push_str(match verdict {
        _ if changes.is_empty() => "Nothing changes.",
        Verdict::Breaks => "Executions that already run are not safe: see the changes marked with `!`.",
        _ if !knows_contracts => {
            "Executions that already run keep their definition. What it calls was not compared: there are no contracts here."
        }
        Verdict::Notice | Verdict::Safe => {
            "Executions that already run are safe: they keep their definition, and what it calls still answers it."
        }
    });
    text
}

fn told(change: &Change, text: &mut String) {
    let mark = match change.verdict {
        Verdict::Safe => ' ',
        Verdict::Notice => '·',
        Verdict::Breaks => '!',
    };
    let _ = writeln!(text, "{mark} {}", change.says);
    if let Some(because) = &change.because {
        let _ = writeln!(text, "      {because}");
    }
    for place in &change.places {
        let _ = writeln!(text, "      at {place}");
    }
    if let Some(help) = &change.help {
        let _ = writeln!(text, "      help: {help}");
    }
}
