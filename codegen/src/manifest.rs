//! The deployment manifest: what the CDK app deploys, with the permissions that follow from it.

mod substitutions;

use std::collections::BTreeMap;

use comanda_domain::{exception::ExceptionKind, tables::DataClass};
use comanda_dsl::{Kind, TaskDescription, Workflow};
use comanda_tasks::{
    ports::metered,
    routes::{Authentication, Method, ROUTES},
};
use serde::Serialize;

use self::substitutions::{Substitute, pascal, placeholders, substitute};
use crate::{
    deployed::{
        EVENTS_BATCH, EVENTS_CONSUMER, EVENTS_QUEUE, POS_VISIBILITY_SECONDS, RECEIVES_MAX,
        RETENTION_SECONDS, SWEEP_MINUTES, events_visibility_seconds,
    },
    files::File,
    permissions::{Permission, of_consumer, of_function, of_machine},
    project::{Function, Project},
    schemas::made_by,
    tables::class,
    tenants::{self, Tenants},
};

/// What one attempt of a function may take beyond its slowest task: start-up and the way there and back.
const OVERHEAD_SECONDS: u32 = 5;
/// For asks, which have no time of their own: they hand over and are done.
const ASK_SECONDS: u32 = 15;
/// The whole manifest.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    #[serde(rename = "$comment")]
    comment: String,
    state_machines: Vec<StateMachine>,
    functions: Vec<LambdaFunction>,
    routes: Vec<Route>,
    queues: Vec<Queue>,
    schedules: Vec<Schedule>,
    tables: Vec<&'static str>,
    tenants: Tenants,
    metrics: Metrics,
    exceptions: Vec<ExceptionAlarm>,
}

/// A state machine to deploy.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StateMachine {
    name: &'static str,
    kind: &'static str,
    definition: String,
    substitutions: BTreeMap<String, Substitute>,
    tasks: Vec<&'static str>,
    integrations: Vec<Integration>,
    permissions: Vec<Permission>,
}

#[derive(Debug, Serialize)]
struct Integration {
    resource: &'static str,
    target: String,
}

/// A Lambda function to deploy. All are the same program; `handler` says which service it is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LambdaFunction {
    name: String,
    handler: &'static str,
    substitution: String,
    tasks: Vec<&'static str>,
    entry_points: Vec<&'static str>,
    timeout_seconds: u32,
    permissions: Vec<Permission>,
    /// Parties on the internet that it speaks to.
    reaches: Vec<&'static str>,
    environment: BTreeMap<&'static str, &'static str>,
}

/// An address of the HTTP API.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Route {
    method: Method,
    path: &'static str,
    function: String,
    entry_point: &'static str,
    authentication: Authentication,
}

/// A FIFO queue to deploy, or a pattern of them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Queue {
    name: &'static str,
    dead_letters: &'static str,
    each: &'static str,
    about: &'static str,
    data_class: &'static str,
    retention_seconds: u32,
    visibility_timeout_seconds: u32,
    max_receive_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    consumer: Option<Consumer>,
}

/// The function that answers a queue's messages, and by which of its ways in.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Consumer {
    function: &'static str,
    entry_point: &'static str,
    batch_size: u32,
}

/// Our own metrics, as the functions print them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    namespace: &'static str,
    exception_raised: Metric,
    event_parked: Metric,
}

#[derive(Debug, Serialize)]
struct Metric {
    name: &'static str,
    dimension: &'static str,
    values: Vec<&'static str>,
}

/// An alarm of the business.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ExceptionAlarm {
    kind: &'static str,
    next_step: &'static str,
    runbook: String,
}

/// A workflow that is started by the clock.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Schedule {
    state_machine: &'static str,
    each: &'static str,
    every_minutes: u32,
    input: &'static str,
}

/// `manifest.json`.
pub fn file(project: &Project) -> File {
    let value = serde_json::to_value(manifest(project)).unwrap_or_default();
    File::json("manifest.json", &value)
}

