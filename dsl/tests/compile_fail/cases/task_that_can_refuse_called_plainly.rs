include!("../prelude.rs");

fn flow(w: &mut Scope, order: Expr<Order>) -> Expr<Charge> {
    w.task("Accept", Accept, order)
}

fn main() {}
