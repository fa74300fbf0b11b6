// What the template means: timeouts, keys, retention, failure paths, versions, alarms, and who is let in.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { placeholders } from '../lib/input/project.ts';
import { manifest, root, synthesize, tables, type Properties, type Template } from './support.ts';

const prod = synthesize('prod');
const dev = synthesize('dev');
const stacks: readonly Template[] = [prod.data, prod.service, prod.tenant];

const functionOf = (template: Template, name: string) =>
  template.one('AWS::Lambda::Function', (p) => p['FunctionName'] === name, name).properties;
const machineOf = (name: string) =>
  prod.service.one('AWS::StepFunctions::StateMachine', (p) => p['StateMachineName'] === name, name);

test('each function is the one program under its handler\'s name, with the manifest\'s timeout', () => {
  const keys = new Set<string>();
  for (const { name, handler, timeoutSeconds, environment } of manifest.functions) {
    const made = functionOf(prod.service, name);
    assert.equal(made['Handler'], handler);
    assert.equal(made['Timeout'], timeoutSeconds);
    assert.equal(made['Runtime'], 'provided.al2023');
    assert.deepEqual(made['Architectures'], ['arm64']);
    assert.deepEqual(functionOf(dev.service, name)['Architectures'], ['x86_64']);
    assert.equal(made['TracingConfig'].Mode, 'Active');
    assert.ok(made['ReservedConcurrentExecutions'] > 0, `${name} reserves nothing`);
    assert.deepEqual(Object.keys(environment).filter((variable) => !(variable in made['Environment'].Variables)), []);
    assert.doesNotMatch(JSON.stringify(made['Environment']), /\{[a-zA-Z]+\}/, `${name} has a placeholder left`);
    keys.add(made['Code'].S3Key as string);
  }
  assert.equal(keys.size, 1, 'one asset');
});

test('only functions that read secrets carry the extension', () => {
  for (const { name, permissions } of manifest.functions) {
    const layers = JSON.stringify(functionOf(prod.service, name)['Layers'] ?? '');
    assert.equal(layers.includes('AWS-Parameters-and-Secrets'), permissions.some(({ secret }) => secret), name);
  }
});

test('a running execution keeps its definition and its functions\' code', () => {
  for (const machine of manifest.stateMachines) {
    const { properties } = machineOf(machine.name);
    const stands = properties['DefinitionSubstitutions'];
    const text = properties['DefinitionString'] as string;
    assert.deepEqual([...placeholders(text)].sort(), Object.keys(stands).sort(), `${machine.name} has holes`);
    for (const [hole, substitute] of Object.entries(machine.substitutions)) {
      assert.ok(typeof substitute === 'object');
      const pattern = 'function' in substitute ? /^<comanda[a-z]+FunctionCurrentVersion/ : /^<[a-z]+Live[0-9A-F]*\.Arn>$/;
      assert.match(stands[hole], pattern, `${machine.name}: \${${hole}} would change under a running execution`);
    }
  }
  for (const type of ['AWS::Lambda::Version', 'AWS::StepFunctions::StateMachineVersion']) {
    const versions = prod.service.all(type);
    assert.ok(versions.length > 0);
    for (const { id, deletionPolicy } of versions) assert.equal(deletionPolicy, 'Retain', id);
  }
});

