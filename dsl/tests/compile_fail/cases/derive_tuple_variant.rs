include!("../prelude.rs");

#[derive(Serialize, Deserialize, JsonSchema, Handles)]
enum Move { By(u32, u32), Stay }

fn main() {}
