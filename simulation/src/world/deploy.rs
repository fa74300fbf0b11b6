//! Putting the workflows on the engine and the sample tenant into the tables.

use std::sync::{Arc, OnceLock};

use comanda_asl::WorkflowKind;
use comanda_domain::tables::{Row, to_item};
use comanda_dsl::{Kind, Workflow};
use comanda_engine::{Definition, virtual_time::VirtualTime};
use comanda_tasks::{
    ports::{Change, Condition, Store as _, Write},
    rows::{ChannelRouteRow, WebhookRouteRow},
    testing,
};

use crate::restaurant;

use super::WorldError;

/// Why a workflow cannot run here.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DeployError {
    /// The workflows have mistakes.
    #[error("the workflows cannot be built: {0}")]
    Definitions(String),
    /// The engine does not take a definition.
    #[error("workflow {workflow} cannot be run: {detail}")]
    Compile {
        /// Which.
        workflow: String,
        /// Why.
        detail: String,
    },
    /// An execution cannot be started.
    #[error("workflow {workflow} cannot be started: {detail}")]
    Start {
        /// Which.
        workflow: String,
        /// Why.
        detail: String,
    },
    /// A row of the sample tenant cannot be written.
    #[error("the sample tenant cannot be written: {0}")]
    Seed(String),
}

/// A workflow that the engine can run.
type Deployed = (&'static str, WorkflowKind, Arc<Definition>);

/// Compiled once for all worlds of the process: definitions do not change.
static DEPLOYED: OnceLock<Result<Vec<Deployed>, DeployError>> = OnceLock::new();

/// Registers every workflow under its name.
pub(crate) fn deploy(time: &mut VirtualTime) -> Result<(), DeployError> {
    let deployed = DEPLOYED.get_or_init(compile_all).as_ref();
    for (name, kind, definition) in deployed.map_err(Clone::clone)? {
        time.register(name, *kind, Arc::clone(definition));
    }
    Ok(())
}

fn compile_all() -> Result<Vec<Deployed>, DeployError> {
    let workflows =
        comanda_workflows::all().map_err(|errors| DeployError::Definitions(errors.to_string()))?;
    let compiled = workflows.iter().map(|workflow| {
        let kind = match workflow.kind {
            Kind::Standard => WorkflowKind::Standard,
            Kind::Express => WorkflowKind::Express,
        };
        let definition = compile(workflow, workflows).map_err(|detail| DeployError::Compile {
            workflow: workflow.name.to_owned(),
            detail,
        })?;
        Ok((workflow.name, kind, Arc::new(definition)))
    });
    compiled.collect()
}

/// Child workflows are named by a substitution that the deployment fills in; here the engine knows them by name.
fn compile(workflow: &Workflow, all: &[Workflow]) -> Result<Definition, String> {
    let mut text = comanda_asl::print(&workflow.machine);
    for child in all {
        text = text.replace(&substitution(child.name), child.name);
    }
    let kind = match workflow.kind {
        Kind::Standard => WorkflowKind::Standard,
        Kind::Express => WorkflowKind::Express,
    };
    let checked = comanda_asl::check(&text, kind);
    let machine = checked
        .machine
        .filter(|_| checked.diagnostics.iter().all(|found| !found.is_error()));
    let machine = machine.ok_or_else(|| format!("{:?}", checked.diagnostics))?;
    Definition::compile(&machine).map_err(|error| error.to_string())
}

/// `refund` → `${RefundStateMachine}`.
fn substitution(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    format!("${{{}StateMachine}}", words.collect::<String>())
}

/// Writes both stores of the sample tenant, their routes and secrets.
pub(super) fn seed(outside: &testing::World) -> Result<(), WorldError> {
    let tenant = restaurant::tenant()?;
    let token_secret = format!("comanda/{tenant}/asaas-webhook-token");
    outside.secrets.set(&token_secret, parties_token());
    let mut writes = vec![put(&WebhookRouteRow {
        path: restaurant::WEBHOOK_ROUTE.to_owned(),
        client_id: tenant.clone(),
        token_secret,
    })?];
    for sample in restaurant::stores()? {
        let secrets = &sample.store.secrets;
        for reference in [
            &secrets.payment_api_key,
            &secrets.messaging_account,
            &secrets.messaging_token,
        ] {
            outside.secrets.set(reference, "simulated");
        }
        for address in &sample.store.channel_addresses {
            writes.push(put(&ChannelRouteRow {
                address: address.clone(),
                client_id: tenant.clone(),
                store_id: sample.store.store_id.clone(),
            })?);
        }
        writes.push(put(&sample.orders)?);
        writes.push(put(&sample.store)?);
        writes.push(put(&sample.menu)?);
    }
    let written = testing::block_on(outside.store.write(writes));
    written.map_err(|error| DeployError::Seed(error.to_string()).into())
}

/// What the simulated provider shows on its webhooks.
pub(crate) fn parties_token() -> &'static str {
    "simulated-webhook-token-of-thirty-two-characters"
}

/// A write that puts a row whatever is there.
pub(crate) fn put<R: Row>(row: &R) -> Result<Write, DeployError> {
    Ok(Write {
        table: R::TABLE,
        key: row.key(),
        condition: Condition::None,
        change: Change::Put(to_item(row).map_err(|error| DeployError::Seed(error.to_string()))?),
    })
}
