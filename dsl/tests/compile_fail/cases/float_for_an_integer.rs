include!("../prelude.rs");

fn flow(_w: &mut Scope, order: Expr<Order>) -> Expr<Order> {
    order.with().count(1.5).expr()
}

fn main() {}
