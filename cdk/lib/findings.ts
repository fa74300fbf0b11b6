// What cdk-nag finds and we accept, each with its reason. Anything else that it finds ends the synthesis.

import { Stack, Token, Validations } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct, IConstruct } from 'constructs';

import type { Stage } from './input/stage.ts';

const SOLUTIONS = 'AwsSolutions';
const SERVERLESS = 'Serverless';
const NIST = 'NIST.800.53.R5';

/** Accepted wherever it is found: pack, rule, reason. */
const EVERYWHERE: readonly (readonly [string, string, string])[] = [
  [NIST, 'DynamoDBInBackupPlan', 'point-in-time recovery covers 35 days and tables are protected from deletion; a copy for longer is a decision about retention that the operator takes'],
  [NIST, 'LambdaInsideVPC', 'functions reach AWS and providers on the internet, and nothing in a private network; a VPC would only add a gateway to pay and to fail'],
  [NIST, 'LambdaDLQ', 'every caller waits for the answer (Step Functions, API Gateway, a queue with dead letters of its own), so nothing can be lost on the way'],
  [SERVERLESS, 'LambdaDLQ', 'every caller waits for the answer (Step Functions, API Gateway, a queue with dead letters of its own), so nothing can be lost on the way'],
  [SERVERLESS, 'LambdaEventSourceMappingDestination', 'a queue as a source takes no destination: its own redrive policy sets failures aside'],
  [SERVERLESS, 'SQSRedrivePolicy', 'these are the dead letters'],
  [SERVERLESS, 'SNSRedrivePolicy', 'the topic writes e-mails, which SNS tries to deliver for six hours; what an alarm says stays in its state and its history'],
  [SOLUTIONS, 'SQS3', 'these are the dead letters of a schedule'],
  [SOLUTIONS, 'SMG4', 'the values are keys that providers issue; an operator rotates them by `comanda tenant rotate`'],
  [NIST, 'SecretsManagerRotationEnabled', 'the values are keys that providers issue; an operator rotates them by `comanda tenant rotate`'],
  [SOLUTIONS, 'SF1', 'a Standard execution keeps every event in its history for 90 days; logging all of them again would double the cost of an order. Express executions, which have no history, log all'],
  [SOLUTIONS, 'APIG4', 'the routes without an authorizer are webhooks: their handlers verify the provider\'s token or signature'],
];

/** Accepts what is found everywhere, and what follows from the stage. */
export function acknowledge(app: Construct, stage: Stage): void {
  const accept = (pack: string, rule: string, reason: string) =>
    Validations.of(app).acknowledge({ id: `${pack}::${pack}-${rule}`, reason });
  for (const [pack, rule, reason] of EVERYWHERE) accept(pack, rule, reason);
  if (Object.keys(stage.reservedConcurrency).length === 0) {
    accept(NIST, 'LambdaConcurrency', 'a new account has ten concurrent executions in all, of which none can be reserved; stages with orders reserve');
  }
}

/** Resources with a wildcard for which there is nothing narrower, and why. */
const WILDCARDS: readonly (readonly [RegExp, string])[] = [
  [/:function:comanda-[a-z-]+:\*$/, 'an execution calls the version that it began with, so versions before this deployment\'s stay callable'],
  [/:execution:[a-z-]+:\*$/, 'an execution has its name from the order that it is about'],
  [/:comanda-\*\.fifo$/, 'stores get their queues after the functions are deployed'],
  [/:secret:comanda\/\*$/, 'tenants get their secrets after the functions are deployed'],
];

/** Actions that know no narrower resource than everything. */
const WITHOUT_RESOURCE = /^(xray:Put(TelemetryRecords|TraceSegments)|states:SendTask(Success|Failure)|logs:(Create|Delete|Get|Update)LogDelivery|logs:ListLogDeliveries|logs:Describe(LogGroups|ResourcePolicies)|logs:PutResourcePolicy)$/;

/** Accepts a policy's wildcards for which there is a reason, and no others. */
export function acceptWildcards(policy: IConstruct, statements: readonly PolicyStatement[]): void {
  const { account, partition } = Stack.of(policy);
  const accept = (resource: string, reason: string) =>
    Validations.of(policy).acknowledge({ id: `${SOLUTIONS}::${SOLUTIONS}-IAM5[Resource::${resource}]`, reason });
  for (const statement of statements) {
    for (const resource of statement.resources) {
      const known = resource.replaceAll(partition, Token.isUnresolved(partition) ? '<AWS::Partition>' : partition);
      const readable = known.replaceAll(account, Token.isUnresolved(account) ? '<AWS::AccountId>' : account);
      const reason = WILDCARDS.find(([pattern]) => pattern.test(readable))?.[1];
      if (reason) accept(readable, reason);
    }
  }
  const everything = statements.filter((statement) => statement.resources.includes('*'));
  const actions = everything.flatMap((statement) => statement.actions);
  if (actions.length > 0 && actions.every((action) => WITHOUT_RESOURCE.test(action))) {
    accept('*', 'traces, log deliveries and task tokens have no ARN');
  }
}
