include!("../prelude.rs");

fn flow(w: &mut Scope, order: Expr<Order>) {
    w.call("Pay", Pay, order.id).retry(Retry::TRANSIENT).key(order.id).or(Unexpected {
        unexpected: |_, _| constant(()),
    });
}

fn main() {}
