//! Finds every machine and state of a document, however deep, so that each check is a plain loop.

use crate::{
    json::{Location, Node},
    model::{QueryLanguage, WorkflowKind},
};

/// A machine: the whole, a branch, or the processor of a Map.
pub(super) struct MachineAt<'document> {
    pub(super) node: &'document Node,
    pub(super) location: Location,
    pub(super) is_root: bool,
    /// The kind of execution that runs it: the children of a distributed Map choose theirs.
    pub(super) kind: WorkflowKind,
    /// Whether it is the processor of a distributed Map, which sees no variables of outside.
    pub(super) is_distributed: bool,
    /// The index of the machine that this one is inside.
    pub(super) parent: Option<usize>,
    pub(super) states: Vec<StateAt<'document>>,
}

/// A state.
pub(super) struct StateAt<'document> {
    pub(super) name: &'document str,
    pub(super) node: &'document Node,
    pub(super) location: Location,
    pub(super) type_name: &'document str,
    pub(super) language: QueryLanguage,
}

/// All machines, each before those inside it.
pub(super) fn machines(root: &Node, kind: WorkflowKind) -> Vec<MachineAt<'_>> {
    let language = language(root, QueryLanguage::JsonPath);
    let mut machines = vec![machine(root, Location::root(), kind, language)];
    let mut next = 0;
    while let Some(outer) = machines.get(next) {
        let mut inner: Vec<MachineAt<'_>> = outer
            .states
            .iter()
            .flat_map(|state| inner_machines(state, outer.kind, language))
            .collect();
        inner
            .iter_mut()
            .for_each(|machine| machine.parent = Some(next));
        machines.extend(inner);
        next += 1;
    }
    if let Some(first) = machines.first_mut() {
        first.is_root = true;
    }
    machines
}

/// AWS takes exactly `JSONPath` for JSONPath and any other value that is there for JSONata.
pub(super) fn language(node: &Node, inherited: QueryLanguage) -> QueryLanguage {
    match node.get("QueryLanguage") {
        None => inherited,
        Some(value) if value.text() == Some("JSONPath") => QueryLanguage::JsonPath,
        Some(_) => QueryLanguage::Jsonata,
    }
}

fn machine(
    node: &Node,
    location: Location,
    kind: WorkflowKind,
    language_of_root: QueryLanguage,
) -> MachineAt<'_> {
    let states_location = location.name("States");
    let states = node
        .get("States")
        .map(Node::members)
        .unwrap_or_default()
        .iter()
        .map(|member| StateAt {
            name: &member.name,
            node: &member.node,
            location: states_location.name(&member.name),
            type_name: member.node.text_of("Type").unwrap_or_default(),
            language: language(&member.node, language_of_root),
        })
        .collect();
    MachineAt {
        node,
        location,
        is_root: false,
        kind,
        is_distributed: false,
        parent: None,
        states,
    }
}

fn inner_machines<'document>(
    state: &StateAt<'document>,
    kind: WorkflowKind,
    language: QueryLanguage,
) -> Vec<MachineAt<'document>> {
    let mut machines = Vec::new();
    if state.type_name == "Parallel" {
        let branches = state
            .node
            .get("Branches")
            .map(Node::elements)
            .unwrap_or_default();
        for (index, branch) in branches.iter().enumerate() {
            machines.push(machine(
                branch,
                state.location.name("Branches").index(index),
                kind,
                language,
            ));
        }
    }
    if state.type_name == "Map" {
        for name in ["ItemProcessor", "Iterator"] {
            let Some(processor) = state.node.get(name) else {
                continue;
            };
            let config = processor.get("ProcessorConfig");
            let is_distributed =
                config.and_then(|config| config.text_of("Mode")) == Some("DISTRIBUTED");
            let kind = match config.and_then(|config| config.text_of("ExecutionType")) {
                Some("EXPRESS") if is_distributed => WorkflowKind::Express,
                Some("STANDARD") if is_distributed => WorkflowKind::Standard,
                _ => kind,
            };
            let mut inner = machine(processor, state.location.name(name), kind, language);
            inner.is_distributed = is_distributed;
            machines.push(inner);
        }
    }
    machines
}
