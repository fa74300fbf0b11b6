//! What the console reads and may ask for: one trait, so that the pages know neither the journal nor the tables.

use std::{future::Future, pin::Pin, sync::Arc};

use comanda_codegen::graph::Picture;
use comanda_domain::{exception::Exception, order::Order};
use comanda_workflows::story::{Event, Message};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;
use tokio::sync::broadcast;

use super::{action::Action, phones::Phones};

/// The answer of a read, boxed so that the trait is an object.
pub type Read<'a, T> = Pin<Box<dyn Future<Output = Result<T, DataError>> + Send + 'a>>;

/// What the console shows and does, whatever is behind it.
pub trait ConsoleData: Phones + Send + Sync + 'static {
    /// The stack's clock, which may be ahead of the machine's.
    fn now(&self) -> Timestamp;

    /// The clock that people's times are told by.
    fn zone(&self) -> TimeZone;

    /// The newest orders of all stores.
    fn orders(&self, limit: usize) -> Read<'_, Vec<Order>>;

    /// The order of this id.
    fn order<'a>(&'a self, id: &'a str) -> Read<'a, Option<Order>>;

    /// The newest executions of all workflows.
    fn executions(&self, limit: usize) -> Read<'_, Vec<ExecutionLine>>;

    /// The execution of this name; of several workflows, the newest.
    fn execution<'a>(&'a self, name: &'a str) -> Read<'a, Option<Execution>>;

    /// The executions that an order's life is made of: its own first, then its refunds.
    fn executions_of<'a>(&'a self, order: &'a Order) -> Read<'a, Vec<Execution>>;

    /// What the customer was told of an order, oldest first.
    fn messages<'a>(&'a self, order: &'a Order) -> Read<'a, Vec<Message>>;

    /// What a person must see of an order, or had to.
    fn exceptions<'a>(&'a self, order: &'a Order) -> Read<'a, Vec<Exception>>;

    /// What a person must still see, of all tenants, the newest first.
    fn alarms(&self, limit: usize) -> Read<'_, Vec<Exception>>;

    /// The graph of a workflow as it runs.
    fn picture(&self, workflow: &str) -> Option<Arc<Picture>>;

    /// Carries out what a person clicked, by the same ways as the world outside; answers what happened, in a sentence.
    fn act<'a>(&'a self, order: &'a Order, action: Action) -> Read<'a, String>;

    /// Told whenever an execution, an order or a chat changed.
    fn changes(&self) -> broadcast::Receiver<Change>;
}

/// Something changed; the pages read what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change;

/// An execution in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ExecutionLine {
    /// Its name.
    pub name: String,
    /// The state machine's name.
    pub workflow: String,
    /// `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `ABORTED`.
    pub status: String,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub stopped: Option<Timestamp>,
}

/// An execution with all that is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Execution {
    /// Name, workflow, status, times.
    pub line: ExecutionLine,
    /// What it began with.
    pub input: Value,
    /// What it ended with.
    pub output: Option<Value>,
    /// Its variables as they are now.
    pub variables: Value,
    /// Its history, oldest first.
    pub events: Vec<Event>,
}

/// A read or an action did not work. The text is for the page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DataError {
    /// It is not possible now, and the text says why.
    #[error("{0}")]
    Refused(String),
    /// Something behind the console is broken.
    #[error("the stack did not answer: {0}")]
    Broken(String),
}
