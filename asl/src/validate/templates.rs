//! Payload templates of JSONPath states: members whose names end in `.$` are computed.

use super::{findings::Findings, walk::StateAt};
use crate::{
    intrinsic::Expression,
    json::{Kind, Location, Node},
    model::QueryLanguage,
};

/// Where templates stand.
pub(super) const TEMPLATES: &[&[&str]] = &[
    &["Parameters"],
    &["ResultSelector"],
    &["ItemSelector"],
    &["Assign"],
    &["Credentials"],
    &["ItemReader", "Parameters"],
    &["ItemBatcher", "BatchInput"],
    &["ResultWriter", "Parameters"],
];

pub(super) fn check(state: &StateAt<'_>, findings: &mut Findings) {
    if state.language != QueryLanguage::JsonPath {
        return;
    }
    for (location, node) in all(state) {
        template(node, &location, findings);
    }
    if let Some(result) = state.node.get("Result") {
        static_result(result, &state.location.name("Result"), findings);
    }
}

/// All templates of a state, those of its rules and catchers among them.
pub(super) fn all<'document>(state: &StateAt<'document>) -> Vec<(Location, &'document Node)> {
    let mut found = Vec::new();
    for way in TEMPLATES {
        let mut location = state.location.clone();
        let mut node = Some(state.node);
        for name in *way {
            location = location.name(name);
            node = node.and_then(|node| node.get(name));
        }
        found.extend(node.map(|node| (location, node)));
    }
    for list in ["Choices", "Catch"] {
        for (index, item) in state
            .node
            .get(list)
            .map(Node::elements)
            .unwrap_or_default()
            .iter()
            .enumerate()
        {
            let location = state.location.name(list).index(index).name("Assign");
            found.extend(item.get("Assign").map(|node| (location, node)));
        }
    }
    found
}

fn template(node: &Node, location: &Location, findings: &mut Findings) {
    for (index, element) in node.elements().iter().enumerate() {
        template(element, &location.index(index), findings);
    }
    for member in node.members() {
        match member.name.strip_suffix(".$") {
            Some(plain) => {
                computed(&member.name, &member.node, location, findings);
                if node.get(plain).is_some() {
                    let message = format!(
                        "The field '{plain}' is given twice, as '{plain}' and as '{}'",
                        member.name
                    );
                    findings.schema(location, message);
                }
            }
            None => {
                forgotten(&member.name, &member.node, location, findings);
                template(&member.node, &location.name(&member.name), findings);
            }
        }
    }
}

/// AWS puts the place at the object, not at the member.
fn computed(name: &str, value: &Node, location: &Location, findings: &mut Findings) {
    let is_valid = value
        .text()
        .is_some_and(|text| text.contains("${") || Expression::parse(text).is_ok());
    if !is_valid {
        findings.schema_of(
            location,
            name,
            format!("The value for the field '{name}' must be a valid JSONPath or a valid intrinsic function call"),
        );
    }
}

/// `"a": "$.b"` is the text `$.b`, which is hardly ever meant.
fn forgotten(name: &str, value: &Node, location: &Location, findings: &mut Findings) {
    if value.text().is_some_and(looks_computed) {
        let message = format!(
            "The value of '{name}' looks like a path or a function, but '{name}' does not end in '.$'"
        );
        findings.service_warning("NO_DOLLAR", &location.name(name), message);
    }
}

fn static_result(node: &Node, location: &Location, findings: &mut Findings) {
    for (index, element) in node.elements().iter().enumerate() {
        static_result(element, &location.index(index), findings);
    }
    for member in node.members() {
        let location = location.name(&member.name);
        match &member.node.kind {
            Kind::Text(text) if member.name.ends_with(".$") || looks_computed(text) => {
                let message = "The result of a Pass state is passed on as it is: paths and functions in it are text";
                findings.service_warning("PASS_RESULT_IS_STATIC", &location, message);
            }
            _ => static_result(&member.node, &location, findings),
        }
    }
}

fn looks_computed(text: &str) -> bool {
    let begins = text.starts_with("$.") || text.starts_with("$$.") || text.starts_with("States.");
    begins && Expression::parse(text).is_ok()
}
