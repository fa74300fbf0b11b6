include!("../prelude.rs");

fn flow(w: &mut Scope, order: Expr<Order>) -> Expr<Charge> {
    w.call("Accept", Accept, order).or(AcceptErrorCases {
        closed: |w| w.fail("Closed", "Closed", "closed"),
        unexpected: |w, why| w.fail("Unexpected", "Unexpected", why.cause),
    })
}

fn main() {}
