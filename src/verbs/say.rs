//! `comanda say`: write to a store as a customer, over the channel's simulator, and read what is answered.

use std::{collections::BTreeSet, process::ExitCode, time::Duration};

use serde_json::{Value, json};

use crate::{
    arguments::StackAddress, failure::Failure, output::Output, stack_client::StackClient,
    verbs::messages,
};

/// An answer comes in well under a second; a machine that builds meanwhile takes longer.
const LOOKS: u32 = 50;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Write to a store as a customer.
#[derive(Debug, clap::Args)]
pub struct SayArguments {
    #[command(flatten)]
    stack: StackAddress,
    /// What is written.
    text: String,
    /// The customer's channel address.
    #[arg(long, default_value = "whatsapp:+5511987654321")]
    from: String,
    /// The store's channel address.
    #[arg(long, default_value = "whatsapp:+551140028922")]
    to: String,
}

/// Writes, and waits a little for the answer.
pub async fn run(arguments: &SayArguments, output: &Output) -> Result<ExitCode, Failure> {
    let client = StackClient::of_simulators(&arguments.stack)?;
    // What this store says: another's message about an order is no answer to this.
    let path = format!(
        "/simulators/twilio/control/messages?to={}&from={}",
        messages::encode(&arguments.from),
        messages::encode(&arguments.to)
    );
    let before = ids(&client.get(&path).await?);
    let body = json!({ "from": arguments.from, "to": arguments.to, "body": arguments.text });
    client
        .post("/simulators/twilio/control/inbound", &body)
        .await?;
    for _ in 0..LOOKS {
        tokio::time::sleep(BETWEEN_LOOKS).await;
        let answer = client.get(&path).await?;
        let messages = answer.get("messages").and_then(Value::as_array);
        let new: Vec<Value> = messages
            .into_iter()
            .flatten()
            .filter(|message| !before.contains(id(message)))
            .cloned()
            .collect();
        if !new.is_empty() {
            let said: Vec<String> = new.iter().map(messages::said).collect();
            output.result(&json!({ "messages": new }), &said.join("\n\n"))?;
            return Ok(ExitCode::SUCCESS);
        }
    }
    output.result(&json!({ "messages": [] }), "Nothing was answered yet.")?;
    output.next("comanda messages");
    Ok(ExitCode::SUCCESS)
}

fn id(message: &Value) -> &str {
    let id = message.get("id").and_then(Value::as_str);
    id.unwrap_or_default()
}

/// The list is of the last messages only, so that their number says nothing.
fn ids(answer: &Value) -> BTreeSet<String> {
    let messages = answer.get("messages").and_then(Value::as_array);
    let messages = messages.into_iter().flatten();
    messages.map(|message| id(message).to_owned()).collect()
}
