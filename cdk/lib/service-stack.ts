// The running product: functions, state machines, the API, the events queue, and what watches them.

import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Construct } from 'constructs';

import { Alarms, WORST } from './alarms.ts';
import { Dashboard, raised } from './dashboard.ts';
import { acceptWildcards } from './findings.ts';
import { FrontDoor } from './front-door.ts';
import type { MachineDescription, QueueDescription } from './input/manifest.ts';
import type { Project } from './input/project.ts';
import type { Stage } from './input/stage.ts';
import type { DataKeys } from './keys.ts';
import { Permissions } from './permissions.ts';
import { FifoQueue } from './queue.ts';
import { ServiceFunction } from './service-function.ts';
import { Workflow } from './workflow.ts';

export interface ServiceStackProps extends StackProps {
  readonly project: Project;
  readonly stage: Stage;
  readonly keys: DataKeys;
  /** The directory with `bootstrap`. */
  readonly bootstrap: string;
}

/** Everything that all tenants share. */
export class ServiceStack extends Stack {
  readonly alarms: Alarms;
  /** What each state machine is started by. */
  readonly startArns = new Map<string, string>();
  private readonly functions = new Map<string, ServiceFunction>();
  private readonly workflows = new Map<string, Workflow>();
  private readonly queues = new Map<string, FifoQueue>();
  private readonly permissions: Permissions;

  constructor(scope: Construct, id: string, private readonly props: ServiceStackProps) {
    super(scope, id, props);
    const { project, stage, keys } = props;
    this.permissions = new Permissions(this, project, keys);
    this.alarms = new Alarms(this, 'Alarms', { key: keys.business, email: stage.alarmEmail || undefined, runbookUrl: stage.runbookUrl });
    const code = lambda.Code.fromAsset(props.bootstrap);
    for (const description of project.manifest.functions) {
      const permissions = this.permissions.statements(description.permissions);
      const { namespace } = project.manifest.metrics;
      const made = new ServiceFunction(this, description.name, { description, stage, code, permissions, keys, alarms: this.alarms, namespace });
      this.functions.set(description.handler, made);
    }
    for (const description of project.manifest.queues) if (description.each === 'deployment') this.queue(description);
    for (const description of calleesFirst(project.manifest.stateMachines)) this.workflow(description);
    new FrontDoor(this, 'FrontDoor', {
      routes: project.manifest.routes,
      stage,
      functions: new Map([...this.functions].map(([handler, made]) => [handler, made.live])),
      keys,
      alarms: this.alarms,
    });
    this.business();
    this.dashboard();
    this.onboarding();
  }

  /** For whoever takes tenants in by `comanda tenant --aws`. */
  private onboarding(): void {
    const statements = this.permissions.statements(this.props.project.manifest.tenants.permissions);
    const policy = new iam.ManagedPolicy(this, 'OnboardingPolicy', {
      managedPolicyName: 'comanda-onboarding',
      description: 'what `comanda tenant --aws` does: rows of tenants, and values into their secrets',
      statements,
    });
    acceptWildcards(policy, statements);
    new CfnOutput(this, 'OnboardingPolicyArn', { value: policy.managedPolicyArn, description: 'attach it to whoever takes tenants in' });
  }

  private queue(description: QueueDescription): void {
    const made = new FifoQueue(this, description.name, { description, key: this.props.keys.personal });
    this.queues.set(description.name, made);
    this.alarms.add(made, 'Old', {
      name: `${description.name.replace('.fifo', '')}-old`,
      about: 'What POS posted has not been dealt with for five minutes.',
      runbook: 'docs/runbook/events-queue-old.md',
      metric: made.queue.metricApproximateAgeOfOldestMessage(WORST),
      threshold: 300,
    });
    this.alarms.add(made, 'Dead', {
      name: `${description.name.replace('.fifo', '')}-dead-letters`,
      about: 'Something that a POS posted failed again and again, and was set aside.',
      runbook: 'docs/runbook/dead-letters.md',
      metric: made.deadLetters.metricApproximateNumberOfMessagesVisible(WORST),
    });
    if (!description.consumer) return;
    const consumer = this.functionOf(description.consumer.function);
    // The role may take from this queue already; `IFunction` of the alias would add it again, in a policy of its own.
    consumer.live.addEventSource(new SqsEventSource(made.queue, { batchSize: description.consumer.batchSize, reportBatchItemFailures: true }));
  }

