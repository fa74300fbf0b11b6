include!("../prelude.rs");

fn flow(w: &mut Scope, order: Expr<Order>) {
    w.task("Tell", Tell, order.note);
}

fn main() {}
