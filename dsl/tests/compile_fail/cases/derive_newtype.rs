include!("../prelude.rs");

#[derive(Serialize, Deserialize, JsonSchema, Handles)]
struct Id(String);

fn main() {}
