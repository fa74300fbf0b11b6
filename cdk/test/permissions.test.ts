// Who may do what: each role of the template against the manifest, action by action and resource by resource.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Permission } from '../lib/input/manifest.ts';
import { manifest, synthesize, tables, type Properties, type Template } from './support.ts';

const { service, tenant } = synthesize('prod');
const REGION = 'sa-east-1';

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Condition?: Properties;
}

const list = (value: string | string[]): string[] => (Array.isArray(value) ? value : [value]);

/** The statements of all policies of a role. */
function statementsOf(template: Template, role: string): Statement[] {
  const properties = template.all('AWS::IAM::Role').find(({ id }) => role === `<${id}>`)?.properties ?? {};
  const names = new Set((properties['ManagedPolicyArns'] ?? []) as string[]);
  const attached = template.all('AWS::IAM::ManagedPolicy').filter(({ id }) => names.has(`<${id}>`));
  assert.equal(attached.length, names.size, `${role} has a policy of somebody else`);
  assert.ok(attached.length > 0, `${role} has no policy`);
  return attached.flatMap(({ properties }) => properties['PolicyDocument'].Statement as Statement[]);
}

/** Each action with each of its resources. */
function pairs(statements: readonly Statement[]): Set<string> {
  for (const { Effect } of statements) assert.equal(Effect, 'Allow');
  return new Set(statements.flatMap((each) => list(each.Action).flatMap((action) => list(each.Resource).map((on) => `${action} on ${on}`))));
}

const arn = (service: string, rest: string) => `arn:aws:${service}:${REGION}:<account>:${rest}`;

/** What the manifest permits, written down again by hand: nothing of the app takes part. */
function expected(permission: Permission): string[] {
  const { table, tableIndexes, queue, function: called, stateMachine, executions, rule, secret, any } = permission;
  const indexes = tables.find(({ name }) => name === tableIndexes)?.indexes ?? [];
  const resources = [
    ...(table ? [arn('dynamodb', `table/${table}`)] : []),
    ...indexes.map(({ name }) => arn('dynamodb', `table/${tableIndexes}/index/${name}`)),
    ...(queue ? [arn('sqs', queue)] : []),
    ...(called ? [arn('lambda', `function:comanda-${called}:*`)] : []),
    ...(stateMachine ? [arn('states', `stateMachine:${stateMachine}`)] : []),
    ...(executions ? [arn('states', `execution:${executions}:*`)] : []),
    ...(rule ? [arn('events', `rule/${rule}`)] : []),
    ...(secret ? [arn('secretsmanager', `secret:${secret}`)] : []),
    ...(any ? [any] : []),
  ];
  assert.ok(resources.length > 0, `nothing is known of ${JSON.stringify(permission)}`);
  return resources.flatMap((resource) => permission.actions.map((action) => `${action} on ${resource}`));
}

/** What is left when logs, traces and keys are taken away: what our own code may do. */
function ours(statements: readonly Statement[]): Set<string> {
  const platform = /^(logs|xray|kms):/;
  return new Set([...pairs(statements)].filter((pair) => !platform.test(pair)));
}

/** A role may write to one log, trace, and use keys through the services that it may call. */
function platformIsNarrow(who: string, statements: readonly Statement[], log: RegExp): void {
  for (const statement of statements) {
    for (const action of list(statement.Action)) {
      if (action.startsWith('kms:')) {
        const via = statement.Condition?.['StringEquals']['kms:ViaService'] as string;
        assert.match(via, /^(dynamodb|sqs|secretsmanager)\.sa-east-1\.amazonaws\.com$/, `${who}: ${action} by anybody`);
        const needs = via.split('.')[0];
        assert.ok([...ours(statements)].some((pair) => pair.startsWith(`${needs}:`)), `${who} has a key of ${needs} and no use for it`);
        for (const key of list(statement.Resource)) assert.match(key, /^<import comanda-prod-data:.*Keys/, who);
      }
      if (/^logs:(Create|Put)Log(Stream|Events)$/.test(action)) {
        for (const resource of list(statement.Resource)) assert.match(resource, log, `${who} writes elsewhere`);
      }
    }
  }
}

for (const description of manifest.functions) {
  test(`the function ${description.name} may do what its tasks declare, and nothing else`, () => {
    const made = service.one('AWS::Lambda::Function', (p) => p['FunctionName'] === description.name, description.name);
    const role = made.properties['Role'].replace('.Arn', '') as string;
    const statements = statementsOf(service, role);
    assert.deepEqual([...ours(statements)].sort(), description.permissions.flatMap(expected).sort());
    platformIsNarrow(description.name, statements, /^<comanda[a-z]+Log[0-9A-F]+\.Arn>$/);
  });
}

for (const machine of manifest.stateMachines) {
  test(`the workflow ${machine.name} may do what its definition does, and nothing else`, () => {
    const made = service.one('AWS::StepFunctions::StateMachine', (p) => p['StateMachineName'] === machine.name, machine.name);
    const role = made.properties['RoleArn'].replace('.Arn', '') as string;
    const statements = statementsOf(service, role);
    assert.deepEqual([...ours(statements)].sort(), machine.permissions.flatMap(expected).sort());
  });
}