test('a new version of a workflow goes to a part of the orders, and back when an alarm rings', () => {
  for (const { name } of manifest.stateMachines) {
    const version = prod.service.one('AWS::StepFunctions::StateMachineVersion', (p) => p['StateMachineArn'].includes(machineOf(name).id), name);
    const alias = prod.service.one('AWS::StepFunctions::StateMachineAlias', (p) => p['DeploymentPreference'].StateMachineVersionArn.includes(version.id), name);
    const preference = alias.properties['DeploymentPreference'];
    assert.equal(alias.properties['Name'], 'live');
    assert.equal(preference.Type, 'LINEAR');
    assert.ok(preference.Percentage <= 50 && preference.Interval >= 1);
    const names = (preference.Alarms as string[]).map((reference) => {
      const alarm = prod.service.resources.find(({ id }) => reference === `<${id}>`);
      return alarm?.properties['AlarmName'] as string;
    });
    assert.ok(names.includes(`comanda-workflow-${name}-failed`), name);
    assert.ok(names.includes(`comanda-workflow-${name}-timed-out`), name);
    assert.ok(names.some((alarm) => /^comanda-function-.*-errors$/.test(alarm)), `${name} does not look at its functions`);
  }
  const types = dev.service.all('AWS::StepFunctions::StateMachineAlias').map(({ properties }) => properties['DeploymentPreference'].Type);
  assert.deepEqual(new Set(types), new Set(['ALL_AT_ONCE']));
});

test('functions start executions by the alias', () => {
  for (const { name, permissions } of manifest.functions) {
    const starts = permissions.some(({ stateMachine }) => stateMachine);
    const alias = functionOf(prod.service, name)['Environment'].Variables['COMANDA_ALIAS'] as string | undefined;
    assert.equal(alias, starts ? 'live' : undefined, name);
  }
  const names = new Set(prod.service.all('AWS::StepFunctions::StateMachineAlias').map(({ properties }) => properties['Name'] as string));
  assert.deepEqual(names, new Set(['live']));
});

test('executions are logged without what they carry, and traced', () => {
  for (const { name, kind } of manifest.stateMachines) {
    const { properties } = machineOf(name);
    assert.equal(properties['LoggingConfiguration'].IncludeExecutionData, false, name);
    assert.equal(properties['LoggingConfiguration'].Level, kind === 'EXPRESS' ? 'ALL' : 'ERROR', name);
    assert.equal(properties['TracingConfiguration'].Enabled, true, name);
    assert.equal(properties['StateMachineType'], kind, name);
  }
});

test('tables have their keys, indexes and expiry, and outlive the stack where orders are real', () => {
  const keyOf = (schema: { AttributeName: string; KeyType: string }[], type: string) =>
    schema.find(({ KeyType }) => KeyType === type)?.AttributeName ?? null;
  for (const table of tables) {
    const made = prod.data.one('AWS::DynamoDB::Table', (p) => p['TableName'] === table.name, table.name);
    const { properties } = made;
    assert.equal(keyOf(properties['KeySchema'], 'HASH'), table.partitionKey, table.name);
    assert.equal(keyOf(properties['KeySchema'], 'RANGE'), table.sortKey, table.name);
    const indexes = (properties['GlobalSecondaryIndexes'] ?? []) as { IndexName: string; KeySchema: []; Projection: object }[];
    assert.deepEqual(
      indexes.map((index) => [index.IndexName, keyOf(index.KeySchema, 'HASH'), keyOf(index.KeySchema, 'RANGE')]),
      table.indexes.map((index) => [index.name, index.partitionKey, index.sortKey]),
    );
    assert.equal(properties['TimeToLiveSpecification']?.AttributeName ?? null, table.timeToLive, table.name);
    assert.equal(properties['PointInTimeRecoverySpecification'].PointInTimeRecoveryEnabled, true, table.name);
    assert.equal(properties['DeletionProtectionEnabled'], true, table.name);
    assert.equal(made.deletionPolicy, 'Retain', table.name);
    assert.match(properties['SSESpecification'].KMSMasterKeyId, new RegExp(`^<Keys${table.dataClass}`), table.name);
  }
  assert.equal(prod.data.all('AWS::DynamoDB::Table').length, tables.length);
  for (const { id, deletionPolicy } of dev.data.all('AWS::DynamoDB::Table')) assert.equal(deletionPolicy, 'Delete', id);
});

