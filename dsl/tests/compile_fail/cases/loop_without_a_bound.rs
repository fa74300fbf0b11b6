include!("../prelude.rs");

fn flow(w: &mut Scope, count: Expr<u32>) -> Expr<u32> {
    w.repeat("Again?", count, |w, again, count| again.with(w, count), |_, count| count)
}

fn main() {}