fn manifest(project: &Project) -> Manifest {
    Manifest {
        comment: made_by(),
        state_machines: project
            .workflows
            .iter()
            .map(|w| machine(project, w))
            .collect(),
        functions: project
            .functions
            .iter()
            .map(|function| lambda(project, function))
            .collect(),
        routes: ROUTES.iter().map(route).collect(),
        queues: queues(project),
        schedules: vec![Schedule {
            state_machine: "reconciliation",
            each: "tenant",
            every_minutes: SWEEP_MINUTES,
            input: r#"{"clientId": "{clientId}"}"#,
        }],
        tables: project.tables.iter().map(|table| table.name).collect(),
        tenants: tenants::described(),
        metrics: Metrics {
            namespace: metered::NAMESPACE,
            exception_raised: Metric {
                name: metered::EXCEPTION_RAISED,
                dimension: metered::KIND,
                values: ExceptionKind::ALL.map(ExceptionKind::as_str).to_vec(),
            },
            event_parked: Metric {
                name: metered::EVENT_PARKED,
                dimension: metered::SOURCE,
                values: metered::SOURCES.to_vec(),
            },
        },
        exceptions: ExceptionKind::ALL
            .into_iter()
            .map(|kind| ExceptionAlarm {
                kind: kind.as_str(),
                next_step: kind.next_step(),
                runbook: kind.runbook(),
            })
            .collect(),
    }
}

fn queues(project: &Project) -> Vec<Queue> {
    // Both carry names and addresses of customers.
    let data_class = class(DataClass::Personal);
    vec![
        Queue {
            name: "comanda-{clientId}-{storeId}.fifo",
            dead_letters: "comanda-{clientId}-{storeId}-dead.fifo",
            each: "store",
            about: "orders and cancellations, to the store's POS",
            data_class,
            retention_seconds: RETENTION_SECONDS,
            visibility_timeout_seconds: POS_VISIBILITY_SECONDS,
            max_receive_count: RECEIVES_MAX,
            consumer: None,
        },
        Queue {
            name: EVENTS_QUEUE,
            dead_letters: "comanda-events-dead.fifo",
            each: "deployment",
            about: "decisions and status reports, from the stores' POS",
            data_class,
            retention_seconds: RETENTION_SECONDS,
            visibility_timeout_seconds: events_visibility_seconds(project),
            max_receive_count: RECEIVES_MAX,
            consumer: Some(Consumer {
                function: EVENTS_CONSUMER,
                entry_point: "events",
                batch_size: EVENTS_BATCH,
            }),
        },
    ]
}

/// What one attempt of a function may take.
pub(crate) fn timeout_seconds(
    described: &BTreeMap<&'static str, &'static TaskDescription>,
    function: &Function,
) -> u32 {
    let of_tasks = function.tasks.keys();
    let slowest = of_tasks
        .filter_map(|task| described.get(task)?.timeout_seconds)
        .fold(ASK_SECONDS, u32::max);
    slowest + OVERHEAD_SECONDS
}

fn machine(project: &Project, workflow: &Workflow) -> StateMachine {
    let definition = comanda_asl::print(&workflow.machine);
    StateMachine {
        name: workflow.name,
        kind: kind(workflow.kind),
        definition: crate::asl::path(workflow),
        substitutions: placeholders(&definition)
            .into_iter()
            .map(|placeholder| {
                let substitute = substitute(project, &placeholder);
                (placeholder, substitute)
            })
            .collect(),
        tasks: workflow.tasks.iter().map(|task| task.name).collect(),
        integrations: workflow
            .integrations
            .iter()
            .map(|integration| Integration {
                resource: integration.resource,
                target: integration.target.clone(),
            })
            .collect(),
        permissions: of_machine(&workflow.tasks, &workflow.integrations),
    }
}

fn lambda(project: &Project, function: &Function) -> LambdaFunction {
    let described = project.tasks();
    let mut permissions = of_function(function.uses());
    if function.service == EVENTS_CONSUMER {
        permissions.push(of_consumer(EVENTS_QUEUE));
    }
    let mut reaches = Vec::new();
    let mut environment = BTreeMap::from([("COMANDA_ACCOUNT", "{account}")]);
    if function.uses().any(|uses| uses.provider) {
        reaches.push("payment provider");
    }
    if function.uses().any(|uses| uses.channel) {
        reaches.push("messaging channel");
        environment.insert("COMANDA_TWILIO_URL", "https://api.twilio.com");
        environment.insert("COMANDA_TWILIO_CONTENT_URL", "https://content.twilio.com");
        // Where the channel reports how far a message got, and what its signatures are about.
        environment.insert("COMANDA_PUBLIC_URL", "{publicUrl}");
    }
    LambdaFunction {
        name: format!("comanda-{}", function.service),
        handler: function.service,
        substitution: format!("{}Function", pascal(function.service)),
        tasks: function.tasks.keys().copied().collect(),
        entry_points: function.entry_points.keys().copied().collect(),
        timeout_seconds: timeout_seconds(&described, function),
        permissions,
        reaches,
        environment,
    }
}

