//! Servers that are measured: ours twice (keeping nothing, and keeping everything), and peers from PyPI in a virtual
//! environment of their own. All listen on loopback only, and end with this program.

use std::{
    env,
    fs::File,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Failure, client::Client};

/// The peers, pinned (a claim is about these), and what moto needs for running state machines and does not bring with
/// `server`.
const PEERS: [&str; 4] = [
    "moto[server]==5.2.5",
    "ministack==1.5.33",
    "jsonpath-ng",
    "antlr4-python3-runtime",
];
/// What Linux counts processor time in, for programs.
const TICKS_A_SECOND: f64 = 100.0;
const READY_WITHIN: Duration = Duration::from_secs(60);

/// A server that runs until this is dropped.
pub struct Server {
    /// As it stands in the table.
    pub name: &'static str,
    /// `host:port`.
    pub address: String,
    process: Child,
    /// What ours tells of itself at its start.
    facts: Value,
    /// Gone with the server.
    _directory: Option<TempDir>,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended on its own.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    /// Ours, keeping nothing.
    pub fn ephemeral() -> Result<Server, Failure> {
        ours("HTTP --ephemeral", &["--ephemeral"], None)
    }

    /// Ours, with everything on disk before it is told.
    pub fn durable() -> Result<Server, Failure> {
        // Not in the system's place for temporary files, which may be memory.
        let directory = tempfile::tempdir_in(work_directory()?)?;
        let path = directory.path().to_string_lossy().into_owned();
        ours("HTTP durable", &["--data", &path], Some(directory))
    }

    /// moto's server, with execution of state machines turned on.
    pub async fn moto() -> Result<Server, Failure> {
        let port = free_port()?;
        let port_text = port.to_string();
        let server = peer(
            "moto",
            "moto_server",
            port,
            &["-H", "127.0.0.1", "-p", &port_text],
        )
        .await?;
        let mut client = Client::connect(&server.address).await?;
        let settings = json!({ "stepfunctions": { "execute_state_machine": true } });
        client.post_json("/moto-api/config", &settings).await?;
        Ok(server)
    }

    /// MiniStack.
    pub async fn ministack() -> Result<Server, Failure> {
        peer("ministack", "ministack", free_port()?, &[]).await
    }

    /// `host:port` of the console, the webhooks and the simulators, where it is ours.
    pub fn console(&self) -> Result<String, Failure> {
        let url = self.facts.get("url").and_then(Value::as_str);
        let address = url.and_then(|url| url.strip_prefix("http://"));
        Ok(address
            .ok_or("the stack does not say where its console is")?
            .to_owned())
    }

    /// The number of the first store on its channel, where it is ours.
    pub fn store_number(&self) -> Result<String, Failure> {
        let number = self.facts.pointer("/stores/0/channelAddresses/0");
        let number = number.and_then(Value::as_str);
        Ok(number
            .ok_or("the stack does not say which numbers it has")?
            .to_owned())
    }

    /// How much processor time it has taken so far.
    pub fn processor_seconds(&self) -> Result<f64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // Behind the name, which may hold anything: utime and stime are the 12th and 13th.
        let fields = status.rsplit_once(')').map(|(_, fields)| fields);
        let mut ticks = fields.unwrap_or_default().split_whitespace().skip(11);
        let mut next = || ticks.next().and_then(|ticks| ticks.parse::<u64>().ok());
        match (next(), next()) {
            (Some(user), Some(system)) => Ok((user + system) as f64 / TICKS_A_SECOND),
            _ => Err("the system does not tell a process's processor time".into()),
        }
    }

    /// How much memory it holds, in bytes.
    pub fn resident_bytes(&self) -> Result<u64, Failure> {
        resident_bytes(&self.process.id().to_string())
    }
}

/// How much memory a process holds, in bytes; `self` for this one.
pub fn resident_bytes(process: &str) -> Result<u64, Failure> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next());
    let kibibytes: u64 = kibibytes
        .ok_or("the system does not tell a process's memory")?
        .parse()?;
    Ok(kibibytes * 1_024)
}

fn ours(
    name: &'static str,
    arguments: &[&str],
    directory: Option<TempDir>,
) -> Result<Server, Failure> {
    let program = sibling("comanda")?;
    let mut process = Command::new(program)
        .args(["--json", "up", "--port", "0", "--aws-port", "0"])
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut facts = String::new();
    let output = process.stdout.take().ok_or("the stack has no output")?;
    for line in BufReader::new(output).lines() {
        let line = line?;
        facts.push_str(&line);
        if line == "}" {
            break;
        }
    }
    let facts: Value = serde_json::from_str(&facts)?;
    let url = facts.get("awsUrl").and_then(Value::as_str);
    let address = url.and_then(|url| url.strip_prefix("http://"));
    Ok(Server {
        name,
        address: address
            .ok_or("the stack does not say where it is")?
            .to_owned(),
        process,
        facts,
        _directory: directory,
    })
}

/// The program that was built beside this one.
fn sibling(name: &str) -> Result<PathBuf, Failure> {
    let own = env::current_exe()?;
    let program = own.with_file_name(name);
    match program.is_file() {
        true => Ok(program),
        false => Err(format!(
            "`{}` is not there; build it first: cargo build --release -p {name}",
            program.display()
        )
        .into()),
    }
}

async fn peer(
    name: &'static str,
    program: &str,
    port: u16,
    arguments: &[&str],
) -> Result<Server, Failure> {
    let environment = python_environment("python", &PEERS)?;
    let log = File::create(work_directory()?.join(format!("{name}.log")))?;
    let address = format!("127.0.0.1:{port}");
    let process = Command::new(environment.join("bin").join(program))
        .args(arguments)
        // MiniStack's default would listen on all interfaces.
        .env("BIND_HOST", "127.0.0.1")
        .env("GATEWAY_PORT", port.to_string())
        .env("AWS_ENDPOINT_URL", format!("http://{address}"))
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()?;
    let server = Server {
        name,
        address,
        process,
        facts: Value::Null,
        _directory: None,
    };
    let begun = Instant::now();
    while tokio::net::TcpStream::connect(&server.address)
        .await
        .is_err()
    {
        if begun.elapsed() > READY_WITHIN {
            return Err(
                format!("{name} did not come up; its log is beside its environment").into(),
            );
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(server)
}

/// A virtual environment with these packages; made at the first call.
pub fn python_environment(name: &str, packages: &[&str]) -> Result<PathBuf, Failure> {
    let environment = work_directory()?.join(name);
    let made = environment.join("made");
    if !made.is_file() {
        eprintln!(
            "Installing {} in {}.",
            packages.join(" and "),
            environment.display()
        );
        run(Command::new("python3")
            .args(["-m", "venv"])
            .arg(&environment))?;
        run(Command::new(environment.join("bin/pip"))
            .args(["install", "--quiet", "--disable-pip-version-check"])
            .args(packages))?;
        File::create(made)?;
    }
    Ok(environment)
}

/// Runs a program to its good end.
pub fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.stdout(Stdio::null()).status();
    let status = status.map_err(|error| format!("{command:?}: {error}"))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{command:?} ended with {status}").into()),
    }
}

/// `target/bench`: everything that is installed or written for measurements.
pub fn work_directory() -> Result<PathBuf, Failure> {
    let own = env::current_exe()?;
    let target = own.parent().and_then(Path::parent);
    let directory = target
        .ok_or("this program is not in a target directory")?
        .join("bench");
    std::fs::create_dir_all(&directory)?;
    Ok(directory)
}

fn free_port() -> Result<u16, Failure> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
