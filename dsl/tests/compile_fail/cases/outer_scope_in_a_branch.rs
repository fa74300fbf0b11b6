include!("../prelude.rs");

fn flow(w: &mut Scope, order: Expr<Order>) {
    w.match_on("Paid how?", order.payment, PaymentCases {
        on_delivery: |_| { w.task("Tell", Tell, order.id); },
        online: |_, _| (),
    });
}

fn main() {}
