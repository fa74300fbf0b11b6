//! JSONata expressions, well-formed more often than not, and some that ask for a lot.

use super::chance::Chance;
use super::data;
use super::texts::damaged;

const FUNCTIONS: &[&str] = &[
    "string",
    "length",
    "substring",
    "substringBefore",
    "substringAfter",
    "uppercase",
    "lowercase",
    "trim",
    "pad",
    "contains",
    "split",
    "join",
    "match",
    "replace",
    "base64encode",
    "base64decode",
    "encodeUrl",
    "decodeUrl",
    "encodeUrlComponent",
    "decodeUrlComponent",
    "number",
    "abs",
    "floor",
    "ceil",
    "round",
    "power",
    "sqrt",
    "random",
    "formatNumber",
    "formatBase",
    "formatInteger",
    "parseInteger",
    "sum",
    "max",
    "min",
    "average",
    "boolean",
    "not",
    "exists",
    "count",
    "append",
    "sort",
    "reverse",
    "shuffle",
    "distinct",
    "zip",
    "keys",
    "lookup",
    "spread",
    "merge",
    "sift",
    "each",
    "error",
    "assert",
    "type",
    "map",
    "filter",
    "single",
    "reduce",
    "now",
    "millis",
    "fromMillis",
    "toMillis",
    "partition",
    "range",
    "hash",
    "uuid",
    "parse",
    "eval",
    "nothing",
];

/// Expressions that ask for a lot.
const GREEDY: &[&str] = &[
    "$reduce([1..60], function($a, $b) { $a & $a }, 'xx')",
    "$reduce([1..40], function($a, $b) { [$a, $a] }, [1])",
    "$reduce([1..40], function($a, $b) { $append($a, $a) }, [1])",
    "$reduce([1..5000], function($a, $b) { {'in': $a} })",
    "$reduce([1..2000], function($a, $b) { [[$a]] })",
    "$join($map([1..200000], function($i) { $states.input.name }), 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')",
    "$pad('', 4000000000, 'ab')",
    "$pad('x', -4000000000)",
    "$range(1, 1e12, 1)",
    "$range(0, 1, 1e-320)",
    "[1..10000000]",
    "[-9223372036854775808..9223372036854775807]",
    "$partition([1..100000], 1)",
    "$distinct([1..100000])",
    "$sort([1..200000], function($l, $r) { $l < $r })",
    "$shuffle([1..200000])",
    "($f := function($n) { $f($n + 1) }; $f(0))",
    "($f := function($n) { 1 + $f($n + 1) }; $f(0))",
    "($f := function($n) { $n < 2 ? 1 : $f($n - 1) + $f($n - 2) }; $f(60))",
    "($f := function() { $f() & $f() }; $f())",
    "$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac', /(a*)*b/)",
    "$replace($pad('', 100000, 'a'), /a/, $pad('', 100000, 'b'))",
    "$replace('aaa', '', 'b')",
    "$split($pad('', 200000, 'a'), '')",
    "$match($pad('', 100000, 'a'), /a{1,1000}{1,1000}/)",
    "$formatNumber(1e308, '#,##0.00')",
    "$formatNumber(1, $pad('', 100000, '0'))",
    "$formatInteger(1e15, 'w')",
    "$formatInteger(-9007199254740993, 'I')",
    "$formatInteger(1e21, 'A')",
    "$fromMillis(1e20)",
    "[1..$states.input.total]",
    "[1..3] ~> $distinct",
    "'a' ~> $pad(5000000000)",
    "$formatInteger(90199254740993, 'i')",
    "$fromMillis(1, '[Y,9999999999-*]')",
    "$formatNumber(1, '#', {'exponent-separator': 'e'})",
    "$fromMillis(-1e15, '[Y0001]-[M01]-[D01] [ZN]')",
    "$fromMillis(8640000000000001)",
    "$toMillis('99999-01-01')",
    "$now('[Y]', '+9999')",
    "$power(10, 400)",
    "$sqrt(-1)",
    "1/0",
    "0/0",
    "1e308 * 10",
    "$number('1e400')",
    "$base64decode('////')",
    "$eval('$eval(1)')",
    "$parse($pad('', 100000, '['))",
    "$string($reduce([1..25], function($a, $b) { [$a, $a] }, [1]))",
    "$map([1..300000], function($i) { $states.input })",
    "$states.context ~> $string",
    "**",
    "$states.**.**",
    "$merge($map([1..50000], function($i) { {$string($i): $i} }))",
    "$sift($states.input, function($v, $k) { $k = 'a' })",
    "$zip([1..100000], [1..100000])",
    "$each($states.input, function($v, $k) { $k & $string($v) })",
    "$ ~> | $ | {'x': $} |",
    "$states.input ~> | ** | {'x': 1} |",
    "$sum([1e308, 1e308])",
    "$substring('😀😀', 1, 1)",
    "$length($pad('', 250000, '😀'))",
    "$hash($states.input, 'MD5')",
    "$random(1e308)",
    "($a := [1..1000]; $count($a.$a.$a))",
];

