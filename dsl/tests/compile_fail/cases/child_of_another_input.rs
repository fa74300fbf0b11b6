include!("../prelude.rs");

const CHILD: Process<Charge, String> = Process::standard("child", |_, charge| charge.id);
fn flow(w: &mut Scope, order: Expr<Order>) -> Expr<String> {
    w.child("Child", CHILD, order.id, order, Deadline::within_seconds(60)).or(ChildCases {
        already_ran: |_| order.id,
        unexpected: |_, why| why.cause,
    })
}

fn main() {}
