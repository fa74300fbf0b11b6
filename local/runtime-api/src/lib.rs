//! A Lambda function's process on this machine: started, handed invocations by the Lambda Runtime API, and its answers
//! taken, as Lambda does it.
//!
//! One [`Environment`] is one process and one invocation at a time. How many there are, and what an invocation is, is left
//! to whoever holds them.

mod api;
mod failure;
mod process;

use std::{
    io,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::{sync::mpsc, task::JoinHandle};

pub use failure::Failure;

use api::{Handed, Told};
use process::Process;

/// Takes the lines that a process prints.
pub type Log = Arc<dyn Fn(&str) + Send + Sync>;

/// A function as Lambda knows it.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// What `_HANDLER` says.
    pub handler: String,
    /// How long one invocation may take.
    pub timeout: Duration,
    /// The program.
    pub program: PathBuf,
    /// What the program is called with.
    pub arguments: Vec<String>,
    /// Its variables, beside those that Lambda sets.
    pub variables: Vec<(String, String)>,
}

/// One execution environment: a process, and the Runtime API that it asks.
pub struct Environment {
    name: String,
    timeout: Duration,
    process: Process,
    hand: mpsc::Sender<Handed>,
    told: mpsc::Receiver<Told>,
    serving: JoinHandle<()>,
    invocations: u64,
}

impl Environment {
    /// Starts the process. Whether it comes up is told by its first invocation, which waits for it.
    pub async fn start(function: &Function, log: Log) -> io::Result<Self> {
        let (hand, work) = mpsc::channel(1);
        let (tell, told) = mpsc::channel(4);
        let (address, serving) = api::serve(function.arn.clone(), work, tell).await?;
        let process = Process::start(function, &address, log)?;
        Ok(Self {
            name: function.name.clone(),
            timeout: function.timeout,
            process,
            hand,
            told,
            serving,
            invocations: 0,
        })
    }

    /// The process.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Whether the process has not ended.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.process.end(), Ok(None))
    }

    /// Hands over one invocation and waits for its answer. After a failure that [ends the
    /// environment](Failure::ends_environment) there is nobody left to answer another.
    pub async fn invoke(&mut self, payload: Vec<u8>) -> Result<Vec<u8>, Failure> {
        self.invocations += 1;
        let request_id = format!("{}-{}", self.process.id(), self.invocations);
        let handed = Handed {
            request_id: request_id.clone(),
            deadline_milliseconds: milliseconds_since_1970() + whole_milliseconds(self.timeout),
            payload,
        };
        // It is empty: the invocation before was answered, or the environment has ended.
        if self.hand.try_send(handed).is_err() {
            return Err(Failure::exited(
                &request_id,
                "the one before is not answered",
            ));
        }
        let timeout = tokio::time::sleep(self.timeout);
        tokio::pin!(timeout);
        loop {
            tokio::select! {
                // What a process told before its end is its answer, and its end is not.
                biased;
                told = self.told.recv() => match told {
                    Some(Told::Answer(id, answer)) if id == request_id => return Ok(answer),
                    Some(Told::Error(id, failure)) if id == request_id => return Err(failure),
                    Some(Told::NotStarted(failure)) => return Err(failure),
                    // An answer to nothing that was asked; Lambda drops it too.
                    Some(Told::Answer(..) | Told::Error(..)) => {}
                    None => return Err(Failure::exited(&request_id, "the Runtime API is gone")),
                },
                ended = self.process.ended() => return Err(Failure::exited(&request_id, &ended)),
                () = &mut timeout => return Err(Failure::timed_out(&request_id, self.timeout)),
            }
        }
    }
}

/// Without variables: some are secrets.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment")
            .field("name", &self.name)
            .field("process", &self.process.id())
            .finish_non_exhaustive()
    }
}

/// The process goes with it, and so does what it asks.
impl Drop for Environment {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn milliseconds_since_1970() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    whole_milliseconds(since.unwrap_or_default())
}

fn whole_milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
