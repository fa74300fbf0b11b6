include!("../prelude.rs");

fn flow(w: &mut Scope, order: Expr<Order>) -> Expr<Charge> {
    w.call("Accept", Accept, order).or(AcceptErrorCases {
        closed: |w| w.fail("Closed", "Closed", "closed"),
        below_minimum: |w, _| w.fail("Minimum", "BelowMinimum", "below the minimum"),
    })
}

fn main() {}
