include!("../prelude.rs");

fn flow(w: &mut Scope, order: Expr<Order>) -> Expr<Charge> {
    w.call("Accept", Accept, order)
}

fn main() {}
