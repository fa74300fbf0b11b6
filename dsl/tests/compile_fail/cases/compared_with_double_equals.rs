include!("../prelude.rs");

fn flow(w: &mut Scope, order: Expr<Order>) -> Expr<String> {
    w.when("Few?", order.count == 1, |_| order.id, |_| order.id)
}

fn main() {}
