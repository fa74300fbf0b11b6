// What our resources are called, and their ARNs from their names. The functions find tables, queues and state machines by
// name, so a name is a promise: there is one deployment per account and region.

import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** The alias that executions are started by. */
export const LIVE = 'live';

/** ARNs of things by their names, in the stack's account and region. */
export class Names {
  private readonly stack: Stack;

  constructor(scope: Construct) {
    this.stack = Stack.of(scope);
  }

  table(name: string): string {
    return this.arn('dynamodb', 'table', name);
  }

  queue(name: string): string {
    return this.stack.formatArn({ service: 'sqs', resource: name, arnFormat: ArnFormat.NO_RESOURCE_NAME });
  }

  /** A function in any of its versions: those of running executions stay callable. */
  functionVersions(handler: string): string {
    return this.arn('lambda', 'function', `comanda-${handler}:*`, ArnFormat.COLON_RESOURCE_NAME);
  }

  /** Also what permissions on its versions and aliases are about. */
  stateMachine(name: string): string {
    return this.arn('states', 'stateMachine', name, ArnFormat.COLON_RESOURCE_NAME);
  }

  executions(machine: string): string {
    return this.arn('states', 'execution', `${machine}:*`, ArnFormat.COLON_RESOURCE_NAME);
  }

  rule(name: string): string {
    return this.arn('events', 'rule', name);
  }

  secret(name: string): string {
    return this.arn('secretsmanager', 'secret', name, ArnFormat.COLON_RESOURCE_NAME);
  }

  private arn(service: string, resource: string, resourceName: string, arnFormat = ArnFormat.SLASH_RESOURCE_NAME): string {
    return this.stack.formatArn({ service, resource, resourceName, arnFormat });
  }
}
