include!("../prelude.rs");

fn flow(_w: &mut Scope, order: Expr<Order>) -> Expr<Charge> {
    ChargeExpr { id: order.count }.expr()
}

fn main() {}
