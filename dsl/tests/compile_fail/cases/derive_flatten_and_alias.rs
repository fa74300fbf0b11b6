include!("../prelude.rs");

#[derive(Serialize, Deserialize, JsonSchema, Handles)]
struct Line {
    #[serde(flatten)]
    charge: Charge,
    #[serde(alias = "quantity")]
    count: u32,
}

fn main() {}
