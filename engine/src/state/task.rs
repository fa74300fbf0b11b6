//! Task: work done by a function, an activity or a service.

use std::sync::Arc;

use comanda_asl::{Pattern, Resource};
use serde_json::Value;

use super::numbers;
use crate::branch::{Branch, Phase, TaskPurpose, TaskWait};
use crate::definition::{Computed, Flow, StatePlan, TaskPlan};
use crate::event::{Effect, TaskId, TaskRequest, TaskToken, TimerId};
use crate::execution::TimerUse;
use crate::failure::{Failure, Reported};
use crate::flow::View;
use crate::json::Json;
use crate::limits::check_size;
use crate::payload_template::Template;
use crate::run::{Progress, Run};
use crate::{integration_request, task_events};

/// What a task is called with, once everything is computed.
pub(crate) struct Prepared {
    pub(crate) arguments: Json,
    pub(crate) timeout: Option<u64>,
    pub(crate) heartbeat: Option<u64>,
    pub(crate) role_arn: Option<Arc<str>>,
}

pub(super) fn run(
    run: &mut Run<'_>,
    plan: &StatePlan,
    task: &TaskPlan,
    branch: &mut Branch,
) -> Result<Progress, Failure> {
    let id = TaskId(run.number());
    let token = takes_token(&task.resource).then(|| {
        let chance = run.execution.chance.get();
        TaskToken::new(chance.token(&run.start.execution_arn, id.0))
    });
    // The token is part of the context object from here on, which the arguments may use.
    branch.phase = Phase::Task(TaskWait {
        task: id,
        purpose: TaskPurpose::State,
        token: token.clone(),
        timeout: None,
        heartbeat: None,
    });
    let prepared = prepare(&run.view(plan, branch), plan, task)?;
    check_size(&prepared.arguments, &plan.name)?;
    can_start(run, plan, task, &prepared)?;
    task_events::scheduled(run, task, branch, &prepared);
    call(run, plan, &task.resource, branch, prepared);
    Ok(Progress::Waits)
}

/// Whether the task can be asked for at all; where not, history shows no trace of it.
fn can_start(
    run: &Run<'_>,
    plan: &StatePlan,
    task: &TaskPlan,
    prepared: &Prepared,
) -> Result<(), Failure> {
    match &*task.resource {
        Resource::Activity { arn } if run.execution.missing_activities.contains(arn.as_str()) => {
            Err(Failure::runtime(format!(
                "The activity {arn} does not exist."
            )))
        }
        resource => fits(plan, resource, &prepared.arguments),
    }
}

/// Whether an optimised integration takes a request.
pub(crate) fn fits(plan: &StatePlan, resource: &Resource, request: &Json) -> Result<(), Failure> {
    let Resource::Service(call) = resource else {
        return Ok(());
    };
    // What is written down was held against the service's wishes before the machine was made.
    let is_computed = match &plan.flow {
        Flow::Jsonata(flow) => matches!(flow.arguments, Some(Template::Expression(..))),
        Flow::Paths(_) => false,
    };
    let mut problems = match is_computed {
        true => integration_request::missing(call, request.value()),
        false => Vec::new(),
    };
    problems.extend(integration_request::problems(call, request.value()));
    if problems.is_empty() {
        return Ok(());
    }
    Err(Failure::runtime(format!(
        "The Parameters '{}' could not be used to start the Task: [{}]",
        request.text(),
        problems.join(", ")
    )))
}

fn takes_token(resource: &Resource) -> bool {
    matches!(resource, Resource::Activity { .. }) || resource.pattern() == Pattern::WaitForTaskToken
}

/// Computes everything a task is called with, in the order in which AWS does.
pub(crate) fn prepare(
    view: &View<'_>,
    plan: &StatePlan,
    task: &TaskPlan,
) -> Result<Prepared, Failure> {
    let effective = view.effective_input(plan)?;
    let timeout = task
        .timeout
        .as_ref()
        .map(|timeout| numbers::seconds(view, timeout, &effective, "TimeoutSeconds"));
    let heartbeat = task
        .heartbeat
        .as_ref()
        .map(|silence| numbers::seconds(view, silence, &effective, "HeartbeatSeconds"));
    let role_arn = task
        .role_arn
        .as_ref()
        .map(|role| role_arn(view, role, &effective));
    Ok(Prepared {
        timeout: timeout.transpose()?,
        heartbeat: heartbeat.transpose()?,
        role_arn: role_arn.transpose()?,
        arguments: view.payload(plan)?,
    })
}

