// A stage: one deployment in an AWS account and region of its own, as `stages.json` describes it.

import { readJson, type Problems } from './problems.ts';

/** How a new version of a workflow gets its orders. */
export type Deployment =
  | { readonly type: 'ALL_AT_ONCE' }
  | {
      readonly type: 'LINEAR' | 'CANARY';
      /** How much goes to the new version with each step. */
      readonly percentage: number;
      readonly intervalMinutes: number;
    };

/** What a deployment target that is not AWS cannot do. Each part is named, so that nothing differs silently. */
export interface Emulator {
  /** It has no versions and aliases of state machines: executions are started by the machine's own name. */
  readonly withoutStateMachineAliases: boolean;
  /** It has no layer with the secrets extension: secrets are read where `environment` says. */
  readonly withoutSecretsExtension: boolean;
  /** It breaks down on a `TimeoutSeconds` that is an expression: this number stands there instead. */
  readonly constantTimeoutSeconds: number;
  /** It does not verify signed requests: `/api` lets everybody in. */
  readonly withoutOperators: boolean;
  /** What its functions need to know beyond the manifest's environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** One stage. */
export interface Stage {
  readonly name: string;
  readonly region: string;
  /** The only account that it may be deployed to. @default - whichever the credentials are for */
  readonly account?: string;
  /** The name that providers and operators reach it under. */
  readonly domain: string;
  /** The domain's zone at Route 53. @default - its records are made by hand */
  readonly hostedZone?: { readonly id: string; readonly name: string };
  readonly architecture: 'arm64' | 'x86_64';
  /** Tables and keys outlive the stack and cannot be deleted. */
  readonly keepData: boolean;
  readonly logRetentionDays: number;
  readonly memoryMegabytes: number;
  /** For each function that has one: how many at the same time, kept free for it, and never more. */
  readonly reservedConcurrency: Readonly<Record<string, number>>;
  readonly requests: { readonly perSecond: number; readonly burst: number };
  readonly deployment: Deployment;
  /** A store's POS that has not fetched an order for so long is offline. */
  readonly storeQueueAgeSeconds: number;
  /** Who is written to by alarms; `false` where something else subscribes to the topic. @default - nobody, where no data is kept */
  readonly alarmEmail?: string | false;
  /** Where the repository is read, for links in alarms. @default - the page's path alone */
  readonly runbookUrl?: string;
  readonly emulator?: Emulator;
}

const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;
const DOMAIN = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
/** Every setting that a stage may have: what is misspelt would be left out in silence, an alarm's address among it. */
const SETTINGS: ReadonlySet<string> = new Set<keyof Stage>([
  'name', 'region', 'account', 'domain', 'hostedZone', 'architecture', 'keepData', 'logRetentionDays', 'memoryMegabytes',
  'reservedConcurrency', 'requests', 'deployment', 'storeQueueAgeSeconds', 'alarmEmail', 'runbookUrl', 'emulator',
]);
/** What Lambda takes. */
const MEMORY = { least: 128, most: 10_240 };
/** What CloudWatch Logs takes. */
const RETENTIONS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/** The stage of this name. */
export function loadStage(file: string, name: string, problems: Problems): Stage | undefined {
  const stages = readJson<Record<string, Omit<Stage, 'name'>>>(file, problems, 'take it from version control again');
  if (!stages) return undefined;
  const described = stages[name];
  if (!described) {
    const names = Object.keys(stages).map((known) => `\`${known}\``).join(', ');
    problems.add(file, `there is no stage \`${name}\``, `choose one of ${names} by \`-c stage=…\`, or describe it there`);
    return undefined;
  }
  const stage: Stage = { ...described, name };
  check(file, stage, problems);
  return stage;
}

function check(file: string, stage: Stage, problems: Problems): void {
  const wrong = (what: string, help: string) => problems.add(`${file}: ${stage.name}`, what, help);
  const domain: unknown = stage.domain;
  if (!domain) {
    wrong('the stage has no domain, and providers need an address for their webhooks', 'add `"domain": "<name>.<your domain>"`');
  } else if (typeof domain !== 'string' || !DOMAIN.test(domain)) {
    wrong(`\`${String(domain)}\` is not a domain`, 'write it in lower case, without scheme and path');
  }
  if (!REGION.test(String(stage.region))) wrong(`\`${stage.region}\` is not a region`, 'write it as AWS does: `"region": "sa-east-1"`');
  if (stage.account !== undefined && !/^\d{12}$/.test(stage.account)) {
    wrong('the account is not twelve digits', 'write the account\'s number as a text, or leave it out');
  }
  if (stage.architecture !== 'arm64' && stage.architecture !== 'x86_64') {
    wrong(`\`${String(stage.architecture)}\` is not an architecture`, 'choose `arm64` or `x86_64`');
  }
  if (typeof stage.keepData !== 'boolean') {
    wrong('the stage does not say whether its data outlives it', 'add `"keepData": true`, or `false` for a stage that may be thrown away');
  }
  if (!RETENTIONS.includes(stage.logRetentionDays)) {
    wrong(`logs cannot be kept for ${stage.logRetentionDays} days`, `CloudWatch takes ${RETENTIONS.join(', ')}`);
  }
  for (const part of ['memoryMegabytes', 'reservedConcurrency', 'requests', 'deployment', 'storeQueueAgeSeconds'] as const) {
    if (stage[part] === undefined) wrong(`\`${part}\` is missing`, 'take it from another stage of the file');
  }
  for (const setting of Object.keys(stage)) {
    if (!SETTINGS.has(setting)) wrong(`\`${setting}\` is no setting of a stage`, `choose from ${[...SETTINGS].sort().join(', ')}`);
  }
  checkNumbers(stage, wrong);
  if (stage.deployment !== undefined) checkDeployment(stage.deployment, wrong);
  checkAlarmEmail(stage, wrong);
  if (stage.runbookUrl !== undefined && !/^https:\/\/.+\/$/.test(stage.runbookUrl)) {
    wrong('`runbookUrl` is not an https address that ends in `/`', 'write the address of the repository\'s root in a browser');
  }
}

type Wrong = (what: string, help: string) => void;

const isWhole = (value: unknown, least: number, most = Infinity): boolean =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

function checkNumbers(stage: Stage, wrong: Wrong): void {
  const { memoryMegabytes, requests, reservedConcurrency, storeQueueAgeSeconds } = stage;
  if (memoryMegabytes !== undefined && !isWhole(memoryMegabytes, MEMORY.least, MEMORY.most)) {
    wrong(`a function cannot have ${String(memoryMegabytes)} MB of memory`, `Lambda takes ${MEMORY.least} to ${MEMORY.most}`);
  }
  if (requests !== undefined && !(isWhole(requests.perSecond, 1) && isWhole(requests.burst, 1))) {
    wrong('`requests` would let nothing through, or everything', 'write `"requests": {"perSecond": 50, "burst": 100}`, in whole numbers');
  }
  if (storeQueueAgeSeconds !== undefined && !isWhole(storeQueueAgeSeconds, 60)) {
    wrong('`storeQueueAgeSeconds` is no number of seconds, or less than a minute', 'write `"storeQueueAgeSeconds": 300`');
  }
  for (const [handler, calls] of Object.entries(reservedConcurrency ?? {})) {
    // None at all would turn the function off.
    if (!isWhole(calls, 1)) wrong(`\`reservedConcurrency\` of \`${handler}\` is ${String(calls)}`, 'write a whole number from 1, or leave it out');
  }
}

/** Where orders are real somebody hears the alarms, or it is said that they are heard by other means. */
function checkAlarmEmail({ alarmEmail, keepData }: Stage, wrong: Wrong): void {
  if (alarmEmail === undefined && keepData === true) {
    wrong(
      'the stage keeps its data, and nobody would hear its alarms',
      'write who is to be written to: `"alarmEmail": "<name>@<your domain>"`, or `false` where something else subscribes to the topic comanda-alarms',
    );
  }
  if (alarmEmail !== undefined && alarmEmail !== false && !/^[^@\s]+@[^@\s]+$/.test(alarmEmail)) {
    wrong('`alarmEmail` is not an address', 'write who is to be written to: `"alarmEmail": "<name>@<your domain>"`');
  }
}

function checkDeployment(deployment: Deployment, wrong: Wrong): void {
  if (deployment.type === 'ALL_AT_ONCE') return;
  if (deployment.type !== 'LINEAR' && deployment.type !== 'CANARY') {
    wrong(`\`${String((deployment as { type: unknown }).type)}\` is no way to deploy`, 'choose `ALL_AT_ONCE`, `LINEAR` or `CANARY`');
    return;
  }
  if (!isWhole(deployment.percentage, 1, 99) || !isWhole(deployment.intervalMinutes, 1, 2100)) {
    wrong(
      `\`${deployment.type}\` does not say how much goes to the new version, or for how long`,
      'write `"percentage"` from 1 to 99 and `"intervalMinutes"` from 1 to 2100',
    );
  }
}

/** Whether the domain is one of those that nobody can own (RFC 2606): good enough to look at a template. */
export function isPlaceholder(domain: string): boolean {
  return /\.(example|test|invalid|localhost)$/.test(domain);
}
