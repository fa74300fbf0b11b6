// Bad input: each is refused before anything is synthesized, with its place and what to do.

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { App } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';

import { build, readInput, type Input } from '../lib/app.ts';
import { InputError } from '../lib/input/problems.ts';
import { contextOfCdk, generated, goodInput, temporary } from './support.ts';

/** A copy of `generated/` that may be spoilt. */
function spoilt(spoil: (directory: string) => void): Partial<Input> {
  const directory = join(temporary(), 'generated');
  cpSync(generated, directory, { recursive: true });
  spoil(directory);
  return { generated: directory };
}

type Json = any;

function edit(directory: string, name: string, change: (value: Json) => void): void {
  const file = join(directory, name);
  const value: Json = JSON.parse(readFileSync(file, 'utf8'));
  change(value);
  writeFileSync(file, JSON.stringify(value));
}

function tenant(described: Json): Partial<Input> {
  const tenants = temporary();
  writeFileSync(join(tenants, 'one.json'), typeof described === 'string' ? described : JSON.stringify(described));
  return { tenants };
}

function stages(change: (stages: Json) => void): Partial<Input> {
  const directory = temporary();
  cpSync(goodInput('dev').stagesFile, join(directory, 'stages.json'));
  edit(directory, 'stages.json', change);
  return { stagesFile: join(directory, 'stages.json') };
}

/** What is said to this input, one line for each problem. */
function told(change: Partial<Input>): string {
  try {
    readInput({ ...goodInput('dev'), ...change });
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    for (const problem of error.problems) assert.ok(problem.help.length > 10, 'advice that can be followed');
    return error.message;
  }
  return '';
}

const machine = (manifest: Json, name: string) => manifest.stateMachines.find((each: Json) => each.name === name);
const SABOR = { clientId: 'sabor', name: 'Sabor', stores: [{ storeId: 'centro' }] };

