//! Rounds of work and kill over one directory, and the check after each: what was acknowledged is there, nothing is half
//! there, and opening twice is opening once.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error as _,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use comanda_local::{aws::Service, seed::SecretsFile};
use serde_json::{Value, json};

use super::worker::{BUCKET, Files, MACHINE, QUEUE, TABLE};

/// What the rounds have seen.
#[derive(Debug, Default)]
pub struct Seen {
    /// Acknowledged numbers by file.
    pub acknowledged: BTreeMap<String, BTreeSet<u64>>,
    /// How many times the process was killed.
    pub kills: u64,
    next: u64,
}

/// Everything that a directory holds of the numbers.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Numbers by file.
    pub by_file: BTreeMap<&'static str, BTreeSet<u64>>,
    /// Numbers of which one half is there without the other.
    halves: Vec<String>,
}

/// When a round's process is killed.
#[derive(Debug, Clone, Copy)]
pub enum Moment {
    /// So long after it came up.
    After(Duration),
    /// At this acknowledgement, which is right behind a write.
    AtAcknowledgement(u64),
}

impl Seen {
    /// One round: work until the moment, kill, look. What is wrong comes back in words.
    pub async fn round(
        &mut self,
        directory: &Path,
        command: Command,
        moment: Moment,
    ) -> Result<(), String> {
        let first = self.next;
        self.work(command, moment, first)?;
        self.kills += 1;
        let held = look(directory).await?;
        self.check(&held)?;
        let again = look(directory).await?;
        if again != held {
            return Err("opening a second time changed what is there".to_owned());
        }
        Ok(())
    }

    fn work(&mut self, mut command: Command, moment: Moment, first: u64) -> Result<(), String> {
        let started = command.stdout(Stdio::piped()).spawn();
        let mut process = started.map_err(|error| error.to_string())?;
        let output = process.stdout.take().ok_or("no output")?;
        let mut lines = BufReader::new(output);
        let mut line = String::new();
        while line.trim() != "up" {
            line.clear();
            let read = lines
                .read_line(&mut line)
                .map_err(|error| error.to_string())?;
            if read == 0 {
                return Err("the process did not come up".to_owned());
            }
        }
        let text = match moment {
            Moment::After(pause) => {
                std::thread::sleep(pause);
                kill(&mut process);
                let mut text = String::new();
                // What it had said before it was killed is still in the pipe.
                lines
                    .read_to_string(&mut text)
                    .map_err(|error| error.to_string())?;
                text
            }
            Moment::AtAcknowledgement(count) => {
                let mut text = String::new();
                for _ in 0..count {
                    lines
                        .read_line(&mut text)
                        .map_err(|error| error.to_string())?;
                }
                kill(&mut process);
                lines
                    .read_to_string(&mut text)
                    .map_err(|error| error.to_string())?;
                text
            }
        };
        self.next = first;
        self.hear(&text);
        Ok(())
    }

    /// Takes in the lines of a process. The last one may be cut short and then says nothing.
    pub fn hear(&mut self, text: &str) {
        let whole = text
            .rfind('\n')
            .map_or("", |end| text.get(..end).unwrap_or_default());
        for line in whole.lines() {
            let mut words = line.split(' ');
            let (Some("ack"), Some(what), Some(Ok(number))) =
                (words.next(), words.next(), words.next().map(str::parse))
            else {
                continue;
            };
            self.acknowledged
                .entry(what.to_owned())
                .or_default()
                .insert(number);
        }
        let last = self.acknowledged.values().filter_map(BTreeSet::last).max();
        // Numbers whose acknowledgement was lost may be there: the next round begins behind them.
        self.next = last.map_or(self.next, |last| last + 1) + 2;
    }

    /// The first number of the next round.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Holds what is there against what was acknowledged.
    pub fn check(&self, held: &Held) -> Result<(), String> {
        if let Some(half) = held.halves.first() {
            return Err(format!("{half} is there without its twin"));
        }
        for (file, numbers) in &self.acknowledged {
            let there = held.by_file.get(file.as_str());
            let lost = numbers
                .iter()
                .find(|number| !there.is_some_and(|there| there.contains(number)));
            if let Some(lost) = lost {
                return Err(format!("{file} has lost the acknowledged {lost}"));
            }
        }
        Ok(())
    }
}

fn kill(process: &mut Child) {
    // SIGKILL: no handler, no flush. One that is gone already is as good.
    let _ = process.kill();
    let _ = process.wait();
}

/// Opens the directory as the stack does, reads everything, and closes it.
pub async fn look(directory: &Path) -> Result<Held, String> {
    let files = Files::open(directory).await?;
    let mut held = Held::default();
    let scanned = rows(&files).await?;
    held.take("table", twins(&scanned));
    let listed = executions(&files).await?;
    held.by_file.insert("execution", listed);
    files.close().await;
    held.by_file.insert("queue", messages(directory)?);
    held.by_file.insert("provider", accounts(directory)?);
    held.by_file.insert("secret", secrets(directory)?);
    held.take("object", objects(directory)?);
    Ok(held)
}

