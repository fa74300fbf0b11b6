// Roles from the manifest's permissions, and from nothing else but what the platform itself needs (logs, traces, keys).

import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

import { acceptWildcards } from './findings.ts';
import type { DataClass, Permission, TableDescription } from './input/manifest.ts';
import type { Project } from './input/project.ts';
import type { DataKeys } from './keys.ts';
import { Names } from './names.ts';

/** Services that use a key on behalf of whoever calls them. */
type Via = 'dynamodb' | 'sqs' | 'secretsmanager';

/** Turns permissions on our names into statements on ARNs. */
export class Permissions {
  private readonly names: Names;
  private readonly tables: ReadonlyMap<string, TableDescription>;

  constructor(
    private readonly scope: Construct,
    private readonly project: Project,
    private readonly keys: DataKeys,
  ) {
    this.names = new Names(scope);
    this.tables = new Map(project.tables.map((table) => [table.name, table]));
  }

  /** What is permitted, and the use of the keys that it takes. */
  statements(permissions: readonly Permission[]): iam.PolicyStatement[] {
    const byActions = new Map<string, string[]>();
    for (const permission of permissions) {
      const actions = [...permission.actions].sort().join(' ');
      byActions.set(actions, [...(byActions.get(actions) ?? []), ...this.resources(permission)]);
    }
    const granted = [...byActions].map(
      ([actions, resources]) => new iam.PolicyStatement({ actions: actions.split(' '), resources: resources.sort() }),
    );
    return [...granted, ...this.keyUses(permissions)];
  }

  private resources(permission: Permission): string[] {
    const indexes = this.tables.get(permission.tableIndexes ?? '')?.indexes;
    if (indexes) return indexes.map((index) => `${this.names.table(permission.tableIndexes ?? '')}/index/${index.name}`);
    return [this.resource(permission)];
  }

  private resource(permission: Permission): string {
    if (permission.table) return this.names.table(permission.table);
    if (permission.queue) return this.names.queue(permission.queue);
    if (permission.function) return this.names.functionVersions(permission.function);
    if (permission.stateMachine) return this.names.stateMachine(permission.stateMachine);
    if (permission.executions) return this.names.executions(permission.executions);
    if (permission.rule) return this.names.rule(permission.rule);
    if (permission.secret) return this.names.secret(permission.secret);
    if (permission.any) return permission.any;
    throw new Error(`a permission without a resource: ${JSON.stringify(permission)}`);
  }

  private keyUses(permissions: readonly Permission[]): iam.PolicyStatement[] {
    const uses = new Map<string, { dataClass: DataClass; via: Via }>();
    const use = (dataClass: DataClass | undefined, via: Via) => {
      if (dataClass) uses.set(`${dataClass} ${via}`, { dataClass, via });
    };
    for (const permission of permissions) {
      const table = permission.table ?? permission.tableIndexes;
      if (table) use(this.tables.get(table)?.dataClass, 'dynamodb');
      const messages = permission.actions.some((action) => /^sqs:(Receive|Send)/.test(action));
      if (permission.queue && messages) for (const queue of this.project.manifest.queues) use(queue.dataClass, 'sqs');
      if (permission.secret) use('business', 'secretsmanager');
    }
    const puts = permissions.some(({ actions }) => actions.includes('secretsmanager:PutSecretValue'));
    return [...uses.values()].map(({ dataClass, via }) => this.keyUse(dataClass, via, puts));
  }

  /** The use of a key, through one service only. */
  private keyUse(dataClass: DataClass, via: Via, putsSecrets: boolean): iam.PolicyStatement {
    const reads = ['kms:Decrypt', 'kms:DescribeKey'];
    const writes = ['kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
    const actions = {
      secretsmanager: putsSecrets ? ['kms:Decrypt', 'kms:GenerateDataKey'] : ['kms:Decrypt'],
      sqs: ['kms:Decrypt', 'kms:GenerateDataKey'],
      dynamodb: [...reads, ...writes],
    }[via];
    return new iam.PolicyStatement({
      actions,
      resources: [this.keys[dataClass].keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `${via}.${Stack.of(this.scope).region}.amazonaws.com` } },
    });
  }
}

/** IAM's limit for a managed policy, less what an account's number and CloudFormation's joins may differ by. */
const POLICY_CHARACTERS = 5500;

/**
 * A role for a service of AWS that may do this and nothing else: nothing is added to it behind its author's back. It names its
 * policies, and they do not name it: whatever is made with the role is made, or changed, when it may do all that it needs.
 */
export function roleFor(scope: Construct, service: string, statements: iam.PolicyStatement[]): iam.IRole {
  const managedPolicies = parts(scope, statements).map((part, at) => {
    const policy = new iam.ManagedPolicy(scope, at === 0 ? 'Policy' : `Policy${at + 1}`, { statements: part });
    acceptWildcards(policy, part);
    return policy;
  });
  const role = new iam.Role(scope, 'Role', { assumedBy: new iam.ServicePrincipal(service), managedPolicies });
  return role.withoutPolicyUpdates();
}

/** As many statements together as one policy takes. */
function parts(scope: Construct, statements: iam.PolicyStatement[]): iam.PolicyStatement[][] {
  const parts: iam.PolicyStatement[][] = [[]];
  let room = POLICY_CHARACTERS;
  for (const statement of statements) {
    const length = JSON.stringify(Stack.of(scope).resolve(statement.toStatementJson())).length;
    if (length > room) {
      parts.push([]);
      room = POLICY_CHARACTERS;
    }
    parts.at(-1)?.push(statement);
    room -= length;
  }
  return parts;
}

/** Traces have no ARN. */
export function tracing(): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], resources: ['*'] });
}
