//! The stack as a whole: open it on a directory or in memory, serve it, close it.

use std::{path::PathBuf, sync::Arc};

use comanda_asl::WorkflowKind;
use comanda_tasks::ports::Clock;
use tokio::{net::TcpListener, sync::watch};

use super::{
    ApiError, DynamoDb, DynamoDbError, LambdaInvoker, S3, Services, Sqs, StepFunctions, front,
    integrations::Integrations, tables,
};
use crate::{
    journal::{Journal, JournalError},
    scheduler::{Recovered, Scheduler},
};

/// Where the stack keeps what must survive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// Nowhere: it ends with the process.
    Ephemeral,
    /// In this directory, which is made if it is not there.
    Directory(PathBuf),
}

/// Why the stack is not there.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The tables.
    #[error(transparent)]
    DynamoDb(#[from] DynamoDbError),
    /// A table.
    #[error("cannot make a table: {0}")]
    Tables(#[from] ApiError),
    /// The listener.
    #[error("the AWS port failed: {0}")]
    Serve(#[from] std::io::Error),
}

/// AWS on this machine.
pub struct AwsStack {
    services: Arc<Services>,
    journal: Journal,
    close: watch::Sender<bool>,
    recovered: Recovered,
}

impl AwsStack {
    /// Opens the stack with all that was acknowledged before.
    pub async fn open(data: Data, clock: Arc<dyn Clock>) -> Result<Self, StackError> {
        let (close, closing) = watch::channel(false);
        // The journal's lock comes first: it guards the whole directory.
        let (journal, tables, buckets) = match &data {
            Data::Ephemeral => (Journal::ephemeral(), None, None),
            Data::Directory(directory) => (
                Journal::open(directory)?,
                Some(directory.join("dynamodb.sqlite")),
                Some(directory.join("s3")),
            ),
        };
        let dynamodb = DynamoDb::start(tables.as_deref(), closing.clone()).await?;
        if tables.is_some() {
            tables::remove_half_made(&dynamodb).await?;
        }
        tables::create_missing(&dynamodb).await?;
        let sqs = Sqs::open(journal.clone(), Arc::clone(&clock), closing.clone())?;
        let scheduler = Scheduler::new(journal.clone(), Arc::clone(&clock), closing.clone());
        let (step_functions, definitions) = StepFunctions::open(
            journal.clone(),
            scheduler.clone(),
            Arc::clone(&clock),
            closing,
        )?;
        let recovered = scheduler.recover(&definitions)?;
        Ok(Self {
            services: Arc::new(Services {
                dynamodb,
                sqs,
                s3: S3::open(buckets),
                step_functions,
                clock,
            }),
            journal,
            close,
            recovered,
        })
    }

    /// What was found in the directory.
    #[must_use]
    pub fn recovered(&self) -> &Recovered {
        &self.recovered
    }

    /// Says who the Lambda functions are, and lets the executions run. Tasks and timers that were out when the stack
    /// ended are taken up again; so deploy first.
    pub fn run_with(&self, functions: Arc<dyn LambdaInvoker>) {
        let runner = Integrations::new(&self.services, functions);
        self.services
            .step_functions
            .scheduler()
            .run_with(Arc::new(runner));
    }

    /// Serves the AWS API until [`AwsStack::close`] or a failed write.
    pub async fn serve(&self, listener: TcpListener) -> Result<(), StackError> {
        let router = front::router(Arc::clone(&self.services));
        let mut closing = self.close.subscribe();
        let mut stopped = self.journal.stopped();
        let mut tables = self.services.dynamodb.stopped();
        let close = self.close.clone();
        let end = async move {
            tokio::select! {
                _ = closing.wait_for(|closing| *closing) => {}
                Ok(_) = stopped.wait_for(Option::is_some) => { close.send_replace(true); }
                Ok(_) = tables.wait_for(Option::is_some) => { close.send_replace(true); }
            }
        };
        axum::serve(front::answering_at_once(listener), router)
            .with_graceful_shutdown(end)
            .await?;
        if let Some(reason) = self.services.dynamodb.stopped().borrow().clone() {
            return Err(DynamoDbError::Stopped(reason).into());
        }
        match self.journal.stopped().borrow().clone() {
            None => Ok(()),
            Some(reason) => Err(JournalError::Stopped(reason).into()),
        }
    }

    /// Ends long polls and stops taking requests; [`AwsStack::serve`] returns once the running ones are answered.
    pub fn close(&self) {
        self.close.send_replace(true);
    }

    /// Turns true with [`AwsStack::close`], and when a write failed.
    #[must_use]
    pub fn closing(&self) -> watch::Receiver<bool> {
        self.close.subscribe()
    }

    /// Waits until the files are closed and another process may open them.
    pub async fn closed(&self) {
        self.close();
        self.services.dynamodb.closed().await;
        let journal = self.journal.clone();
        // Waits for the writer thread. A failure to wait leaves the files to the process' end.
        let _ = tokio::task::spawn_blocking(move || journal.close()).await;
    }

    /// Makes a state machine, or brings it to this definition; what it already is, it stays. Gives its ARN.
    pub async fn deploy(
        &self,
        workflow: &str,
        kind: WorkflowKind,
        definition: &str,
    ) -> Result<String, ApiError> {
        let service = &self.services.step_functions;
        service.deploy(workflow, kind, definition).await
    }

    /// The executions: lists, histories, where each stands, and news of changes.
    #[must_use]
    pub fn scheduler(&self) -> &Scheduler {
        self.services.step_functions.scheduler()
    }

    /// The services, for the parts of this process.
    #[must_use]
    pub fn services(&self) -> &Arc<Services> {
        &self.services
    }
}