const refused: readonly (readonly [string, () => Partial<Input>, RegExp])[] = [
  [
    'a hole of a definition that nothing stands for',
    () => spoilt((at) => edit(at, 'manifest.json', (manifest) => delete machine(manifest, 'refund').substitutions.OrdersFunction)),
    /manifest\.json: refund: asl\/refund\.asl\.json has \$\{OrdersFunction\}, and no substitution says what it is\n {2}help: run `cargo run -- build`/,
  ],
  [
    'a substitution without its hole',
    () => spoilt((at) => edit(at, 'manifest.json', (manifest) => (machine(manifest, 'refund').substitutions.PosFunction = { function: 'pos' }))),
    /refund: the substitution \$\{PosFunction\} is not in asl\/refund\.asl\.json/,
  ],
  [
    'a substitution by a function that is not described',
    () => spoilt((at) => edit(at, 'manifest.json', (manifest) => (machine(manifest, 'refund').substitutions.OrdersFunction = { function: 'pedidos' }))),
    /\$\{OrdersFunction\} stands for the function `pedidos`, which is not described/,
  ],
  [
    'a substitution by a state machine that is not described',
    () => spoilt((at) => edit(at, 'manifest.json', (manifest) => (machine(manifest, 'order-status').substitutions.RefundStateMachine = { stateMachine: 'estorno' }))),
    /stands for the state machine `estorno`, which is not described/,
  ],
  [
    'a substitution that the build did not understand',
    () => spoilt((at) => edit(at, 'manifest.json', (manifest) => (machine(manifest, 'refund').substitutions.OrdersFunction = 'unknown'))),
    /nothing is known that could stand for \$\{OrdersFunction\}/,
  ],
  [
    'a definition that is missing',
    () => spoilt((at) => rmSync(join(at, 'asl', 'refund.asl.json'))),
    /refund\.asl\.json: the file is missing/,
  ],
  [
    'a definition that no state machine has',
    () => spoilt((at) => edit(at, 'manifest.json', (manifest) => (manifest.stateMachines = manifest.stateMachines.filter((each: Json) => each.name !== 'conversation')))),
    /conversation\.asl\.json: no state machine of the manifest has this definition/,
  ],
  [
    'a task that no function answers',
    () => spoilt((at) => edit(at, 'manifest.json', (manifest) => machine(manifest, 'refund').tasks.push('Tango'))),
    /refund: no function answers its task `Tango`/,
  ],
  [
    'a table without a description',
    () => spoilt((at) => edit(at, 'manifest.json', (manifest) => manifest.tables.push('WhatsAppBotPets'))),
    /the table `WhatsAppBotPets` is not in tables\.json/,
  ],
  [
    'a permission on a table that is not described',
    () => spoilt((at) => edit(at, 'manifest.json', (manifest) => manifest.functions[0].permissions.push({ table: 'Pets', actions: ['dynamodb:GetItem'] }))),
    /a permission names the table `Pets`, which is not described/,
  ],
  [
    'a route to an entry point that its function does not have',
    () => spoilt((at) => edit(at, 'manifest.json', (manifest) => (manifest.routes[0].entryPoint = 'dance'))),
    /POST \/api\/orders: the function `orders` has no entry point `dance`/,
  ],
  [
    'a route that lets callers in nobody knows how',
    () => spoilt((at) => edit(at, 'manifest.json', (manifest) => (manifest.routes[0].authentication = 'trust'))),
    /nobody knows how `trust` lets callers in/,
  ],
  [
    'an environment that wants to know something else',
    () => spoilt((at) => edit(at, 'manifest.json', (manifest) => (manifest.functions[0].environment.X = '{moon}'))),
    /wants to know \{moon\}, which this app cannot tell/,
  ],
  ['a manifest that is not JSON', () => spoilt((at) => writeFileSync(join(at, 'manifest.json'), '{')), /manifest\.json: the file is not JSON/],
  ['a manifest of before', () => spoilt((at) => edit(at, 'manifest.json', (manifest) => delete manifest.routes)), /the manifest has no `routes`/],
  ['a tenant without a store', () => tenant({ ...SABOR, stores: [] }), /one\.json: the tenant `sabor` has no store, so it would have no queue and its orders would reach nobody\n {2}help: add `"stores"/],
  ['a tenant without an id', () => tenant({ stores: [] }), /`clientId` is missing or is no id/],
  ['a tenant with an id that no queue bears', () => tenant({ ...SABOR, clientId: 'são#' }), /`clientId` is missing or is no id/],
  ['a tenant whose schedule would have too long a name', () => tenant({ ...SABOR, clientId: 'a'.repeat(50) }), /would have a name of more than 64 characters/],
  ['a store that is another\'s dead letters', () => tenant({ ...SABOR, stores: [{ storeId: 'centro' }, { storeId: 'centro-dead' }] }), /the store `centro-dead` would have the queue of another's dead letters/],
  ['a store twice', () => tenant({ ...SABOR, stores: [{ storeId: 'centro' }, { storeId: 'centro' }] }), /the store `centro` is there twice/],
  [
    'two stores that would share a queue',
    () => {
      const { tenants } = tenant({ ...SABOR, clientId: 'a-b', stores: [{ storeId: 'c' }] });
      writeFileSync(join(tenants ?? '', 'two.json'), JSON.stringify({ ...SABOR, clientId: 'a', stores: [{ storeId: 'b-c' }] }));
      return { tenants };
    },
    /two\.json: the store `b-c` would share the queue comanda-a-b-c\.fifo with .*one\.json/,
  ],
  [
    'a missing secret',
    () => tenant({ ...SABOR, secrets: { paymentApiKey: 'comanda/sabor/asaas-api-key', messagingAccount: 'comanda/sabor/twilio-account', webhookToken: 'comanda/sabor/asaas-webhook-token' } }),
    /the secret `messagingToken` of `sabor` is missing\n {2}help: add `"messagingToken": "comanda\/sabor\/twilio-auth-token"`/,
  ],
  [
    'another tenant\'s secret',
    () => tenant({ ...SABOR, secrets: { paymentApiKey: 'comanda/other/asaas-api-key', messagingAccount: 'comanda/sabor/a', messagingToken: 'comanda/sabor/b', webhookToken: 'comanda/sabor/c' } }),
    /the secret comanda\/other\/asaas-api-key is not the tenant's own/,
  ],
  ['a tenant that is not JSON', () => tenant('{'), /one\.json: the file is not JSON/],
  ['a stage that is not described', () => ({ stage: 'moon' }), /there is no stage `moon`\n {2}help: choose one of `dev`, `prod`/],
  ['a stage without a domain', () => stages((all) => delete all.dev.domain), /dev: the stage has no domain, and providers need an address for their webhooks\n {2}help: add `"domain"/],
  ['a domain with a scheme', () => stages((all) => (all.dev.domain = 'https://x.example')), /`https:\/\/x\.example` is not a domain/],
  ['a region that is none', () => stages((all) => (all.dev.region = 'São Paulo')), /`São Paulo` is not a region/],
  ['a stage that does not say what happens to its data', () => stages((all) => delete all.dev.keepData), /does not say whether its data outlives it/],
  ['logs for a time that CloudWatch does not know', () => stages((all) => (all.dev.logRetentionDays = 31)), /logs cannot be kept for 31 days/],
  ['a reservation for nobody', () => stages((all) => (all.dev.reservedConcurrency = { cozinha: 1 })), /names `cozinha`, which is no function/],
  ['a setting that is misspelt', () => stages((all) => (all.dev.alarmEmial = 'a@b.example')), /dev: `alarmEmial` is no setting of a stage\n {2}help: choose from account, alarmEmail/],
  [
    'a stage with real orders whose alarms nobody hears',
    () => ({ stage: 'prod', ...stages((all) => delete all.prod.alarmEmail) }),
    /prod: the stage keeps its data, and nobody would hear its alarms\n {2}help: write who is to be written to: `"alarmEmail": .* or `false`/,
  ],
  ['an alarm to a misspelt address', () => stages((all) => (all.dev.alarmEmail = 'the chef')), /`alarmEmail` is not an address/],
  ['a way to deploy that there is not', () => stages((all) => (all.dev.deployment = { type: 'SLOWLY' })), /`SLOWLY` is no way to deploy/],
  ['a gradual deployment without steps', () => stages((all) => (all.dev.deployment = { type: 'LINEAR', intervalMinutes: 5 })), /`LINEAR` does not say how much goes to the new version/],
  ['a gradual deployment at once', () => stages((all) => (all.dev.deployment = { type: 'CANARY', percentage: 100, intervalMinutes: 5 })), /`CANARY` does not say how much/],
  ['memory that Lambda does not have', () => stages((all) => (all.dev.memoryMegabytes = 64)), /a function cannot have 64 MB of memory\n {2}help: Lambda takes 128 to 10240/],
  ['an API without a limit', () => stages((all) => (all.dev.requests = { perSecond: 50 })), /`requests` would let nothing through, or everything/],
  ['a function that is turned off', () => stages((all) => (all.dev.reservedConcurrency = { orders: 0 })), /`reservedConcurrency` of `orders` is 0/],
  ['a store that is offline at once', () => stages((all) => (all.dev.storeQueueAgeSeconds = 0)), /`storeQueueAgeSeconds` is no number of seconds/],
  ['a manifest without a queue for each store', () => spoilt((at) => edit(at, 'manifest.json', (manifest) => (manifest.queues = manifest.queues.filter((each: Json) => each.each !== 'store')))), /no queue is for each store, so orders would reach nobody/],
  ['a manifest whose tenants have no secrets', () => spoilt((at) => edit(at, 'manifest.json', (manifest) => (manifest.tenants.secrets = []))), /a tenant has no secrets, so nobody could pay/],
  ['a secret that tenants would share', () => spoilt((at) => edit(at, 'manifest.json', (manifest) => (manifest.tenants.secrets[0].name = 'comanda/key'))), /the secret `paymentApiKey` of one tenant would be another's too/],
  ['a program that was not built', () => ({ bootstrap: temporary() }), /bootstrap: the functions' program is missing\n {2}help: run `just package`/],
];

for (const [what, change, message] of refused) {
  test(`${what} is refused`, () => assert.match(told(change()), message));
}

test('good input is not refused', () => assert.equal(told({}), ''));

test('a stage may say that its alarms are heard by other means', () => {
  assert.equal(told({ stage: 'prod', ...stages((all) => (all.prod.alarmEmail = false)) }), '');
});

test('everything that is wrong is told at once', () => {
  const all = told({ ...stages((each) => delete each.dev.domain), ...tenant({ ...SABOR, stores: [] }), bootstrap: temporary() });
  assert.equal(all.split('\n').filter((line) => line.startsWith('error: ')).length, 3, all);
});

test('a tenant of other stages is left out', () => {
  const { tenants } = readInput({ ...goodInput('dev'), ...tenant({ ...SABOR, stages: ['prod'] }) });
  assert.deepEqual(tenants, []);
});

test('what cdk-nag finds and nobody explained ends the synthesis', () => {
  const outdir = join(temporary(), 'cdk.out');
  mkdirSync(outdir);
  const app = new App({ outdir, context: contextOfCdk() });
  build(app, readInput(goodInput('dev')));
  new Queue(app.node.findChild('comanda-dev') as never, 'Unencrypted', { encryption: undefined, enforceSSL: false });
  assert.throws(() => app.synth(), /Validation failed/);
});
