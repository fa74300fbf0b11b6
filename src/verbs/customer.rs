//! `comanda customer`: a customer's record, everything that is held about them, and their erasure.

use std::process::ExitCode;

use serde_json::Value;

use crate::{arguments::StackAddress, failure::Failure, output::Output, stack_client::StackClient};

/// A customer's record, export and erasure.
#[derive(Debug, clap::Args)]
pub struct CustomerArguments {
    #[command(flatten)]
    stack: StackAddress,
    /// The tenant.
    #[arg(long, global = true, default_value = "sabor-brasileiro")]
    tenant: String,
    /// The store in whose name it is asked.
    #[arg(long, global = true, default_value = "centro")]
    store: String,
    #[command(subcommand)]
    action: CustomerAction,
}

#[derive(Debug, clap::Subcommand)]
enum CustomerAction {
    /// The record.
    Show {
        /// Customer id, phone or channel address.
        customer: String,
    },
    /// Everything that is held about the customer, as JSON.
    Export {
        /// Customer id, phone or channel address.
        customer: String,
    },
    /// Erase the customer; what the law keeps names nobody any more.
    Erase {
        /// Customer id, phone or channel address.
        customer: String,
        /// Do it: there is no way back.
        #[arg(long)]
        yes: bool,
    },
}

/// Runs one action.
pub async fn run(arguments: CustomerArguments, output: &Output) -> Result<ExitCode, Failure> {
    let client = StackClient::of(&arguments.stack)?;
    let scope = format!("clientId={}&storeId={}", arguments.tenant, arguments.store);
    match arguments.action {
        CustomerAction::Show { customer } => {
            let answer = client.get(&path(&customer, "", &scope)).await?;
            output.result(&answer, &text(&answer))?;
        }
        CustomerAction::Export { customer } => {
            let answer = client.get(&path(&customer, "/export", &scope)).await?;
            let shown = serde_json::to_string_pretty(&answer)
                .map_err(|error| Failure::new(format!("the export cannot be shown: {error}")))?;
            output.result(&answer, &shown)?;
        }
        CustomerAction::Erase { customer, yes } => {
            if !yes {
                return Err(Failure::usage(
                    "erasing a customer cannot be undone, and was not done",
                )
                .help(format!("comanda customer erase {customer} --yes")));
            }
            let answer = client.delete(&path(&customer, "", &scope)).await?;
            let shown = match answer.get("customer") {
                Some(Value::Null) | None => {
                    "There is no record of this address. What was written and ordered from it is erased; orders stay, and name \
                     nobody."
                }
                Some(_) => {
                    "The customer is erased. Orders, points and consents stay, and name nobody."
                }
            };
            output.result(&answer, shown)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn path(customer: &str, what: &str, scope: &str) -> String {
    let customer: String = customer
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect();
    format!("/api/customers/{customer}{what}?{scope}")
}

fn text(answer: &Value) -> String {
    let customer = answer.get("customer").unwrap_or(&Value::Null);
    let word = |key: &str| {
        let value = customer.get(key);
        value.and_then(Value::as_str).unwrap_or("-").to_owned()
    };
    let number = |key: &str| {
        let value = customer.get(key).and_then(Value::as_u64);
        value.unwrap_or_default()
    };
    let mut lines = vec![
        format!("{} ({})", word("name"), word("customerId")),
        format!("  phone      {}", word("phoneNumber")),
        format!("  e-mail     {}", word("email")),
        format!("  orders     {}", number("totalOrders")),
        format!("  points     {}", number("loyaltyPoints")),
        format!(
            "  since      {}, version {}",
            word("createdAt"),
            number("version")
        ),
    ];
    for (label, list) in [
        ("allergies", "allergies"),
        ("eats no", "restrictions"),
        ("likes", "favorites"),
    ] {
        let entries = customer.pointer(&format!("/preferences/{list}"));
        let entries = entries.and_then(Value::as_array).into_iter().flatten();
        let entries: Vec<&str> = entries.filter_map(Value::as_str).collect();
        if !entries.is_empty() {
            lines.push(format!("  {label:<10} {}", entries.join(", ")));
        }
    }
    let default = customer.get("defaultAddressIndex").and_then(Value::as_u64);
    let addresses = customer.get("addresses").and_then(Value::as_array);
    for (at, address) in addresses.into_iter().flatten().enumerate() {
        let part = |key: &str| address.get(key).and_then(Value::as_str).map(str::to_owned);
        let parts = ["street", "number", "complement", "neighborhood", "city"];
        let line: Vec<String> = parts.into_iter().filter_map(part).collect();
        let used = if default == u64::try_from(at).ok() {
            " (used)"
        } else {
            ""
        };
        lines.push(format!("  address    {}{used}", line.join(", ")));
    }
    lines.join("\n")
}
