//! What a function or a state machine may do on AWS, from what its tasks and its definition say that they use.
//!
//! Nothing is allowed that is not used: a handler is guarded by the same declaration wherever it runs.

use std::collections::{BTreeMap, BTreeSet};

use comanda_domain::tables::{STORE_CONFIG, Table, WEBHOOK_ROUTES};
use comanda_dsl::{IntegrationDescription, TaskDescription};
use comanda_tasks::{ports::guarded::Uses, tenants::TABLES};
use serde::Serialize;

/// Actions on a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Permission {
    /// On what.
    #[serde(flatten)]
    pub resource: Resource,
    /// What may be done, in order.
    pub actions: BTreeSet<&'static str>,
}

/// What an action works on, by our names: the CDK app turns them into ARNs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Resource {
    /// A table.
    Table(String),
    /// All indexes of a table.
    TableIndexes(String),
    /// Queues by their name, in which `*` stands for anything.
    Queue(String),
    /// A Lambda function by its service.
    Function(String),
    /// A state machine.
    StateMachine(String),
    /// All executions of a state machine.
    Executions(String),
    /// An EventBridge rule.
    Rule(String),
    /// Secrets by their name, in which `*` stands for anything.
    Secret(String),
    /// Anything: the action knows no narrower resource.
    Any(String),
}

#[derive(Default)]
struct Granted(BTreeMap<Resource, BTreeSet<&'static str>>);

impl Granted {
    fn allow(&mut self, resource: Resource, actions: &[&'static str]) {
        self.0.entry(resource).or_default().extend(actions);
    }

    fn into_list(self) -> Vec<Permission> {
        self.0
            .into_iter()
            .map(|(resource, actions)| Permission { resource, actions })
            .collect()
    }
}

/// What a function may do whose tasks use all of this.
pub fn of_function<'a>(all: impl IntoIterator<Item = &'a Uses>) -> Vec<Permission> {
    let mut granted = Granted::default();
    for uses in all {
        for table in uses.reads {
            granted.allow(Resource::Table(table.name.into()), &["dynamodb:GetItem"]);
        }
        for table in uses.queries {
            granted.allow(Resource::Table(table.name.into()), &["dynamodb:Query"]);
            if !table.indexes.is_empty() {
                let indexes = Resource::TableIndexes(table.name.into());
                granted.allow(indexes, &["dynamodb:Query"]);
            }
        }
        for table in uses.writes {
            let writes = [
                "dynamodb:PutItem",
                "dynamodb:DeleteItem",
                "dynamodb:ConditionCheckItem",
            ];
            granted.allow(Resource::Table(table.name.into()), &writes);
        }
        if uses.store_queues {
            granted.allow(
                Resource::Queue("comanda-*.fifo".into()),
                &["sqs:SendMessage"],
            );
        }
        if uses.secrets || uses.provider || uses.channel {
            let read = ["secretsmanager:GetSecretValue"];
            granted.allow(Resource::Secret("comanda/*".into()), &read);
        }
        for workflow in uses.starts {
            let start = ["states:StartExecution", "states:StartSyncExecution"];
            granted.allow(Resource::StateMachine((*workflow).into()), &start);
        }
        if uses.tokens {
            // Tokens have no ARN.
            let complete = ["states:SendTaskSuccess", "states:SendTaskFailure"];
            granted.allow(Resource::Any("*".into()), &complete);
        }
    }
    granted.into_list()
}

/// What the function that answers a queue may do with it.
pub fn of_consumer(queue: &str) -> Permission {
    let take = [
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibility",
        "sqs:GetQueueAttributes",
    ];
    Permission {
        resource: Resource::Queue(queue.to_owned()),
        actions: BTreeSet::from(take),
    }
}

/// What who takes tenants in may do (`comanda tenant --aws`): write their rows, put values into their secrets, read none.
pub fn of_onboarding() -> Vec<Permission> {
    let mut granted = Granted::default();
    for table in TABLES {
        let rows = ["dynamodb:GetItem", "dynamodb:PutItem"];
        granted.allow(Resource::Table(table.name.into()), &rows);
    }
    let table = |table: &Table| Resource::Table(table.name.into());
    granted.allow(table(&STORE_CONFIG), &["dynamodb:Query"]);
    // Which tenants there are is asked of the one table with a row for each.
    granted.allow(table(&WEBHOOK_ROUTES), &["dynamodb:Scan"]);
    let queues = Resource::Queue("comanda-*.fifo".into());
    granted.allow(queues, &["sqs:GetQueueUrl"]);
    let secrets = Resource::Secret("comanda/*".into());
    let put = [
        "secretsmanager:DescribeSecret",
        "secretsmanager:PutSecretValue",
    ];
    granted.allow(secrets, &put);
    granted.into_list()
}

/// What a state machine may do: call its tasks' functions, and what its direct integrations do.
pub fn of_machine<'a>(
    tasks: impl IntoIterator<Item = &'a TaskDescription>,
    integrations: &[IntegrationDescription],
) -> Vec<Permission> {
    let mut granted = Granted::default();
    for task in tasks {
        let function = Resource::Function(task.function.into());
        granted.allow(function, &["lambda:InvokeFunction"]);
    }
    for integration in integrations {
        allow_integration(&mut granted, integration);
    }
    granted.into_list()
}

