//! The descriptions of services' answers in `engine/services`, looked up. What is made of them is `service_answer`'s business.

/// The described services by the name that the SDK integrations have for them.
const SERVICES: [(&str, &str); 42] = [
    ("athena", include_str!("../../services/athena.txt")),
    ("batch", include_str!("../../services/batch.txt")),
    ("bedrock", include_str!("../../services/bedrock.txt")),
    (
        "bedrock-runtime",
        include_str!("../../services/bedrock-runtime.txt"),
    ),
    (
        "cloudformation",
        include_str!("../../services/cloudformation.txt"),
    ),
    ("cloudwatch", include_str!("../../services/cloudwatch.txt")),
    (
        "cloudwatchlogs",
        include_str!("../../services/cloudwatchlogs.txt"),
    ),
    ("codebuild", include_str!("../../services/codebuild.txt")),
    (
        "cognitoidentityprovider",
        include_str!("../../services/cognitoidentityprovider.txt"),
    ),
    ("comprehend", include_str!("../../services/comprehend.txt")),
    ("databrew", include_str!("../../services/databrew.txt")),
    ("dynamodb", include_str!("../../services/dynamodb.txt")),
    ("ec2", include_str!("../../services/ec2.txt")),
    ("ecs", include_str!("../../services/ecs.txt")),
    ("eks", include_str!("../../services/eks.txt")),
    ("emr", include_str!("../../services/emr.txt")),
    (
        "emrcontainers",
        include_str!("../../services/emrcontainers.txt"),
    ),
    (
        "emrserverless",
        include_str!("../../services/emrserverless.txt"),
    ),
    (
        "eventbridge",
        include_str!("../../services/eventbridge.txt"),
    ),
    ("firehose", include_str!("../../services/firehose.txt")),
    ("glue", include_str!("../../services/glue.txt")),
    ("kinesis", include_str!("../../services/kinesis.txt")),
    ("kms", include_str!("../../services/kms.txt")),
    ("lambda", include_str!("../../services/lambda.txt")),
    ("polly", include_str!("../../services/polly.txt")),
    ("rdsdata", include_str!("../../services/rdsdata.txt")),
    (
        "redshiftdata",
        include_str!("../../services/redshiftdata.txt"),
    ),
    (
        "rekognition",
        include_str!("../../services/rekognition.txt"),
    ),
    ("s3", include_str!("../../services/s3.txt")),
    ("sagemaker", include_str!("../../services/sagemaker.txt")),
    ("scheduler", include_str!("../../services/scheduler.txt")),
    (
        "secretsmanager",
        include_str!("../../services/secretsmanager.txt"),
    ),
    ("ses", include_str!("../../services/ses.txt")),
    ("sesv2", include_str!("../../services/sesv2.txt")),
    ("sfn", include_str!("../../services/sfn.txt")),
    ("sns", include_str!("../../services/sns.txt")),
    ("sqs", include_str!("../../services/sqs.txt")),
    ("ssm", include_str!("../../services/ssm.txt")),
    ("sts", include_str!("../../services/sts.txt")),
    ("textract", include_str!("../../services/textract.txt")),
    ("transcribe", include_str!("../../services/transcribe.txt")),
    ("translate", include_str!("../../services/translate.txt")),
];

/// One service's description.
#[derive(Clone, Copy)]
pub(super) struct Catalog {
    text: &'static str,
}

