// What one tenant has of its own: a queue for each store, what its POS may do, its secrets' places, and its sweeps.
// A stack for each, so that a new tenant touches nobody else's.

import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

import { runbookAlarm, WORST } from './alarms.ts';
import { acceptWildcards } from './findings.ts';
import type { QueueDescription, ScheduleDescription } from './input/manifest.ts';
import type { Project } from './input/project.ts';
import type { Stage } from './input/stage.ts';
import type { Tenant } from './input/tenant.ts';
import type { DataKeys } from './keys.ts';
import { Names } from './names.ts';
import { roleFor } from './permissions.ts';
import { FifoQueue } from './queue.ts';

export interface TenantStackProps extends StackProps {
  readonly tenant: Tenant;
  readonly project: Project;
  readonly stage: Stage;
  readonly keys: DataKeys;
  readonly alarmTopic: sns.ITopic;
  /** What each state machine is started by. */
  readonly startArns: ReadonlyMap<string, string>;
}

/** Everything of one tenant that is not a row. */
export class TenantStack extends Stack {
  constructor(scope: Construct, id: string, private readonly props: TenantStackProps) {
    super(scope, id, props);
    const { tenant, project } = props;
    for (const store of tenant.stores) {
      for (const description of project.manifest.queues) {
        if (description.each === 'store') this.store(store.storeId, description);
      }
    }
    for (const name of tenant.secrets) this.secret(name);
    for (const schedule of project.manifest.schedules) this.schedule(schedule);
  }

  private store(storeId: string, description: QueueDescription): void {
    const { tenant, keys } = this.props;
    const name = (pattern: string) => pattern.replace('{clientId}', tenant.clientId).replace('{storeId}', storeId);
    const scope = new Construct(this, `Store-${storeId}`);
    const made = new FifoQueue(scope, 'Orders', { description, name, key: keys.personal });
    this.watch(scope, storeId, made);
    const statements = this.posStatements(made.queue);
    const policy = new iam.ManagedPolicy(scope, 'PosPolicy', {
      managedPolicyName: name('comanda-pos-{clientId}-{storeId}'),
      description: `what the POS of ${tenant.clientId}/${storeId} may do`,
      statements,
    });
    acceptWildcards(policy, statements);
    new CfnOutput(scope, 'QueueUrl', { value: made.queue.queueUrl, description: `orders of ${storeId}, for its POS` });
    new CfnOutput(scope, 'PosPolicyArn', { value: policy.managedPolicyArn, description: `attach it to whoever ${storeId}'s POS signs in as` });
  }

  /** A POS takes its orders, answers by token, and posts to the events queue. */
  private posStatements(orders: sqs.IQueue): iam.PolicyStatement[] {
    const { project, keys } = this.props;
    const names = new Names(this);
    const events = project.manifest.queues.filter((queue) => queue.each === 'deployment');
    return [
      new iam.PolicyStatement({
        actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
        resources: [orders.queueArn],
      }),
      new iam.PolicyStatement({
        actions: ['sqs:SendMessage', 'sqs:GetQueueUrl'],
        resources: events.map((queue) => names.queue(queue.name)),
      }),
      new iam.PolicyStatement({
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: [keys.personal.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `sqs.${this.region}.amazonaws.com` } },
      }),
      // Task tokens have no ARN; a token is the right to complete its own task.
      new iam.PolicyStatement({ actions: ['states:SendTaskFailure', 'states:SendTaskSuccess'], resources: ['*'] }),
    ];
  }

  private watch(scope: Construct, storeId: string, { queue, deadLetters }: FifoQueue): void {
    const { tenant, stage, alarmTopic: topic } = this.props;
    const { runbookUrl } = stage;
    const store = `${tenant.clientId}-${storeId}`;
    runbookAlarm(scope, 'Old', {
      name: `comanda-${store}-queue-old`,
      about: `The POS of ${tenant.clientId}/${storeId} has not fetched an order for ${stage.storeQueueAgeSeconds / 60} minutes.`,
      runbook: 'docs/runbook/store-queue-old.md',
      metric: queue.metricApproximateAgeOfOldestMessage(WORST),
      threshold: stage.storeQueueAgeSeconds,
      topic,
      runbookUrl,
    });
    runbookAlarm(scope, 'Dead', {
      name: `comanda-${store}-dead-letters`,
      about: `The POS of ${tenant.clientId}/${storeId} fetched a message again and again without deleting it.`,
      runbook: 'docs/runbook/dead-letters.md',
      metric: deadLetters.metricApproximateNumberOfMessagesVisible(WORST),
      topic,
      runbookUrl,
    });
  }

  /** A secret's place, without a value: until `comanda tenant` puts one in, whoever reads it is told that there is none. */
  private secret(name: string): void {
    const { keys, stage } = this.props;
    const purpose = name.slice(name.lastIndexOf('/') + 1);
    const secret = new secretsmanager.CfnSecret(this, `Secret-${purpose}`, {
      name,
      description: 'its value is put in by `comanda tenant`',
      kmsKeyId: keys.business.keyArn,
    });
    secret.applyRemovalPolicy(stage.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY);
  }

  private schedule(description: ScheduleDescription): void {
    const { tenant, startArns, keys, stage, alarmTopic: topic } = this.props;
    const startArn = startArns.get(description.stateMachine);
    if (!startArn) throw new Error(`${description.stateMachine} is not deployed; its check is missing`);
    const scope = new Construct(this, `Schedule-${description.stateMachine}`);
    const missed = new sqs.Queue(scope, 'Missed', {
      encryption: sqs.QueueEncryption.KMS,
      encryptionMasterKey: keys.business,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const role = roleFor(scope, 'scheduler.amazonaws.com', [
      new iam.PolicyStatement({ actions: ['states:StartExecution'], resources: [new Names(this).stateMachine(description.stateMachine)] }),
      new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [missed.queueArn] }),
      new iam.PolicyStatement({
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: [keys.business.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `sqs.${this.region}.amazonaws.com` } },
      }),
    ]);
    new scheduler.CfnSchedule(scope, 'Schedule', {
      name: `comanda-${tenant.clientId}-${description.stateMachine}`,
      description: `${description.stateMachine} of ${tenant.clientId}`,
      scheduleExpression: `rate(${description.everyMinutes} minutes)`,
      // All tenants at the same minute would ask the provider at the same second.
      flexibleTimeWindow: { mode: 'FLEXIBLE', maximumWindowInMinutes: Math.max(1, Math.floor(description.everyMinutes / 3)) },
      target: {
        arn: startArn,
        roleArn: role.roleArn,
        input: description.input.replace('{clientId}', tenant.clientId),
        deadLetterConfig: { arn: missed.queueArn },
        // A sweep that is not started soon is as good as the next one.
        retryPolicy: { maximumEventAgeInSeconds: description.everyMinutes * 60, maximumRetryAttempts: 3 },
      },
    });
    runbookAlarm(scope, 'Missing', {
      name: `comanda-${tenant.clientId}-${description.stateMachine}-missed`,
      about: `${description.stateMachine} of ${tenant.clientId} could not be started on time.`,
      runbook: 'docs/runbook/schedule-missed.md',
      metric: missed.metricApproximateNumberOfMessagesVisible(WORST),
      topic,
      runbookUrl: stage.runbookUrl,
    });
  }
}
