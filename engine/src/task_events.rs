//! What history says of a task: each kind of resource has events of its own.

use std::sync::Arc;

use comanda_asl::Resource;

use crate::branch::Branch;
use crate::definition::TaskPlan;
use crate::failure::Reported;
use crate::history::{
    ActivityScheduled, ActivityStarted, ActivitySucceeded, DataDetails, Details, ErrorDetails,
    EventType, TaskCredentials, TaskFailed, TaskOutput, TaskScheduled, TaskStarted,
};
use crate::json::Json;
use crate::run::Run;
use crate::state::task::Prepared;

/// The task is put up, and (but for activities, which wait for a worker) begins at once.
pub(crate) fn scheduled(
    run: &mut Run<'_>,
    task: &TaskPlan,
    branch: &mut Branch,
    prepared: &Prepared,
) {
    match &*task.resource {
        Resource::Lambda { .. } => {
            let details =
                Details::LambdaFunctionScheduledEventDetails(Box::new(bare(task, prepared)));
            run.record(branch, EventType::LambdaFunctionScheduled, Some(details));
            run.record(branch, EventType::LambdaFunctionStarted, None);
        }
        Resource::Activity { .. } => {
            let details = Details::ActivityScheduledEventDetails(Box::new(bare(task, prepared)));
            run.record(branch, EventType::ActivityScheduled, Some(details));
        }
        _ => {
            let region = region(&run.start.execution_arn);
            let scheduled = TaskScheduled {
                resource_type: Arc::clone(&task.resource_type),
                resource: Arc::clone(&task.action),
                region: Arc::from(region),
                parameters: prepared.arguments.clone(),
                timeout_in_seconds: prepared.timeout,
                heartbeat_in_seconds: prepared.heartbeat,
                task_credentials: prepared
                    .role_arn
                    .clone()
                    .map(|role_arn| TaskCredentials { role_arn }),
            };
            run.record(
                branch,
                EventType::TaskScheduled,
                Some(Details::TaskScheduledEventDetails(Box::new(scheduled))),
            );
            let started = TaskStarted {
                resource_type: Arc::clone(&task.resource_type),
                resource: Arc::clone(&task.action),
            };
            run.record(
                branch,
                EventType::TaskStarted,
                Some(Details::TaskStartedEventDetails(started)),
            );
        }
    }
}

fn bare(task: &TaskPlan, prepared: &Prepared) -> ActivityScheduled {
    ActivityScheduled {
        resource: Arc::clone(&task.action),
        input: prepared.arguments.clone(),
        input_details: DataDetails::default(),
        timeout_in_seconds: prepared.timeout,
        heartbeat_in_seconds: prepared.heartbeat,
    }
}

/// The region in an ARN.
fn region(arn: &str) -> &str {
    arn.split(':').nth(3).unwrap_or("")
}

pub(crate) fn activity_started(
    run: &mut Run<'_>,
    branch: &mut Branch,
    worker_name: Option<String>,
) {
    let details = Details::ActivityStartedEventDetails(ActivityStarted {
        worker_name: worker_name.map(Arc::from),
    });
    run.record(branch, EventType::ActivityStarted, Some(details));
}

pub(crate) fn submitted(run: &mut Run<'_>, task: &TaskPlan, branch: &mut Branch, output: Json) {
    let details = Details::TaskSubmittedEventDetails(task_output(task, output));
    run.record(branch, EventType::TaskSubmitted, Some(details));
}

pub(crate) fn succeeded(run: &mut Run<'_>, task: &TaskPlan, branch: &mut Branch, output: &Json) {
    let bare = || ActivitySucceeded {
        output: output.clone(),
        output_details: DataDetails::default(),
    };
    let (event, details) = match &*task.resource {
        Resource::Lambda { .. } => (
            EventType::LambdaFunctionSucceeded,
            Details::LambdaFunctionSucceededEventDetails(bare()),
        ),
        Resource::Activity { .. } => (
            EventType::ActivitySucceeded,
            Details::ActivitySucceededEventDetails(bare()),
        ),
        _ => (
            EventType::TaskSucceeded,
            Details::TaskSucceededEventDetails(task_output(task, output.clone())),
        ),
    };
    run.record(branch, event, Some(details));
}

pub(crate) fn failed(run: &mut Run<'_>, task: &TaskPlan, branch: &mut Branch, reported: &Reported) {
    let (event, details) = match &*task.resource {
        Resource::Lambda { .. } => (
            EventType::LambdaFunctionFailed,
            Details::LambdaFunctionFailedEventDetails(error(reported)),
        ),
        Resource::Activity { .. } => (
            EventType::ActivityFailed,
            Details::ActivityFailedEventDetails(error(reported)),
        ),
        _ => (
            EventType::TaskFailed,
            Details::TaskFailedEventDetails(Box::new(task_failed(task, reported))),
        ),
    };
    run.record(branch, event, Some(details));
}

pub(crate) fn timed_out(
    run: &mut Run<'_>,
    task: &TaskPlan,
    branch: &mut Branch,
    reported: &Reported,
) {
    let (event, details) = match &*task.resource {
        Resource::Lambda { .. } => (
            EventType::LambdaFunctionTimedOut,
            Details::LambdaFunctionTimedOutEventDetails(error(reported)),
        ),
        Resource::Activity { .. } => (
            EventType::ActivityTimedOut,
            Details::ActivityTimedOutEventDetails(error(reported)),
        ),
        _ => (
            EventType::TaskTimedOut,
            Details::TaskTimedOutEventDetails(Box::new(task_failed(task, reported))),
        ),
    };
    run.record(branch, event, Some(details));
}

fn error(reported: &Reported) -> ErrorDetails {
    ErrorDetails {
        error: reported.error.clone(),
        cause: reported.cause.clone(),
    }
}

fn task_failed(task: &TaskPlan, reported: &Reported) -> TaskFailed {
    TaskFailed {
        resource_type: Arc::clone(&task.resource_type),
        resource: Arc::clone(&task.action),
        error: reported.error.clone(),
        cause: reported.cause.clone(),
    }
}

fn task_output(task: &TaskPlan, output: Json) -> TaskOutput {
    TaskOutput {
        resource_type: Arc::clone(&task.resource_type),
        resource: Arc::clone(&task.action),
        output,
        output_details: DataDetails::default(),
    }
}
