include!("../prelude.rs");

fn flow(w: &mut Scope, order: Expr<Order>) {
    w.wait("Wait", Deadline::at(order.count));
}

fn main() {}
