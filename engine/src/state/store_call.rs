//! Requests to a store on behalf of a distributed Map. They are tasks that history does not tell of.

use comanda_asl::Resource;
use serde_json::{Map, Value};

use super::task::{self, Prepared};
use crate::branch::{Branch, Phase, TaskPurpose, TaskWait};
use crate::definition::{Flow, StatePlan};
use crate::event::TaskId;
use crate::failure::Failure;
use crate::flow::View;
use crate::json::Json;
use crate::payload_template::Template;
use crate::run::Run;

/// What a reader, writer or batch is given.
pub(super) fn arguments(
    view: &View<'_>,
    plan: &StatePlan,
    template: Option<&Template>,
) -> Result<Json, Failure> {
    match (template, &plan.flow) {
        (None, _) => Ok(Json::new(Value::Object(Map::new()))),
        (Some(template), Flow::Paths(_)) => {
            template.fill(&view.scope(&*view.effective_input(plan)?))
        }
        (Some(template), Flow::Jsonata(_)) => template.evaluate(&view.surroundings(None, None)),
    }
}

/// Asks the driver for a store's help.
pub(super) fn call(
    run: &mut Run<'_>,
    plan: &StatePlan,
    resource: &Resource,
    branch: &mut Branch,
    arguments: Json,
    purpose: TaskPurpose,
) {
    let task = TaskId(run.number());
    branch.phase = Phase::Task(TaskWait {
        task,
        purpose,
        token: None,
        timeout: None,
        heartbeat: None,
    });
    let prepared = Prepared {
        arguments,
        timeout: None,
        heartbeat: None,
        role_arn: None,
    };
    task::call(run, plan, resource, branch, prepared);
}
