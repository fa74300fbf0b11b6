include!("../prelude.rs");

fn flow(_w: &mut Scope, order: Expr<Order>) -> Expr<String> {
    order.idd
}

fn main() {}
