include!("../prelude.rs");

fn flow(w: &mut Scope, order: Expr<Order>) -> Expr<String> {
    w.match_on("Paid how?", order.payment, PaymentCases {
        on_delivery: |w| { w.task("Tell", Tell, order.id); },
        online: |_, charge| charge.id,
    })
}

fn main() {}
