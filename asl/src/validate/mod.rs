//! Says everything that is wrong with a definition at once, in AWS's words where AWS has them.
//!
//! All checks look at the document rather than at the model: what is wrong with a document often keeps it from becoming a
//! model. Each concern has a file. Three parties speak ([`Origin`]): the language, the service, and we.

mod advice;
mod choices;
mod create;
mod diagnostic;
pub mod explain;
mod expressions;
mod findings;
mod languages;
mod maps;
mod names;
mod paths;
mod resources;
mod retry_catch;
mod schema;
mod templates;
mod transitions;
mod variables;
mod walk;

pub use create::{Refusal, refusal};
pub use diagnostic::{Diagnostic, Origin, Place, Severity};
pub use variables::references as variable_references;

use findings::Findings;

use crate::{
    document,
    json::{self, Node},
    model::{StateMachine, WorkflowKind},
};

/// What became of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The definition, if there is enough of one, whatever else is wrong with it.
    pub machine: Option<StateMachine>,
    /// All findings, errors and warnings, in the order in which AWS reports them; advice last.
    pub diagnostics: Vec<Diagnostic>,
}

impl Checked {
    /// Whether AWS would take the definition.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Reads a text and says everything that is wrong with it, with the places in the text.
#[must_use]
pub fn check(text: &str, kind: WorkflowKind) -> Checked {
    let root = match json::read(text) {
        Ok(root) => root,
        Err(error) => {
            return Checked {
                machine: None,
                diagnostics: vec![broken(text, &error)],
            };
        }
    };
    if !root.is_object() {
        return Checked {
            machine: None,
            diagnostics: vec![no_object()],
        };
    }
    let mut diagnostics = check_document(&root, kind);
    let machine = document::from_value(&root.to_value());
    if machine.is_none() && !diagnostics.iter().any(Diagnostic::is_error) {
        // Nobody should be told that all is well with what cannot be run.
        let message = "The definition has a part that cannot be read: compare it with the language's specification";
        diagnostics.push(about_all(message));
    }
    for diagnostic in &mut diagnostics {
        let span = span(diagnostic, &root);
        diagnostic.place = Some(Place {
            span,
            position: json::position(text, span.start),
        });
    }
    Checked {
        machine,
        diagnostics,
    }
}

/// Says everything that is wrong with a definition that was not read from text.
#[must_use]
pub fn validate(machine: &StateMachine, kind: WorkflowKind) -> Vec<Diagnostic> {
    check_document(&Node::from(&document::to_value(machine)), kind)
}

fn check_document(root: &Node, kind: WorkflowKind) -> Vec<Diagnostic> {
    let mut findings = Findings::default();
    let machines = walk::machines(root, kind);
    for machine in &machines {
        schema::machine(machine, &mut findings);
        for state in &machine.states {
            languages::check(state, &machines, &mut findings);
            schema::state(state, &mut findings);
            choices::check(state, &mut findings);
            paths::check(state, &mut findings);
            templates::check(state, &mut findings);
            expressions::check(state, &mut findings);
            variables::check(state, &mut findings);
            retry_catch::check(state, &mut findings);
            resources::check(machine, state, &mut findings);
            maps::check(machine, state, &mut findings);
        }
    }
    names::check(&machines, &mut findings);
    transitions::check(&machines, &mut findings);
    let is_sound = findings.has_no_errors();
    // Advice on a definition that cannot be used would only hide what has to be mended first.
    if is_sound {
        advice::check(root, &machines, &mut findings);
    }
    findings.into_diagnostics()
}

/// What a finding is about in the text: the member's name where a member is meant, else the value.
fn span(diagnostic: &Diagnostic, root: &Node) -> json::Span {
    let Some(location) = &diagnostic.location else {
        return root.span;
    };
    let member = diagnostic
        .member
        .as_deref()
        .and_then(|name| location.node(root)?.member(name));
    member.map_or_else(|| location.span(root), |member| member.name_span)
}

fn broken(text: &str, error: &json::Error) -> Diagnostic {
    if matches!(error.mistake, json::Mistake::Empty) {
        return no_object();
    }
    Diagnostic {
        severity: Severity::Error,
        origin: Origin::Language,
        code: "INVALID_JSON_DESCRIPTION",
        message: error.message(),
        location: None,
        member: None,
        place: Some(Place {
            span: json::Span {
                start: error.offset,
                end: error.offset,
            },
            position: json::position(text, error.offset),
        }),
        help: None,
    }
}

fn no_object() -> Diagnostic {
    about_all("Definition must be a valid JSON object")
}

fn about_all(message: &str) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        origin: Origin::Language,
        code: findings::SCHEMA,
        message: message.to_owned(),
        location: None,
        member: None,
        place: None,
        help: None,
    }
}

#[cfg(test)]
mod tests;
