//! The actions that Step Functions integrates in a way of its own: how the end of each may be awaited, and what its request
//! must say. Any other action of any service goes through `aws-sdk`, whose requests are the services' own business.

use super::{Integration, Pattern};

/// An optimised action.
#[derive(Debug)]
pub struct Optimised {
    service: &'static str,
    action: &'static str,
    ends: Ends,
    /// What its request must have, in the order in which AWS asks for it.
    pub required: &'static [&'static str],
}

/// How the end may be awaited, besides the service's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// No other way.
    Answer,
    /// `.sync`.
    Job,
    /// `.waitForTaskToken`.
    Token,
    /// Both.
    JobOrToken,
}

impl Integration {
    /// What is known of the action as an optimised one.
    #[must_use]
    pub fn optimised(&self) -> Option<&'static Optimised> {
        let is_it =
            |known: &&Optimised| known.service == self.service && known.action == self.action;
        OPTIMISED.iter().find(is_it)
    }

    /// Whether AWS knows the action as an optimised one whose end is awaited like this.
    #[must_use]
    pub fn is_optimised(&self) -> bool {
        if OPEN.contains(&self.service.as_str()) {
            return self.pattern == Pattern::RequestResponse;
        }
        self.optimised()
            .is_some_and(|action| action.can_be_awaited(self.pattern))
    }
}

impl Optimised {
    fn can_be_awaited(&self, pattern: Pattern) -> bool {
        match pattern {
            Pattern::RequestResponse => true,
            Pattern::Sync => matches!(self.ends, Ends::Job | Ends::JobOrToken),
            Pattern::Sync2 => self.service == "states",
            Pattern::WaitForTaskToken => matches!(self.ends, Ends::Token | Ends::JobOrToken),
        }
    }
}

/// Services whose actions are not listed here: AWS keeps adding to them.
const OPEN: &[&str] = &["bedrock-agentcore"];

const fn action(
    service: &'static str,
    action: &'static str,
    ends: Ends,
    required: &'static [&'static str],
) -> Optimised {
    Optimised {
        service,
        action,
        ends,
        required,
    }
}