impl Held {
    fn take(&mut self, file: &'static str, (whole, halves): (BTreeSet<u64>, Vec<String>)) {
        self.by_file.insert(file, whole);
        let named = halves.iter().map(|half| format!("{file} {half}"));
        self.halves.extend(named);
    }
}

/// Numbers of which both halves are there, and halves that are alone.
fn twins(texts: &BTreeSet<String>) -> (BTreeSet<u64>, Vec<String>) {
    let other = |text: &String| match text.strip_suffix('a') {
        Some(number) => format!("{number}b"),
        None => format!("{}a", text.trim_end_matches('b')),
    };
    let (paired, alone): (Vec<&String>, Vec<&String>) =
        texts.iter().partition(|text| texts.contains(&other(text)));
    let numbers = paired
        .iter()
        .filter_map(|text| text.strip_suffix('a')?.parse().ok());
    (numbers.collect(), alone.into_iter().cloned().collect())
}

async fn rows(files: &Files) -> Result<BTreeSet<String>, String> {
    let mut found = BTreeSet::new();
    let mut start = Value::Null;
    loop {
        let scan = match start {
            Value::Null => json!({ "TableName": TABLE, "ConsistentRead": true }),
            start => json!({
                "TableName": TABLE, "ConsistentRead": true, "ExclusiveStartKey": start,
            }),
        };
        let page = files.call(Service::DynamoDb, "Scan", &scan).await?;
        let items = page.get("Items").and_then(Value::as_array);
        let ids = items.into_iter().flatten();
        found.extend(ids.filter_map(|item| item.pointer("/id/S")?.as_str().map(str::to_owned)));
        start = page.get("LastEvaluatedKey").cloned().unwrap_or_default();
        if start.is_null() {
            return Ok(found);
        }
    }
}

async fn executions(files: &Files) -> Result<BTreeSet<u64>, String> {
    let arn = format!("arn:aws:states:sa-east-1:000000000000:stateMachine:{MACHINE}");
    let mut found = BTreeSet::new();
    let mut token = Value::Null;
    loop {
        let list = match token {
            Value::Null => json!({ "stateMachineArn": arn }),
            token => json!({ "stateMachineArn": arn, "nextToken": token }),
        };
        let page = files
            .call(Service::StepFunctions, "ListExecutions", &list)
            .await?;
        let executions = page.get("executions").and_then(Value::as_array);
        let names = executions.into_iter().flatten();
        found.extend(names.filter_map(|one| {
            one.get("name")?
                .as_str()?
                .strip_prefix('n')?
                .parse::<u64>()
                .ok()
        }));
        token = page.get("nextToken").cloned().unwrap_or_default();
        if token.is_null() {
            return Ok(found);
        }
    }
}

/// A closed file, read as it lies there: receiving the messages would change them.
fn texts(directory: &Path, file: &str, query: &str) -> Result<Vec<String>, String> {
    let read = || -> rusqlite::Result<Vec<String>> {
        let connection = rusqlite::Connection::open(directory.join(file))?;
        let mut statement = connection.prepare(query)?;
        statement.query_map([], |row| row.get(0))?.collect()
    };
    read().map_err(|error| error.to_string())
}

fn messages(directory: &Path) -> Result<BTreeSet<u64>, String> {
    let query = format!("SELECT record FROM queue_messages WHERE queue = '{QUEUE}'");
    let records = texts(directory, "journal.sqlite", &query)?;
    let bodies = records.iter().filter_map(|record| {
        let record: Value = serde_json::from_str(record).ok()?;
        record.get("body")?.as_str()?.parse().ok()
    });
    Ok(bodies.collect())
}

fn accounts(directory: &Path) -> Result<BTreeSet<u64>, String> {
    let ids = texts(
        directory,
        "simulators.sqlite",
        "SELECT id FROM asaas_accounts",
    )?;
    let numbers = ids
        .iter()
        .filter_map(|id| id.strip_prefix('n')?.parse().ok());
    Ok(numbers.collect())
}

fn secrets(directory: &Path) -> Result<BTreeSet<u64>, String> {
    let opened = SecretsFile::open(Some(directory));
    let opened = opened.map_err(|error| format!("{error}: {:?}", error.source()))?;
    let names = opened.all().keys();
    let numbers = names.filter_map(|name| name.strip_prefix('n')?.parse().ok());
    Ok(numbers.collect())
}

/// Numbers whose file says so, and files that say something else.
fn objects(directory: &Path) -> Result<(BTreeSet<u64>, Vec<String>), String> {
    let (mut whole, mut halves) = (BTreeSet::new(), Vec::new());
    let folder = directory.join("s3").join(BUCKET).join("of");
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((whole, halves)),
        entries => entries.map_err(|error| error.to_string())?,
    };
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match text.parse() {
            Ok(number) if text == name => {
                whole.insert(number);
            }
            _ => halves.push(name.into_owned()),
        }
    }
    Ok((whole, halves))
}
