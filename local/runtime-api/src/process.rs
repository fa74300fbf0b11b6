//! The process: started with the variables that Lambda sets and nothing of this machine's, its prints read line by line.

use std::{
    io::{self, BufRead as _, BufReader, Read},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use crate::{Function, Log};

/// Interpreters need these of the machine; nothing else of its variables gets in.
const OF_THE_MACHINE: [&str; 1] = ["PATH"];
/// How often an end is looked for while an answer is waited for.
const LOOKED_FOR: Duration = Duration::from_millis(5);

/// A running process. It is killed with this.
pub(crate) struct Process(Child);

impl Process {
    /// Starts it.
    pub(crate) fn start(function: &Function, runtime_api: &str, log: Log) -> io::Result<Self> {
        let of_the_machine = OF_THE_MACHINE.into_iter();
        let of_the_machine =
            of_the_machine.filter_map(|name| Some((name, std::env::var_os(name)?)));
        let mut process = Command::new(&function.program)
            .args(&function.arguments)
            .env_clear()
            .envs(of_the_machine)
            .envs(function.variables.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", runtime_api)
            .env("AWS_LAMBDA_FUNCTION_NAME", &function.name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
            .env("_HANDLER", &function.handler)
            .env("TZ", ":UTC")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(output) = process.stdout.take() {
            read(output, log.clone());
        }
        if let Some(output) = process.stderr.take() {
            read(output, log);
        }
        Ok(Self(process))
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// How it ended; `None` while it runs.
    pub(crate) fn end(&mut self) -> io::Result<Option<ExitStatus>> {
        self.0.try_wait()
    }

    /// Waits for its end, and tells it in words.
    pub(crate) async fn ended(&mut self) -> String {
        loop {
            match self.end() {
                Ok(None) => tokio::time::sleep(LOOKED_FOR).await,
                Ok(Some(status)) => return status.to_string(),
                Err(error) => return error.to_string(),
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// On a thread of its own, which ends with the output.
fn read(output: impl Read + Send + 'static, log: Log) {
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            log(&line);
        }
    });
}
