// Alarms: each has a page in the runbook, and all write to one topic.

import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export interface AlarmProps {
  /** `comanda-refund-failed`: what a person is shown first. */
  readonly name: string;
  /** One sentence: what is true when it rings. */
  readonly about: string;
  /** The page, from the repository's root: `docs/runbook/execution-failed.md`. */
  readonly runbook: string;
  readonly metric: cloudwatch.IMetric;
  /** It rings at this value, and above. @default 1 */
  readonly threshold?: number;
  /** In so many periods one after the other. @default 1 */
  readonly periods?: number;
  /** It counts what happens. That nothing more happened does not mean that it is over, so nobody is told "OK". @default false */
  readonly countsEvents?: boolean;
}

export interface AlarmsProps {
  readonly key: kms.IKey;
  /** @default - nobody is written to */
  readonly email?: string | undefined;
  /** Where the repository is read. @default - pages are named by their path alone */
  readonly runbookUrl?: string;
}

/** Makes alarms that somebody hears. */
export class Alarms extends Construct {
  readonly topic: sns.Topic;
  readonly all: cloudwatch.Alarm[] = [];

  constructor(scope: Construct, id: string, private readonly props: AlarmsProps) {
    super(scope, id);
    this.topic = new sns.Topic(this, 'Topic', { topicName: 'comanda-alarms', masterKey: props.key, enforceSSL: true });
    // `enforceSSL` makes a policy of our own, in the place of the one with which SNS lets everything in the account publish.
    this.topic.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        actions: ['sns:Publish'],
        principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (props.email) this.topic.addSubscription(new EmailSubscription(props.email));
  }

  /** An alarm in the scope of what it watches. */
  add(scope: Construct, id: string, props: AlarmProps): cloudwatch.Alarm {
    const alarm = runbookAlarm(scope, id, { ...props, topic: this.topic, runbookUrl: this.props.runbookUrl });
    this.all.push(alarm);
    return alarm;
  }
}

/** An alarm that names its page and writes to this topic. */
export function runbookAlarm(
  scope: Construct,
  id: string,
  props: AlarmProps & { readonly topic: sns.ITopic; readonly runbookUrl?: string | undefined },
): cloudwatch.Alarm {
  const alarm = new cloudwatch.Alarm(scope, id, {
    alarmName: props.name,
    alarmDescription: `${props.about} Runbook: ${props.runbookUrl ?? ''}${props.runbook}`,
    metric: props.metric,
    threshold: props.threshold ?? 1,
    evaluationPeriods: props.periods ?? 1,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    // Nothing happened, so nothing is wrong.
    treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
  });
  alarm.addAlarmAction(new SnsAction(props.topic));
  if (!props.countsEvents) alarm.addOkAction(new SnsAction(props.topic));
  return alarm;
}

/** How many in five minutes. */
export const COUNTED = { statistic: 'Sum', period: Duration.minutes(5) } as const;
/** The worst of five minutes. */
export const WORST = { statistic: 'Maximum', period: Duration.minutes(5) } as const;
