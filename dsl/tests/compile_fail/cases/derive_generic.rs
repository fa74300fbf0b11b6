include!("../prelude.rs");

#[derive(Serialize, Deserialize, JsonSchema, Handles)]
struct Page<T> { items: Vec<T> }

fn main() {}
