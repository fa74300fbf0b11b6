include!("../prelude.rs");

fn flow(w: &mut Scope, order: Expr<Order>) {
    w.call("Tell", Tell, order.id).or(AcceptErrorCases {
        closed: |_| constant(()),
        below_minimum: |_, _| constant(()),
        unexpected: |_, _| constant(()),
    });
}

fn main() {}