/// A JSONata expression, or nearly one, without its delimiters.
pub fn expression(chance: &mut Chance, levels: usize) -> String {
    if chance.once_in(50) {
        return chance.one_of(GREEDY).to_owned();
    }
    if chance.once_in(300) {
        let open = chance.one_of(&[
            "(",
            "[",
            "{'a':",
            "-",
            "$f(",
            "1+",
            "a.",
            "a[",
            "function(){",
            "$not(",
            "a?b:",
            "'a'&",
        ]);
        return open.repeat(chance.below(20_000));
    }
    let made = term(chance, levels);
    if chance.once_in(10) {
        damaged(chance, made)
    } else {
        made
    }
}

fn term(chance: &mut Chance, levels: usize) -> String {
    if levels == 0 {
        return leaf(chance);
    }
    let inner = levels - 1;
    match chance.below(14) {
        0 => format!(
            "({} {} {})",
            term(chance, inner),
            operator(chance),
            term(chance, inner)
        ),
        1 => format!("[{}, {}]", term(chance, inner), term(chance, inner)),
        2 => format!(
            "{{'a': {}, 'b': {}}}",
            term(chance, inner),
            term(chance, inner)
        ),
        3 => format!("{}.{}", term(chance, inner), term(chance, inner)),
        4 => format!("{}[{}]", term(chance, inner), term(chance, inner)),
        5 => format!(
            "({} ? {} : {})",
            term(chance, inner),
            term(chance, inner),
            term(chance, inner)
        ),
        6 => format!("($v := {}; {})", term(chance, inner), term(chance, inner)),
        7 => format!("[{}..{}]", term(chance, inner), term(chance, inner)),
        8 => format!(
            "${}({}, function($i, $j) {{ {} }})",
            chance.one_of(&["map", "filter", "reduce", "sort", "sift", "each", "single"]),
            term(chance, inner),
            term(chance, inner)
        ),
        9 => format!("{} ~> ${}", term(chance, inner), chance.one_of(FUNCTIONS)),
        10 => format!("{}^(<{})", term(chance, inner), term(chance, inner)),
        _ => {
            let arguments: Vec<String> =
                (0..chance.below(4)).map(|_| term(chance, inner)).collect();
            format!("${}({})", chance.one_of(FUNCTIONS), arguments.join(", "))
        }
    }
}

fn operator(chance: &mut Chance) -> &'static str {
    chance.one_of(&[
        "+", "-", "*", "/", "%", "&", "=", "!=", "<", ">", "<=", ">=", "and", "or", "in", "~>",
        "??", "?:",
    ])
}

fn leaf(chance: &mut Chance) -> String {
    match chance.below(6) {
        0 => data::number(chance).to_string(),
        1 => format!(
            "'{}'",
            chance.one_of(&[
                "",
                "a",
                "abc",
                "#,##0.00",
                "[Y0001]-[M01]-[D01]",
                "2026-01-01T00:00:00Z",
                "w",
                "I",
                "😀"
            ])
        ),
        2 => chance
            .one_of(&["/a/", "/(a|b)+/i", "/./", "/^$/", "/\\d{2,}/m"])
            .to_owned(),
        3 => chance
            .one_of(&[
                "true", "false", "null", "$", "*", "**", "%", "@", "$v", "$i", "$j",
            ])
            .to_owned(),
        _ => chance
            .one_of(&[
                "$states.input",
                "$states.input.a",
                "$states.input.items",
                "$states.context",
                "$states.result",
                "$x",
                "$y",
                "$states",
            ])
            .to_owned(),
    }
}