test('keys turn, and are kept with what they encrypted', () => {
  const keys = prod.data.all('AWS::KMS::Key');
  assert.equal(keys.length, 3);
  for (const { id, properties, deletionPolicy } of keys) {
    assert.equal(properties['EnableKeyRotation'], true, id);
    assert.equal(deletionPolicy, 'Retain', id);
  }
});

test('every queue is encrypted, spoken to over TLS only, and sets failures aside or is where they go', () => {
  for (const template of [prod.service, prod.tenant]) {
    const isTarget = (id: string) =>
      JSON.stringify(template.resources.map(({ properties }) => [properties['RedrivePolicy'], properties['Target']?.DeadLetterConfig])).includes(`<${id}.Arn>`);
    for (const { id, properties } of template.all('AWS::SQS::Queue')) {
      assert.match(properties['KmsMasterKeyId'], /^<import comanda-prod-data:.*Keys(personal|business)/, id);
      assert.ok(properties['RedrivePolicy'] || isTarget(id), `${id} loses what fails`);
      const policy = template.one('AWS::SQS::QueuePolicy', (p) => p['Queues'].includes(`<${id}>`), id);
      const denied = policy.properties['PolicyDocument'].Statement.find((statement: { Effect: string }) => statement.Effect === 'Deny');
      assert.equal(denied.Condition.Bool['aws:SecureTransport'], 'false', id);
    }
  }
  const [perStore] = manifest.queues.filter(({ each }) => each === 'store');
  for (const store of ['centro', 'praia']) {
    const name = `comanda-sabor-brasileiro-${store}.fifo`;
    const { properties } = prod.tenant.one('AWS::SQS::Queue', (p) => p['QueueName'] === name, name);
    assert.equal(properties['FifoQueue'], true);
    assert.equal(properties['RedrivePolicy'].maxReceiveCount, perStore?.maxReceiveCount);
    assert.equal(properties['MessageRetentionPeriod'], perStore?.retentionSeconds);
  }
});

test('the events queue is answered message by message, orders beside each other, and hides messages long enough', () => {
  const [mapping] = prod.service.all('AWS::Lambda::EventSourceMapping');
  assert.ok(mapping && prod.service.all('AWS::Lambda::EventSourceMapping').length === 1);
  assert.deepEqual(mapping.properties['FunctionResponseTypes'], ['ReportBatchItemFailures']);
  const queue = prod.service.one('AWS::SQS::Queue', (p) => p['QueueName'] === 'comanda-events.fifo', 'the events queue');
  assert.ok(mapping.properties['EventSourceArn'].includes(queue.id));
  const consumer = manifest.queues.find(({ consumer }) => consumer)?.consumer;
  assert.equal(mapping.properties['BatchSize'], consumer?.batchSize);
  assert.equal(queue.properties['FifoThroughputLimit'], 'perMessageGroupId');
  assert.equal(queue.properties['DeduplicationScope'], 'messageGroup');
  const timeout = manifest.functions.find(({ handler }) => handler === consumer?.function)?.timeoutSeconds ?? Infinity;
  assert.ok(queue.properties['VisibilityTimeout'] >= 6 * timeout);
});

test('nothing calls a function without waiting for its answer', () => {
  const callers = prod.service.all('AWS::Lambda::Permission').map(({ properties }) => properties['Principal'] as string);
  assert.deepEqual(new Set(callers), new Set(['apigateway.amazonaws.com']));
  for (const type of ['AWS::Events::Rule', 'AWS::Lambda::Url']) {
    assert.equal(prod.service.all(type).length, 0, type);
  }
  for (const { id, properties } of prod.service.all('AWS::SNS::Subscription')) assert.equal(properties['Protocol'], 'email', id);
});

test('a schedule starts its workflow by the alias, for its tenant, and sets aside what it missed', () => {
  const { properties } = prod.tenant.one('AWS::Scheduler::Schedule', () => true, 'the sweep');
  const [described] = manifest.schedules;
  assert.equal(properties['ScheduleExpression'], `rate(${described?.everyMinutes} minutes)`);
  assert.match(properties['Target'].Arn, /reconciliationLive/);
  assert.deepEqual(JSON.parse(properties['Target'].Input), { clientId: 'sabor-brasileiro' });
  assert.ok(properties['Target'].DeadLetterConfig.Arn);
});

