//! `comanda asaas`: what the payer or the provider does, through the simulator, which then calls our real webhook.

use std::process::ExitCode;

use comanda_domain::money::Money;
use serde_json::{Value, json};

use crate::{arguments::StackAddress, failure::Failure, output::Output, stack_client::StackClient};

/// How often, a tenth of a second apart, an order that was just placed is looked at until it has its charge.
const CHARGED_TRIES: u32 = 50;

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
        /// Another amount than was asked, in centavos.
        #[arg(long)]
        centavos: Option<i64>,
        /// No webhook tells of it: only `comanda reconcile` finds it.
        #[arg(long)]
        unheard: bool,
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
    /// Somebody refunds in the provider's panel, without our asking.
    Refund {
        /// Order number, order id or charge id.
        order: String,
        /// Only this much of it, in centavos.
        #[arg(long)]
        centavos: Option<i64>,
    },
    /// The refund under way is refused (`PAYMENT_REFUND_DENIED`).
    DenyRefund {
        /// Order number, order id or charge id.
        order: String,
    },
    /// The refund under way waits until somebody authorises it in the provider's panel.
    HoldRefund {
        /// Order number, order id or charge id.
        order: String,
    },
    /// Somebody authorises it there.
    AuthoriseRefund {
        /// Order number, order id or charge id.
        order: String,
    },
    /// The payer disputes a paid card (`PAYMENT_CHARGEBACK_REQUESTED`).
    Chargeback {
        /// Order number, order id or charge id.
        order: String,
    },
    /// The accounts' balances, or a new one: too little blocks refunds.
    Balance {
        /// The account, which is the tenant.
        #[arg(requires = "centavos")]
        account: Option<String>,
        /// What it holds from now on, in centavos.
        centavos: Option<i64>,
    },
}

/// Runs one action.
pub async fn run(arguments: &AsaasArguments, output: &Output) -> Result<ExitCode, Failure> {
    let client = StackClient::of_simulators(&arguments.stack)?;
    let (action, order, done, circumstances) = match &arguments.action {
        AsaasAction::Pay {
            order,
            centavos,
            unheard,
        } => {
            let circumstances = json!({ "centavos": centavos, "unheard": unheard });
            ("pay", order, "paid", circumstances)
        }
        AsaasAction::Expire { order } => ("expire", order, "expired", json!({})),
        AsaasAction::Fail { order } => ("fail", order, "declined", json!({})),
        AsaasAction::Refund { order, centavos } => {
            let circumstances = json!({ "centavos": centavos });
            ("refund", order, "being refunded", circumstances)
        }
        AsaasAction::DenyRefund { order } => {
            ("deny-refund", order, "not to be refunded", json!({}))
        }
        AsaasAction::HoldRefund { order } => (
            "hold-refund",
            order,
            "held until its refund is authorised",
            json!({}),
        ),
        AsaasAction::AuthoriseRefund { order } => (
            "authorise-refund",
            order,
            "authorised to go back",
            json!({}),
        ),
        AsaasAction::Chargeback { order } => ("chargeback", order, "disputed", json!({})),
        AsaasAction::Balance { account, centavos } => {
            return balance(&client, account.as_deref().zip(*centavos), output).await;
        }
    };
    let charge = charge_of(&client, order).await?;
    let answer = client
        .post(
            &format!("/simulators/asaas/control/payments/{charge}/{action}"),
            &circumstances,
        )
        .await?;
    let unheard = circumstances.get("unheard") == Some(&json!(true));
    let webhook = if unheard || answer.get("event").is_none() {
        "no webhook tells of it"
    } else {
        "the webhook is on its way"
    };
    output.result(&answer, &format!("Charge {charge} is {done}; {webhook}."))?;
    output.next(&if unheard {
        "comanda reconcile".to_owned()
    } else {
        format!("comanda order show {order}")
    });
    Ok(ExitCode::SUCCESS)
}

async fn balance(
    client: &StackClient,
    new: Option<(&str, i64)>,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let path = "/simulators/asaas/control/balance";
    let answer = match new {
        Some((account, centavos)) => {
            let body = json!({ "account": account, "centavos": centavos });
            client.put(path, &body).await?
        }
        None => client.get(path).await?,
    };
    let accounts = answer.as_object().into_iter().flatten();
    let lines: Vec<String> = accounts
        .map(|(account, centavos)| {
            let held = Money::from_centavos(centavos.as_i64().unwrap_or_default());
            format!("{account} holds {held}")
        })
        .collect();
    output.result(&answer, &lines.join("\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// The order's open charge; a `pay_…` is taken as it is.
async fn charge_of(client: &StackClient, order: &str) -> Result<String, Failure> {
    if order.starts_with("pay_") {
        return Ok(order.to_owned());
    }
    let path = format!("/api/orders/{order}");
    let mut answer = client.get(&path).await?;
    for _ in 0..CHARGED_TRIES {
        if !is_about_to_be_charged(&answer) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        answer = client.get(&path).await?;
    }
    let charge = answer.pointer("/order/paymentId").and_then(Value::as_str);
    charge.map(str::to_owned).ok_or_else(|| {
        Failure::new(format!("order {order} has no charge")).help(format!(
            "only orders paid by PIX, CREDIT or DEBIT are charged online: comanda order show {order}"
        ))
    })
}

/// An order that was just placed gets its charge a moment later, and who pays it then is not too early.
fn is_about_to_be_charged(answer: &Value) -> bool {
    let word = |pointer: &str| answer.pointer(pointer).and_then(Value::as_str);
    match word("/order/paymentStatus") {
        Some(status) => {
            status == "PENDING"
                && word("/order/status") == Some("PENDING")
                && word("/order/paymentId").is_none()
        }
        None => word("/checkout/state") == Some("BEING_ACCEPTED"),
    }
}
