include!("../prelude.rs");

fn flow(w: &mut Scope, order: Expr<Order>) -> Expr<String> {
    w.match_on("Which?", order, PaymentCases {
        on_delivery: |_| order.id,
        online: |_, charge| charge.id,
    })
}

fn main() {}
