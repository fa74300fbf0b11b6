//! Where the outside parties are, and the one function that makes all ports.
//!
//! Nothing here has a default: a production function that finds no address for a party must not start, and must not
//! find a sandbox instead (RELIABILITY P7).

use std::{sync::Arc, time::Duration};

use comanda_tasks::ports::{Ports, Store};
use secrecy::SecretString;

use crate::{
    asaas::Asaas,
    aws,
    clock::system_clock,
    http::{Client, transport::Reach},
    queue::SqsQueue,
    secrets::ExtensionSecrets,
    store::DynamoStore,
    twilio::Twilio,
    workflows::StepFunctions,
};

/// The addresses of all outside parties.
#[derive(Debug, Clone)]
pub struct PortsConfig {
    /// DynamoDB, SQS and Step Functions.
    pub aws: AwsEndpoint,
    /// Where accounts of [`Environment::Local`](comanda_tasks::ports::Environment::Local) are (`…/v3`); `None`
    /// outside a local stack, where such an account then reaches nobody.
    pub asaas_local: Option<String>,
    /// The messaging provider.
    pub twilio: TwilioEndpoint,
    /// Where secrets are read.
    pub secrets: SecretsEndpoint,
}

/// The region that the local stack says it is.
pub const LOCAL_REGION: &str = "sa-east-1";
/// Its account.
pub const LOCAL_ACCOUNT: &str = "000000000000";

/// An account and region of AWS.
#[derive(Debug, Clone)]
pub struct AwsEndpoint {
    /// `sa-east-1`.
    pub region: String,
    /// Twelve digits, for the ARNs of state machines.
    pub account: String,
    /// What state machines are started by, so that a new version gets a part of them first, and can go back; the machine
    /// itself, where they have no alias.
    pub alias: Option<String>,
    /// The local stack's or an emulator's address; `None` is AWS itself.
    pub url: Option<String>,
    /// Signs for that address with the credentials of the environment, which are a role's where Lambda sets them. Without, any
    /// credentials do. For AWS itself there are no others.
    pub as_role: bool,
}

impl AwsEndpoint {
    /// The local stack at this address, with the region and the account that it says are its own.
    #[must_use]
    pub fn local(url: String) -> Self {
        Self {
            region: LOCAL_REGION.to_owned(),
            account: LOCAL_ACCOUNT.to_owned(),
            alias: None,
            url: Some(url),
            as_role: false,
        }
    }
}

/// Twilio, or a simulator of it.
#[derive(Debug, Clone)]
pub struct TwilioEndpoint {
    /// Messages: `https://api.twilio.com`.
    pub api: String,
    /// Contents, which are what can be tapped: `https://content.twilio.com`.
    pub content: String,
    /// Our webhook's public address, which is told how far each message got.
    pub status_callback: String,
    /// How long one call may take.
    pub within: Duration,
}

impl TwilioEndpoint {
    /// Where nobody outside waits for us: as long as any provider has.
    pub const PATIENCE: Duration = crate::http::TIMEOUT;
}

/// The AWS Parameters and Secrets Lambda Extension, or what speaks like it.
#[derive(Debug, Clone)]
pub struct SecretsEndpoint {
    /// `http://localhost:2773` in a Lambda.
    pub url: String,
    /// What the extension wants to see: the function's session token.
    pub token: SecretString,
}

/// Makes all ports. Nothing is spoken to yet.
#[must_use]
pub fn connect(config: PortsConfig) -> Ports {
    let shared = aws::shared_config(&config.aws);
    let reach = match config.asaas_local {
        Some(_) => Reach::ThisMachine,
        None => Reach::Internet,
    };
    let client = Client::new(reach);
    // The extension is beside the function, whatever else is where.
    let beside = Client::new(Reach::ThisMachine);
    Ports {
        store: Arc::new(DynamoStore::new(&shared)),
        queue: Arc::new(SqsQueue::new(&shared)),
        workflows: Arc::new(StepFunctions::new(&shared, &config.aws)),
        provider: Arc::new(Asaas::new(client.clone(), config.asaas_local)),
        channel: Arc::new(Twilio::new(client, config.twilio)),
        secrets: Arc::new(ExtensionSecrets::new(beside, config.secrets)),
        clock: system_clock(),
        is_tried_again: false,
    }
}

/// The tables alone, for a tool that has an SDK configuration of its own.
#[must_use]
pub fn store(shared: &aws_config::SdkConfig) -> Arc<dyn Store> {
    Arc::new(DynamoStore::new(shared))
}
