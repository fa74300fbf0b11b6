include!("../prelude.rs");

#[derive(Serialize, Deserialize, JsonSchema, TaskError)]
enum Refused { Unexpected }

fn main() {}
