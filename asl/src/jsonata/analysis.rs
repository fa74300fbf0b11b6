//! What an expression refers to: variables, fields of `$states`, and things that do not exist in Step Functions.

use std::collections::BTreeSet;

use jsonata_core::ast::{AstNode, BinaryOp, PathStep, Stage};

use super::message;

/// What an expression refers to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// Workflow variables: `$name` that the expression itself does not bind.
    pub variables: BTreeSet<String>,
    /// The fields of `$states` that it reads: `input`, `result`, `errorOutput`, `context`.
    pub states: BTreeSet<String>,
    /// Names that are read from a context item (`phone`, `$`), in order. Step Functions evaluates without one.
    pub top_level: Vec<String>,
    /// Whether it reads `$$`, the root of that context item.
    pub uses_root: bool,
}

/// Functions are variables to JSONata, but not to a workflow.
const FUNCTIONS: &[&str] = &[
    "abs",
    "append",
    "assert",
    "average",
    "base64decode",
    "base64encode",
    "boolean",
    "ceil",
    "clone",
    "contains",
    "count",
    "decodeUrl",
    "decodeUrlComponent",
    "distinct",
    "each",
    "encodeUrl",
    "encodeUrlComponent",
    "error",
    "eval",
    "exists",
    "filter",
    "floor",
    "formatBase",
    "formatInteger",
    "formatNumber",
    "fromMillis",
    "hash",
    "join",
    "keys",
    "length",
    "lookup",
    "lowercase",
    "map",
    "match",
    "max",
    "merge",
    "millis",
    "min",
    "not",
    "now",
    "number",
    "pad",
    "parse",
    "parseInteger",
    "partition",
    "power",
    "random",
    "randomSeeded",
    "range",
    "reduce",
    "replace",
    "reverse",
    "round",
    "shuffle",
    "sift",
    "single",
    "sort",
    "split",
    "spread",
    "sqrt",
    "string",
    "substring",
    "substringAfter",
    "substringBefore",
    "sum",
    "toMillis",
    "trim",
    "type",
    "uppercase",
    "uuid",
    "zip",
];

/// Reads an expression (without its delimiters) and finds what it refers to.
///
/// # Errors
/// The sentence of AWS for an expression that cannot be read.
pub fn analyse(expression: &str) -> Result<References, String> {
    let tree = jsonata_core::parser::parse(expression)
        .map_err(|error| message::sentence(&error, expression))?;
    let mut walk = Walk {
        references: References::default(),
        bound: Vec::new(),
    };
    walk.node(&tree, true);
    Ok(walk.references)
}

struct Walk {
    references: References,
    /// What the expression binds itself, innermost last.
    bound: Vec<String>,
}

impl Walk {
    /// `is_top` says that the node is evaluated against the context item that there is not; later steps of a path,
    /// predicates, sort terms and groupings are evaluated against the value before them.
    fn node(&mut self, node: &AstNode, is_top: bool) {
        match node {
            AstNode::Name(name) => self.top_level(name, is_top),
            AstNode::Variable(name) => self.variable(name, is_top),
            AstNode::ParentVariable(_) => self.references.uses_root = true,
            AstNode::Path { steps } => self.path(steps, is_top),
            AstNode::Binary {
                op: BinaryOp::ColonEqual,
                lhs,
                rhs,
            } => {
                self.node(rhs, is_top);
                if let AstNode::Variable(name) = &**lhs {
                    self.bound.push(name.clone());
                }
            }
            AstNode::Binary { lhs, rhs, .. } => self.nodes([&**lhs, &**rhs], is_top),
            AstNode::Unary { operand, .. } => self.node(operand, is_top),
            AstNode::Function {
                name,
                args,
                is_builtin,
            } => {
                if !is_builtin {
                    self.top_level(name, is_top);
                }
                self.nodes(args, is_top);
            }
            AstNode::Call { procedure, args } => {
                self.node(procedure, is_top);
                self.nodes(args, is_top);
            }
            AstNode::Lambda { params, body, .. } => {
                let depth = self.bound.len();
                self.bound.extend(params.iter().cloned());
                self.node(body, is_top);
                self.bound.truncate(depth);
            }
            AstNode::Block(parts) => {
                let depth = self.bound.len();
                self.nodes(parts, is_top);
                self.bound.truncate(depth);
            }
            AstNode::Array(parts) | AstNode::ArrayGroup(parts) => self.nodes(parts, is_top),
            AstNode::Object(pairs) => self.pairs(pairs, is_top),
            AstNode::ObjectTransform { input, pattern } => {
                self.node(input, is_top);
                self.pairs(pattern, false);
            }
            AstNode::Conditional {
                condition,
                then_branch,
                else_branch,
            } => {
                self.nodes([&**condition, &**then_branch], is_top);
                self.nodes(else_branch.as_deref(), is_top);
            }
            AstNode::FunctionApplication(inner) => self.node(inner, is_top),
            other => self.with_own_context(other, is_top),
        }
    }

