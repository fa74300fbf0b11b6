include!("../prelude.rs");

fn flow(_w: &mut Scope, order: Expr<Order>) -> Expr<u32> {
    order.count
}
const WRONG: Process<Order, String> = Process::standard("wrong", flow);

fn main() {}