test('secrets are places without values', () => {
  const secrets = prod.tenant.all('AWS::SecretsManager::Secret');
  assert.deepEqual(
    secrets.map(({ properties }) => properties['Name']).sort(),
    ['asaas-api-key', 'asaas-webhook-token', 'twilio-account', 'twilio-auth-token'].map((name) => `comanda/sabor-brasileiro/${name}`),
  );
  for (const { id, properties, deletionPolicy } of secrets) {
    assert.equal(properties['SecretString'] ?? properties['GenerateSecretString'], undefined, id);
    assert.match(properties['KmsKeyId'], /Keysbusiness/, id);
    assert.equal(deletionPolicy, 'Retain', id);
  }
});

test('a tenant\'s secrets are those that the manifest names', () => {
  const named = prod.tenant.all('AWS::SecretsManager::Secret').map(({ properties }) => properties['Name'] as string);
  const wanted = manifest.tenants.secrets.map(({ name }) => name.replace('{clientId}', 'sabor-brasileiro'));
  assert.deepEqual(named.sort(), wanted.sort());
});

test('a stage in another region names no other region', () => {
  const abroad = synthesize('prod', { region: 'eu-central-1' });
  for (const { raw } of [abroad.data, abroad.service, abroad.tenant]) {
    const text = JSON.stringify(raw);
    assert.doesNotMatch(text, /sa-east-1|us-east-1/);
  }
  assert.match(JSON.stringify(abroad.service.raw), /eu-central-1/);
});

test('alarms go to a topic that is encrypted', () => {
  const topic = prod.service.one('AWS::SNS::Topic', (p) => p['TopicName'] === 'comanda-alarms', 'the topic');
  assert.match(topic.properties['KmsMasterKeyId'], /Keysbusiness/);
  const subscription = prod.service.one('AWS::SNS::Subscription', () => true, 'who hears them');
  assert.deepEqual([subscription.properties['TopicArn'], subscription.properties['Protocol']], [`<${topic.id}>`, 'email']);
});

test('alarms of this account may publish to their topic, whose policy replaces the one that would let them', () => {
  const topic = prod.service.one('AWS::SNS::Topic', (p) => p['TopicName'] === 'comanda-alarms', 'the topic');
  const policy = prod.service.one('AWS::SNS::TopicPolicy', (p) => p['Topics'].includes(`<${topic.id}>`), 'the policy');
  const allowed = policy.properties['PolicyDocument'].Statement.filter(({ Effect }: { Effect: string }) => Effect === 'Allow');
  assert.deepEqual(allowed, [
    {
      Sid: 'AlarmsOfThisAccount',
      Action: 'sns:Publish',
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Resource: `<${topic.id}>`,
      Condition: { StringEquals: { 'aws:SourceAccount': '<account>' } },
    },
  ]);
});

