//! States that do not exist, are never reached, or do not end.

use super::{Explanation, Related, Suggestion, quoted, similar};
use crate::{
    json::{Node, Step},
    model::WorkflowKind,
    validate::{
        Diagnostic,
        walk::{self, MachineAt},
    },
};

pub(super) fn explain(diagnostic: &Diagnostic, root: &Node, explanation: &mut Explanation) {
    match diagnostic.code {
        "MISSING_TRANSITION_TARGET" => {
            match diagnostic.message.strip_prefix("Missing 'Next' target: ") {
                Some(target) => missing(diagnostic, target, root, explanation),
                None => unreached(diagnostic, explanation),
            }
        }
        "MISSING_END_STATE" => {
            explanation.title = "no state ends the workflow".to_owned();
            explanation.help = Some(
                "add \"End\": true to the state that comes last, or a Succeed state".to_owned(),
            );
        }
        "DUPLICATE_STATE_NAME" => first_of_the_name(diagnostic, root, explanation),
        _ => {}
    }
}

fn missing(diagnostic: &Diagnostic, target: &str, root: &Node, explanation: &mut Explanation) {
    let Some(location) = &diagnostic.location else {
        return;
    };
    explanation.title = match location.state() {
        Some(state) => format!("state \"{state}\" goes to \"{target}\", which does not exist"),
        None => format!("the workflow starts at \"{target}\", which does not exist"),
    };
    explanation.label = Some("no such state".to_owned());
    let machines = walk::machines(root, WorkflowKind::Standard);
    let own = machines
        .iter()
        .filter(|machine| location.steps().starts_with(machine.location.steps()))
        .max_by_key(|machine| machine.location.steps().len());
    let Some(own) = own else {
        return;
    };
    if let Some(name) = similar(target, own.states.iter().map(|state| state.name)) {
        explanation
            .related
            .extend(name_of(own, name, "similar name"));
        explanation.suggestion = Some(Suggestion {
            message: "a state with a similar name exists".to_owned(),
            span: explanation.span,
            replacement: quoted(name),
        });
        return;
    }
    let elsewhere = machines
        .iter()
        .find_map(|machine| name_of(machine, target, "this one is in another branch or Map"));
    explanation.help = Some(match &elsewhere {
        Some(_) => {
            "a state can only lead to states beside it: in the same branch, or in the same Map"
                .to_owned()
        }
        None => {
            let names: Vec<String> = own.states.iter().map(|state| quoted(state.name)).collect();
            format!("there are: {}", names.join(", "))
        }
    });
    explanation.related.extend(elsewhere);
}

fn unreached(diagnostic: &Diagnostic, explanation: &mut Explanation) {
    let state = diagnostic
        .location
        .as_ref()
        .and_then(|location| location.state())
        .unwrap_or_default();
    explanation.title = format!("no way leads to state \"{state}\"");
    explanation.label = Some("never entered".to_owned());
    explanation.help = Some("let a state lead to it, or remove it".to_owned());
}

fn first_of_the_name(diagnostic: &Diagnostic, root: &Node, explanation: &mut Explanation) {
    let Some(Step::Name(name)) = diagnostic
        .location
        .as_ref()
        .and_then(|location| location.steps().last())
    else {
        return;
    };
    explanation.title = format!("two states are called \"{name}\"");
    explanation.help =
        Some("names are unique over the whole definition, branches and Maps included".to_owned());
    let machines = walk::machines(root, WorkflowKind::Standard);
    let first = machines
        .iter()
        .find_map(|machine| name_of(machine, name, "the first one"))
        .filter(|first| first.span != explanation.span);
    explanation.related.extend(first);
}

/// The name of a state where it is defined.
fn name_of(machine: &MachineAt<'_>, name: &str, label: &str) -> Option<Related> {
    let member = machine.node.get("States")?.member(name)?;
    Some(Related {
        span: member.name_span,
        label: label.to_owned(),
    })
}