fn route(route: &comanda_tasks::routes::Route) -> Route {
    Route {
        method: route.method,
        path: route.path,
        function: format!("comanda-{}", route.function().unwrap_or_default()),
        entry_point: route.entry_point,
        authentication: route.authentication,
    }
}

/// `STANDARD` or `EXPRESS`.
pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Standard => "STANDARD",
        Kind::Express => "EXPRESS",
    }
}

#[cfg(test)]
mod tests {
    use comanda_tasks::{
        entry_points,
        ports::{START_SYNC_SECONDS, guarded::Uses},
    };

    use super::{OVERHEAD_SECONDS, Substitute, manifest};
    use crate::project::Project;

    #[test]
    fn every_placeholder_has_something_to_put_in_its_place() {
        let manifest = manifest(&Project::load().unwrap());
        let mut seen = 0;
        for machine in &manifest.state_machines {
            for (placeholder, substitute) in &machine.substitutions {
                assert_ne!(
                    *substitute,
                    Substitute::Unknown,
                    "{placeholder} of {}",
                    machine.name
                );
                seen += 1;
            }
        }
        assert!(seen >= 5, "the workflows call functions and each other");
    }

    #[test]
    fn a_queue_hides_a_message_for_longer_than_its_function_takes() {
        let manifest = manifest(&Project::load().unwrap());
        let mut seen = 0;
        for queue in &manifest.queues {
            let Some(consumer) = &queue.consumer else {
                continue;
            };
            let mut functions = manifest.functions.iter();
            let function = functions.find(|function| function.handler == consumer.function);
            let function = function.expect(consumer.function);
            assert!(function.entry_points.contains(&consumer.entry_point));
            assert!(queue.visibility_timeout_seconds >= 6 * function.timeout_seconds);
            // A call that is killed half-way has its messages come again, whether they were dealt with or not.
            let slowest = consumer.batch_size * START_SYNC_SECONDS;
            assert!(function.timeout_seconds >= slowest + OVERHEAD_SECONDS);
            seen += 1;
        }
        assert_eq!(seen, 1, "POS are listened to");
    }

    #[test]
    fn who_waits_for_an_execution_has_longer_than_that_and_is_not_called_by_it() {
        let project = Project::load().unwrap();
        let manifest = manifest(&project);
        let mut machines = manifest.state_machines.iter();
        let awaited = machines.find(|machine| machine.name == "order-status");
        let tasks = &awaited.unwrap().tasks;
        let mut seen = 0;
        for entry in entry_points::ENTRY_POINTS {
            let waits = |part: &&Uses| part.starts.contains(&"order-status");
            if !entry.uses.iter().any(|part| waits(&part)) {
                continue;
            }
            let mut functions = manifest.functions.iter();
            let function = functions.find(|function| function.handler == entry.function);
            let function = function.unwrap();
            let name = entry.name;
            assert!(
                function.timeout_seconds >= START_SYNC_SECONDS + OVERHEAD_SECONDS,
                "{name}"
            );
            // Enough of them at once would take all of a function's places, with nobody left to answer what they wait for.
            let calls_itself = function.tasks.iter().any(|task| tasks.contains(task));
            assert!(!calls_itself, "{name} waits for its own function");
            seen += 1;
        }
        assert!(seen >= 3, "POS, webhooks and cancels report statuses");
    }

    #[test]
    fn every_task_of_a_workflow_is_answered_by_a_function() {
        let manifest = manifest(&Project::load().unwrap());
        let answered: Vec<&str> = manifest
            .functions
            .iter()
            .flat_map(|function| function.tasks.iter().copied())
            .collect();
        for machine in &manifest.state_machines {
            for task in &machine.tasks {
                assert!(
                    answered.contains(task),
                    "nobody answers {task} of {}",
                    machine.name
                );
            }
        }
    }
}
