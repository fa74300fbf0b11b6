//! The functions that the deployment manifest describes, with this stack's addresses where a deployment has others.
//!
//! A process gets the variables that the manifest lists and no others of ours, so that one which is missing there is found
//! here and not on AWS.

use std::{collections::BTreeMap, path::Path, time::Duration};

use comanda_codegen::project::Project;
use comanda_runtime_api::Function;
use comanda_tasks_aws::PortsConfig;
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use super::ProcessesError;
use crate::aws::names;

#[derive(Deserialize)]
struct Manifest {
    functions: Vec<Described>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Described {
    name: String,
    handler: String,
    timeout_seconds: u64,
    environment: BTreeMap<String, String>,
}

/// Every function, by the program that all of them are.
pub(super) fn functions(
    program: &Path,
    config: &PortsConfig,
    public_url: &str,
) -> Result<Vec<Function>, ProcessesError> {
    let manifest = comanda_codegen::manifest(&Project::load()?);
    let manifest: Manifest = serde_json::from_str(&manifest.content)?;
    let of_lambda = of_lambda(config);
    let function = |described: Described| {
        let listed = described.environment.into_iter().map(|(name, value)| {
            let value = value_here(&name, &value, config, public_url);
            (name, value)
        });
        Function {
            arn: names::function_arn(&described.name),
            name: described.name,
            handler: described.handler,
            timeout: Duration::from_secs(described.timeout_seconds),
            program: program.to_owned(),
            arguments: Vec::new(),
            variables: listed.chain(of_lambda.clone()).collect(),
        }
    };
    Ok(manifest.functions.into_iter().map(function).collect())
}

/// What Lambda sets by itself, and what turns a function to a local stack.
fn of_lambda(config: &PortsConfig) -> Vec<(String, String)> {
    let token = config.secrets.token.expose_secret();
    let mut variables = vec![
        ("AWS_REGION", config.aws.region.as_str()),
        ("AWS_SESSION_TOKEN", token),
        ("COMANDA_SECRETS_URL", &config.secrets.url),
    ];
    let endpoint = config.aws.url.iter();
    variables.extend(endpoint.map(|url| ("AWS_ENDPOINT_URL", url.as_str())));
    let asaas = config.asaas_local.iter();
    variables.extend(asaas.map(|url| ("COMANDA_ASAAS_LOCAL_URL", url.as_str())));
    let owned = variables.into_iter();
    owned
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn value_here(name: &str, value: &str, config: &PortsConfig, public_url: &str) -> String {
    match name {
        // Providers are simulators here.
        "COMANDA_TWILIO_URL" => config.twilio.api.clone(),
        "COMANDA_TWILIO_CONTENT_URL" => config.twilio.content.clone(),
        _ => value
            .replace("{account}", &config.aws.account)
            .replace("{publicUrl}", public_url),
    }
}
