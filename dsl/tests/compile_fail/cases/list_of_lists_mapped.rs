include!("../prelude.rs");

fn flow(_w: &mut Scope, lists: Expr<Vec<Vec<String>>>) -> Expr<Vec<u32>> {
    lists.each(|list| list.len())
}

fn main() {}