/// What a value must be.
pub(super) enum Shape<'text> {
    Any,
    Text(Bounds),
    Bytes(Bounds),
    Number(Bounds),
    Boolean,
    /// Holds the shape of its elements, still as text.
    List(&'text str, Bounds),
    /// The same.
    Map(&'text str, Bounds),
    Structure(&'text str),
    Enumeration(&'text str),
}

/// The least and the most that a number, or a length, may be.
#[derive(Default)]
pub(super) struct Bounds {
    pub(super) least: Option<f64>,
    pub(super) most: Option<f64>,
}

/// A member of a structure.
pub(super) struct Field<'text> {
    pub(super) name: &'text str,
    pub(super) is_required: bool,
    pub(super) shape: &'text str,
}

impl Catalog {
    pub(super) fn of(service: &str) -> Option<Catalog> {
        let (_, text) = SERVICES.iter().find(|(name, _)| *name == service)?;
        Some(Catalog { text })
    }

    /// What an action answers with; the action as the language writes it, `getObject`.
    pub(super) fn answer(self, action: &str) -> Option<Shape<'static>> {
        let mut letters = action.chars();
        let first = letters.next()?.to_ascii_uppercase();
        self.line(&format!(":{first}{}", letters.as_str()))
            .map(Shape::read)
    }

    pub(super) fn fields(self, structure: &str) -> impl Iterator<Item = Field<'static>> {
        let line = self.line(&format!("#{structure}")).unwrap_or_default();
        line.split(' ').filter_map(|field| {
            let (name, shape) = field.split_once('=')?;
            let optional = name.strip_prefix('!');
            Some(Field {
                name: optional.unwrap_or(name),
                is_required: optional.is_some(),
                shape,
            })
        })
    }

    pub(super) fn has_value(self, enumeration: &str, value: &str) -> bool {
        let line = self.line(&format!("@{enumeration}")).unwrap_or_default();
        line.split('|').any(|known| known == value)
    }

    /// The rest of the line that begins with these words.
    fn line(self, head: &str) -> Option<&'static str> {
        self.text
            .lines()
            .find_map(|line| line.strip_prefix(head)?.strip_prefix(' '))
    }
}

impl<'text> Shape<'text> {
    /// Reads a shape; one that is not understood is anything.
    pub(super) fn read(text: &'text str) -> Shape<'text> {
        let Some(kind) = text.chars().next() else {
            return Shape::Any;
        };
        let rest = text.get(kind.len_utf8()..).unwrap_or_default();
        let around = |close: char| rest.rsplit_once(close).unwrap_or((rest, ""));
        match kind {
            's' => Shape::Text(Bounds::read(rest)),
            'x' => Shape::Bytes(Bounds::read(rest)),
            'n' => Shape::Number(Bounds::read(rest)),
            'b' => Shape::Boolean,
            '#' => Shape::Structure(rest),
            '@' => Shape::Enumeration(rest),
            '[' => {
                let (inner, bounds) = around(']');
                Shape::List(inner, Bounds::read(bounds))
            }
            '{' => {
                let (inner, bounds) = around('}');
                Shape::Map(inner, Bounds::read(bounds))
            }
            _ => Shape::Any,
        }
    }
}

impl Bounds {
    fn read(text: &str) -> Bounds {
        let Some((least, most)) = text.split_once("..") else {
            return Bounds::default();
        };
        Bounds {
            least: least.parse().ok(),
            most: most.parse().ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walks every shape that is mentioned: what it names must be described.
    fn walk(catalog: Catalog, shape: &str, place: &str) {
        match Shape::read(shape) {
            Shape::Structure(name) => {
                let head = format!("#{name}");
                let described = catalog
                    .text
                    .lines()
                    .any(|line| line == head || line.starts_with(&format!("{head} ")));
                assert!(described, "{place}: {shape}");
            }
            Shape::Enumeration(name) => {
                assert!(
                    catalog.line(&format!("@{name}")).is_some(),
                    "{place}: {shape}"
                );
            }
            Shape::List(inner, _) | Shape::Map(inner, _) => walk(catalog, inner, place),
            Shape::Any => assert_eq!(shape, "?", "{place}"),
            _ => {}
        }
    }

    #[test]
    fn every_name_that_is_used_is_described() {
        for (service, text) in SERVICES {
            let catalog = Catalog { text };
            for line in text.lines() {
                let (head, rest) = line.split_once(' ').unwrap_or((line, ""));
                match head.chars().next() {
                    Some(':') => walk(catalog, rest, service),
                    Some('#') => {
                        for field in catalog.fields(head.get(1..).unwrap_or_default()) {
                            walk(
                                catalog,
                                field.shape,
                                &format!("{service} {head} {}", field.name),
                            );
                        }
                    }
                    Some('@') => assert!(!rest.is_empty(), "{service} {head}"),
                    _ => panic!("{service}: a line of no kind: {line}"),
                }
            }
        }
    }

    #[test]
    fn nested_shapes_and_bounds_are_read() {
        let Shape::List(inner, bounds) = Shape::read("[{s1..5}2..3]..9") else {
            panic!("a list");
        };
        assert_eq!(
            (inner, bounds.least, bounds.most),
            ("{s1..5}2..3", None, Some(9.0))
        );
        let Shape::Map(inner, bounds) = Shape::read(inner) else {
            panic!("a map");
        };
        assert_eq!(
            (inner, bounds.least, bounds.most),
            ("s1..5", Some(2.0), Some(3.0))
        );
    }
}
