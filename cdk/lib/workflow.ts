// A state machine: the generated definition with ARNs in the place of its names, and versions behind an alias, so that a
// change reaches a part of the orders first and goes back by itself.

import { RemovalPolicy } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

import { COUNTED, type Alarms } from './alarms.ts';
import type { MachineDescription } from './input/manifest.ts';
import type { Stage } from './input/stage.ts';
import type { DataKeys } from './keys.ts';
import { LIVE } from './names.ts';
import { roleFor, tracing } from './permissions.ts';

export interface WorkflowProps {
  readonly description: MachineDescription;
  /** The definition's text, with `${…}`. */
  readonly definition: string;
  /** What stands for each `${…}`. */
  readonly substitutions: Readonly<Record<string, string>>;
  readonly stage: Stage;
  readonly permissions: iam.PolicyStatement[];
  readonly keys: DataKeys;
  readonly alarms: Alarms;
  /** Alarms of what it calls: they too send a new version back. */
  readonly alarmsOfCallees: readonly cloudwatch.Alarm[];
}

/** One state machine. */
export class Workflow extends Construct {
  readonly machine: sfn.StateMachine;
  /** The ARN to start executions by. */
  readonly startArn: string;

  constructor(scope: Construct, id: string, private readonly props: WorkflowProps) {
    super(scope, id);
    const { description, stage } = props;
    const log = this.log();
    this.machine = new sfn.StateMachine(this, 'Machine', {
      stateMachineName: description.name,
      stateMachineType: sfn.StateMachineType[description.kind],
      definitionBody: sfn.DefinitionBody.fromString(this.definition()),
      definitionSubstitutions: { ...props.substitutions },
      role: this.role(),
      // What executions carry is in their histories, which only operators read. A log would be a second copy.
      logs: { destination: log, level: this.logLevel(), includeExecutionData: false },
      tracingEnabled: true,
      removalPolicy: stage.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.acceptExpressions();
    const failures = this.watch();
    this.startArn = stage.emulator?.withoutStateMachineAliases ? this.machine.stateMachineArn : this.alias(failures);
  }

  private definition(): string {
    const { definition, stage } = this.props;
    if (!stage.emulator) return definition;
    return withConstantTimeouts(definition, stage.emulator.constantTimeoutSeconds);
  }

  /** cfn-lint takes a `TimeoutSeconds` that is an expression for a fault (E3601); AWS takes it for a number to come. */
  private acceptExpressions(): void {
    if (!/"TimeoutSeconds": "\{%/.test(this.definition())) return;
    const resource = this.machine.node.defaultChild as sfn.CfnStateMachine;
    resource.addMetadata('cfn-lint', { config: { ignore_checks: ['E3601'] } });
  }

  private log(): logs.LogGroup {
    const { description, stage, keys } = this.props;
    return new logs.LogGroup(this, 'Log', {
      logGroupName: `/aws/vendedlogs/states/comanda-${description.name}`,
      encryptionKey: keys.business,
      retention: stage.logRetentionDays as logs.RetentionDays,
      removalPolicy: stage.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }

  /** An Express execution has no history but its log. */
  private logLevel(): sfn.LogLevel {
    return this.props.description.kind === 'EXPRESS' ? sfn.LogLevel.ALL : sfn.LogLevel.ERROR;
  }

  private role(): iam.IRole {
    // Deliveries of logs have no ARN that could be known before they exist.
    const deliver = new iam.PolicyStatement({
      actions: [
        'logs:CreateLogDelivery',
        'logs:DeleteLogDelivery',
        'logs:DescribeLogGroups',
        'logs:DescribeResourcePolicies',
        'logs:GetLogDelivery',
        'logs:ListLogDeliveries',
        'logs:PutResourcePolicy',
        'logs:UpdateLogDelivery',
      ],
      resources: ['*'],
    });
    return roleFor(this, 'states.amazonaws.com', [...this.props.permissions, deliver, tracing()]);
  }

  private watch(): cloudwatch.Alarm[] {
    const { alarms, description } = this.props;
    const name = description.name;
    const failed = alarms.add(this, 'Failed', {
      name: `comanda-workflow-${name}-failed`,
      about: `An execution of ${name} failed.`,
      runbook: 'docs/runbook/execution-failed.md',
      metric: this.machine.metricFailed(COUNTED),
    });
    const timedOut = alarms.add(this, 'TimedOut', {
      name: `comanda-workflow-${name}-timed-out`,
      about: `An execution of ${name} ran out of time.`,
      runbook: 'docs/runbook/execution-failed.md',
      metric: this.machine.metricTimedOut(COUNTED),
    });
    alarms.add(this, 'Aborted', {
      name: `comanda-workflow-${name}-aborted`,
      about: `Somebody stopped an execution of ${name}.`,
      runbook: 'docs/runbook/execution-failed.md',
      metric: this.machine.metricAborted(COUNTED),
    });
    alarms.add(this, 'Throttled', {
      name: `comanda-workflow-${name}-throttled`,
      about: `Transitions of ${name} were held back, because the account's quota of transitions is used up.`,
      runbook: 'docs/runbook/transitions-throttled.md',
      metric: this.machine.metricThrottled(COUNTED),
    });
    return [failed, timedOut];
  }

  /** Publishes this definition as a version, and moves the alias to it as the stage wants. */
  private alias(failures: readonly cloudwatch.Alarm[]): string {
    const version = new sfn.CfnStateMachineVersion(this, 'Version', {
      stateMachineArn: this.machine.stateMachineArn,
      stateMachineRevisionId: this.machine.stateMachineRevisionId,
    });
    // The version before stays: the alias goes back to it when an alarm rings.
    version.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const { deployment } = this.props.stage;
    const alarms = [...failures, ...this.props.alarmsOfCallees].map((alarm) => alarm.alarmName);
    const alias = new sfn.CfnStateMachineAlias(this, 'Live', {
      name: LIVE,
      description: 'executions are started by this name',
      deploymentPreference: {
        stateMachineVersionArn: version.attrArn,
        type: deployment.type,
        alarms,
        ...(deployment.type === 'ALL_AT_ONCE'
          ? {}
          : { percentage: deployment.percentage, interval: deployment.intervalMinutes }),
      },
    });
    return alias.attrArn;
  }
}

/** The same definition with a number where a `TimeoutSeconds` is an expression. */
export function withConstantTimeouts(definition: string, seconds: number): string {
  const replaced = JSON.parse(definition, (key, value: unknown) =>
    key === 'TimeoutSeconds' && typeof value === 'string' ? seconds : value,
  ) as unknown;
  return JSON.stringify(replaced, null, 2);
}