test('the dashboard shows what waits for a person, every workflow, and the queues of stores that come later', () => {
  const { properties } = prod.service.one('AWS::CloudWatch::Dashboard', (p) => p['DashboardName'] === 'comanda', 'the dashboard');
  const { widgets } = JSON.parse(properties['DashboardBody'] as string) as { widgets: { type: string; properties: Properties }[] };
  const text = JSON.stringify(widgets);
  for (const { kind } of manifest.exceptions) assert.ok(text.includes(`"${kind}"`), kind);
  for (const source of manifest.metrics.eventParked.values) assert.ok(text.includes(`"${source}"`), source);
  for (const { name } of manifest.stateMachines) assert.ok(widgets.some((widget) => widget.properties['title'] === name), name);
  assert.match(text, /SEARCH\('\{AWS\/SQS,QueueName\} comanda MetricName=\\"ApproximateAgeOfOldestMessage\\"'/);
  const [status] = widgets.filter(({ type }) => type === 'alarm');
  assert.equal(status?.properties['alarms'].length, prod.service.all('AWS::CloudWatch::Alarm').length);
});

test('links into the console lead to each workflow and to the dashboard', () => {
  const outputs = Object.values(prod.service.raw.Outputs ?? {}).map(({ Value }) => JSON.stringify(Value));
  const links = outputs.filter((value) => value.includes('console.aws.amazon.com'));
  assert.equal(links.length, manifest.stateMachines.length + 1);
  assert.ok(links.some((link) => link.includes('sa-east-1.console.aws.amazon.com/cloudwatch/home?region=sa-east-1#dashboards/dashboard/comanda')));
  for (const { name } of manifest.stateMachines) {
    const { id } = machineOf(name);
    assert.ok(links.some((link) => link.includes('states/home?region=sa-east-1#/statemachines/view/') && link.includes(id)), name);
  }
});

test('the API has the manifest\'s routes and no others, and operators sign', () => {
  const routes = prod.service.all('AWS::ApiGatewayV2::Route').map(({ properties }) => ({
    key: properties['RouteKey'] as string,
    lets: properties['AuthorizationType'] as string,
  }));
  const wanted = manifest.routes.map((route) => ({
    key: `${route.method} ${route.path}`,
    lets: route.authentication === 'operator' ? 'AWS_IAM' : 'NONE',
  }));
  const byKey = (a: { key: string }, b: { key: string }) => a.key.localeCompare(b.key);
  assert.deepEqual(routes.sort(byKey), wanted.sort(byKey));
  assert.ok(wanted.filter(({ lets }) => lets === 'NONE').every(({ key }) => key.startsWith('POST /webhooks/')));
  for (const { properties } of prod.service.all('AWS::ApiGatewayV2::Integration')) {
    assert.match(properties['IntegrationUri'], /Live/, 'the API calls what is live');
  }
});

test('requests are throttled, and what is written of them is not personal', () => {
  const { properties } = prod.service.one('AWS::ApiGatewayV2::Stage', () => true, 'the stage');
  assert.ok(properties['DefaultRouteSettings'].ThrottlingRateLimit > 0);
  assert.ok(properties['DefaultRouteSettings'].ThrottlingBurstLimit > 0);
  const format = properties['AccessLogSettings'].Format as string;
  assert.match(format, /\$context\.routeKey/);
  assert.doesNotMatch(format, /sourceIp|\.path|userAgent|querystring|identity/i);
  assert.equal(prod.service.one('AWS::ApiGatewayV2::Api', () => true, 'the API').properties['DisableExecuteApiEndpoint'], true);
});

test('logs are kept for as long as the stage says, under the business key', () => {
  for (const [{ service }, days] of [[prod, 365], [dev, 30]] as const) {
    const groups = service.all('AWS::Logs::LogGroup');
    assert.ok(groups.length > manifest.functions.length + manifest.stateMachines.length);
    for (const { id, properties } of groups) {
      assert.equal(properties['RetentionInDays'], days, id);
      assert.match(properties['KmsKeyId'], /Keysbusiness/, id);
    }
  }
});

test('every alarm is heard, and names a page that says what it means, how to look and what to do', () => {
  let seen = 0;
  for (const template of stacks) {
    for (const { properties } of template.all('AWS::CloudWatch::Alarm')) {
      const name = properties['AlarmName'] as string;
      assert.match(properties['AlarmActions'][0], /AlarmsTopic/, name);
      assert.equal(properties['TreatMissingData'], 'notBreaching', name);
      const page = /Runbook: (docs\/runbook\/[a-z-]+\.md)$/.exec(properties['AlarmDescription'] as string)?.[1];
      assert.ok(page, `${name} names no page`);
      assert.ok(existsSync(join(root, page)), `${name}: ${page} does not exist`);
      const text = readFileSync(join(root, page), 'utf8');
      for (const part of ['## What it means', '## How to look', '## What to do']) assert.ok(text.includes(part), `${page} lacks ${part}`);
      // What stopped on its way is sent on again, and the page says by which command.
      if (/^comanda-workflow-.*-(failed|timed-out|aborted)$/.test(name)) assert.match(text, /aws stepfunctions redrive-execution/, page);
      if (/dead-letters$/.test(name)) assert.match(text, /aws sqs start-message-move-task/, page);
      seen += 1;
    }
  }
  assert.ok(seen > 50);
});

test('failures of everything that runs have an alarm', () => {
  const names = new Set(stacks.flatMap((template) => template.all('AWS::CloudWatch::Alarm').map(({ properties }) => properties['AlarmName'] as string)));
  const wanted = [
    ...manifest.functions.flatMap(({ handler }) => ['errors', 'throttled', 'slow'].map((what) => `comanda-function-${handler}-${what}`)),
    ...manifest.stateMachines.flatMap(({ name }) => ['failed', 'timed-out', 'aborted', 'throttled'].map((what) => `comanda-workflow-${name}-${what}`)),
    ...manifest.exceptions.map(({ kind }) => `comanda-exception-${kind.toLowerCase().replaceAll('_', '-')}`),
    ...manifest.metrics.eventParked.values.map((source) => `comanda-parked-${source}`),
    ...['centro', 'praia'].flatMap((store) => ['queue-old', 'dead-letters'].map((what) => `comanda-sabor-brasileiro-${store}-${what}`)),
    ...['comanda-events-old', 'comanda-events-dead-letters', 'comanda-api-errors', 'comanda-sabor-brasileiro-reconciliation-missed'],
  ];
  assert.deepEqual(wanted.filter((name) => !names.has(name)), []);
});

test('an exception\'s alarm counts what the functions print', () => {
  const { namespace, exceptionRaised } = manifest.metrics;
  const alarm = prod.service.one('AWS::CloudWatch::Alarm', (p) => p['AlarmName'] === 'comanda-exception-refund-blocked', 'a refund without balance');
  assert.equal(alarm.properties['Namespace'], namespace);
  assert.equal(alarm.properties['MetricName'], exceptionRaised.name);
  assert.deepEqual(alarm.properties['Dimensions'], [{ Name: exceptionRaised.dimension, Value: 'REFUND_BLOCKED' }]);
  assert.equal(alarm.properties['Threshold'], 1);
});

test('nobody is told that it is over where only no more of it was counted', () => {
  for (const template of stacks) {
    for (const { properties } of template.all('AWS::CloudWatch::Alarm')) {
      const name = properties['AlarmName'] as string;
      const counts = /^comanda-(exception|parked)-/.test(name);
      assert.equal(properties['OKActions'] === undefined, counts, name);
      assert.ok(properties['AlarmActions'].length > 0, name);
    }
  }
});

test('a refusal is no fault of a function: what is counted are faults, timeouts and crashes in its log', () => {
  for (const { handler, name } of manifest.functions) {
    const alarm = prod.service.one('AWS::CloudWatch::Alarm', (p) => p['AlarmName'] === `comanda-function-${handler}-errors`, name);
    const filter = prod.service.one(
      'AWS::Logs::MetricFilter',
      (p) => p['MetricTransformations'][0].MetricName === alarm.properties['MetricName'],
      `${name}'s faults`,
    );
    const log = prod.service.one('AWS::Logs::LogGroup', (p) => p['LogGroupName'] === `/aws/lambda/${name}`, name);
    assert.equal(filter.properties['LogGroupName'], `<${log.id}>`);
    assert.equal(filter.properties['MetricTransformations'][0].MetricNamespace, alarm.properties['Namespace']);
    assert.equal(filter.properties['FilterPattern'], '?"ERROR" ?"Task timed out" ?"Runtime exited"');
  }
});
