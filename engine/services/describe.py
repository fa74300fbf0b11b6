"""Writes the descriptions of services' answers in this folder from the models that botocore carries.

    python3 describe.py

Needs botocore (Apache-2.0). The format is described in README.md. Only what Step Functions judges a mocked
result by is kept: names, types, what is required, enumerations, and the bounds of numbers and lengths.
"""

import gzip
import json
import pathlib

import botocore

# File name: botocore's name, and the operations to keep (all of them where there is no list).
SERVICES = {
    "athena": ("athena", "StartQueryExecution StopQueryExecution GetQueryExecution GetQueryResults BatchGetQueryExecution"),
    "batch": ("batch", "SubmitJob DescribeJobs TerminateJob CancelJob ListJobs"),
    "bedrock": ("bedrock", "CreateModelCustomizationJob GetModelCustomizationJob ListFoundationModels"),
    "bedrock-runtime": ("bedrock-runtime", "InvokeModel Converse"),
    "cloudformation": ("cloudformation", "CreateStack DescribeStacks DeleteStack UpdateStack"),
    "cloudwatch": ("cloudwatch", "PutMetricData GetMetricData ListMetrics"),
    "cloudwatchlogs": ("logs", "PutLogEvents CreateLogStream FilterLogEvents StartQuery GetQueryResults"),
    "codebuild": ("codebuild", "StartBuild StopBuild BatchGetBuilds BatchDeleteBuilds"),
    "cognitoidentityprovider": ("cognito-idp", "AdminCreateUser AdminGetUser ListUsers"),
    "comprehend": ("comprehend", "DetectSentiment DetectEntities DetectKeyPhrases DetectDominantLanguage"),
    "databrew": ("databrew", "StartJobRun DescribeJobRun"),
    "dynamodb": ("dynamodb", None),
    "ec2": ("ec2", "StartInstances StopInstances TerminateInstances RebootInstances"),
    "ecs": ("ecs", "RunTask StopTask DescribeTasks UpdateService"),
    "eks": ("eks", "CreateCluster DeleteCluster DescribeCluster CreateNodegroup DeleteNodegroup CreateFargateProfile"),
    "emr": ("emr", "RunJobFlow AddJobFlowSteps CancelSteps DescribeStep SetTerminationProtection TerminateJobFlows"),
    "emrcontainers": ("emr-containers", "CreateVirtualCluster DeleteVirtualCluster StartJobRun"),
    "emrserverless": ("emr-serverless", "CreateApplication StartApplication StopApplication DeleteApplication StartJobRun CancelJobRun"),
    "eventbridge": ("events", None),
    "firehose": ("firehose", "PutRecord PutRecordBatch"),
    "glue": ("glue", "StartJobRun GetJobRun StartCrawler GetTable GetPartitions"),
    "kinesis": ("kinesis", "PutRecord PutRecords GetRecords DescribeStreamSummary"),
    "kms": ("kms", None),
    "lambda": ("lambda", None),
    "polly": ("polly", None),
    "rdsdata": ("rds-data", None),
    "redshiftdata": ("redshift-data", None),
    "rekognition": ("rekognition", "DetectLabels DetectText DetectFaces DetectModerationLabels CompareFaces"),
    "s3": ("s3", None),
    "sagemaker": (
        "sagemaker",
        "CreateTrainingJob CreateTransformJob CreateProcessingJob CreateLabelingJob CreateHyperParameterTuningJob "
        "CreateModel CreateEndpoint CreateEndpointConfig UpdateEndpoint",
    ),
    "scheduler": ("scheduler", None),
    "secretsmanager": ("secretsmanager", None),
    "ses": ("ses", "SendEmail SendRawEmail SendTemplatedEmail"),
    "sesv2": ("sesv2", "SendEmail SendBulkEmail"),
    "sfn": ("stepfunctions", None),
    "sns": ("sns", None),
    "sqs": ("sqs", None),
    "ssm": ("ssm", "GetParameter GetParameters GetParametersByPath PutParameter SendCommand GetCommandInvocation StartAutomationExecution"),
    "sts": ("sts", None),
    "textract": ("textract", "StartDocumentTextDetection GetDocumentTextDetection AnalyzeDocument DetectDocumentText"),
    "transcribe": ("transcribe", "StartTranscriptionJob GetTranscriptionJob"),
    "translate": ("translate", "TranslateText StartTextTranslationJob"),
}

# Where Step Functions was seen to go by other bounds than the service's model of the day.
BOUNDS = {"MemorySize": (128, 10240)}


def model(name):
    folder = pathlib.Path(botocore.__file__).parent / "data" / name
    path = sorted(folder.glob("*/service-2.json*"))[-1]
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return json.loads(data)


def bounds(name, shape):
    low, high = BOUNDS.get(name, (shape.get("min", ""), shape.get("max", "")))
    # Zero as a least length says nothing.
    if shape["type"] not in ("integer", "long", "float", "double") and low == 0:
        low = ""
    return f"{low}..{high}" if (low, high) != ("", "") else ""


class Writer:
    def __init__(self, shapes):
        self.shapes, self.lines, self.open = shapes, {}, []

    def type(self, name):
        shape = self.shapes[name]
        kind = shape["type"]
        if shape.get("document"):
            return "?"
        if kind == "structure":
            self.open.append(name)
            return "#" + name
        if kind == "list":
            return f"[{self.type(shape['member']['shape'])}]{bounds(name, shape)}"
        if kind == "map":
            return f"{{{self.type(shape['value']['shape'])}}}{bounds(name, shape)}"
        if "enum" in shape:
            self.lines["@" + name] = "|".join(shape["enum"])
            return "@" + name
        letter = {"string": "s", "character": "s", "timestamp": "s", "blob": "x", "boolean": "b"}.get(kind, "n")
        return letter + ("" if kind in ("timestamp", "boolean") else bounds(name, shape))

    def structure(self, name):
        shape = self.shapes[name]
        fields = []
        for member, target in shape.get("members", {}).items():
            required = "!" if member in shape.get("required", []) else ""
            fields.append(f"{required}{member[0].upper()}{member[1:]}={self.type(target['shape'])}")
        self.lines["#" + name] = " ".join(fields)


def describe(file, service, wanted):
    data = model(service)
    writer = Writer(data["shapes"])
    operations = []
    for name, operation in sorted(data["operations"].items()):
        if wanted and name not in wanted.split():
            continue
        output = operation.get("output")
        operations.append(f":{name} {writer.type(output['shape']) if output else '?'}")
    while writer.open:
        name = writer.open.pop()
        if "#" + name not in writer.lines:
            writer.lines["#" + name] = ""
            writer.structure(name)
    lines = operations + [f"{name} {rest}".rstrip() for name, rest in sorted(writer.lines.items())]
    path = pathlib.Path(__file__).parent / f"{file}.txt"
    path.write_text("\n".join(lines) + "\n")


for file, (service, wanted) in SERVICES.items():
    describe(file, service, wanted)
