//! A stage of the deployment, as `cdk/stages.json` describes it for the CDK app: here, where it is and how it is reached.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Deserialize;
use serde_json::Value;

use crate::failure::Failure;

/// What this command needs to know of a stage.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stage {
    /// Its name.
    #[serde(skip)]
    pub name: String,
    /// `sa-east-1`.
    pub region: String,
    /// The only account that it may be in; whichever the credentials are for where it is left out.
    pub account: Option<String>,
    /// What providers reach it under.
    pub domain: String,
    /// There for a deployment target that is not AWS.
    emulator: Option<Value>,
}

impl Stage {
    /// Whether simulated providers can be behind it.
    pub fn is_emulator(&self) -> bool {
        self.emulator.is_some()
    }

    /// Whoever signed in for another account would write one stage's tenant into another.
    pub fn refuse_other_account(&self, account: &str) -> Result<(), Failure> {
        match &self.account {
            Some(wanted) if wanted != account => Err(Failure::usage(format!(
                "the stage {} is in the account {wanted}, and the credentials are for {account}",
                self.name
            ))
            .help("sign in to the stage's account, or choose another stage: --aws STAGE")),
            _ => Ok(()),
        }
    }

    /// Where the payment provider calls.
    pub fn webhook_url(&self, route: &str) -> String {
        format!("https://{}/webhooks/asaas/{route}", self.domain)
    }
}

/// Reads the stage of this name.
pub fn read(file: &Path, name: &str) -> Result<Stage, Failure> {
    let text = fs::read_to_string(file).map_err(|error| {
        Failure::usage(format!("{} cannot be read: {error}", file.display()))
            .help("say where the stages are: --stages cdk/stages.json")
    })?;
    let mut stages: BTreeMap<String, Value> = serde_json::from_str(&text)
        .map_err(|error| Failure::usage(format!("{} is no JSON: {error}", file.display())))?;
    let Some(described) = stages.remove(name) else {
        let known: Vec<String> = stages.into_keys().collect();
        return Err(
            Failure::usage(format!("there is no stage {name} in {}", file.display()))
                .help(format!("choose one of {}", known.join(", "))),
        );
    };
    let stage: Stage = serde_json::from_value(described).map_err(|error| {
        Failure::usage(format!("the stage {name} in {}: {error}", file.display()))
            .help("see what is wrong with it: cd cdk && npx cdk synth -c stage=STAGE")
    })?;
    Ok(Stage {
        name: name.to_owned(),
        ..stage
    })
}