/** The resources that a resource names or waits for, and those that these name, and so on. */
function waitedFor(template: Template, id: string): Set<string> {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value as Properties)) {
      const names = key === 'Ref' ? [inner] : key === 'Fn::GetAtt' ? [inner[0]] : key === 'DependsOn' ? list(inner) : [];
      if (names.length === 0) visit(inner);
      for (const name of names) {
        if (typeof name !== 'string' || found.has(name) || !(name in template.raw.Resources)) continue;
        found.add(name);
        visit(template.raw.Resources[name]);
      }
    }
  };
  visit(template.raw.Resources[id]);
  return found;
}

test('what needs a permission is made when the permission is there', () => {
  const types = ['AWS::Lambda::Function', 'AWS::StepFunctions::StateMachine', 'AWS::Lambda::EventSourceMapping', 'AWS::Scheduler::Schedule'];
  let seen = 0;
  for (const template of [service, tenant]) {
    for (const { id } of template.resources.filter(({ type }) => types.includes(type))) {
      const before = waitedFor(template, id);
      for (const role of template.all('AWS::IAM::Role').filter((role) => before.has(role.id))) {
        const own = new Set((role.properties['ManagedPolicyArns'] ?? []) as string[]);
        const policies = template.all('AWS::IAM::ManagedPolicy').filter((policy) => {
          const roles = (policy.properties['Roles'] ?? []) as string[];
          return own.has(`<${policy.id}>`) || roles.includes(`<${role.id}>`);
        });
        for (const policy of policies) assert.ok(before.has(policy.id), `${id} does not wait for ${policy.id} of its role`);
        seen += policies.length;
      }
    }
  }
  assert.ok(seen > manifest.functions.length + manifest.stateMachines.length);
});

test('no role has a second way to its permissions', () => {
  for (const template of [service, tenant]) {
    assert.equal(template.all('AWS::IAM::Policy').length, 0);
    for (const { id, properties } of template.all('AWS::IAM::Role')) assert.equal(properties['Policies'], undefined, id);
    for (const { id, properties } of template.all('AWS::IAM::ManagedPolicy')) assert.equal(properties['Roles'], undefined, id);
  }
});

test('policies are as long as IAM takes', () => {
  for (const { id, properties } of service.all('AWS::IAM::ManagedPolicy')) {
    const text = JSON.stringify(properties['PolicyDocument']).replaceAll('<account>', '000000000000');
    assert.ok(text.length <= 6144, `${id} has ${text.length} characters`);
  }
});

test('everything is a resource only of what has none', () => {
  const allowed = /^(xray|logs|states:SendTask)/;
  for (const template of [service, tenant]) {
    for (const { id, properties } of template.all('AWS::IAM::ManagedPolicy')) {
      for (const statement of properties['PolicyDocument'].Statement as Statement[]) {
        if (!list(statement.Resource).includes('*')) continue;
        for (const action of list(statement.Action)) assert.match(action, allowed, id);
      }
    }
  }
  const withTokens = manifest.functions.filter(({ permissions }) => permissions.some(({ any }) => any));
  assert.ok(withTokens.length > 0 && withTokens.length < manifest.functions.length, 'tokens are some functions\' business');
});

test('who takes tenants in may do what the command does, and reads no secret', () => {
  const named = (p: Properties) => p['ManagedPolicyName'] === 'comanda-onboarding';
  const { properties } = service.one('AWS::IAM::ManagedPolicy', named, 'the onboarding');
  const statements = properties['PolicyDocument'].Statement as Statement[];
  assert.deepEqual([...ours(statements)].sort(), manifest.tenants.permissions.flatMap(expected).sort());
  platformIsNarrow('the onboarding', statements, /nothing/);
  const all = [...pairs(statements)].join('\n');
  assert.doesNotMatch(all, /GetSecretValue|DeleteItem|iam:|sqs:(Send|Receive)|via sqs/);
});

test('a store\'s POS takes from its own queue only', () => {
  const policies = tenant.all('AWS::IAM::ManagedPolicy').filter(({ properties }) => properties['ManagedPolicyName']);
  assert.equal(policies.length, 2);
  for (const { properties } of policies) {
    const store = (properties['ManagedPolicyName'] as string).split('-').at(-1) ?? '';
    const takes = [...pairs(properties['PolicyDocument'].Statement as Statement[])].filter((pair) => pair.startsWith('sqs:ReceiveMessage'));
    assert.equal(takes.length, 1);
    assert.match(takes[0] ?? '', new RegExp(`<Store${store}Orders`));
  }
});

test('a schedule may start its workflow and set aside what it could not', () => {
  const role = tenant.one('AWS::IAM::Role', (p) => JSON.stringify(p).includes('scheduler.amazonaws.com'), 'the scheduler');
  const may = [...ours(statementsOf(tenant, `<${role.id}>`))].map((pair) => pair.split(' ')[0]);
  assert.deepEqual(may.sort(), ['sqs:SendMessage', 'states:StartExecution']);
});