fn allow_integration(granted: &mut Granted, integration: &IntegrationDescription) {
    let target = || integration.target.clone();
    let action = integration.resource.trim_start_matches("arn:aws:states:::");
    match action {
        "states:startExecution" => {
            granted.allow(Resource::StateMachine(target()), &["states:StartExecution"]);
        }
        // `.sync` waits by a rule that Step Functions keeps in the account, and stops the child when it is stopped.
        _ if action.starts_with("states:startExecution.sync") => {
            granted.allow(Resource::StateMachine(target()), &["states:StartExecution"]);
            let watch = ["states:DescribeExecution", "states:StopExecution"];
            granted.allow(Resource::Executions(target()), &watch);
            let rule = "StepFunctionsGetEventsForStepFunctionsExecutionRule";
            let keep = ["events:PutTargets", "events:PutRule", "events:DescribeRule"];
            granted.allow(Resource::Rule(rule.into()), &keep);
        }
        "dynamodb:getItem" => granted.allow(Resource::Table(target()), &["dynamodb:GetItem"]),
        "dynamodb:putItem" => granted.allow(Resource::Table(target()), &["dynamodb:PutItem"]),
        "dynamodb:updateItem" => granted.allow(Resource::Table(target()), &["dynamodb:UpdateItem"]),
        "dynamodb:deleteItem" => granted.allow(Resource::Table(target()), &["dynamodb:DeleteItem"]),
        _ if action.starts_with("sqs:sendMessage") => {
            granted.allow(Resource::Queue(target()), &["sqs:SendMessage"]);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use comanda_domain::tables::{INBOX, ORDERS};
    use comanda_dsl::IntegrationDescription;
    use comanda_tasks::ports::guarded::Uses;

    use super::{Permission, of_function, of_machine};

    /// `resource: action action`, one line each.
    fn told(permissions: &[Permission]) -> Vec<String> {
        permissions
            .iter()
            .map(|permission| {
                let actions: Vec<&str> = permission.actions.iter().copied().collect();
                format!("{:?}: {}", permission.resource, actions.join(" "))
            })
            .collect()
    }

    #[test]
    fn a_function_may_do_what_its_tasks_declare() {
        const ONE: Uses = Uses {
            reads: &[&ORDERS],
            tokens: true,
            ..Uses::NOTHING
        };
        const OTHER: Uses = Uses {
            writes: &[&ORDERS],
            queries: &[&INBOX],
            starts: &["refund"],
            channel: true,
            ..Uses::NOTHING
        };
        assert_eq!(
            told(&of_function([&ONE, &OTHER])),
            [
                "Table(\"WhatsAppBotInbox\"): dynamodb:Query",
                "Table(\"WhatsAppBotOrders\"): dynamodb:ConditionCheckItem dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem",
                "StateMachine(\"refund\"): states:StartExecution states:StartSyncExecution",
                "Secret(\"comanda/*\"): secretsmanager:GetSecretValue",
                "Any(\"*\"): states:SendTaskFailure states:SendTaskSuccess",
            ]
        );
        assert_eq!(told(&of_function([&Uses::NOTHING])), [""; 0]);
    }

    #[test]
    fn a_machine_that_awaits_a_child_may_watch_it() {
        let child = IntegrationDescription {
            resource: "arn:aws:states:::states:startExecution.sync:2",
            target: "refund".into(),
        };
        assert_eq!(
            told(&of_machine([], &[child])),
            [
                "StateMachine(\"refund\"): states:StartExecution",
                "Executions(\"refund\"): states:DescribeExecution states:StopExecution",
                "Rule(\"StepFunctionsGetEventsForStepFunctionsExecutionRule\"): events:DescribeRule events:PutRule events:PutTargets",
            ]
        );
    }
}
