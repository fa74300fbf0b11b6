//! `comanda order`: place, list, show and cancel orders, over the same HTTP as everybody.

mod show;

use std::{path::PathBuf, process::ExitCode};

use serde_json::{Map, Value, json};

use super::{table, when::when};
use crate::{arguments::StackAddress, failure::Failure, output::Output, stack_client::StackClient};

/// How often, a tenth of a second apart, a placed order is looked at until it has its number.
const ACCEPTED_TRIES: u32 = 30;

/// Place, list, show and cancel orders.
#[derive(Debug, clap::Args)]
pub struct OrderArguments {
    #[command(flatten)]
    stack: StackAddress,
    /// The tenant.
    #[arg(long, global = true, default_value = "sabor-brasileiro")]
    tenant: String,
    /// The store; order numbers count per store.
    #[arg(long, global = true, default_value = "centro")]
    store: String,
    #[command(subcommand)]
    action: OrderAction,
}

#[derive(Debug, clap::Subcommand)]
enum OrderAction {
    /// Place the order of a file (examples/orders/).
    Place {
        /// A JSON file; `-` reads standard input.
        file: PathBuf,
        /// Use the file's checkout id as it is: placing the file twice is then the same order.
        #[arg(long)]
        same_checkout: bool,
    },
    /// The store's orders, newest first.
    List {
        /// At most so many.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// One order: what it waits for, and its story.
    Show {
        /// Order number or order id.
        order: String,
    },
    /// Cancel an order.
    Cancel {
        /// Order number or order id.
        order: String,
        /// Who cancels.
        #[arg(long, value_enum, default_value_t = By::Customer)]
        by: By,
        /// Why, in the words that the other side reads.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Choose another payment method after one failed.
    PayWith {
        /// Order number or order id.
        order: String,
        /// PIX, CREDIT or DEBIT.
        method: String,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum By {
    Customer,
    Restaurant,
}

/// Runs one action.
pub async fn run(arguments: OrderArguments, output: &Output) -> Result<ExitCode, Failure> {
    let client = StackClient::of(&arguments.stack)?;
    let scope = format!("clientId={}&storeId={}", arguments.tenant, arguments.store);
    match arguments.action {
        OrderAction::Place {
            file,
            same_checkout,
        } => {
            let scope = (arguments.tenant, arguments.store);
            place(&client, &file, same_checkout, scope, output).await
        }
        OrderAction::List { limit } => list(&client, &scope, limit, output).await,
        OrderAction::Show { order } => {
            let mut answer = client.get(&format!("/api/orders/{order}?{scope}")).await?;
            // The console, which has the story, is on this machine only.
            let id = answer.pointer("/order/orderId").and_then(Value::as_str);
            if let Some(id) = id.filter(|_| client.is_local()) {
                let story = client.get(&format!("/orders/{id}/story.json")).await?;
                if let Some(fields) = answer.as_object_mut() {
                    fields.extend(story.as_object().cloned().unwrap_or_default());
                }
            }
            output.result(&answer, &show::text(&answer))?;
            Ok(ExitCode::SUCCESS)
        }
        OrderAction::Cancel { order, by, reason } => {
            let by = match by {
                By::Customer => "CUSTOMER",
                By::Restaurant => "RESTAURANT",
            };
            let body = json!({ "by": by, "reason": reason });
            let answer = client
                .post(&format!("/api/orders/{order}/cancel?{scope}"), &body)
                .await?;
            output.result(&answer, &format!("Order {order} is being cancelled."))?;
            output.next(&format!("comanda order show {order}"));
            Ok(ExitCode::SUCCESS)
        }
        OrderAction::PayWith { order, method } => {
            let body = json!({ "paymentMethod": method.to_uppercase() });
            let answer = client
                .post(
                    &format!("/api/orders/{order}/payment-method?{scope}"),
                    &body,
                )
                .await?;
            output.result(
                &answer,
                &format!(
                    "Order {order} will be charged by {}.",
                    method.to_uppercase()
                ),
            )?;
            output.next("comanda messages");
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn place(
    client: &StackClient,
    file: &PathBuf,
    same_checkout: bool,
    (tenant, store): (String, String),
    output: &Output,
) -> Result<ExitCode, Failure> {
    let text = if file.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(file)
    };
    let text = text.map_err(|error| {
        Failure::usage(format!("{} cannot be read: {error}", file.display()))
            .help("examples are in examples/orders/")
    })?;
    let mut body: Map<String, Value> = serde_json::from_str(&text).map_err(|error| {
        Failure::usage(format!("{} is not a JSON object: {error}", file.display()))
            .help("an order looks like examples/orders/pix-delivery.json")
    })?;
    let tenant = word(body.entry("clientId").or_insert(json!(tenant)));
    let store = word(body.entry("storeId").or_insert(json!(store)));
    if !same_checkout {
        // Each call is a checkout of its own, as a person expects of a command typed twice.
        let id = body
            .get("checkoutId")
            .and_then(Value::as_str)
            .unwrap_or("order")
            .to_owned();
        body.insert(
            "checkoutId".into(),
            json!(format!("{id}-{}", jiff::Timestamp::now().as_nanosecond())),
        );
    }
    let placed = client.post("/api/orders", &Value::Object(body)).await?;
    let id = placed
        .pointer("/order/orderId")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let answer = accepted(client, &id, &format!("clientId={tenant}&storeId={store}")).await?;
    let number = answer.pointer("/order/orderNumber").and_then(Value::as_u64);
    let name = number.map_or(id.clone(), |number| format!("{number:04}"));
    output.result(&answer, &format!("Order {name} is placed ({id})."))?;
    let shown = number.map_or(id, |number| number.to_string());
    output.next(&format!(
        "comanda order show {shown}   comanda asaas pay {shown}   comanda pos listen"
    ));
    Ok(ExitCode::SUCCESS)
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Waits until the order's workflow has accepted it, which gives it its number. An order that takes longer is no error.
async fn accepted(client: &StackClient, id: &str, scope: &str) -> Result<Value, Failure> {
    let path = format!("/api/orders/{id}?{scope}");
    let mut answer = client.get(&path).await?;
    for _ in 0..ACCEPTED_TRIES {
        if !answer.get("order").is_none_or(Value::is_null) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        answer = client.get(&path).await?;
    }
    Ok(answer)
}

async fn list(
    client: &StackClient,
    scope: &str,
    limit: u32,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let answer = client
        .get(&format!("/api/orders?{scope}&limit={limit}"))
        .await?;
    let orders = answer
        .get("orders")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    if orders.is_empty() {
        output.result(&answer, "No orders yet.")?;
        output.next("comanda order place examples/orders/pix-delivery.json");
        return Ok(ExitCode::SUCCESS);
    }
    let rows = orders.iter().map(|order| {
        let word = |key: &str| {
            order
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or("-")
                .to_owned()
        };
        let number = order
            .get("orderNumber")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        vec![
            format!("{number:04}"),
            word("status"),
            word("waitingFor"),
            word("paymentMethod"),
            word("paymentStatus"),
            show::money(order, "total"),
            when(&word("createdAt")),
        ]
    });
    let heads = [
        "ORDER",
        "STATUS",
        "WAITING FOR",
        "METHOD",
        "PAYMENT",
        "TOTAL",
        "PLACED",
    ];
    output.result(&answer, &table(&heads, rows.collect()))?;
    output.next("comanda order show NUMBER");
    Ok(ExitCode::SUCCESS)
}
