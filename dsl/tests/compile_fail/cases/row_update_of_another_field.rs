include!("../prelude.rs");

#[derive(Serialize, Deserialize, JsonSchema, Handles)]
struct Key { id: String }
const ORDERS: Table<Key, Charge> = Table::named("Orders");
fn flow(w: &mut Scope, order: Expr<Order>) {
    w.update_item("Update", ORDERS, KeyExpr { id: order.id }, |row| row.total(1));
}

fn main() {}
