//! Keeps expressions from growing without bound.
//!
//! The evaluator bounds time, depth and the length of sequences, but not how long a text gets, nor how large a value whose
//! parts are shared becomes once it is written out: thirty doublings are more than a machine has. What may grow is found
//! when an expression is read: the operands of `&` and the arguments of a few functions go through a guard, which is a
//! function under a name that no expression can spell. `$distinct`, which compares everything with everything, is replaced.

use std::collections::BTreeSet;

use jsonata_core::ast::{AstNode, BinaryOp, PathStep, Stage};

use super::guard::{DISTINCT, GUARD, RANGE_END_LIMIT};

/// How deep an expression is looked into; the parser takes no deeper ones.
const LEVELS_MAX: usize = 2_000;

/// In front of the names of arguments that are needed twice.
const ARGUMENT: char = '\u{0}';

/// Functions that give more than they are given, or take longer than in proportion to it.
const GROWING: &[&str] = &[
    "pad",
    "join",
    "replace",
    "string",
    "formatInteger",
    "formatNumber",
];

/// Puts guards into an expression; whether there are any.
pub(super) fn put_in(ast: &mut AstNode) -> bool {
    let mut names = BTreeSet::new();
    bound_names(ast, &mut names, 0);
    let mut guards = Guards {
        can_feed_back: !names.is_empty(),
        names,
        any: false,
    };
    guards.visit(ast, false, 0);
    guards.any
}

struct Guards {
    /// The names that the expression itself gives a meaning.
    names: BTreeSet<String>,
    /// What is computed can be used again: without names and functions everything is used once.
    can_feed_back: bool,
    any: bool,
}

impl Guards {
    /// `feeds_back`: inside a function that may be called with what it gave.
    fn visit(&mut self, node: &mut AstNode, feeds_back: bool, level: usize) {
        if level > LEVELS_MAX {
            return;
        }
        self.unchain(node);
        let is_reduce = matches!(node, AstNode::Function { name, .. } if name == "reduce");
        let is_bound = matches!(
            node,
            AstNode::Binary {
                op: BinaryOp::ColonEqual,
                ..
            }
        );
        for child in children(node) {
            let is_function = matches!(child, AstNode::Lambda { .. });
            let feeds = feeds_back || (is_function && (is_reduce || is_bound));
            self.visit(child, feeds, level + 1);
        }
        let taken = match node {
            AstNode::Binary {
                op: BinaryOp::Concatenate,
                lhs,
                rhs,
            } if self.can_feed_back => {
                for side in [lhs, rhs] {
                    let operand = std::mem::replace(&mut **side, AstNode::Undefined);
                    **side = self.guarded(operand);
                }
                return;
            }
            AstNode::Binary {
                op: BinaryOp::Range,
                lhs,
                rhs,
            } => {
                for side in [lhs, rhs] {
                    let end = std::mem::replace(&mut **side, AstNode::Undefined);
                    **side = self.guarded_end(end);
                }
                return;
            }
            AstNode::Array(items) if feeds_back && items.len() > 1 => true,
            AstNode::Object(pairs) if feeds_back && pairs.len() > 1 => true,
            AstNode::Function { name, args, .. } => {
                if name == "distinct" && args.len() == 1 && !self.names.contains("distinct") {
                    self.any = true;
                    DISTINCT.clone_into(name);
                    return;
                }
                GROWING.contains(&name.as_str())
                    && !args.is_empty()
                    && !self.names.contains(name.as_str())
                    && !args
                        .iter()
                        .any(|argument| matches!(argument, AstNode::Placeholder))
            }
            _ => false,
        };
        if taken {
            let whole = std::mem::replace(node, AstNode::Undefined);
            *node = match whole {
                AstNode::Function {
                    name,
                    args,
                    is_builtin,
                } => self.guarded_call(name, args, is_builtin),
                other => self.guarded(other),
            };
        }
    }

    /// `value ~> $function(more)` is `$function(value, more)`.
    fn unchain(&self, node: &mut AstNode) {
        let AstNode::Binary {
            op: BinaryOp::ChainPipe,
            lhs,
            rhs,
        } = node
        else {
            return;
        };
        let named = match &**rhs {
            AstNode::Function { name, .. } | AstNode::Variable(name) => name.as_str(),
            _ => return,
        };
        let is_ours = named == "distinct" || GROWING.contains(&named);
        if !is_ours || self.names.contains(named) {
            return;
        }
        let value = std::mem::replace(&mut **lhs, AstNode::Undefined);
        *node = match std::mem::replace(&mut **rhs, AstNode::Undefined) {
            AstNode::Function {
                name,
                mut args,
                is_builtin,
            } => {
                args.insert(0, value);
                AstNode::Function {
                    name,
                    args,
                    is_builtin,
                }
            }
            AstNode::Variable(name) => AstNode::Function {
                name,
                args: vec![value],
                is_builtin: true,
            },
            other => other,
        };
    }

