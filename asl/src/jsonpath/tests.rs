//! What the parser of `jsonpath` reads and refuses.

use super::*;

fn name(name: &str) -> Segment {
    Segment::Child(vec![Selector::Name(name.to_owned())])
}

fn index(index: i64) -> Segment {
    Segment::Child(vec![Selector::Index(index)])
}

fn slice(start: Option<i64>, end: Option<i64>) -> Segment {
    Segment::Child(vec![Selector::Slice {
        start,
        end,
        step: None,
    }])
}

#[track_caller]
fn check(text: &str, root: Root, segments: &[Segment]) {
    let path = JsonPath::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(
        (path.root, path.segments.as_slice(), path.text.as_str()),
        (root, segments, text)
    );
}

#[track_caller]
fn check_refused(text: &str, problem: Problem) {
    assert_eq!(
        JsonPath::parse(text).map_err(|error| error.problem),
        Err(problem),
        "{text}"
    );
}

#[test]
fn roots() {
    check("$", Root::Data, &[]);
    check("$$", Root::Context, &[]);
    check(
        "$$.Execution.Id",
        Root::Context,
        &[name("Execution"), name("Id")],
    );
    check("$answer", Root::Variable("answer".to_owned()), &[]);
    check(
        "$answer_1.a[0]",
        Root::Variable("answer_1".to_owned()),
        &[name("a"), index(0)],
    );
}

#[test]
fn steps() {
    check("$.a.b-c", Root::Data, &[name("a"), name("b-c")]);
    check("$['a b'][\"c\"]", Root::Data, &[name("a b"), name("c")]);
    check(
        r#"$['Test\""Name"']"#,
        Root::Data,
        &[name(r#"Test\""Name""#)],
    );
    check(r"$['it\'s']", Root::Data, &[name("it's")]);
    check("$[0][-1]", Root::Data, &[index(0), index(-1)]);
    check("$.[0].a", Root::Data, &[index(0), name("a")]);
    check(
        "$.Rows[1:]",
        Root::Data,
        &[name("Rows"), slice(Some(1), None)],
    );
    check("$[:1]", Root::Data, &[slice(None, Some(1))]);
    check(
        "$[1:5].v",
        Root::Data,
        &[slice(Some(1), Some(5)), name("v")],
    );
    check(
        "$[*].a.*",
        Root::Data,
        &[
            Segment::Child(vec![Selector::Wildcard]),
            name("a"),
            Segment::Child(vec![Selector::Wildcard]),
        ],
    );
    check(
        "$..a",
        Root::Data,
        &[Segment::Descendant(vec![Selector::Name("a".to_owned())])],
    );
    check(
        "$.a.length()",
        Root::Data,
        &[name("a"), Segment::Function(Function::Length)],
    );
    check(
        "$.[*].['bucket', 'key']",
        Root::Data,
        &[
            Segment::Child(vec![Selector::Wildcard]),
            Segment::Child(vec![
                Selector::Name("bucket".to_owned()),
                Selector::Name("key".to_owned()),
            ]),
        ],
    );
    check("$.${Attribute}", Root::Data, &[name("${Attribute}")]);
    check("$.café", Root::Data, &[name("café")]);
}

#[test]
fn filters() {
    let path =
        JsonPath::parse("$.users[?(@.status == 0 && (!@.gone || @.name in ['a','b']))]").unwrap();
    let [_, Segment::Child(selectors)] = path.segments.as_slice() else {
        panic!("{path:?}")
    };
    let [Selector::Filter(Filter::And(both))] = selectors.as_slice() else {
        panic!("{selectors:?}")
    };
    let Filter::Compare {
        left: FilterOperand::Path(left),
        comparator,
        right,
    } = &both[0]
    else {
        panic!("{both:?}")
    };
    assert_eq!(
        (left.text.as_str(), &left.root, *comparator),
        ("@.status", &Root::Item, Comparator::Equal)
    );
    assert_eq!(*right, FilterOperand::Literal(0.into()));
    let Filter::Or(either) = &both[1] else {
        panic!("{both:?}")
    };
    assert!(matches!(&either[0], Filter::Not(_)));
    assert!(matches!(
        &either[1],
        Filter::Compare {
            comparator: Comparator::In,
            ..
        }
    ));
    for text in [
        "$[?(@.a)]",
        "$[?(@.a =~ /x\\/y/i)]",
        "$.[?(@.OU > 0)]",
        "$[?(@.a == $.b)]",
        "$..[?(@ != null)]",
    ] {
        assert!(JsonPath::parse(text).is_ok(), "{text}");
    }
}

#[test]
fn reference_paths() {
    for (text, expected) in [
        ("$", true),
        ("$.a['b'][0]", true),
        ("$$.Map.Item.Value", true),
        ("$.a[*]", false),
        ("$..a", false),
        ("$.a[0,1]", false),
        ("$.a[1:]", false),
        ("$.a[?(@.b)]", false),
        ("$.a.length()", false),
    ] {
        assert_eq!(
            JsonPath::parse(text).unwrap().is_reference(),
            expected,
            "{text}"
        );
    }
}

#[test]
fn refusals() {
    check_refused("", Problem::NoRoot);
    check_refused("Error", Problem::NoRoot);
    check_refused(" $.a", Problem::NoRoot);
    check_refused("$.a ", Problem::Trailing);
    check_refused("$.", Problem::NoName);
    check_refused("$..", Problem::NoName);
    check_refused("$.a.", Problem::NoName);
    check_refused("$.a[", Problem::NoSelector);
    check_refused("$.a[0", Problem::OpenBracket);
    check_refused("$.a['b", Problem::OpenQuote);
    check_refused("$.a[b]", Problem::NoSelector);
    check_refused("$.a[::0]", Problem::NoStep);
    check_refused("$.a[::-1]", Problem::NoStep);
    check_refused("$.a['b', 0]", Problem::Mixed);
    check_refused("$.a[*, 0]", Problem::Mixed);
    check_refused("$.a.f()", Problem::UnknownFunction);
    check_refused("$[?(@.a ==)]", Problem::NoOperand);
    check_refused("$[?(1)]", Problem::NoOperand);
    let nested = format!("$[?{}@.a{}]", "(".repeat(100), ")".repeat(100));
    check_refused(&nested, Problem::TooDeep);
}
