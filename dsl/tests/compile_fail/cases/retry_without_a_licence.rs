include!("../prelude.rs");

fn flow(w: &mut Scope, order: Expr<Order>) -> Expr<Charge> {
    w.call("Accept", Accept, order).retry(Retry::TRANSIENT).or(AnyFailure {
        failed: |w, why| w.fail("Unexpected", "Unexpected", why.cause),
    })
}

fn main() {}
