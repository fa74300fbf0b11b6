//! Workflow variables: their names, and which state refers to which.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    expressions,
    findings::Findings,
    templates,
    walk::{self, StateAt},
};
use crate::{
    document,
    intrinsic::Expression,
    json::{Location, Node},
    jsonata,
    model::{QueryLanguage, StateMachine, WorkflowKind},
};

const NAME_CHARACTERS_MAX: usize = 80;

/// The variables that each state refers to, as DescribeStateMachine lists them: states without any are left out.
#[must_use]
pub fn references(machine: &StateMachine) -> BTreeMap<String, BTreeSet<String>> {
    let root = Node::from(&document::to_value(machine));
    walk::machines(&root, WorkflowKind::Standard)
        .iter()
        .flat_map(|machine| &machine.states)
        .map(|state| (state.name.to_owned(), of_state(state)))
        .filter(|(_, variables)| !variables.is_empty())
        .collect()
}

pub(super) fn check(state: &StateAt<'_>, findings: &mut Findings) {
    let mut assignments = vec![(state.location.clone(), state.node)];
    for list in ["Choices", "Catch"] {
        for (index, item) in state
            .node
            .get(list)
            .map(Node::elements)
            .unwrap_or_default()
            .iter()
            .enumerate()
        {
            assignments.push((state.location.name(list).index(index), item));
        }
    }
    for (location, node) in assignments {
        for member in node.get("Assign").map(Node::members).unwrap_or_default() {
            let name = match state.language {
                QueryLanguage::JsonPath => member.name.strip_suffix(".$").unwrap_or(&member.name),
                QueryLanguage::Jsonata => &member.name,
            };
            name_of(name, &location.name("Assign").name(&member.name), findings);
        }
    }
}

/// The variables that a state sets, by whichever of its ways out.
pub(super) fn assigned(state: &StateAt<'_>) -> BTreeSet<String> {
    let inner = ["Choices", "Catch"]
        .iter()
        .filter_map(|list| state.node.get(list))
        .flat_map(Node::elements);
    std::iter::once(state.node)
        .chain(inner)
        .filter_map(|node| node.get("Assign"))
        .flat_map(Node::members)
        .map(|member| {
            member
                .name
                .strip_suffix(".$")
                .unwrap_or(&member.name)
                .to_owned()
        })
        .collect()
}

/// The variables that a state refers to.
pub(super) fn of_state(state: &StateAt<'_>) -> BTreeSet<String> {
    let mut variables = BTreeSet::new();
    match state.language {
        QueryLanguage::Jsonata => {
            for at in expressions::all(state) {
                let analysis = jsonata::expression(at.text).map(jsonata::analyse);
                if let Some(Ok(references)) = analysis {
                    variables.extend(references.variables);
                }
            }
        }
        QueryLanguage::JsonPath => {
            for (_, template) in templates::all(state) {
                computed(template, &mut variables);
            }
            paths(state.node, &mut variables);
        }
    }
    variables
}

fn name_of(name: &str, location: &Location, findings: &mut Findings) {
    let begins = name.starts_with(|first: char| first.is_alphabetic() || first == '_');
    if name == "states" {
        let message = "Cannot assign to reserved variable '$states'.";
        findings.error("RESERVED_VARIABLE_NAME", Some(location), message);
    } else if !begins
        || !name
            .chars()
            .all(|character| character.is_alphanumeric() || character == '_')
    {
        let message = format!(
            "Invalid variable name '{name}': the variable name contains invalid characters."
        );
        findings.error("INVALID_VARIABLE_NAME", Some(location), message);
    } else if name.chars().count() > NAME_CHARACTERS_MAX {
        let message =
            format!("Invalid variable name '{name}': the variable name exceeds 80 characters.");
        findings.error("INVALID_VARIABLE_NAME", Some(location), message);
    }
}

/// The computed members of a template.
fn computed(node: &Node, variables: &mut BTreeSet<String>) {
    node.elements()
        .iter()
        .for_each(|element| computed(element, variables));
    for member in node.members() {
        match member.node.text() {
            Some(text) if member.name.ends_with(".$") => expression(text, variables),
            _ => computed(&member.node, variables),
        }
    }
}

/// The path fields of a state, and of its rules and catchers: everything whose name says that it is one.
fn paths(node: &Node, variables: &mut BTreeSet<String>) {
    for member in node.members() {
        let name = member.name.as_str();
        match member.node.text() {
            Some(text) if name.ends_with("Path") || name == "Variable" => {
                expression(text, variables)
            }
            _ if matches!(
                name,
                "Choices"
                    | "And"
                    | "Or"
                    | "Not"
                    | "Catch"
                    | "ItemReader"
                    | "ReaderConfig"
                    | "ItemBatcher"
            ) =>
            {
                paths(&member.node, variables);
                member
                    .node
                    .elements()
                    .iter()
                    .for_each(|element| paths(element, variables));
            }
            _ => {}
        }
    }
}

fn expression(text: &str, variables: &mut BTreeSet<String>) {
    if let Ok(expression) = Expression::parse(text) {
        variables.extend(
            expression
                .paths()
                .iter()
                .filter_map(|path| path.variable())
                .map(str::to_owned),
        );
    }
}
