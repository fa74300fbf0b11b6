include!("../prelude.rs");

fn flow(w: &mut Scope, order: Expr<Order>) {
    w.task("Tell", Charge { id: String::new() }, order.id);
}

fn main() {}
