include!("../prelude.rs");

#[derive(Serialize, Deserialize, JsonSchema, Handles)]
struct Line {
    #[serde(default)]
    count: u32,
}

fn main() {}
