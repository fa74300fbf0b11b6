include!("../prelude.rs");

#[derive(Serialize, Deserialize, JsonSchema, TaskError)]
struct Refused { code: String }

fn main() {}
