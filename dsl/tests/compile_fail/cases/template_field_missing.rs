include!("../prelude.rs");

fn flow(_w: &mut Scope, order: Expr<Order>) -> Expr<Order> {
    OrderExpr { id: order.id, total: order.total, note: order.note, payment: order.payment }.expr()
}

fn main() {}
