// The types that the wrong programs beside use. Each of those has one mistake and is named after the rule it breaks.

pub use comanda_dsl::*;
pub use schemars::JsonSchema;
pub use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, JsonSchema, Handles)]
pub struct Order {
    pub id: String,
    pub total: Money,
    pub count: u32,
    pub note: Option<String>,
    pub payment: Payment,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Money(i64);

#[derive(Serialize, Deserialize, JsonSchema, Handles)]
pub struct Charge {
    pub id: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Handles)]
pub enum Payment {
    OnDelivery,
    Online(Charge),
}

#[derive(Serialize, Deserialize, JsonSchema, Handles)]
pub enum News {
    Paid { id: String },
    Expired,
}

#[derive(Serialize, Deserialize, JsonSchema, TaskError)]
pub enum AcceptError {
    Closed,
    BelowMinimum { minimum: u32 },
}

pub struct Accept;

impl Task for Accept {
    const NAME: &'static str = "Accept";
    const FUNCTION: &'static str = "orders";
    const TIMEOUT_SECONDS: u32 = 10;
    type Input = Order;
    type Output = Charge;
    type Error = AcceptError;
    type Licence = Once;
}

pub struct Tell;

impl Task for Tell {
    const NAME: &'static str = "Tell";
    const FUNCTION: &'static str = "notifications";
    const TIMEOUT_SECONDS: u32 = 10;
    type Input = String;
    type Output = ();
    type Error = NoRefusal;
    type Licence = Idempotent;
}

pub struct Pay;

impl Task for Pay {
    const NAME: &'static str = "Pay";
    const FUNCTION: &'static str = "payments";
    const TIMEOUT_SECONDS: u32 = 10;
    type Input = String;
    type Output = ();
    type Error = NoRefusal;
    type Licence = Keyed;
}

pub struct AskPayment;

impl Ask for AskPayment {
    const NAME: &'static str = "AskPayment";
    const FUNCTION: &'static str = "payments";
    type Input = Charge;
    type Signal = News;
    type Error = NoRefusal;
    type Licence = Idempotent;
}

pub struct AskStore;

impl Ask for AskStore {
    const NAME: &'static str = "AskStore";
    const FUNCTION: &'static str = "pos";
    type Input = Charge;
    type Signal = News;
    type Error = Outsider;
    type Licence = Idempotent;
}
