include!("../prelude.rs");

fn flow(w: &mut Scope, order: Expr<Order>) -> Expr<String> {
    w.match_on("Paid how?", order.payment, NewsCases {
        paid: |_, news| news.id,
        expired: |_| order.id,
    })
}

fn main() {}
