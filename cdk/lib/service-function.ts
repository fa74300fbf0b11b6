// A service's Lambda function: the one program under its handler's name, with its own role, log, versions and alarms.

import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

import { COUNTED, WORST, type Alarms } from './alarms.ts';
import type { FunctionDescription } from './input/manifest.ts';
import type { Stage } from './input/stage.ts';
import type { DataKeys } from './keys.ts';
import { LIVE } from './names.ts';
import { roleFor, tracing } from './permissions.ts';

export interface ServiceFunctionProps {
  readonly description: FunctionDescription;
  readonly stage: Stage;
  /** The directory with `bootstrap`, shared by all functions. */
  readonly code: lambda.Code;
  readonly permissions: iam.PolicyStatement[];
  readonly keys: DataKeys;
  readonly alarms: Alarms;
  /** Of our own metrics. */
  readonly namespace: string;
}

/** It is slow when it takes so much of its time. */
const SLOW = 0.8;

/** One function. */
export class ServiceFunction extends Construct {
  readonly function: lambda.Function;
  /** What this deployment's definitions call. Older ones stay, for the executions that began with them. */
  readonly version: lambda.Version;
  /** What the API and the queues call. */
  readonly live: lambda.Alias;
  /** It failed: a new version of whoever calls it goes back. */
  readonly errors: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, private readonly props: ServiceFunctionProps) {
    super(scope, id);
    const { description, stage } = props;
    const log = this.log();
    const reserved = stage.reservedConcurrency[description.handler];
    this.function = new lambda.Function(this, 'Function', {
      functionName: description.name,
      description: `Comanda: ${[...description.tasks, ...description.entryPoints].join(', ')}`.slice(0, 256),
      code: props.code,
      handler: description.handler,
      runtime: lambda.Runtime.PROVIDED_AL2023,
      architecture: stage.architecture === 'arm64' ? lambda.Architecture.ARM_64 : lambda.Architecture.X86_64,
      timeout: Duration.seconds(description.timeoutSeconds),
      memorySize: stage.memoryMegabytes,
      environment: this.environment(),
      role: this.role(log),
      logGroup: log,
      tracing: lambda.Tracing.ACTIVE,
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
      ...(reserved === undefined ? {} : { reservedConcurrentExecutions: reserved }),
      ...this.secretsExtension(),
    });
    this.version = this.function.currentVersion;
    this.live = new lambda.Alias(this, 'Live', { aliasName: LIVE, version: this.version });
    this.errors = this.watch(log);
  }

  private log(): logs.LogGroup {
    const { description, stage, keys } = this.props;
    return new logs.LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${description.name}`,
      encryptionKey: keys.business,
      retention: stage.logRetentionDays as logs.RetentionDays,
      removalPolicy: stage.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }

  private role(log: logs.LogGroup): iam.IRole {
    const write = new iam.PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [log.logGroupArn],
    });
    return roleFor(this, 'lambda.amazonaws.com', [...this.props.permissions, write, tracing()]);
  }

  private environment(): Record<string, string> {
    const { description, stage } = this.props;
    const known = values(stage, Stack.of(this));
    const environment = Object.entries(description.environment).map(([name, text]): [string, string] => [
      name,
      text.replace(PLACEHOLDER, (hole, word: string) => known[word] ?? hole),
    ]);
    return { ...Object.fromEntries(environment), ...this.alias(), ...stage.emulator?.environment };
  }

  /** Whoever starts executions does it by the alias, or a new version of a workflow would get all of them at once. */
  private alias(): Record<string, string> {
    const starts = this.props.description.permissions.some(({ stateMachine }) => stateMachine);
    return starts && !this.props.stage.emulator?.withoutStateMachineAliases ? { COMANDA_ALIAS: LIVE } : {};
  }

  /** Only functions that read secrets carry the extension. */
  private secretsExtension(): Pick<lambda.FunctionOptions, 'paramsAndSecrets'> {
    const reads = this.props.description.permissions.some((permission) => permission.secret);
    if (!reads || this.props.stage.emulator?.withoutSecretsExtension) return {};
    return {
      paramsAndSecrets: lambda.ParamsAndSecretsLayerVersion.fromVersion(lambda.ParamsAndSecretsVersions.V1_0_103, {
        cacheEnabled: true,
        secretsManagerTtl: Duration.minutes(5),
        parameterStoreTtl: Duration.seconds(0),
        logLevel: lambda.ParamsAndSecretsLogLevel.WARN,
      }),
    };
  }

  private watch(log: logs.LogGroup): cloudwatch.Alarm {
    const { alarms, description } = this.props;
    // Lambda's own count of errors has refusals in it, which are answers that workflows expect.
    const faults = log.addMetricFilter('Faults', {
      filterPattern: logs.FilterPattern.anyTerm('ERROR', 'Task timed out', 'Runtime exited'),
      metricNamespace: this.props.namespace,
      metricName: `Faults-${description.handler}`,
      defaultValue: 0,
    });
    const errors = alarms.add(this, 'Errors', {
      name: `comanda-function-${description.handler}-errors`,
      about: `The function ${description.name} had a fault of ours, ran out of time or broke down.`,
      runbook: 'docs/runbook/function-errors.md',
      metric: faults.metric(COUNTED),
    });
    alarms.add(this, 'Throttles', {
      name: `comanda-function-${description.handler}-throttled`,
      about: `Calls of the function ${description.name} were turned away, because too many ran at the same time.`,
      runbook: 'docs/runbook/function-throttled.md',
      metric: this.function.metricThrottles(COUNTED),
    });
    alarms.add(this, 'Slow', {
      name: `comanda-function-${description.handler}-slow`,
      about: `The function ${description.name} takes nearly all of its ${description.timeoutSeconds} seconds.`,
      runbook: 'docs/runbook/function-slow.md',
      metric: this.function.metricDuration({ ...WORST, statistic: 'p99' }),
      threshold: SLOW * description.timeoutSeconds * 1000,
      periods: 3,
    });
    return errors;
  }
}

/** A `{word}` in an environment's value. */
const PLACEHOLDER = /\{([A-Za-z]+)\}/g;

/** What such a word stands for. */
function values(stage: Stage, stack: Stack): Readonly<Record<string, string>> {
  return {
    account: stack.account,
    region: stack.region,
    publicUrl: `https://${stage.domain}`,
  };
}

/** The words of an environment that this app does not know. */
export function unknownWords(environment: Readonly<Record<string, string>>): string[] {
  const known = new Set(['account', 'region', 'publicUrl']);
  const words = Object.values(environment).flatMap((text) => Array.from(text.matchAll(PLACEHOLDER), (match) => match[1] ?? ''));
  return words.filter((word) => !known.has(word));
}