fn role_arn(
    view: &View<'_>,
    computed: &Computed<Arc<str>>,
    effective: &Json,
) -> Result<Arc<str>, Failure> {
    if let Computed::Literal(role) = computed {
        return Ok(Arc::clone(role));
    }
    match (view.computed_value(computed, effective)?, computed) {
        (Value::String(role), _) => Ok(Arc::from(role)),
        (other, Computed::Expression(location, expression)) => Err(Failure::unexpected_type(
            expression, location, "string", &other,
        )),
        (other, _) => Err(Failure::runtime(format!(
            "The RoleArn of the Credentials is not a string: {other}"
        ))),
    }
}

/// Asks the driver, and starts the clocks.
pub(super) fn call(
    run: &mut Run<'_>,
    plan: &StatePlan,
    resource: &Resource,
    branch: &mut Branch,
    prepared: Prepared,
) {
    let timeout = prepared.timeout.map(|seconds| {
        let at = run.later(seconds);
        run.set_timer(at, TimerUse::TaskTimeout(branch.id, at))
    });
    let heartbeat = prepared
        .heartbeat
        .map(|seconds| (await_heartbeat(run, branch, seconds), seconds));
    let Phase::Task(wait) = &mut branch.phase else {
        return;
    };
    wait.timeout = timeout;
    wait.heartbeat = heartbeat;
    run.execution.tasks.insert(wait.task, branch.id);
    run.effects.push(Effect::RunTask(Box::new(TaskRequest {
        task: wait.task,
        state_name: Arc::clone(&plan.name),
        resource: Arc::from(resource.to_string()),
        arguments: prepared.arguments,
        token: wait.token.clone(),
        timeout_seconds: prepared.timeout,
        heartbeat_seconds: prepared.heartbeat,
        role_arn: prepared.role_arn,
        retry_count: branch.retries.iter().sum(),
    })));
}

/// The task must be heard of within so many seconds.
pub(crate) fn await_heartbeat(run: &mut Run<'_>, branch: &Branch, seconds: u64) -> TimerId {
    let at = run.later(seconds);
    run.set_timer(at, TimerUse::Heartbeat(branch.id, at))
}

/// The task is over: nobody waits for it any more, and its clocks stop.
pub(crate) fn close(run: &mut Run<'_>, branch: &mut Branch) -> Option<TaskWait> {
    let Phase::Task(wait) = std::mem::replace(&mut branch.phase, Phase::Do) else {
        return None;
    };
    run.execution.tasks.remove(&wait.task);
    for timer in wait
        .timeout
        .into_iter()
        .chain(wait.heartbeat.map(|(timer, _)| timer))
    {
        run.cancel_timer(timer);
    }
    Some(wait)
}

/// The state's own task gave a result.
pub(crate) fn succeeded(
    run: &mut Run<'_>,
    plan: &StatePlan,
    task: &TaskPlan,
    branch: &mut Branch,
    output: Json,
) -> Result<Progress, Failure> {
    // The ARN of a function or an activity, the service of anything else.
    let source = if task.resource_type.is_empty() {
        &task.action
    } else {
        &task.resource_type
    };
    if let Err(failure) = check_size(&output, source) {
        if let Failure::Reported(reported) = &failure {
            task_events::failed(run, task, branch, reported);
        }
        return Err(failure);
    }
    task_events::succeeded(run, task, branch, &output);
    run.view(plan, branch)
        .complete(plan, output)
        .map(Progress::Done)
}

/// The state's own task failed.
pub(crate) fn failed(
    run: &mut Run<'_>,
    task: &TaskPlan,
    branch: &mut Branch,
    reported: Reported,
) -> Failure {
    task_events::failed(run, task, branch, &reported);
    Failure::Reported(reported)
}

/// The state's own task ran out of time, or fell silent.
pub(crate) fn timed_out(
    run: &mut Run<'_>,
    task: &TaskPlan,
    branch: &mut Branch,
    heartbeat: bool,
) -> Failure {
    let reported = Reported {
        error: Some(Arc::from(crate::failure::names::TIMEOUT)),
        heartbeat,
        ..Reported::default()
    };
    task_events::timed_out(run, task, branch, &reported);
    Failure::Reported(reported)
}
