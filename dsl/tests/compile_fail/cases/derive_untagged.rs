include!("../prelude.rs");

#[derive(Serialize, Deserialize, JsonSchema, Handles)]
#[serde(untagged)]
enum Either { Text(String), Count(u32) }

fn main() {}