    /// Nodes whose parts are evaluated against a value of their own. Literals and the rest refer to nothing.
    fn with_own_context(&mut self, node: &AstNode, is_top: bool) {
        match node {
            AstNode::Sort { input, terms } => {
                self.node(input, is_top);
                self.nodes(terms.iter().map(|(term, _)| term), false);
            }
            AstNode::Transform {
                location,
                update,
                delete,
            } => {
                self.nodes([&**location, &**update], false);
                self.nodes(delete.as_deref(), false);
            }
            _ => {}
        }
    }

    fn nodes<'tree>(&mut self, nodes: impl IntoIterator<Item = &'tree AstNode>, is_top: bool) {
        nodes.into_iter().for_each(|node| self.node(node, is_top));
    }

    fn pairs(&mut self, pairs: &[(AstNode, AstNode)], is_top: bool) {
        for (key, value) in pairs {
            self.nodes([key, value], is_top);
        }
    }

    fn path(&mut self, steps: &[PathStep], is_top: bool) {
        let depth = self.bound.len();
        for (index, step) in steps.iter().enumerate() {
            // What later steps name are members; only what is inside brackets and parentheses can refer to more.
            if index == 0 || !matches!(step.node, AstNode::Name(_)) {
                self.node(&step.node, is_top && index == 0);
            }
            self.bound
                .extend(step.focus.iter().chain(&step.index_var).cloned());
            for stage in &step.stages {
                if let Stage::Filter(filter) = stage {
                    self.node(filter, false);
                }
            }
        }
        self.bound.truncate(depth);
        if let [first, second, ..] = steps
            && let (AstNode::Variable(states), AstNode::Name(field)) = (&first.node, &second.node)
            && states == "states"
        {
            self.references.states.insert(field.clone());
        }
    }

    fn top_level(&mut self, name: &str, is_top: bool) {
        if is_top && !self.references.top_level.iter().any(|known| known == name) {
            self.references.top_level.push(name.to_owned());
        }
    }

    fn variable(&mut self, name: &str, is_top: bool) {
        if name.is_empty() {
            self.top_level("$", is_top);
        } else if name == "$" {
            self.references.uses_root = true;
        } else if name != "states"
            && !FUNCTIONS.contains(&name)
            && !self.bound.iter().any(|bound| bound == name)
        {
            self.references.variables.insert(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expression: &str, variables: &[&str], states: &[&str], top_level: &[&str]) {
        let references =
            analyse(expression).unwrap_or_else(|error| panic!("{expression}: {error}"));
        assert_eq!(
            references.variables.iter().collect::<Vec<_>>(),
            variables,
            "variables of {expression}"
        );
        assert_eq!(
            references.states.iter().collect::<Vec<_>>(),
            states,
            "states of {expression}"
        );
        assert_eq!(references.top_level, top_level, "top level of {expression}");
    }

    #[test]
    fn references() {
        check("$states.input.items[phone > $x].b", &["x"], &["input"], &[]);
        check(
            "$map($states.result, function($v, $i) { $v.c + $i + b })",
            &[],
            &["result"],
            &["b"],
        );
        check("($y := $x; $y + $z)", &["x", "z"], &[], &[]);
        check("($f := function($n) { $n }; $f($a))", &["a"], &[], &[]);
        check("$.phone & aaa & bbb & aaa", &[], &[], &["$", "aaa", "bbb"]);
        check("{aaa: $v}", &["v"], &[], &["aaa"]);
        check("$x{a: b}^(c)", &["x"], &[], &[]);
        check("$map($a, $string)", &["a"], &[], &[]);
        check("$states.input@$i.b[$i = $j]", &["j"], &["input"], &[]);
        check("$states.input.(a; $z)", &["z"], &["input"], &[]);
        assert!(analyse("$$.a").is_ok_and(|references| references.uses_root));
    }

    #[test]
    fn sentences() {
        #[track_caller]
        fn check(expression: &str, expected: &str) {
            assert_eq!(
                analyse(expression),
                Err(expected.to_owned()),
                "{expression}"
            );
        }
        check("a[1,2)", "Expected \"]\", got \",\"");
        check(
            "\"unterminated",
            "String literal must be terminated by a matching quote",
        );
        check("1 +", "Unexpected end of expression");
        check(
            "{\"a\":}",
            "The symbol \"}\" cannot be used as a unary operator",
        );
        check(
            "$match(\"a\", /abc",
            "No terminating / in regular expression",
        );
        check(
            "phone %.other",
            "The symbol \".\" cannot be used as a unary operator",
        );
        check("", "Unexpected end of expression");
        check("(1", "Expected \")\" before end of expression");
        check("1 1", "Syntax error: \"1\"");
    }
}
