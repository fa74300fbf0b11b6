#![deny(unused_must_use)]
include!("../prelude.rs");

fn flow(w: &mut Scope, order: Expr<Order>) -> Expr<String> {
    w.end(order.id);
    order.id
}

fn main() {}
