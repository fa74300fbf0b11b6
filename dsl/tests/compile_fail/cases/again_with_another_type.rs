include!("../prelude.rs");

fn flow(w: &mut Scope, order: Expr<Order>) -> Expr<u32> {
    w.repeat("Again?", 3, order.count, |w, again, _| again.with(w, order.id), |_, count| count)
}

fn main() {}
