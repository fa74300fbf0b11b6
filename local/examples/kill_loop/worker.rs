//! What the killed process does: numbered writes to every file of the stack, each acknowledged on standard output.
//!
//! In a table each number has a twin that one transaction writes with it, so that half a change would show.

use std::{
    ops::RangeInclusive,
    path::{Path, PathBuf},
    sync::Arc,
};

use comanda_engine::TaskRequest;
use comanda_local::{
    aws::{AwsStack, Data, S3, Service},
    seed::SecretsFile,
    simulators::{Client, Database, asaas},
};
use comanda_tasks::tenants::SecretPurpose;
use comanda_tasks_aws::SystemClock;
use serde_json::{Value, json};

/// The table of a number and its twin.
pub const TABLE: &str = "Twins";
/// The queue of numbers.
pub const QUEUE: &str = "numbers";
/// The machine that takes numbers.
pub const MACHINE: &str = "numbers";

/// The bucket of numbers.
pub const BUCKET: &str = "numbers";
/// What a number is written into, in this order.
pub const FILES: [&str; 6] = [
    "queue",
    "table",
    "execution",
    "provider",
    "secret",
    "object",
];

/// A failed write: what the stack said.
pub type Refusal = String;

/// The files of one data directory, opened as the stack opens them.
pub struct Files {
    /// The journal and the tables.
    pub aws: AwsStack,
    /// The simulators' file.
    pub asaas: asaas::Asaas,
    /// The files of distributed Maps.
    pub s3: S3,
    directory: PathBuf,
}

impl Files {
    /// Opens the directory; makes queue, table and machine where they are not there.
    pub async fn open(directory: &Path) -> Result<Self, Refusal> {
        let data = Data::Directory(directory.to_path_buf());
        let aws = AwsStack::open(data, Arc::new(SystemClock)).await;
        let aws = aws.map_err(|error| error.to_string())?;
        let file = directory.join("simulators.sqlite");
        let database = Database::open(Some(&file)).map_err(|error| error.to_string())?;
        let client = Client::new().map_err(|error| error.to_string())?;
        let base = "http://127.0.0.1/simulators/asaas".to_owned();
        let asaas = asaas::Asaas::new(Arc::new(database), client, base, asaas::Pace::default());
        let files = Self {
            aws,
            asaas,
            s3: S3::open(Some(directory.join("s3"))),
            directory: directory.to_path_buf(),
        };
        files.prepare().await?;
        Ok(files)
    }

    async fn prepare(&self) -> Result<(), Refusal> {
        let queue = json!({ "QueueName": QUEUE });
        self.call(Service::Sqs, "CreateQueue", &queue).await?;
        let table = json!({
            "TableName": TABLE, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        });
        let made = self.call(Service::DynamoDb, "CreateTable", &table).await;
        if let Err(error) = made
            && !error.contains("ResourceInUse")
            && !error.contains("already exists")
        {
            return Err(error);
        }
        let machine = json!({
            "name": MACHINE, "roleArn": "arn:aws:iam::000000000000:role/anyone",
            "definition": json!({
                "StartAt": "Take", "States": { "Take": { "Type": "Pass", "End": true } },
            }).to_string(),
        });
        self.call(Service::StepFunctions, "CreateStateMachine", &machine)
            .await?;
        Ok(())
    }

    /// One call of the API.
    pub async fn call(
        &self,
        service: Service,
        operation: &str,
        input: &Value,
    ) -> Result<Value, Refusal> {
        let answer = self.aws.services().call(service, operation, input).await;
        answer.map_err(|error| error.to_string())
    }

    async fn send(&self, number: u64) -> Result<(), Refusal> {
        let message = json!({
            "QueueUrl": format!("http://127.0.0.1/000000000000/{QUEUE}"),
            "MessageBody": number.to_string(),
        });
        self.call(Service::Sqs, "SendMessage", &message).await?;
        Ok(())
    }

