//! Reading and writing rows of a DynamoDB table.

use std::marker::PhantomData;

use super::ServiceCall;
use super::marshal::{Marshalled, marshal, members, unmarshal};
use crate::branch::{Join, Joined, PlainArm, PlainArmValue};
use crate::draft::error::Problem;
use crate::draft::{Answer, Argument, Place};
use crate::expression::node::{self, NodeRef};
use crate::expression::{Data, Expr, IntoExpr, Structure};
use crate::scope::branches::{Branches, Of};
use crate::scope::{BranchEnd, Scope};
use crate::workflow::schema;

/// What DynamoDB says where a condition does not hold.
const CONDITION_FAILED: &str = "DynamoDB.ConditionalCheckFailedException";

/// A table whose rows are `T`, found by a key `K` with exactly the key's attributes.
pub struct Table<K, T> {
    name: &'static str,
    of: PhantomData<fn(K) -> T>,
}

impl<K, T> Clone for Table<K, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, T> Copy for Table<K, T> {}

impl<K, T> std::fmt::Debug for Table<K, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Table({})", self.name)
    }
}

impl<K: Data, T: Structure> Table<K, T> {
    /// The table of this name.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self {
            name,
            of: PhantomData,
        }
    }
}

impl Scope {
    /// Reads a row as it is now (a consistent read), absent where there is none.
    #[track_caller]
    pub fn get_item<K: Data, T: Structure>(
        &mut self,
        name: &str,
        table: Table<K, T>,
        key: impl IntoExpr<K>,
    ) -> Expr<Option<T>> {
        let at = std::panic::Location::caller();
        let row = unmarshal("$states.result.Item", &schema::<T>());
        let row = self
            .storable(name, row, at)
            .unwrap_or_else(|| "null".to_owned());
        let call = ServiceCall {
            resource: "arn:aws:states:::dynamodb:getItem",
            action: "dynamodb:getItem",
            target: table.name,
            arguments: vec![
                ("TableName", Argument::Fixed(table.name.to_owned())),
                ("Key", self.row::<K>(name, key.into_expr().node(), at)),
                ("ConsistentRead", Argument::Node(node::literal(true))),
            ],
            answer: Answer::Jsonata(format!("($exists($states.result.Item) ? {row} : null)")),
            answers: Vec::new(),
        };
        let (_, next, result) = self.place_service(name, call, at);
        self.open = vec![next];
        Expr::new(result)
    }

    /// Writes a row, whatever was there.
    #[track_caller]
    pub fn put_item<K: Data, T: Structure>(
        &mut self,
        name: &str,
        table: Table<K, T>,
        row: impl IntoExpr<T>,
    ) {
        let at = std::panic::Location::caller();
        let call = self.put_call::<K, T>(name, table, row.into_expr().node(), at);
        let (_, next, _) = self.place_service(name, call, at);
        self.open = vec![next];
    }

    /// Writes a row that must not exist yet. `exists` runs where it does; an earlier try of this very step, whose answer was
    /// lost, may have written it.
    #[track_caller]
    pub fn put_new_item<K: Data, T: Structure, F>(
        &mut self,
        name: &str,
        table: Table<K, T>,
        row: impl IntoExpr<T>,
        exists: F,
    ) -> Joined<(), PlainArmValue<F>>
    where
        F: PlainArm,
        (): Join<PlainArmValue<F>>,
    {
        let at = std::panic::Location::caller();
        let mut call = self.put_call::<K, T>(name, table, row.into_expr().node(), at);
        // Any one attribute of the key tells whether there is a row of that key.
        let key = members(&schema::<K>())
            .into_iter()
            .next()
            .unwrap_or_default();
        let names = vec![("#key".to_owned(), Argument::Node(node::literal(key)))];
        call.arguments.push((
            "ConditionExpression",
            Argument::Fixed("attribute_not_exists(#key)".to_owned()),
        ));
        call.arguments
            .push(("ExpressionAttributeNames", Argument::Members(names)));
        call.answers.push(CONDITION_FAILED.to_owned());
        let (state, next, _) = self.place_service(name, call, at);
        let mut branches = Branches::new(self, state, name, Of::Conditions, at);
        branches.came_back(BranchEnd {
            open: vec![next],
            returned: crate::branch::Returned::Nothing,
        });
        branches.caught_plain(CONDITION_FAILED, "exists", exists);
        branches.join()
    }

