include!("../prelude.rs");

struct Secret;
struct Keep;
impl Task for Keep {
    const NAME: &'static str = "Keep";
    const FUNCTION: &'static str = "orders";
    const TIMEOUT_SECONDS: u32 = 10;
    type Input = Secret;
    type Output = ();
    type Error = NoRefusal;
    type Licence = Idempotent;
}

fn main() {}
