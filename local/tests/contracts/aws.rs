//! AWS on this machine, with a clock that the test moves.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use comanda_asl::WorkflowKind;
use comanda_domain::tables::Table;
use comanda_local::{
    aws::{AwsStack, Data, FunctionError, LambdaInvoker, Service},
    scheduler::Boxed,
};
use comanda_tasks::{
    ports::{Ports, Queue, Workflows},
    testing::{
        TestClock,
        contract::{
            Doing,
            queue::{QueueRig, Taken},
            workflows::{CAUSE, ECHOES, ERROR, FAILS, WAITS, WorkflowsRig},
        },
    },
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The stack and our clients of it.
pub struct Aws {
    pub ports: Ports,
    stack: Arc<AwsStack>,
    clock: Arc<TestClock>,
    tokens: Arc<Tokens>,
    url: String,
}

/// The function that keeps task tokens, by the execution's name.
#[derive(Default)]
struct Tokens(Mutex<BTreeMap<String, String>>);

impl LambdaInvoker for Tokens {
    fn invoke(&self, _: &str, payload: Value) -> Boxed<Option<Result<Value, FunctionError>>> {
        let text = |name: &str| payload[name].as_str().expect("a text").to_owned();
        let mut tokens = self.0.lock().expect("unpoisoned");
        tokens.insert(text("name"), text("token"));
        Box::pin(async { Some(Ok(Value::Null)) })
    }
}

fn machines() -> [(&'static str, WorkflowKind, Value); 3] {
    let wait = json!({
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {
            "FunctionName": "keep",
            "Payload": { "token.$": "$$.Task.Token", "name.$": "$$.Execution.Name" },
        },
        "TimeoutSeconds": 60, "End": true,
    });
    let fail = json!({ "Type": "Fail", "Error": ERROR, "Cause": CAUSE });
    let one = |state: Value| json!({ "StartAt": "One", "States": { "One": state } });
    [
        (WAITS, WorkflowKind::Standard, one(wait)),
        (
            ECHOES,
            WorkflowKind::Express,
            one(json!({ "Type": "Pass", "End": true })),
        ),
        (FAILS, WorkflowKind::Express, one(fail)),
    ]
}

impl Aws {
    pub async fn up() -> Self {
        let now = "2026-11-22T15:00:00Z".parse().expect("an instant");
        let clock = Arc::new(TestClock::new(now, 1));
        let stack = AwsStack::open(Data::Ephemeral, clock.clone()).await;
        let stack = Arc::new(stack.expect("the stack opens"));
        let tokens = Arc::new(Tokens::default());
        stack.run_with(tokens.clone());
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let served = Arc::clone(&stack);
        tokio::spawn(async move { served.serve(listener).await });
        for (name, kind, definition) in machines() {
            let deployed = stack.deploy(name, kind, &definition.to_string()).await;
            deployed.expect("deployed");
        }
        Self {
            ports: crate::providers::connect(&url, "http://127.0.0.1:1"),
            stack,
            clock,
            tokens,
            url,
        }
    }

    async fn call(&self, service: Service, operation: &str, input: &Value) -> Value {
        let answer = self.stack.services().call(service, operation, input).await;
        answer.unwrap_or_else(|error| panic!("{operation}: {error}"))
    }

    pub async fn make_table(&self, table: &Table) {
        let key = |name: &str, kind: &str| json!({ "AttributeName": name, "KeyType": kind });
        let schema = |partition: &str, sort: Option<&str>| {
            let mut schema = vec![key(partition, "HASH")];
            schema.extend(sort.map(|sort| key(sort, "RANGE")));
            schema
        };
        let mut names = vec![Some(table.partition_key), table.sort_key];
        let mut indexes = Vec::new();
        for index in table.indexes {
            names.extend([Some(index.partition_key), index.sort_key]);
            indexes.push(json!({
                "IndexName": index.name, "KeySchema": schema(index.partition_key, index.sort_key),
                "Projection": { "ProjectionType": "ALL" },
            }));
        }
        let attributes = names.into_iter().flatten();
        let attributes: Vec<Value> = attributes
            .map(|name| json!({ "AttributeName": name, "AttributeType": "S" }))
            .collect();
        let input = json!({
            "TableName": table.name, "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": attributes,
            "KeySchema": schema(table.partition_key, table.sort_key), "GlobalSecondaryIndexes": indexes,
        });
        self.call(Service::DynamoDb, "CreateTable", &input).await;
    }
}

impl QueueRig for Aws {
    fn queue(&self) -> &dyn Queue {
        &*self.ports.queue
    }

    fn fresh(&self, name: &'static str) -> Doing<'_, String> {
        Box::pin(async move {
            let queue = format!("{name}.fifo");
            let attributes = json!({ "FifoQueue": "true", "VisibilityTimeout": "30" });
            let input = json!({ "QueueName": queue, "Attributes": attributes });
            self.call(Service::Sqs, "CreateQueue", &input).await;
            format!("{}/000000000000/{queue}", self.url)
        })
    }

    fn take<'a>(&'a self, url: &'a str) -> Doing<'a, Option<Taken>> {
        Box::pin(async move {
            let input = json!({ "QueueUrl": url, "MaxNumberOfMessages": 1, "WaitTimeSeconds": 0 });
            let received = self.call(Service::Sqs, "ReceiveMessage", &input).await;
            let message = received.pointer("/Messages/0")?;
            let text = |name: &str| message[name].as_str().expect("a text").to_owned();
            Some(Taken {
                body: text("Body"),
                receipt: text("ReceiptHandle"),
            })
        })
    }

    fn delete<'a>(&'a self, url: &'a str, taken: &'a Taken) -> Doing<'a, ()> {
        Box::pin(async move {
            let input = json!({ "QueueUrl": url, "ReceiptHandle": taken.receipt });
            self.call(Service::Sqs, "DeleteMessage", &input).await;
        })
    }

    fn pass(&self, time: Duration) -> Doing<'_, ()> {
        Box::pin(async move { self.clock.advance(time.try_into().expect("short")) })
    }
}

impl WorkflowsRig for Aws {
    fn workflows(&self) -> &dyn Workflows {
        &*self.ports.workflows
    }

    fn token<'a>(&'a self, name: &'a str) -> Doing<'a, String> {
        Box::pin(async move {
            for _ in 0..500 {
                let token = self.tokens.0.lock().expect("unpoisoned").get(name).cloned();
                if let Some(token) = token {
                    return token;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            panic!("{name} does not wait");
        })
    }

    fn time_out<'a>(&'a self, _: &'a str) -> Doing<'a, ()> {
        Box::pin(async move { self.clock.advance(jiff::SignedDuration::from_secs(61)) })
    }

    fn end<'a>(&'a self, name: &'a str) -> Doing<'a, Result<Value, String>> {
        Box::pin(async move {
            let arn = format!("arn:aws:states:sa-east-1:000000000000:execution:{WAITS}:{name}");
            let input = json!({ "executionArn": arn });
            for _ in 0..500 {
                let told = self
                    .call(Service::StepFunctions, "DescribeExecution", &input)
                    .await;
                let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
                match told["status"].as_str() {
                    Some("RUNNING") => tokio::time::sleep(Duration::from_millis(10)).await,
                    Some("SUCCEEDED") => {
                        return Ok(serde_json::from_str(&text("output")).expect("JSON"));
                    }
                    _ => return Err(text("error")),
                }
            }
            panic!("{name} does not end");
        })
    }
}
