//! Aliases: names that lead to one version of a machine, or share executions between two.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Empty, StepFunctions, epoch_seconds,
    machines::{AliasRecord, MachineRecord, Route},
    names::{MachineArn, Qualifier, invalid, machine_of, no_machine, no_resource},
    operations::with_token,
    pages::{PageOf, text_of},
    versions::{ListOfMachineRequest, conflict},
};
use crate::aws::error::ApiError;

/// So many aliases a machine may have, as at AWS.
const ALIASES: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateAliasRequest {
    name: String,
    description: Option<String>,
    routing_configuration: Vec<RouteItem>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateAliasRequest {
    state_machine_alias_arn: String,
    description: Option<String>,
    routing_configuration: Option<Vec<RouteItem>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AliasRequest {
    state_machine_alias_arn: String,
}

/// A share as it travels.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteItem {
    state_machine_version_arn: String,
    weight: u32,
}

impl StepFunctions {
    pub(super) async fn create_alias(
        &self,
        request: CreateAliasRequest,
    ) -> Result<Value, ApiError> {
        let (arn, routes) = routes(&request.routing_configuration)?;
        let now = self.clock.now();
        let (told, commit) = {
            let mut machines = self.machines();
            let machine = machines.by_arn.get_mut(arn);
            let record = &mut Arc::make_mut(machine.ok_or_else(no_resource)?).record;
            check_versions(record, &routes)?;
            let told = |record: &MachineRecord, created| {
                json!({
                    "stateMachineAliasArn": record.qualified_arn(&request.name),
                    "creationDate": epoch_seconds(created),
                })
            };
            if let Some(existing) = record.alias(&request.name) {
                if existing.description != request.description || existing.routes != routes {
                    return Err(conflict(
                        "Failed to create alias because an alias with the same name and a different routing configuration already exists.",
                    ));
                }
                let told = told(record, existing.created_at);
                // Whoever made it may still wait for the disk.
                (told, self.journal.commit(Box::new(|_| Ok(()))))
            } else {
                if record.aliases.len() >= ALIASES {
                    return Err(ApiError::step_functions(
                        "ServiceQuotaExceededException",
                        format!(
                            "The state machine has {ALIASES} aliases, the most that it may have"
                        ),
                    ));
                }
                record.aliases.push(AliasRecord {
                    name: request.name.clone(),
                    description: request.description.clone(),
                    routes,
                    created_at: now,
                    updated_at: now,
                });
                (told(record, now), self.put_machine(&machines, arn)?)
            }
        };
        commit.durable().await?;
        Ok(told)
    }

    pub(super) async fn update_alias(
        &self,
        request: UpdateAliasRequest,
    ) -> Result<Value, ApiError> {
        if request.description.is_none() && request.routing_configuration.is_none() {
            return Err(invalid(
                "Either the description or the routing configuration must be specified",
            )
            .with("reason", "MISSING_REQUIRED_PARAMETER"));
        }
        let arn = &request.state_machine_alias_arn;
        let (machine, name) = alias_of(arn)?;
        let wanted = request.routing_configuration.as_deref().map(routes);
        let wanted = wanted.transpose()?;
        let now = self.clock.now();
        let commit = {
            let mut machines = self.machines();
            let record = machines.by_arn.get_mut(machine);
            let record = &mut Arc::make_mut(record.ok_or_else(no_resource)?).record;
            record.alias(name).ok_or_else(no_resource)?;
            let wanted = match wanted {
                Some((of, _)) if of != machine => return Err(other_machine()),
                Some((_, routes)) => {
                    check_versions(record, &routes)?;
                    Some(routes)
                }
                None => None,
            };
            let mut aliases = record.aliases.iter_mut();
            let alias = aliases.find(|alias| alias.name == name);
            let alias = alias.ok_or_else(no_resource)?;
            alias.description = request.description.or(alias.description.take());
            alias.routes = wanted.unwrap_or_else(|| std::mem::take(&mut alias.routes));
            alias.updated_at = now;
            self.put_machine(&machines, machine)?
        };
        commit.durable().await?;
        Ok(json!({"updateDate": epoch_seconds(now)}))
    }

    pub(super) async fn describe_alias(&self, request: AliasRequest) -> Result<Value, ApiError> {
        let arn = request.state_machine_alias_arn;
        let (machine, name) = alias_of(&arn)?;
        let machines = self.machines();
        let record = &machines.by_arn.get(machine).ok_or_else(no_resource)?.record;
        let alias = record.alias(name).ok_or_else(no_resource)?;
        let routes = alias.routes.iter().map(|route| RouteItem {
            state_machine_version_arn: record.qualified_arn(route.version),
            weight: route.weight,
        });
        let mut told = json!({
            "stateMachineAliasArn": arn,
            "name": alias.name,
            "routingConfiguration": routes.collect::<Vec<_>>(),
            "creationDate": epoch_seconds(alias.created_at),
            "updateDate": epoch_seconds(alias.updated_at),
        });
        if let (Some(told), Some(description)) = (told.as_object_mut(), &alias.description) {
            told.insert("description".to_owned(), description.as_str().into());
        }
        Ok(told)
    }

    pub(super) async fn delete_alias(&self, request: AliasRequest) -> Result<Empty, ApiError> {
        let (machine, name) = alias_of(&request.state_machine_alias_arn)?;
        let commit = {
            let mut machines = self.machines();
            // Deleting what is not there is fine, as at AWS.
            let Some(existing) = machines.by_arn.get_mut(machine) else {
                return Ok(Empty {});
            };
            let existing = Arc::make_mut(existing);
            existing.record.aliases.retain(|alias| alias.name != name);
            self.put_machine(&machines, machine)?
        };
        commit.durable().await?;
        Ok(Empty {})
    }

    pub(super) async fn list_aliases(
        &self,
        request: ListOfMachineRequest,
    ) -> Result<Value, ApiError> {
        let arn = &request.state_machine_arn;
        let MachineArn { machine, qualifier } = machine_of(arn)?;
        let machine = self.machine(machine)?;
        let record = &machine.record;
        let is_of = |alias: &&AliasRecord| match qualifier {
            None => true,
            Some(Qualifier::Version(number)) => {
                alias.routes.iter().any(|route| route.version == number)
            }
            Some(Qualifier::Alias(name)) => alias.name == name,
        };
        let aliases = record.aliases.iter().filter(is_of).map(|alias| {
            json!({
                "stateMachineAliasArn": record.qualified_arn(&alias.name),
                "creationDate": epoch_seconds(alias.created_at),
            })
        });
        let page = PageOf {
            list: &format!("aliases {arn}"),
            max_results: request.max_results,
            next_token: request.next_token.as_deref(),
        };
        let (aliases, next) = page.take(aliases.collect(), text_of("stateMachineAliasArn"))?;
        Ok(with_token(json!({"stateMachineAliases": aliases}), next))
    }
}

/// The machine's ARN and the alias' name.
fn alias_of(arn: &str) -> Result<(&str, &str), ApiError> {
    match machine_of(arn)? {
        MachineArn {
            machine,
            qualifier: Some(Qualifier::Alias(name)),
        } => Ok((machine, name)),
        _ => Err(ApiError::step_functions(
            "InvalidArn",
            format!("Invalid Arn: 'Invalid ARN: {arn}'"),
        )),
    }
}

fn other_machine() -> ApiError {
    routing(
        "Routing configuration must contain state machine version ARNs of the same state machine"
            .to_owned(),
    )
}

fn routing(message: String) -> ApiError {
    invalid(message).with("reason", "INVALID_ROUTING_CONFIGURATION")
}

/// The machine that all shares are of, and the shares.
fn routes(items: &[RouteItem]) -> Result<(&str, Vec<Route>), ApiError> {
    let arns: Vec<&str> = items
        .iter()
        .map(|item| item.state_machine_version_arn.as_str())
        .collect();
    let received = arns.join(", ");
    let mut machine = None;
    let mut routes: Vec<Route> = Vec::new();
    for (arn, item) in arns.iter().zip(items) {
        let MachineArn {
            machine: of,
            qualifier: Some(Qualifier::Version(version)),
        } = machine_of(arn)?
        else {
            return Err(routing(format!(
                "Routing configuration must contain state machine version ARNs. Received: [{received}]"
            )));
        };
        if **machine.get_or_insert(of) != *of {
            return Err(other_machine());
        }
        if routes.iter().any(|route| route.version == version) {
            return Err(routing(format!(
                "Routing configuration must contain distinct state machine version ARNs. Received: [{received}]"
            )));
        }
        routes.push(Route {
            version,
            weight: item.weight,
        });
    }
    let weights: Vec<String> = routes
        .iter()
        .map(|route| route.weight.to_string())
        .collect();
    if routes.iter().map(|route| route.weight).sum::<u32>() != 100 {
        return Err(routing(format!(
            "Sum of routing configuration weights must equal 100. Received: [{}]",
            weights.join(", ")
        )));
    }
    let machine = machine.ok_or_else(|| no_machine(""))?;
    Ok((machine, routes))
}

fn check_versions(record: &MachineRecord, routes: &[Route]) -> Result<(), ApiError> {
    let is_there = |route: &Route| record.version(route.version).is_some();
    routes
        .iter()
        .all(is_there)
        .then_some(())
        .ok_or_else(no_resource)
}
