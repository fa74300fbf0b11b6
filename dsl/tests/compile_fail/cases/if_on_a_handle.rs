include!("../prelude.rs");

fn flow(_w: &mut Scope, order: Expr<Order>) -> Expr<String> {
    if order.count.less_than(2) { order.id } else { order.id }
}

fn main() {}
