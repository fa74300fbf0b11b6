//! What keeps a play from going on: a task that no mock answers, or a mock that cannot.

use comanda_asl::{
    Resource,
    json::{self, Member, Node, Span},
    validate::explain::{Explanation, Related},
};
use comanda_engine::{Details, HistoryEvent, virtual_time::TaskCall};

use super::{
    player::Player,
    story::{cause_words, short},
};
use crate::{
    failure::Failure,
    report::{self, Source},
};

/// Nobody thought of this call: says which entry to add.
pub fn no_mock(player: &Player, call: &TaskCall) -> Failure {
    let state = &*call.request.state_name;
    let field = match call.request.target() {
        Resource::Service(integration) if integration.service == "lambda" => "payload",
        _ => "result",
    };
    let file = match &player.mocks.source {
        Some(source) => source.name.clone(),
        None => "mocks.json, and give it by --mocks mocks.json".to_owned(),
    };
    let help = format!(
        "add to {file}:\n\n  \"states\": {{\n    {}: {{ \"{field}\": {{}} }}\n  }}",
        serde_json::Value::from(state)
    );
    at_resource(
        player,
        call,
        "NO_MOCK",
        format!("no mock says what \"{state}\" is answered"),
        help,
    )
}

/// The state was answered, but not as often as it asked.
pub fn used_up(player: &Player, call: &TaskCall, span: Span) -> Failure {
    let state = &*call.request.state_name;
    let asked = player.asked.get(&call.request.state_name).unwrap_or(&0);
    let title = format!("no answer is left that fits call {asked} of \"{state}\"");
    let help = "give the last one \"times\": \"always\", or add another to the list".to_owned();
    match &player.mocks.source {
        Some(source) => in_mocks(source, "MOCKS_USED_UP", span, title, Some(help)),
        None => at_resource(player, call, "MOCKS_USED_UP", title, help),
    }
}

/// A `when` or a computed result cannot be evaluated.
pub fn broken(player: &Player, span: Span, words: &str) -> Failure {
    let title = format!("the answer cannot be evaluated: {words}");
    let help = "in a mock, $states.input is what the task is given".to_owned();
    match &player.mocks.source {
        Some(source) => in_mocks(source, "INVALID_MOCKS", span, title, Some(help)),
        None => Failure::usage(title).help(help),
    }
}

/// Where and why the execution failed, as an error at the state's place.
pub fn ending(
    player: &Player,
    workflow: &str,
    history: &[HistoryEvent],
    state: &str,
) -> Option<String> {
    let source = player.sources.get(workflow)?;
    let root = json::read(&source.text).ok()?;
    let (error, cause) = history
        .iter()
        .rev()
        .find_map(|event| match &event.details {
            Some(
                Details::ExecutionFailedEventDetails(details)
                | Details::ExecutionTimedOutEventDetails(details),
            ) => Some((
                details.error.clone()?,
                details.cause.clone().unwrap_or_default(),
            )),
            _ => None,
        })?;
    let member = member(&root, state)?;
    let field = history.iter().rev().find_map(|event| match &event.details {
        Some(Details::EvaluationFailedEventDetails(failed)) if &*failed.state == state => {
            field(&member.node, failed.location.as_deref()?)
        }
        _ => None,
    });
    let explanation = Explanation {
        title: match cause_words(&cause).trim_end_matches('.') {
            "" => format!("\"{state}\" fails the execution"),
            words => words.to_owned(),
        },
        span: field.unwrap_or(member.name_span),
        label: Some("the execution fails here".to_owned()),
        related: Vec::new(),
        suggestion: None,
        help: error
            .starts_with("States.")
            .then(|| format!("comanda explain {error}")),
    };
    Some(report::draw(
        source,
        comanda_asl::Severity::Error,
        &error,
        &explanation,
    ))
}

/// A field of a state, as an error's location names it: `Arguments/items[0]/id`.
fn field(state: &Node, location: &str) -> Option<Span> {
    let steps = location
        .split(['/', '['])
        .map(|step| step.trim_end_matches(']'))
        .filter(|step| !step.is_empty());
    let mut node = state;
    for step in steps {
        node = match step.parse::<usize>() {
            Ok(index) if !node.elements().is_empty() => node.elements().get(index)?,
            _ => node.get(step)?,
        };
    }
    Some(node.span)
}

/// A mistake at a place in the mock file.
pub fn in_mocks(
    source: &Source,
    code: &'static str,
    span: Span,
    title: String,
    help: Option<String>,
) -> Failure {
    let explanation = Explanation {
        title,
        span,
        label: None,
        related: Vec::<Related>::new(),
        suggestion: None,
        help,
    };
    report::failure(source, code, &explanation)
}

/// A mistake shown where the definition calls the resource.
fn at_resource(
    player: &Player,
    call: &TaskCall,
    code: &'static str,
    title: String,
    help: String,
) -> Failure {
    let request = &call.request;
    let label = format!("is given {}", short(request.arguments.text(), 80));
    let place = player
        .sources
        .get(&*call.state_machine)
        .and_then(|source| Some((source, resource_span(source, request)?)));
    match place {
        Some((source, span)) => {
            let explanation = Explanation {
                title,
                span,
                label: Some(label),
                related: Vec::new(),
                suggestion: None,
                help: Some(help),
            };
            report::failure(source, code, &explanation)
        }
        None => Failure::usage(title).code(code).help(help),
    }
}

/// Where the definition says what the state calls.
fn resource_span(source: &Source, request: &comanda_engine::TaskRequest) -> Option<Span> {
    let root = json::read(&source.text).ok()?;
    let state = &member(&root, &request.state_name)?.node;
    let holder = [
        Some(state),
        state.get("ItemReader"),
        state.get("ResultWriter"),
    ];
    let resource = holder.into_iter().flatten().find_map(|node| {
        node.get("Resource")
            .filter(|resource| resource.text() == Some(&*request.resource))
    });
    resource.map(|resource| resource.span)
}

/// A state by its name, however deep inside.
fn member<'root>(machine: &'root Node, name: &str) -> Option<&'root Member> {
    let states = machine.get("States")?;
    if let Some(state) = states.member(name) {
        return Some(state);
    }
    states.members().iter().find_map(|state| {
        let branches = state
            .node
            .get("Branches")
            .map(Node::elements)
            .unwrap_or_default();
        let processors = ["ItemProcessor", "Iterator"]
            .iter()
            .filter_map(|field| state.node.get(field));
        branches
            .iter()
            .chain(processors)
            .find_map(|inner| member(inner, name))
    })
}
