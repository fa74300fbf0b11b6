include!("../prelude.rs");

struct Keep;
impl Task for Keep {
    const NAME: &'static str = "Keep";
    const FUNCTION: &'static str = "orders";
    const TIMEOUT_SECONDS: u32 = 10;
    type Input = String;
    type Output = ();
    type Error = std::fmt::Error;
    type Licence = Idempotent;
}

fn main() {}
