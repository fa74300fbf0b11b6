//! The load: so many workers, each with one connection, each running one execution after the other to its end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{Failure, client::Client, flows::Flow};

/// What one measurement is bounded by.
#[derive(Clone, Copy)]
pub struct Bounds {
    /// How many executions run at the same time.
    pub concurrency: usize,
    /// For how long new ones are begun.
    pub time: Duration,
}

/// A flow at a server: its machine is made once.
pub struct Deployed<'flow> {
    flow: &'flow Flow,
    address: String,
    machine: String,
    queues: Vec<String>,
    /// Makes every execution's name its own.
    last_number: Arc<AtomicUsize>,
}

impl<'flow> Deployed<'flow> {
    /// Makes the machine, and a queue for each worker where somebody has to answer.
    pub async fn new(
        flow: &'flow Flow,
        address: &str,
        workers: usize,
    ) -> Result<Deployed<'flow>, Failure> {
        let mut client = Client::connect(address).await?;
        let request = json!({
            "name": format!("bench-{}", flow.name),
            "definition": flow.definition.to_string(),
            "roleArn": "arn:aws:iam::123456789012:role/bench",
        });
        let made = client.states("CreateStateMachine", &request).await?;
        let mut queues = Vec::new();
        for worker in 0..workers.min(if flow.calls_back { workers } else { 0 }) {
            let request = json!({ "QueueName": format!("bench-{worker}") });
            let made = client.sqs("CreateQueue", &request).await?;
            queues.push(member(&made, "QueueUrl")?.to_owned());
        }
        Ok(Deployed {
            flow,
            address: address.to_owned(),
            machine: member(&made, "stateMachineArn")?.to_owned(),
            queues,
            last_number: Arc::default(),
        })
    }

    /// How many executions a second come to their end.
    pub async fn measure(&self, bounds: Bounds) -> Result<f64, Failure> {
        let left = Arc::new(AtomicUsize::new(self.flow.executions_max));
        let begun = Instant::now();
        let mut workers = Vec::new();
        for number in 0..bounds.concurrency {
            let worker = Worker {
                client: Client::connect(&self.address).await?,
                machine: self.machine.clone(),
                last_number: Arc::clone(&self.last_number),
                queue: self.queues.get(number).cloned(),
                input: self.input(number),
                output: self.flow.output.clone(),
                shortest: None,
            };
            let left = Arc::clone(&left);
            workers.push(tokio::spawn(worker.work(begun, bounds.time, left)));
        }
        let mut done = 0;
        for worker in workers {
            done += worker.await??;
        }
        Ok(done as f64 / begun.elapsed().as_secs_f64())
    }

    fn input(&self, worker: usize) -> String {
        let mut input = self.flow.input.clone();
        if let (Some(queue), Some(members)) = (self.queues.get(worker), input.as_object_mut()) {
            members.insert("queue".to_owned(), Value::from(queue.as_str()));
        }
        input.to_string()
    }
}

struct Worker {
    client: Client,
    machine: String,
    last_number: Arc<AtomicUsize>,
    queue: Option<String>,
    input: String,
    output: Value,
    /// The shortest life of an execution so far: nobody is asked earlier, so that asking costs a slow server little.
    shortest: Option<Duration>,
}

impl Worker {
    async fn work(
        mut self,
        begun: Instant,
        time: Duration,
        left: Arc<AtomicUsize>,
    ) -> Result<usize, Failure> {
        let mut done = 0;
        while done == 0 || begun.elapsed() < time {
            let one = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            });
            if one.is_err() {
                break;
            }
            self.execution().await?;
            done += 1;
        }
        Ok(done)
    }

    /// Starts an execution, answers it where it asks, and waits for its end.
    async fn execution(&mut self) -> Result<(), Failure> {
        let begun = Instant::now();
        let number = self.last_number.fetch_add(1, Ordering::Relaxed);
        let request = json!({
            "stateMachineArn": self.machine,
            // A name, because one of the peers makes none up.
            "name": format!("execution-{number}"),
            "input": self.input,
        });
        let started = self.client.states("StartExecution", &request).await?;
        let execution = json!({ "executionArn": member(&started, "executionArn")? });
        if let Some(queue) = self.queue.clone() {
            self.call_back(&queue).await?;
        }
        let told = self.ended(&execution, begun).await?;
        let output = told.get("output").and_then(Value::as_str).unwrap_or("null");
        if serde_json::from_str::<Value>(output)? != self.output {
            return Err(format!("an execution came to {told}").into());
        }
        let life = begun.elapsed();
        self.shortest = Some(self.shortest.map_or(life, |shortest| shortest.min(life)));
        Ok(())
    }

    async fn call_back(&mut self, queue: &str) -> Result<(), Failure> {
        let request = json!({ "QueueUrl": queue, "WaitTimeSeconds": 2 });
        let message = loop {
            let mut received = self.client.sqs("ReceiveMessage", &request).await?;
            if let Some(message) = received.pointer_mut("/Messages/0") {
                break message.take();
            }
        };
        let body: Value = serde_json::from_str(member(&message, "Body")?)?;
        let answer =
            json!({ "taskToken": member(&body, "token")?, "output": self.output.to_string() });
        self.client.states("SendTaskSuccess", &answer).await?;
        let handle = member(&message, "ReceiptHandle")?;
        let request = json!({ "QueueUrl": queue, "ReceiptHandle": handle });
        self.client.sqs("DeleteMessage", &request).await?;
        Ok(())
    }

    async fn ended(&mut self, execution: &Value, begun: Instant) -> Result<Value, Failure> {
        let shortest = self.shortest.unwrap_or_default();
        // A pause shorter than the timer's tick would be longer than itself.
        let pause = (shortest / 10).max(Duration::from_millis(1));
        if let Some(early) = shortest
            .checked_sub(begun.elapsed())
            .filter(|early| *early > pause)
        {
            tokio::time::sleep(early).await;
        }
        loop {
            let told = self.client.states("DescribeExecution", execution).await?;
            if told.get("status").and_then(Value::as_str) != Some("RUNNING") {
                return Ok(told);
            }
            tokio::time::sleep(pause).await;
        }
    }
}

fn member<'value>(value: &'value Value, name: &str) -> Result<&'value str, Failure> {
    value
        .get(name)
        .and_then(Value::as_str)
        .ok_or_else(|| format!("there is no `{name}` in {value}").into())
}
