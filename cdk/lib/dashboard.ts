// One page for an operator: what waits for a person, whether orders move, and where to look further.

import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';

import { COUNTED, WORST } from './alarms.ts';
import type { Project } from './input/project.ts';
import type { FifoQueue } from './queue.ts';
import type { ServiceFunction } from './service-function.ts';
import type { Workflow } from './workflow.ts';

export interface DashboardProps {
  readonly project: Project;
  readonly alarms: readonly cloudwatch.Alarm[];
  readonly functions: ReadonlyMap<string, ServiceFunction>;
  readonly workflows: ReadonlyMap<string, Workflow>;
  readonly events: FifoQueue;
}

/** The dashboard, and links into the console. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, private readonly props: DashboardProps) {
    super(scope, id);
    const dashboard = new cloudwatch.Dashboard(this, 'Page', { dashboardName: 'comanda', defaultInterval: Duration.hours(12) });
    dashboard.addWidgets(this.links(), this.standing());
    dashboard.addWidgets(this.exceptions(), this.parked());
    dashboard.addWidgets(...this.executions());
    dashboard.addWidgets(this.queues(), this.stores(), ...this.functions());
    // CloudWatch's pages are named without the slash that Step Functions' have.
    this.output('DashboardLink', this.console('cloudwatch', '#dashboards/dashboard/comanda'), 'the dashboard');
    for (const [name, workflow] of props.workflows) {
      const link = this.console('states', `#/statemachines/view/${workflow.machine.stateMachineArn}`);
      this.output(`Executions-${name}`, link, `executions of ${name}`);
    }
  }

  private console(service: string, page: string): string {
    const { region } = Stack.of(this);
    return `https://${region}.console.aws.amazon.com/${service}/home?region=${region}${page}`;
  }

  private output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }

  private links(): cloudwatch.IWidget {
    const lines = [...this.props.workflows].map(
      ([name, workflow]) => `- [${name}](${this.console('states', `#/statemachines/view/${workflow.machine.stateMachineArn}`)})`,
    );
    const markdown = ['# Comanda', 'Each alarm names its page in `docs/runbook/`.', '', ...lines].join('\n');
    return new cloudwatch.TextWidget({ markdown, width: 6, height: 8 });
  }

  private standing(): cloudwatch.IWidget {
    return new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms: [...this.props.alarms], width: 18, height: 8 });
  }

  private exceptions(): cloudwatch.IWidget {
    const { namespace, exceptionRaised } = this.props.project.manifest.metrics;
    return new cloudwatch.GraphWidget({
      title: 'What a person must see',
      left: exceptionRaised.values.map((kind) => raised(namespace, exceptionRaised, kind).with({ label: kind })),
      stacked: true,
      width: 16,
    });
  }

  private parked(): cloudwatch.IWidget {
    const { namespace, eventParked } = this.props.project.manifest.metrics;
    return new cloudwatch.GraphWidget({
      title: 'Events that belong to nothing',
      left: eventParked.values.map((source) => raised(namespace, eventParked, source).with({ label: source })),
      width: 8,
    });
  }

  private executions(): cloudwatch.IWidget[] {
    return [...this.props.workflows].map(
      ([name, { machine }]) =>
        new cloudwatch.GraphWidget({
          title: name,
          left: [machine.metricStarted(COUNTED), machine.metricSucceeded(COUNTED), machine.metricFailed(COUNTED), machine.metricTimedOut(COUNTED)],
          right: [machine.metricTime({ statistic: 'p95' })],
          width: 8,
        }),
    );
  }

  private queues(): cloudwatch.IWidget {
    const { queue, deadLetters } = this.props.events;
    return new cloudwatch.GraphWidget({
      title: 'From the stores',
      left: [queue.metricApproximateNumberOfMessagesVisible(WORST), deadLetters.metricApproximateNumberOfMessagesVisible(WORST)],
      right: [queue.metricApproximateAgeOfOldestMessage(WORST)],
      width: 8,
    });
  }

  /** Stores come after this stack, so their queues are searched for. */
  private stores(): cloudwatch.IWidget {
    const search = (metric: string) => `SEARCH('{AWS/SQS,QueueName} comanda MetricName="${metric}"', 'Maximum', 300)`;
    const expression = (metric: string) => new cloudwatch.MathExpression({ expression: search(metric), usingMetrics: {}, label: '' });
    return new cloudwatch.GraphWidget({
      title: 'To the stores: the oldest order that nobody fetched, in seconds',
      left: [expression('ApproximateAgeOfOldestMessage')],
      width: 8,
    });
  }

  private functions(): cloudwatch.IWidget[] {
    const functions = [...this.props.functions.values()].map((made) => made.function);
    const graph = (title: string, left: cloudwatch.IMetric[]) => new cloudwatch.GraphWidget({ title, left, width: 8 });
    return [
      graph('Failed calls', functions.map((each) => each.metricErrors(COUNTED))),
      graph('Duration, p99', functions.map((each) => each.metricDuration({ statistic: 'p99' }))),
    ];
  }
}

/** One of our own counters. */
export function raised(namespace: string, metric: { name: string; dimension: string }, value: string): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace,
    metricName: metric.name,
    dimensionsMap: { [metric.dimension]: value },
    ...COUNTED,
  });
}
