//! `comanda tenant`: tenants taken in from a file, shown, and their secrets made anew; on the local stack, or on a stage on AWS.

mod add;
mod deployed;
mod rotate;
mod show;
mod stage;
mod values;
mod vault;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use comanda_local::stack::Facts;
use comanda_tasks::tenants::SecretPurpose;

use self::{deployed::Deployed, values::Values};
use crate::{failure::Failure, output::Output};

/// Tenants: of the local stack, or of a stage on AWS.
#[derive(Debug, clap::Args)]
pub struct TenantArguments {
    #[command(subcommand)]
    action: TenantAction,
    /// The stack's data directory.
    #[arg(long, value_name = "DIR", default_value = ".comanda", global = true)]
    data: PathBuf,
    /// On AWS, this stage of cdk/stages.json, with the credentials that the AWS SDK finds.
    #[arg(long, value_name = "STAGE", global = true)]
    aws: Option<String>,
    /// Where stages are described.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "cdk/stages.json",
        global = true
    )]
    stages: PathBuf,
}

#[derive(Debug, clap::Subcommand)]
enum TenantAction {
    /// Takes a tenant in: its queues, secrets, numbers, webhook route, rows and sweeps.
    ///
    /// What is there stays as it is, so that adding twice is adding once. A number or a route of another tenant is refused. On AWS
    /// the tenant's stack has made its queues and the places of its secrets; here they get their values, and the tenant its rows.
    Add {
        /// The tenant's file (examples/tenants/; its schema is generated/schemas/tenant.json).
        file: PathBuf,
        /// Look only: say what is wrong with the file.
        #[arg(long)]
        check: bool,
        /// Put the file where the CDK app reads it, before the stage is deployed; alone where no stack runs.
        #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = "cdk/tenants")]
        cdk: Option<PathBuf>,
        #[command(flatten)]
        secrets: SecretsArguments,
    },
    /// Stores, numbers and queues, of one tenant or of all; on AWS also where webhooks come in, and which secrets have a value.
    Show {
        /// The tenant; all where it is left out.
        client: Option<String>,
        /// The secrets' values too; on the local stack only.
        #[arg(long, conflicts_with = "aws")]
        secrets: bool,
    },
    /// Gives a tenant's secret another value, and says what to do next.
    Rotate {
        /// The tenant.
        client: String,
        /// Which secret.
        #[arg(value_enum)]
        secret: Rotated,
        #[command(flatten)]
        secrets: SecretsArguments,
    },
}

#[derive(Debug, clap::Args)]
struct SecretsArguments {
    /// On AWS: a JSON file with values (paymentApiKey, messagingAccount, messagingToken, webhookToken), or `-`; else they are
    /// taken from COMANDA_PAYMENT_API_KEY and the like, or asked for without echo.
    #[arg(long = "secrets", value_name = "FILE", requires = "aws")]
    values: Option<PathBuf>,
}

/// A secret that can have another value.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Rotated {
    /// The token that the payment provider shows us.
    WebhookToken,
    /// The payment account's API key.
    PaymentApiKey,
    /// The messaging account's token.
    MessagingToken,
    /// The messaging account's id; on AWS only.
    MessagingAccount,
}

impl From<Rotated> for SecretPurpose {
    fn from(rotated: Rotated) -> Self {
        match rotated {
            Rotated::WebhookToken => Self::WebhookToken,
            Rotated::PaymentApiKey => Self::PaymentApiKey,
            Rotated::MessagingToken => Self::MessagingToken,
            Rotated::MessagingAccount => Self::MessagingAccount,
        }
    }
}

/// Carries it out.
pub async fn run(arguments: &TenantArguments, output: &Output) -> Result<ExitCode, Failure> {
    let data = arguments.data.as_path();
    let deployed = match &arguments.aws {
        None => None,
        Some(name) => Some(Deployed::reach(stage::read(&arguments.stages, name)?).await),
    };
    match &arguments.action {
        TenantAction::Add {
            file,
            check,
            cdk,
            secrets,
        } => {
            let checked = add::checked(file)?;
            if *check {
                return add::only_check(file, &checked, output);
            }
            if let Some(folder) = cdk {
                let place = add::keep_for_cdk(folder, &checked)?;
                if deployed.is_none() && Facts::read(data).is_none() {
                    return add::only_kept(&place, &checked, output);
                }
            }
            match &deployed {
                None => add::locally(&checked, data, output).await,
                Some(deployed) => {
                    let values = Values::read(secrets.values.as_deref(), output)?;
                    add::on_aws(&checked, deployed, &values, output).await
                }
            }
        }
        TenantAction::Show { client, secrets } => match &deployed {
            None => show::locally(client.as_deref(), *secrets, data, output),
            Some(deployed) => show::on_aws(client.as_deref(), deployed, output).await,
        },
        TenantAction::Rotate {
            client,
            secret,
            secrets,
        } => match &deployed {
            None => rotate::locally(client, (*secret).into(), data, output).await,
            Some(deployed) => {
                let values = Values::read(secrets.values.as_deref(), output)?;
                rotate::on_aws(client, (*secret).into(), deployed, &values, output).await
            }
        },
    }
}

/// The stack that runs on a data directory.
fn running(data: &Path) -> Result<Facts, Failure> {
    Facts::read(data).ok_or_else(|| {
        Failure::usage(format!("no stack runs on {}", data.display()))
            .help("start it in another terminal: cargo run -- up")
    })
}
