//! Our Lambda functions as AWS runs them: the very program that is deployed, in processes of its own, as many as calls are
//! made at the same time. What a process and its Runtime API are is `comanda-runtime-api`'s.

mod described;
pub(crate) mod events;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use comanda_runtime_api::{Environment, Failure, Function, Log};
use comanda_tasks_aws::PortsConfig;
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::{
    aws::{FunctionError, LambdaInvoker},
    scheduler::Boxed,
};

/// So many calls of one function run at the same time; others wait, where AWS would refuse them.
const AT_ONCE: usize = 8;

/// The program is not there.
#[derive(Debug, thiserror::Error)]
pub enum ProcessesError {
    /// Nothing at the path, or no program.
    #[error("`{}` is not a program", program.display())]
    NoProgram {
        /// Where it should be.
        program: PathBuf,
    },
    /// The manifest is not as this program reads it: a fault of ours.
    #[error("the manifest's functions cannot be read: {0}")]
    Manifest(#[from] serde_json::Error),
    /// The workflows are wrong.
    #[error(transparent)]
    Definitions(#[from] &'static comanda_dsl::DefinitionErrors),
}

/// The functions of `generated/manifest.json`, by name.
pub(crate) struct Processes {
    fleets: BTreeMap<String, Arc<Fleet>>,
}

/// One function's processes.
struct Fleet {
    function: Function,
    idle: Mutex<Vec<Environment>>,
    places: Semaphore,
}

impl Processes {
    /// The functions over this program. None runs before it is called.
    pub(crate) fn new(
        program: &Path,
        config: &PortsConfig,
        public_url: &str,
    ) -> Result<Self, ProcessesError> {
        if !program.is_file() {
            return Err(ProcessesError::NoProgram {
                program: program.to_owned(),
            });
        }
        let functions = described::functions(program, config, public_url)?;
        let fleet = |function: Function| Fleet {
            function,
            idle: Mutex::default(),
            places: Semaphore::new(AT_ONCE),
        };
        let fleets = functions
            .into_iter()
            .map(|function| (function.name.clone(), Arc::new(fleet(function))));
        Ok(Self {
            fleets: fleets.collect(),
        })
    }
}

impl LambdaInvoker for Processes {
    fn invoke(
        &self,
        function_name: &str,
        payload: Value,
    ) -> Boxed<Option<Result<Value, FunctionError>>> {
        let fleet = self.fleets.get(function_name).cloned();
        Box::pin(async move {
            // A function goes on where its caller does not wait any more, as on AWS: so it is not the caller who drives it.
            let called = tokio::spawn(fleet?.call(payload)).await;
            Some(called.unwrap_or_else(|_| Err(error("Unexpected", "the call was broken off"))))
        })
    }
}

impl Fleet {
    async fn call(self: Arc<Self>, payload: Value) -> Result<Value, FunctionError> {
        let Ok(_place) = self.places.acquire().await else {
            return Err(error("Unexpected", "the function is no longer there"));
        };
        let mut environment = self.environment().await?;
        let answered = environment.invoke(payload.to_string().into_bytes()).await;
        let goes_on = !answered.as_ref().is_err_and(Failure::ends_environment);
        if goes_on {
            self.lock().push(environment);
        }
        match answered {
            Ok(answer) => serde_json::from_slice(&answer)
                .map_err(|_| error("Runtime.MarshalError", "the answer is not JSON")),
            Err(failure) => {
                if !goes_on {
                    tracing::warn!(function = %self.function.name, error = %failure.error_type, "a function's process ended");
                }
                Err(error(&failure.error_type, &failure.error_message))
            }
        }
    }

    /// The last that became idle and still lives, or another.
    async fn environment(&self) -> Result<Environment, FunctionError> {
        while let Some(mut environment) = self.last_idle() {
            // One that died in its sleep had nobody waiting for it.
            if environment.is_alive() {
                return Ok(environment);
            }
        }
        let name = self.function.name.clone();
        let log: Log = Arc::new(move |line| tracing::info!(function = %name, "{line}"));
        let started = Environment::start(&self.function, log).await;
        started.map_err(|failed| error("Runtime.InvalidEntrypoint", &failed.to_string()))
    }

    fn last_idle(&self) -> Option<Environment> {
        self.lock().pop()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Environment>> {
        // Nothing panics while it is held.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn error(error_type: &str, error_message: &str) -> FunctionError {
    FunctionError {
        error_type: error_type.to_owned(),
        error_message: error_message.to_owned(),
    }
}
