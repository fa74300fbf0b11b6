//! `comanda asaas`: what the payer or the provider does, through the simulator, which then calls our real webhook.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::{arguments::StackAddress, failure::Failure, output::Output, stack_client::StackClient};

/// Play the payment provider.
#[derive(Debug, clap::Args)]
pub struct AsaasArguments {
    #[command(flatten)]
    stack: StackAddress,
    #[command(subcommand)]
    action: AsaasAction,
}

#[derive(Debug, clap::Subcommand)]
enum AsaasAction {
    /// The customer pays the order's open charge.
    Pay {
        /// Order number (within the store), order id or charge id.
        order: String,
    },
    /// The charge's due date passes (`PAYMENT_OVERDUE`); a PIX code stays payable.
    Expire {
        /// Order number, order id or charge id.
        order: String,
    },
    /// The card is declined. PIX cannot fail: it is paid or it is not.
    Fail {
        /// Order number, order id or charge id.
        order: String,
    },
}

/// Runs one action.
pub async fn run(arguments: &AsaasArguments, output: &Output) -> Result<ExitCode, Failure> {
    let client = StackClient::new(&arguments.stack.url)?;
    let (action, order, done) = match &arguments.action {
        AsaasAction::Pay { order } => ("pay", order, "paid"),
        AsaasAction::Expire { order } => ("expire", order, "expired"),
        AsaasAction::Fail { order } => ("fail", order, "declined"),
    };
    let charge = charge_of(&client, order).await?;
    let answer = client
        .post(
            &format!("/simulators/asaas/control/payments/{charge}/{action}"),
            &json!({}),
        )
        .await?;
    output.result(
        &answer,
        &format!("Charge {charge} is {done}; the webhook is on its way."),
    )?;
    output.next(&format!("comanda order show {order}"));
    Ok(ExitCode::SUCCESS)
}

/// The order's open charge; a `pay_…` is taken as it is.
async fn charge_of(client: &StackClient, order: &str) -> Result<String, Failure> {
    if order.starts_with("pay_") {
        return Ok(order.to_owned());
    }
    let answer = client.get(&format!("/api/orders/{order}")).await?;
    let order_body = answer.get("order").unwrap_or(&answer);
    order_body
        .get("paymentId")
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| {
            Failure::new(format!("order {order} has no charge")).help(
                "only orders paid by PIX, CREDIT or DEBIT are charged online: comanda order show "
                    .to_owned()
                    + order,
            )
        })
}
