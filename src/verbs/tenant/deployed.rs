//! A stage on AWS as an operator's tool reaches it: tables, queues and secrets by their names, with the credentials that the AWS
//! SDK finds (environment, profile) and at the endpoint that it is told (`AWS_ENDPOINT_URL`).

use std::{collections::BTreeMap, error::Error, sync::Arc};

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    types::AttributeValue,
};
use aws_sdk_sqs::operation::get_queue_url::GetQueueUrlError;
use comanda_domain::{ids::ClientId, store::StoreConfig, tables::WEBHOOK_ROUTES};
use comanda_tasks::{
    fault::Fault,
    ports::Store,
    tenants::{OnboardError, stores_of_tenant},
};

use super::{stage::Stage, vault::Vault};
use crate::{failure::Failure, verbs::aws};

/// Which tenant the payment provider's calls to an address are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The tenant.
    pub client_id: String,
    /// The last part of the address.
    pub path: String,
    /// The name of the token's secret.
    pub token_secret: String,
}

/// A stage, reached.
pub struct Deployed {
    pub stage: Stage,
    pub store: Arc<dyn Store>,
    pub vault: Vault,
    queues: aws_sdk_sqs::Client,
    tables: aws_sdk_dynamodb::Client,
}

impl Deployed {
    /// Nothing is spoken to yet.
    pub async fn reach(stage: Stage) -> Self {
        let config = aws::config("aws", &stage.region).await;
        Self {
            store: comanda_tasks_aws::store(&config),
            vault: Vault::new(&config, stage.clone()),
            queues: aws_sdk_sqs::Client::new(&config),
            tables: aws_sdk_dynamodb::Client::new(&config),
            stage,
        }
    }

    /// Where the queues of these names are. All must be there, in the stage's account.
    pub async fn queue_urls(&self, names: &[String]) -> Result<BTreeMap<String, String>, Failure> {
        let mut urls = BTreeMap::new();
        let mut missing = Vec::new();
        for name in names {
            match self.queues.get_queue_url().queue_name(name).send().await {
                Ok(answer) => {
                    let url = answer.queue_url.unwrap_or_default();
                    let account = url.rsplit('/').nth(1).unwrap_or_default();
                    self.stage.refuse_other_account(account)?;
                    urls.insert(name.clone(), url);
                }
                Err(error) => match error.as_service_error() {
                    Some(GetQueueUrlError::QueueDoesNotExist(_)) => missing.push(name.as_str()),
                    _ => return Err(failed("SQS", &error)),
                },
            }
        }
        if missing.is_empty() {
            return Ok(urls);
        }
        Err(self.not_deployed("queues", &missing))
    }

    /// Something that the tenant's stack makes is not there.
    pub fn not_deployed(&self, what: &str, missing: &[&str]) -> Failure {
        let stage = &self.stage.name;
        Failure::new(format!(
            "the stage {stage} has not these {what}: {}",
            missing.join(", ")
        ))
        .code("NOT_DEPLOYED")
        .help(format!(
            "nothing was written; put the file into cdk/tenants/ and deploy: cd cdk && npx cdk deploy --all -c stage={stage}"
        ))
    }

    /// The routes of a tenant, or of all.
    pub async fn routes(&self, client: Option<&str>) -> Result<Vec<Route>, Failure> {
        let mut pages = self
            .tables
            .scan()
            .table_name(WEBHOOK_ROUTES.name)
            .into_paginator()
            .items()
            .send();
        let mut routes = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| self.of_tables(&error))?;
            let text = |name: &str| {
                let value = item
                    .get(name)
                    .and_then(|value| AttributeValue::as_s(value).ok());
                value.cloned().unwrap_or_default()
            };
            routes.push(Route {
                client_id: text("clientId"),
                path: text("path"),
                token_secret: text("tokenSecret"),
            });
        }
        routes.retain(|route| client.is_none_or(|client| route.client_id == client));
        routes.sort_by(|one, other| one.client_id.cmp(&other.client_id));
        if let Some(client) = client.filter(|_| routes.is_empty()) {
            return Err(Failure::new(format!(
                "the tenant {client} is not in the stage {}",
                self.stage.name
            ))
            .code("UNKNOWN_TENANT")
            .help(format!(
                "take it in: comanda tenant add FILE --aws {}",
                self.stage.name
            )));
        }
        Ok(routes)
    }

    /// A tenant's stores.
    pub async fn stores(&self, client: &str) -> Result<Vec<StoreConfig>, Failure> {
        let client = ClientId::new(client)
            .map_err(|error| Failure::new(format!("a webhook route names no tenant: {error}")))?;
        let stores = stores_of_tenant(self.store.as_ref(), &client).await;
        stores.map_err(|fault| self.of_fault(&fault))
    }

    fn of_tables<E>(&self, error: &SdkError<E>) -> Failure
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let missing = matches!(error, SdkError::ServiceError(answer)
            if answer.err().code() == Some("ResourceNotFoundException"));
        if missing {
            return self.without_tables();
        }
        failed("DynamoDB", error)
    }

    /// What the handlers' way to the tables says of a failure.
    pub fn of_onboarding(&self, error: &OnboardError) -> Failure {
        let text = error.to_string();
        match error {
            OnboardError::Store(error) => self.of_fault(&Fault::from(error.clone())),
            error => match error.refusal() {
                Some((code, help)) => Failure::new(text).code(code).help(help),
                None => Failure::new(text),
            },
        }
    }

    fn of_fault(&self, fault: &Fault) -> Failure {
        let text = fault.to_string();
        if text.contains("ResourceNotFoundException") {
            return self.without_tables();
        }
        Failure::new(text).help("do it again: what was made stays as it is")
    }

    fn without_tables(&self) -> Failure {
        let Stage { name, region, .. } = &self.stage;
        Failure::new(format!("the stage {name} has no tables in {region}"))
            .code("NOT_DEPLOYED")
            .help(format!(
                "deploy it first: cd cdk && npx cdk deploy --all -c stage={name}"
            ))
    }
}

/// A failed call of a service, in a sentence: what the service said, or why it could not be asked.
pub fn failed<E>(service: &str, error: &SdkError<E>) -> Failure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if let SdkError::ServiceError(answer) = error {
        let refusal = answer.err();
        let said = refusal.message().unwrap_or("it gives no reason");
        return Failure::new(format!("{service} refused: {said}"))
            .code(refusal.code().unwrap_or("AWS"))
            .help("see what the credentials may do: docs/tenants.md");
    }
    let mut reason: &dyn Error = error;
    while let Some(cause) = reason.source() {
        reason = cause;
    }
    Failure::usage(format!("{service} cannot be asked: {reason}")).help(
        "sign in so that `aws sts get-caller-identity` answers; AWS_ENDPOINT_URL is for emulators",
    )
}