  private workflow(description: MachineDescription): void {
    const { project, stage, keys } = this.props;
    const definition = project.definitions.get(description.name);
    if (definition === undefined) throw new Error(`${description.name} has no definition; its check is missing`);
    const callees: cloudwatch.Alarm[] = [];
    const substitutions = Object.entries(description.substitutions).map(([name, substitute]): [string, string] => {
      if (substitute === 'eventsQueueUrl') return [name, this.eventsQueue().queue.queueUrl];
      if (substitute === 'unknown') throw new Error(`\${${name}} is unknown; its check is missing`);
      if ('stateMachine' in substitute) return [name, this.startArns.get(substitute.stateMachine) ?? ''];
      const called = this.functionOf(substitute.function);
      callees.push(called.errors);
      return [name, called.version.functionArn];
    });
    const workflow = new Workflow(this, description.name, {
      description,
      definition,
      substitutions: Object.fromEntries(substitutions),
      stage,
      permissions: this.permissions.statements(description.permissions),
      keys,
      alarms: this.alarms,
      alarmsOfCallees: callees,
    });
    this.workflows.set(description.name, workflow);
    this.startArns.set(description.name, workflow.startArn);
  }

  private functionOf(handler: string): ServiceFunction {
    const made = this.functions.get(handler);
    if (!made) throw new Error(`the function ${handler} is not described; its check is missing`);
    return made;
  }

  private eventsQueue(): FifoQueue {
    const [made] = this.queues.values();
    if (!made) throw new Error('the manifest has no events queue');
    return made;
  }

  /** The alarms of the business: what the functions raise, by kind, and events that belong to nothing. */
  private business(): void {
    const { metrics, exceptions } = this.props.project.manifest;
    for (const { kind, nextStep, runbook } of exceptions) {
      this.alarms.add(this.alarms, kind, {
        name: `comanda-exception-${kind.toLowerCase().replaceAll('_', '-')}`,
        about: `${kind} was raised, or is still open an hour later: ${nextStep}.`,
        runbook,
        metric: raised(metrics.namespace, metrics.exceptionRaised, kind),
        countsEvents: true,
      });
    }
    for (const source of metrics.eventParked.values) {
      this.alarms.add(this.alarms, `Parked-${source}`, {
        name: `comanda-parked-${source}`,
        about: `An event of ${source} belongs to nothing we know, and was set aside.`,
        runbook: 'docs/runbook/event-parked.md',
        metric: raised(metrics.namespace, metrics.eventParked, source),
        countsEvents: true,
      });
    }
  }

  private dashboard(): void {
    new Dashboard(this, 'Dashboard', {
      project: this.props.project,
      alarms: this.alarms.all,
      functions: this.functions,
      workflows: this.workflows,
      events: this.eventsQueue(),
    });
  }
}

/** Whoever starts another comes after it. */
function calleesFirst(machines: readonly MachineDescription[]): MachineDescription[] {
  const byName = new Map(machines.map((machine) => [machine.name, machine]));
  const ordered = new Set<MachineDescription>();
  const visit = (machine: MachineDescription, path: readonly string[]) => {
    if (ordered.has(machine)) return;
    if (path.includes(machine.name)) throw new Error(`state machines start each other: ${[...path, machine.name].join(' → ')}`);
    for (const substitute of Object.values(machine.substitutions)) {
      const callee = typeof substitute === 'object' && 'stateMachine' in substitute && byName.get(substitute.stateMachine);
      if (callee) visit(callee, [...path, machine.name]);
    }
    ordered.add(machine);
  };
  for (const machine of machines) visit(machine, []);
  return [...ordered];
}
