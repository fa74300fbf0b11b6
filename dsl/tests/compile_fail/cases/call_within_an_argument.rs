include!("../prelude.rs");

fn flow(w: &mut Scope, order: Expr<Order>) {
    w.call("Pay", Pay, order.id).or(Unexpected { unexpected: |_, why| { w.task("Tell", Tell, why.cause); constant(()) } });
}

fn main() {}
