//! `comanda tenant rotate`: another value for a secret, here and at the simulated provider, or in Secrets Manager.

use std::{collections::BTreeSet, path::Path, process::ExitCode};

use comanda_domain::store::ProviderEnvironment;
use comanda_local::seed::made;
use comanda_tasks::tenants::SecretPurpose;
use serde_json::{Value, json};

use super::{
    deployed::Deployed,
    running,
    values::{Values, about, variable},
    vault::Place,
};
use crate::{failure::Failure, output::Output, stack_client::StackClient};

/// Makes it anew on the local stack.
pub async fn locally(
    client: &str,
    purpose: SecretPurpose,
    data: &Path,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let stack = StackClient::new(&running(data)?.url)?;
    let path = format!("/local/tenants/{client}/secrets/{}", purpose.word());
    let answer: Value = stack.post(&path, &json!({})).await?;
    let text = format!(
        "{client}: {} is another, here and at the simulated provider. What the provider brings in between with the old one \
         is refused; it brings events of payments again.",
        about(purpose)
    );
    output.result(&answer, &text)?;
    output.next("comanda tenant show --secrets");
    Ok(ExitCode::SUCCESS)
}

/// Puts another value in on AWS.
pub async fn on_aws(
    client: &str,
    purpose: SecretPurpose,
    deployed: &Deployed,
    values: &Values,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let (name, world) = secret_of(client, purpose, deployed).await?;
    let before = match deployed.vault.look(&name).await? {
        Place::Missing => return Err(deployed.not_deployed("secrets", &[&name])),
        Place::Empty => Vec::new(),
        Place::Filled { labelled, .. } => labelled,
    };
    let value = values.of(purpose, client, world)?;
    let made_at_random = value.is_none();
    let value = match value {
        Some(value) => value,
        None if purpose == SecretPurpose::WebhookToken => made(purpose),
        None => {
            return Err(Failure::usage(format!("nobody gave {}", about(purpose)))
                .code("SECRET_MISSING")
                .help(format!(
                    "nothing was written; give it in a file (--secrets FILE), by {}, or at a terminal",
                    variable(purpose)
                )));
        }
    };
    deployed.vault.put(&name, &value, &before).await?;
    let steps = then(purpose, &name);
    let value = json!({
        "stage": deployed.stage.name, "clientId": client, "secret": name, "madeAtRandom": made_at_random, "then": steps,
    });
    let numbered: Vec<String> = steps
        .iter()
        .enumerate()
        .map(|(index, step)| format!("  {}. {step}", index + 1))
        .collect();
    let text = format!(
        "{client}: {} has another value{}. Functions read it within five minutes. Then:\n{}",
        name,
        if made_at_random {
            ", made at random"
        } else {
            ""
        },
        numbered.join("\n")
    );
    output.result(&value, &text)?;
    Ok(ExitCode::SUCCESS)
}

/// The one secret that the tenant has for this, and the world that its stores live in.
async fn secret_of(
    client: &str,
    purpose: SecretPurpose,
    deployed: &Deployed,
) -> Result<(String, ProviderEnvironment), Failure> {
    let routes = deployed.routes(Some(client)).await?;
    let stores = deployed.stores(client).await?;
    let of_stores = stores.iter().map(|store| match purpose {
        SecretPurpose::PaymentApiKey => &store.secrets.payment_api_key,
        SecretPurpose::MessagingAccount => &store.secrets.messaging_account,
        SecretPurpose::MessagingToken | SecretPurpose::WebhookToken => {
            &store.secrets.messaging_token
        }
    });
    let names: BTreeSet<&String> = match purpose {
        SecretPurpose::WebhookToken => routes.iter().map(|route| &route.token_secret).collect(),
        _ => of_stores.collect(),
    };
    let world = stores.first().map(|store| store.provider_environment);
    match (names.first(), names.len(), world) {
        (Some(name), 1, Some(world)) => Ok(((*name).clone(), world)),
        (None, _, _) | (_, _, None) => Err(Failure::new(format!("{client} has no store"))
            .help("take it in: comanda tenant add FILE --aws STAGE")),
        _ => {
            let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
            Err(
                Failure::new(format!("{client} has several: {}", names.join(", "))).help(
                    "put the value into the one that is meant: aws secretsmanager put-secret-value",
                ),
            )
        }
    }
}

/// What is still to be done, in this order.
fn then(purpose: SecretPurpose, name: &str) -> Vec<String> {
    let read = format!(
        "read it: aws secretsmanager get-secret-value --secret-id {name} --query SecretString --output text"
    );
    let steps: &[&str] = match purpose {
        SecretPurpose::WebhookToken => &[
            "set it at Asaas at once (PUT /v3/webhooks/ID, authToken): a token that differs is answered 401, and 15 of those stop the queue",
            "if the queue stopped, start it again in Asaas' panel: what was refused comes again, in its order",
        ],
        SecretPurpose::PaymentApiKey => &[
            "wait five minutes: until then some calls are made with the old key",
            "delete the old key at Asaas",
        ],
        SecretPurpose::MessagingToken => &[
            "promote the secondary token at Twilio at once: Twilio signs what customers write with the primary one, and what is signed with another is refused",
            "what customers write in these five minutes can be lost, and Twilio does not bring it again: do this while the stores are closed",
        ],
        SecretPurpose::MessagingAccount => &[
            "put in the account's token too: comanda tenant rotate CLIENT messaging-token --aws STAGE",
            "let the new account's numbers call /webhooks/twilio",
        ],
    };
    let steps = steps.iter().map(|step| (*step).to_owned());
    match purpose {
        SecretPurpose::WebhookToken => [read].into_iter().chain(steps).collect(),
        _ => steps.collect(),
    }
}
