include!("../prelude.rs");

fn flow(w: &mut Scope, charge: Expr<Charge>) -> Expr<News> {
    w.await_signal("Await", AskStore, charge, Deadline::within_seconds(60), |_| NewsExpr::expired()).or(Unexpected {
        unexpected: |_, _| NewsExpr::expired(),
    })
}

fn main() {}