/// What a request must say is listed where AWS is known to ask for it.
const OPTIMISED: &[Optimised] = &[
    action(
        "apigateway",
        "invoke",
        Ends::Token,
        &["ApiEndpoint", "Method"],
    ),
    action(
        "athena",
        "getQueryExecution",
        Ends::Answer,
        &["QueryExecutionId"],
    ),
    action(
        "athena",
        "getQueryResults",
        Ends::Answer,
        &["QueryExecutionId"],
    ),
    action("athena", "startQueryExecution", Ends::Job, &["QueryString"]),
    action(
        "athena",
        "stopQueryExecution",
        Ends::Answer,
        &["QueryExecutionId"],
    ),
    action(
        "batch",
        "submitJob",
        Ends::Job,
        &["JobDefinition", "JobName", "JobQueue"],
    ),
    action("bedrock", "createModelCustomizationJob", Ends::Job, &[]),
    action("bedrock", "invokeModel", Ends::JobOrToken, &[]),
    action("codebuild", "batchDeleteBuilds", Ends::Answer, &["Ids"]),
    action(
        "codebuild",
        "batchGetReports",
        Ends::Answer,
        &["ReportArns"],
    ),
    action("codebuild", "deleteBuildBatch", Ends::Answer, &[]),
    action("codebuild", "retryBuildBatch", Ends::Job, &[]),
    action("codebuild", "startBuild", Ends::Job, &["ProjectName"]),
    action("codebuild", "startBuildBatch", Ends::Job, &["ProjectName"]),
    action("codebuild", "stopBuild", Ends::Answer, &["Id"]),
    action("codebuild", "stopBuildBatch", Ends::Answer, &[]),
    action("databrew", "startJobRun", Ends::Job, &["Name"]),
    action(
        "dynamodb",
        "deleteItem",
        Ends::Answer,
        &["TableName", "Key"],
    ),
    action("dynamodb", "getItem", Ends::Answer, &["TableName", "Key"]),
    action("dynamodb", "putItem", Ends::Answer, &["TableName", "Item"]),
    action(
        "dynamodb",
        "updateItem",
        Ends::Answer,
        &["TableName", "Key"],
    ),
    action("ecs", "runTask", Ends::JobOrToken, &["TaskDefinition"]),
    action("eks", "call", Ends::JobOrToken, &[]),
    action("eks", "createAddon", Ends::JobOrToken, &[]),
    action("eks", "createCluster", Ends::JobOrToken, &[]),
    action("eks", "createFargateProfile", Ends::JobOrToken, &[]),
    action("eks", "createNodegroup", Ends::JobOrToken, &[]),
    action("eks", "deleteAddon", Ends::JobOrToken, &[]),
    action("eks", "deleteCluster", Ends::JobOrToken, &[]),
    action("eks", "deleteFargateProfile", Ends::JobOrToken, &[]),
    action("eks", "deleteNodegroup", Ends::JobOrToken, &[]),
    action("eks", "runJob", Ends::JobOrToken, &[]),
    action(
        "elasticmapreduce",
        "addStep",
        Ends::Job,
        &["ClusterId", "Step"],
    ),
    action(
        "elasticmapreduce",
        "cancelStep",
        Ends::Answer,
        &["ClusterId", "StepId"],
    ),
    action("elasticmapreduce", "createCluster", Ends::Job, &[]),
    action(
        "elasticmapreduce",
        "modifyInstanceFleetByName",
        Ends::Answer,
        &[],
    ),
    action(
        "elasticmapreduce",
        "modifyInstanceGroupByName",
        Ends::Answer,
        &[],
    ),
    action(
        "elasticmapreduce",
        "setClusterTerminationProtection",
        Ends::Answer,
        &["ClusterId"],
    ),
    action(
        "elasticmapreduce",
        "terminateCluster",
        Ends::Job,
        &["ClusterId"],
    ),
    action("emr-containers", "createVirtualCluster", Ends::Answer, &[]),
    action("emr-containers", "deleteVirtualCluster", Ends::Job, &[]),
    action("emr-containers", "startJobRun", Ends::Job, &[]),
    action("emr-serverless", "cancelJobRun", Ends::Job, &[]),
    action("emr-serverless", "createApplication", Ends::Job, &[]),
    action("emr-serverless", "deleteApplication", Ends::Job, &[]),
    action("emr-serverless", "startApplication", Ends::Job, &[]),
    action("emr-serverless", "startJobRun", Ends::Job, &[]),
    action("emr-serverless", "stopApplication", Ends::Job, &[]),
    action("events", "putEvents", Ends::Token, &["Entries"]),
    action("glue", "startJobRun", Ends::Job, &["JobName"]),
    action("http", "invoke", Ends::Answer, &["ApiEndpoint", "Method"]),
    action("lambda", "invoke", Ends::Token, &["FunctionName"]),
    action("mediaconvert", "createJob", Ends::Job, &[]),
    action("sagemaker", "createEndpoint", Ends::Answer, &[]),
    action("sagemaker", "createEndpointConfig", Ends::Answer, &[]),
    action("sagemaker", "createHyperParameterTuningJob", Ends::Job, &[]),
    action("sagemaker", "createLabelingJob", Ends::Job, &[]),
    action("sagemaker", "createModel", Ends::Answer, &[]),
    action("sagemaker", "createProcessingJob", Ends::Job, &[]),
    action("sagemaker", "createTrainingJob", Ends::Job, &[]),
    action("sagemaker", "createTransformJob", Ends::Job, &[]),
    action("sagemaker", "updateEndpoint", Ends::Answer, &[]),
    action("sns", "publish", Ends::Token, &["Message"]),
    action(
        "sqs",
        "sendMessage",
        Ends::Token,
        &["QueueUrl", "MessageBody"],
    ),
    action(
        "states",
        "startExecution",
        Ends::JobOrToken,
        &["StateMachineArn"],
    ),
];

#[cfg(test)]
mod tests {
    use super::super::Resource;

    #[track_caller]
    fn check(call: &str, expected: bool) {
        let resource = Resource::parse(&format!("arn:aws:states:::{call}"));
        let known = resource
            .integration()
            .is_some_and(|call| call.is_optimised());
        assert_eq!(known, expected, "{call}");
    }

    #[test]
    fn actions_and_how_they_end() {
        check("dynamodb:query", false);
        check("foo:bar", false);
        check("dynamodb:updateItem", true);
        check("dynamodb:updateItem.waitForTaskToken", false);
        check("lambda:invoke.sync", false);
        check("lambda:invoke.waitForTaskToken", true);
        check("states:startExecution.sync:2", true);
        check("glue:startJobRun.sync", true);
        check("glue:startJobRun.sync:2", false);
        check("ecs:runTask.waitForTaskToken", true);
        check("athena:getQueryResults.sync", false);
    }
}
