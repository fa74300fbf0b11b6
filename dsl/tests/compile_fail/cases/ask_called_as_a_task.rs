include!("../prelude.rs");

fn flow(w: &mut Scope, charge: Expr<Charge>) {
    w.task("Ask", AskPayment, charge);
}

fn main() {}
