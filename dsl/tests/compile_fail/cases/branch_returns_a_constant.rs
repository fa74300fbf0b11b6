include!("../prelude.rs");

fn flow(w: &mut Scope, order: Expr<Order>) -> Expr<u32> {
    w.when("Few?", order.count.less_than(2), |_| 1_u32, |_| order.count)
}

fn main() {}