    fn guarded(&mut self, value: AstNode) -> AstNode {
        if matches!(
            value,
            AstNode::String(_) | AstNode::Number(_) | AstNode::Boolean(_)
        ) {
            return value;
        }
        self.any = true;
        AstNode::Function {
            name: GUARD.to_owned(),
            args: vec![AstNode::String(String::new()), AstNode::Null, value],
            is_builtin: true,
        }
    }

    /// An end of a range.
    fn guarded_end(&mut self, end: AstNode) -> AstNode {
        if matches!(end, AstNode::Number(number) if number.abs() <= RANGE_END_LIMIT) {
            return end;
        }
        self.any = true;
        AstNode::Function {
            name: GUARD.to_owned(),
            args: vec![AstNode::String("..".to_owned()), AstNode::Null, end],
            is_builtin: true,
        }
    }

    /// The arguments get names, so that the guard can look at all of them before the function is called.
    fn guarded_call(&mut self, name: String, args: Vec<AstNode>, is_builtin: bool) -> AstNode {
        self.any = true;
        let mut block = Vec::with_capacity(args.len() + 1);
        let mut names = Vec::with_capacity(args.len());
        for (place, argument) in args.into_iter().enumerate() {
            let named = format!("{ARGUMENT}{place}");
            names.push(AstNode::Variable(named.clone()));
            block.push(AstNode::Binary {
                op: BinaryOp::ColonEqual,
                lhs: Box::new(AstNode::Variable(named)),
                rhs: Box::new(argument),
            });
        }
        // An argument that is left out comes from the context.
        let context = AstNode::Variable(String::new());
        let mut looked_at = vec![AstNode::String(name.clone()), context];
        looked_at.extend(names.iter().cloned());
        let guard = AstNode::Function {
            name: GUARD.to_owned(),
            args: looked_at,
            is_builtin: true,
        };
        if let Some(first) = names.first_mut() {
            *first = guard;
        }
        block.push(AstNode::Function {
            name,
            args: names,
            is_builtin,
        });
        AstNode::Block(block)
    }
}

/// Everything that a name is given to, and whether functions are made, which is noted as the empty name.
fn bound_names(node: &mut AstNode, names: &mut BTreeSet<String>, level: usize) {
    if level > LEVELS_MAX {
        return;
    }
    match node {
        AstNode::Binary {
            op: BinaryOp::ColonEqual,
            lhs,
            ..
        } => {
            if let AstNode::Variable(name) = &**lhs {
                names.insert(name.clone());
            }
        }
        AstNode::Lambda { params, .. } => {
            names.insert(String::new());
            names.extend(params.iter().cloned());
        }
        AstNode::Path { steps } => {
            for step in steps {
                names.extend(step.focus.iter().chain(&step.index_var).cloned());
            }
        }
        _ => {}
    }
    for child in children(node) {
        bound_names(child, names, level + 1);
    }
}

/// What a node is made of.
fn children(node: &mut AstNode) -> Vec<&mut AstNode> {
    match node {
        AstNode::Path { steps } => steps.iter_mut().flat_map(of_step).collect(),
        AstNode::Binary { lhs, rhs, .. } => vec![&mut **lhs, &mut **rhs],
        AstNode::Unary { operand, .. } => vec![&mut **operand],
        AstNode::Function { args, .. } => args.iter_mut().collect(),
        AstNode::Call { procedure, args } => {
            let procedure = std::iter::once(&mut **procedure);
            procedure.chain(args.iter_mut()).collect()
        }
        AstNode::Lambda { body, .. } => vec![&mut **body],
        AstNode::Array(items) | AstNode::ArrayGroup(items) | AstNode::Block(items) => {
            items.iter_mut().collect()
        }
        AstNode::Object(pairs) => of_pairs(pairs).collect(),
        AstNode::ObjectTransform { input, pattern } => {
            let input = std::iter::once(&mut **input);
            input.chain(of_pairs(pattern)).collect()
        }
        AstNode::Conditional {
            condition,
            then_branch,
            else_branch,
        } => {
            let both = [&mut **condition, &mut **then_branch].into_iter();
            both.chain(else_branch.as_deref_mut()).collect()
        }
        AstNode::FunctionApplication(inner) => vec![&mut **inner],
        AstNode::Sort { input, terms } => {
            let input = std::iter::once(&mut **input);
            input
                .chain(terms.iter_mut().map(|(term, _)| term))
                .collect()
        }
        AstNode::Transform {
            location,
            update,
            delete,
        } => {
            let both = [&mut **location, &mut **update].into_iter();
            both.chain(delete.as_deref_mut()).collect()
        }
        _ => Vec::new(),
    }
}

fn of_step(step: &mut PathStep) -> impl Iterator<Item = &mut AstNode> {
    let stages = step.stages.iter_mut().filter_map(|stage| match stage {
        Stage::Filter(condition) => Some(&mut **condition),
        Stage::KeepArray | Stage::Index(_) => None,
    });
    std::iter::once(&mut step.node).chain(stages)
}

fn of_pairs(pairs: &mut [(AstNode, AstNode)]) -> impl Iterator<Item = &mut AstNode> {
    pairs.iter_mut().flat_map(|(key, value)| [key, value])
}
