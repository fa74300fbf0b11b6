include!("../prelude.rs");

#[derive(Serialize, Deserialize, JsonSchema, Handles)]
#[serde(tag = "type")]
enum Either { Charge(Charge), Nothing }

fn main() {}
