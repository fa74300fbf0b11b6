include!("../prelude.rs");

fn flow(_w: &mut Scope, order: Expr<Order>) -> Expr<Money> {
    order.total.plus(1)
}

fn main() {}
