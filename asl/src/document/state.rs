//! The members that states share, around those of each kind. The small kinds are here whole.

use serde_json::Value;

use super::{
    choice, machine, map,
    members::{Unread, Written},
    retry_catch, task,
};
use crate::model::{
    Fail, Parallel, Pass, QueryLanguage, State, StateKind, Succeed, Transition, Wait, WaitFor,
};

pub(super) fn read(value: &Value) -> Option<State> {
    let mut unread = Unread::of(value)?;
    let kind = read_kind(&mut unread)?;
    let mut state = State::new(kind);
    state.comment = unread.text("Comment");
    state.query_language = machine::language(&mut unread);
    state.next = read_transition(&mut unread);
    read_flow(&mut state, &mut unread);
    state.unknown = unread.rest();
    Some(state)
}

pub(super) fn write(state: &State) -> Value {
    let mut written = Written::default();
    written.put("Type", state.kind.type_name());
    written.put_some("Comment", state.comment.as_deref());
    written.put_some(
        "QueryLanguage",
        state.query_language.map(QueryLanguage::as_str),
    );
    if let StateKind::Task(task) = &state.kind {
        written.put("Resource", task.resource.as_str());
    }
    written.put_selection("InputPath", state.input_path.as_ref());
    write_kind(state, &mut written);
    written.put_some("Parameters", state.parameters.clone());
    written.put_some("Arguments", state.arguments.clone());
    if let StateKind::Task(task) = &state.kind {
        task::write(task, &mut written);
    }
    written.put_some("ResultSelector", state.result_selector.clone());
    written.put_selection("ResultPath", state.result_path.as_ref());
    written.put_selection("OutputPath", state.output_path.as_ref());
    written.put_some("Assign", state.assign.clone());
    written.put_some("Output", state.output.clone());
    written.put_list("Retry", &state.retry, retry_catch::write_retrier);
    written.put_list("Catch", &state.catch, retry_catch::write_catcher);
    match &state.next {
        Some(Transition::Next(next)) => written.put("Next", next.as_str()),
        Some(Transition::End) => written.put("End", true),
        None => {}
    }
    written.with(&state.unknown)
}

fn read_kind(unread: &mut Unread) -> Option<StateKind> {
    let kind = unread.text("Type")?;
    Some(match kind.as_str() {
        "Task" => task::read(unread)?.into(),
        "Pass" => Pass {
            result: unread.any("Result"),
        }
        .into(),
        "Choice" => choice::read(unread)?.into(),
        "Wait" => read_wait(unread)?.into(),
        "Succeed" => Succeed.into(),
        "Fail" => Fail {
            error: unread.source_of_text("Error", "ErrorPath"),
            cause: unread.source_of_text("Cause", "CausePath"),
        }
        .into(),
        "Parallel" => Parallel {
            branches: unread.list("Branches", read_branch)?,
        }
        .into(),
        "Map" => map::read(unread)?.into(),
        _ => return None,
    })
}

/// Everything of a kind but a Task's members, whose place is further down.
fn write_kind(state: &State, written: &mut Written) {
    match &state.kind {
        StateKind::Pass(pass) => written.put_some("Result", pass.result.clone()),
        StateKind::Choice(choice) => choice::write(choice, written),
        StateKind::Wait(wait) => match &wait.wait_for {
            WaitFor::Seconds(seconds) => {
                written.put_source("Seconds", "SecondsPath", Some(seconds))
            }
            WaitFor::Timestamp(timestamp) => {
                written.put_source("Timestamp", "TimestampPath", Some(timestamp))
            }
        },
        StateKind::Fail(fail) => {
            written.put_source("Error", "ErrorPath", fail.error.as_ref());
            written.put_source("Cause", "CausePath", fail.cause.as_ref());
        }
        StateKind::Parallel(parallel) => written.put(
            "Branches",
            parallel
                .branches
                .iter()
                .map(|branch| machine::write_branch(branch, Written::default()))
                .collect::<Value>(),
        ),
        StateKind::Map(map) => map::write(map, written),
        StateKind::Task(_) | StateKind::Succeed(_) => {}
    }
}

fn read_branch(value: &Value) -> Option<crate::model::Branch> {
    let mut unread = Unread::of(value)?;
    let mut branch = machine::read_branch(&mut unread)?;
    branch.unknown = unread.rest();
    Some(branch)
}

fn read_wait(unread: &mut Unread) -> Option<Wait> {
    let wait_for = match unread.source_of_integer("Seconds", "SecondsPath") {
        Some(seconds) => WaitFor::Seconds(seconds),
        None => WaitFor::Timestamp(unread.source_of_text("Timestamp", "TimestampPath")?),
    };
    Some(Wait { wait_for })
}

fn read_flow(state: &mut State, unread: &mut Unread) {
    state.input_path = unread.selection("InputPath");
    state.parameters = unread.any("Parameters");
    state.arguments = unread.any("Arguments");
    state.result_selector = unread.any("ResultSelector");
    state.result_path = unread.selection("ResultPath");
    state.output_path = unread.selection("OutputPath");
    state.assign = unread.object("Assign");
    state.output = unread.any("Output");
    state.retry = unread.filled_list("Retry", retry_catch::read_retrier);
    state.catch = unread.filled_list("Catch", retry_catch::read_catcher);
}

/// `End: false` says nothing, but is left to be printed back.
fn read_transition(unread: &mut Unread) -> Option<Transition> {
    if let Some(next) = unread.text("Next") {
        return Some(Transition::Next(next));
    }
    unread.with("End", |value| {
        (value == &Value::Bool(true)).then_some(Transition::End)
    })
}