    async fn put(&self, number: u64) -> Result<(), Refusal> {
        let put = |suffix: &str| {
            let id = json!({ "S": format!("{number}{suffix}") });
            json!({ "Put": { "TableName": TABLE, "Item": { "id": id } } })
        };
        let items = json!({ "TransactItems": [put("a"), put("b")] });
        self.call(Service::DynamoDb, "TransactWriteItems", &items)
            .await?;
        Ok(())
    }

    async fn start(&self, number: u64) -> Result<(), Refusal> {
        let machine = format!("arn:aws:states:sa-east-1:000000000000:stateMachine:{MACHINE}");
        let start = json!({
            "stateMachineArn": machine, "name": format!("n{number}"), "input": "{}",
        });
        self.call(Service::StepFunctions, "StartExecution", &start)
            .await?;
        Ok(())
    }

    fn register(&self, number: u64) -> Result<(), Refusal> {
        let account = asaas::Account {
            id: format!("n{number}"),
            name: "Conta".to_owned(),
            city: "Curitiba".to_owned(),
            api_key: format!("key-{number}"),
            webhook_url: "http://127.0.0.1/".to_owned(),
            webhook_token: "token".to_owned(),
            opening_balance_centavos: 0,
        };
        let made = self.asaas.register(&account);
        made.map_err(|error| error.to_string())
    }

    /// All secrets are in one file, which is written anew.
    fn make_secret(&self, number: u64) -> Result<(), Refusal> {
        let opened = SecretsFile::open(Some(&self.directory));
        let mut secrets = opened.map_err(|error| error.to_string())?;
        secrets.ensure(&format!("n{number}"), SecretPurpose::WebhookToken);
        secrets.save().map_err(|error| error.to_string())
    }

    async fn put_object(&self, number: u64) -> Result<(), Refusal> {
        let request = json!({
            "task": 1, "stateName": "Put", "resource": "arn:aws:states:::s3:putObject", "retryCount": 0,
            "arguments": { "Bucket": BUCKET, "Key": format!("of/{number}"), "Body": number.to_string() },
        });
        let request: TaskRequest =
            serde_json::from_value(request).map_err(|error| error.to_string())?;
        match self.s3.serve(request).await {
            Some(Ok(_)) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    }

    /// Writes one number into one file.
    async fn put_into(&self, file: &str, number: u64) -> Result<(), Refusal> {
        match file {
            "queue" => self.send(number).await,
            "table" => self.put(number).await,
            "execution" => self.start(number).await,
            "provider" => self.register(number),
            "secret" => self.make_secret(number),
            _ => self.put_object(number).await,
        }
    }

    /// Writes one number everywhere, and says after each write that it is done. What failed comes back with its file.
    pub async fn write(
        &self,
        number: u64,
        done: impl Fn(&str, u64),
    ) -> Result<(), (&'static str, Refusal)> {
        for file in FILES {
            let written = self.put_into(file, number).await;
            written.map_err(|error| (file, error))?;
            done(file, number);
        }
        Ok(())
    }

    /// Closes everything, so that another may open it.
    pub async fn close(self) {
        self.aws.closed().await;
    }
}

/// Writes the numbers, until it is killed or a write fails. A failure ends it; before that the same database is asked once
/// more, and must refuse: what a disk holds after a failed write is unknown (RELIABILITY L4). The files beside the databases
/// are each written anew, so that a second try is as good as a first.
pub async fn work(directory: &Path, numbers: RangeInclusive<u64>) -> Result<(), Refusal> {
    let files = Files::open(directory).await?;
    println!("up");
    for number in numbers {
        let done = |what: &str, number: u64| println!("ack {what} {number}");
        if let Err((file, error)) = files.write(number, done).await {
            let is_database = !matches!(file, "secret" | "object");
            if is_database && files.put_into(file, number + 1).await.is_ok() {
                println!("{file} goes on after all");
            }
            return Err(error);
        }
    }
    files.close().await;
    Ok(())
}
