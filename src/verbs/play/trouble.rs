//! What keeps a play from going on: a task that no mock answers, or a mock that cannot.

use comanda_asl::{
    Resource,
    json::{self, Node, Span},
    validate::explain::{Explanation, Related},
};
use comanda_engine::virtual_time::TaskCall;

use super::{player::Player, story::short};
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
    let state = state(&root, &request.state_name)?;
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
pub fn state<'root>(machine: &'root Node, name: &str) -> Option<&'root Node> {
    let states = machine.get("States")?;
    if let Some(state) = states.get(name) {
        return Some(state);
    }
    states.members().iter().find_map(|member| {
        let branches = member
            .node
            .get("Branches")
            .map(Node::elements)
            .unwrap_or_default();
        let processors = ["ItemProcessor", "Iterator"]
            .iter()
            .filter_map(|field| member.node.get(field));
        branches
            .iter()
            .chain(processors)
            .find_map(|inner| state(inner, name))
    })
}
