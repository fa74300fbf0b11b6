//! The contract of [`Workflows`]: starting by name, task tokens, and synchronous Express executions.

use serde_json::{Value, json};

use super::{Doing, Held, answered, is_not_done, same, suite, that};
use crate::ports::{Completion, Started, SyncEnd, Workflows};

/// A Standard workflow whose one step waits for a task token, for a minute at most, and whose output is the token's.
pub const WAITS: &str = "contract-waits";
/// An Express workflow whose output is its input.
pub const ECHOES: &str = "contract-echoes";
/// An Express workflow that fails with [`ERROR`] and [`CAUSE`].
pub const FAILS: &str = "contract-fails";
/// What [`FAILS`] fails with.
pub const ERROR: &str = "Contract.Refused";
/// Why.
pub const CAUSE: &str = "it always does";

/// The service behind the port, with [`WAITS`], [`ECHOES`] and [`FAILS`] and no other workflow.
pub trait WorkflowsRig: Sync {
    /// The port.
    fn workflows(&self) -> &dyn Workflows;
    /// The token with which the execution of [`WAITS`] of this name waits, once it does.
    fn token<'a>(&'a self, name: &'a str) -> Doing<'a, String>;
    /// So much time passes that the waiting step times out, and with it the execution.
    fn time_out<'a>(&'a self, name: &'a str) -> Doing<'a, ()>;
    /// Waits until the execution of [`WAITS`] has ended: its output, or its error.
    fn end<'a>(&'a self, name: &'a str) -> Doing<'a, Result<Value, String>>;
}

suite! {
    /// Runs every case.
    on &dyn WorkflowsRig;
    a_name_is_one_execution,
    an_ended_execution_keeps_its_name,
    a_token_completes_once,
    a_failed_token_is_used_up_too,
    a_step_that_timed_out_is_too_late,
    what_was_never_a_token_is_invalid,
    nobody_has_started_an_unknown_workflow,
    an_express_execution_answers_with_its_end,
}

async fn start(rig: &dyn WorkflowsRig, name: &str, input: Value, expected: Started) -> Held {
    let started = rig.workflows().start(WAITS, name, input).await;
    same(name, answered("starting", started)?, expected)
}

async fn succeed(rig: &dyn WorkflowsRig, token: &str, expected: Completion) -> Held {
    let answer = rig
        .workflows()
        .succeed(token, json!({ "by": "token" }))
        .await;
    same("SendTaskSuccess", answered("completing", answer)?, expected)
}

async fn fail(rig: &dyn WorkflowsRig, token: &str, expected: Completion) -> Held {
    let answer = rig.workflows().fail(token, ERROR, CAUSE).await;
    same("SendTaskFailure", answered("completing", answer)?, expected)
}

/// The same start again is the same execution while it runs; another input under its name is another's.
async fn a_name_is_one_execution(rig: &dyn WorkflowsRig) -> Held {
    let input = json!({ "order": 1, "deep": [{ "a": null }] });
    start(rig, "one", input.clone(), Started::Running).await?;
    let token = rig.token("one").await;
    start(rig, "one", input, Started::Running).await?;
    start(rig, "one", json!({ "order": 2 }), Started::AlreadyExists).await?;
    same("the token after all of that", rig.token("one").await, token)
}

async fn an_ended_execution_keeps_its_name(rig: &dyn WorkflowsRig) -> Held {
    let input = json!({ "order": 1 });
    start(rig, "ended", input.clone(), Started::Running).await?;
    let token = rig.token("ended").await;
    succeed(rig, &token, Completion::Accepted).await?;
    same(
        "its output",
        rig.end("ended").await,
        Ok(json!({ "by": "token" })),
    )?;
    start(rig, "ended", input, Started::AlreadyExists).await
}

async fn a_token_completes_once(rig: &dyn WorkflowsRig) -> Held {
    start(rig, "once", json!({}), Started::Running).await?;
    let token = rig.token("once").await;
    succeed(rig, &token, Completion::Accepted).await?;
    succeed(rig, &token, Completion::TooLate).await?;
    fail(rig, &token, Completion::TooLate).await?;
    same(
        "its output",
        rig.end("once").await,
        Ok(json!({ "by": "token" })),
    )
}

async fn a_failed_token_is_used_up_too(rig: &dyn WorkflowsRig) -> Held {
    start(rig, "failed", json!({}), Started::Running).await?;
    let token = rig.token("failed").await;
    fail(rig, &token, Completion::Accepted).await?;
    fail(rig, &token, Completion::TooLate).await?;
    succeed(rig, &token, Completion::TooLate).await?;
    same("its error", rig.end("failed").await, Err(ERROR.to_owned()))
}

async fn a_step_that_timed_out_is_too_late(rig: &dyn WorkflowsRig) -> Held {
    start(rig, "late", json!({}), Started::Running).await?;
    let token = rig.token("late").await;
    rig.time_out("late").await;
    same(
        "its error",
        rig.end("late").await,
        Err("States.Timeout".to_owned()),
    )?;
    succeed(rig, &token, Completion::TooLate).await?;
    fail(rig, &token, Completion::TooLate).await
}

async fn what_was_never_a_token_is_invalid(rig: &dyn WorkflowsRig) -> Held {
    succeed(rig, "bm90IGEgdG9rZW4=", Completion::Invalid).await?;
    fail(rig, "bm90IGEgdG9rZW4=", Completion::Invalid).await
}

async fn nobody_has_started_an_unknown_workflow(rig: &dyn WorkflowsRig) -> Held {
    let nowhere = "contract-nowhere";
    match rig.workflows().start(nowhere, "one", json!({})).await {
        Err(outage) => that(is_not_done(&outage), "nobody knows whether it was started")?,
        Ok(started) => return Err(format!("an unknown workflow is {started:?}")),
    }
    match rig.workflows().start_sync(nowhere, "one", json!({})).await {
        Err(outage) => that(is_not_done(&outage), "nobody knows whether it was run"),
        Ok(end) => Err(format!("an unknown workflow ended: {end:?}")),
    }
}

/// A name decides nothing for Express: the same one runs again.
async fn an_express_execution_answers_with_its_end(rig: &dyn WorkflowsRig) -> Held {
    for input in [json!({ "number": 1 }), json!({ "number": 2 })] {
        let end = rig
            .workflows()
            .start_sync(ECHOES, "same", input.clone())
            .await;
        same(
            "its end",
            answered("running", end)?,
            SyncEnd::Succeeded(input),
        )?;
    }
    let end = rig.workflows().start_sync(FAILS, "same", json!({})).await;
    let failed = SyncEnd::Failed {
        error: ERROR.to_owned(),
        cause: CAUSE.to_owned(),
    };
    same("a failure", answered("running", end)?, failed)
}