    /// Sets some attributes of a row: `|row| row.status(status).note(note)`.
    #[track_caller]
    pub fn update_item<K: Data, T: Structure>(
        &mut self,
        name: &str,
        table: Table<K, T>,
        key: impl IntoExpr<K>,
        changes: impl FnOnce(T::Update) -> T::Update,
    ) {
        let at = std::panic::Location::caller();
        let nothing = Expr::<T>::new(node::literal(serde_json::Value::Null));
        let changes = T::changes(changes(T::update(nothing)));
        let (mut names, mut values, mut sets) = (Vec::new(), Vec::new(), Vec::new());
        let root = schema::<T>();
        for (attribute, value) in changes {
            let marshalled = marshal(value, attribute, &root);
            let marshalled = self
                .storable(name, marshalled, at)
                .unwrap_or(Argument::Fixed(String::new()));
            sets.push(format!("#{attribute} = :{attribute}"));
            names.push((
                format!("#{attribute}"),
                Argument::Node(node::literal(attribute)),
            ));
            values.push((format!(":{attribute}"), marshalled));
        }
        let call = ServiceCall {
            resource: "arn:aws:states:::dynamodb:updateItem",
            action: "dynamodb:updateItem",
            target: table.name,
            arguments: vec![
                ("TableName", Argument::Fixed(table.name.to_owned())),
                ("Key", self.row::<K>(name, key.into_expr().node(), at)),
                (
                    "UpdateExpression",
                    Argument::Fixed(format!("SET {}", sets.join(", "))),
                ),
                ("ExpressionAttributeNames", Argument::Members(names)),
                ("ExpressionAttributeValues", Argument::Members(values)),
            ],
            answer: Answer::Whole,
            answers: Vec::new(),
        };
        let (_, next, _) = self.place_service(name, call, at);
        self.open = vec![next];
    }

    fn put_call<K: Data, T: Structure>(
        &self,
        name: &str,
        table: Table<K, T>,
        row: NodeRef,
        at: Place,
    ) -> ServiceCall {
        ServiceCall {
            resource: "arn:aws:states:::dynamodb:putItem",
            action: "dynamodb:putItem",
            target: table.name,
            arguments: vec![
                ("TableName", Argument::Fixed(table.name.to_owned())),
                ("Item", self.row::<T>(name, row, at)),
            ],
            answer: Answer::Whole,
            answers: Vec::new(),
        }
    }

    /// A whole struct as DynamoDB's attributes.
    fn row<T: Data>(&self, name: &str, value: NodeRef, at: Place) -> Argument {
        let root = schema::<T>();
        let mut attributes = Vec::new();
        for attribute in members(&root) {
            // Handles keep names for as long as the program runs, and a schema's are made anew each time.
            let attribute: &'static str = Box::leak(attribute.into_boxed_str());
            let value = node::field(value, attribute, false);
            if let Some(marshalled) = self.storable(name, marshal(value, attribute, &root), at) {
                attributes.push((attribute.to_owned(), marshalled));
            }
        }
        Argument::Members(attributes)
    }

    fn storable<A>(&self, name: &str, marshalled: Marshalled<A>, at: Place) -> Option<A> {
        match marshalled {
            Ok(made) => Some(made),
            Err((field, why)) => {
                let problem = Problem::NotStorable {
                    name: name.to_owned(),
                    field,
                    why,
                };
                self.refuse(problem, at, None);
                None
            }
        }
    }
}
