//! `comanda messages`: what customers received, as the channel's simulator took it.

use std::process::ExitCode;

use comanda_domain::talk::numbered;
use serde_json::Value;

use super::when::when;
use crate::{arguments::StackAddress, failure::Failure, output::Output, stack_client::StackClient};

/// What customers received.
#[derive(Debug, clap::Args)]
pub struct MessagesArguments {
    #[command(flatten)]
    stack: StackAddress,
    /// Only to this channel address (`whatsapp:+5511987654321`).
    #[arg(long)]
    to: Option<String>,
}

/// Prints the messages, oldest first.
pub async fn run(arguments: &MessagesArguments, output: &Output) -> Result<ExitCode, Failure> {
    let client = StackClient::of_simulators(&arguments.stack)?;
    let query = arguments
        .to
        .as_ref()
        .map(|to| format!("?to={}", encode(to)))
        .unwrap_or_default();
    let answer = client
        .get(&format!("/simulators/twilio/control/messages{query}"))
        .await?;
    let messages = answer
        .get("messages")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    if messages.is_empty() {
        output.result(&answer, "No messages yet.")?;
        output.next("comanda order place examples/orders/pix-delivery.json");
        return Ok(ExitCode::SUCCESS);
    }
    output.result(
        &answer,
        &messages
            .iter()
            .map(paragraph)
            .collect::<Vec<_>>()
            .join("\n\n"),
    )?;
    Ok(ExitCode::SUCCESS)
}

/// When and to whom on one line, the text below it as the customer reads it.
fn paragraph(message: &Value) -> String {
    let word = |key: &str| message.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut lines = vec![format!(
        "{}  {}  {}",
        when(word("at")),
        word("to"),
        word("status")
    )];
    lines.extend(said(message).lines().map(|line| format!("    {line}")));
    if let Some(url) = message.get("mediaUrl").and_then(Value::as_str) {
        lines.push(format!("    [{url}]"));
    }
    lines.join("\n")
}

/// The text, and what can be tapped as a numbered list: to write the number says the same.
pub fn said(message: &Value) -> String {
    let word = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let choices = message.get("choices").and_then(Value::as_array);
    let titles: Vec<String> = choices
        .into_iter()
        .flatten()
        .filter_map(|choice| word(choice, "description").or_else(|| word(choice, "title")))
        .collect();
    let body = word(message, "body").unwrap_or_default();
    numbered(&body, titles.iter().map(String::as_str))
}

/// The two characters of a channel address that mean something else in a query.
pub fn encode(address: &str) -> String {
    address
        .replace('%', "%25")
        .replace('+', "%2B")
        .replace('&', "%26")
        .replace('#', "%23")
}
