// The whole app from its input: read, checked, then synthesized. Nothing here asks AWS anything.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks } from 'cdk-nag';

import { DataStack } from './data-stack.ts';
import { acknowledge } from './findings.ts';
import { Problems } from './input/problems.ts';
import { handlerOf, loadProject, type Project } from './input/project.ts';
import { isPlaceholder, loadStage, type Stage } from './input/stage.ts';
import { loadTenants, type Tenant } from './input/tenant.ts';
import { unknownWords } from './service-function.ts';
import { ServiceStack } from './service-stack.ts';
import { TenantStack } from './tenant-stack.ts';

/** Where the input is. */
export interface Input {
  readonly stage: string;
  readonly stagesFile: string;
  /** `generated/`. */
  readonly generated: string;
  readonly tenants: string;
  /** The directory with `bootstrap`. @default - `target/lambda/<architecture>` */
  readonly bootstrap?: string;
  /** The repository's root. */
  readonly root: string;
}

interface Checked {
  readonly stage: Stage;
  readonly project: Project;
  readonly tenants: readonly Tenant[];
  readonly bootstrap: string;
}

/** Reads everything and throws an `InputError` with all that is wrong. */
export function readInput(input: Input): Checked {
  const problems = new Problems();
  const stage = loadStage(input.stagesFile, input.stage, problems);
  const project = loadProject(input.generated, problems);
  // What tenants need is in the manifest; where that is missing there is nothing to hold them to.
  const tenants = project ? loadTenants(input.tenants, input.stage, project.manifest.tenants.secrets, problems) : [];
  const bootstrap = input.bootstrap ?? join(input.root, 'target', 'lambda', stage?.architecture ?? 'x86_64');
  if (!existsSync(join(bootstrap, 'bootstrap'))) {
    problems.add(join(bootstrap, 'bootstrap'), 'the functions\' program is missing', 'run `just package`, or say where it is by `-c bootstrap=<directory>`');
  }
  if (stage && project) checkTogether(input, stage, project, problems);
  problems.settle();
  if (!stage || !project) throw new Error('something is missing that no problem tells of');
  return { stage, project, tenants, bootstrap };
}

/** What one file says of another's things. */
function checkTogether(input: Input, stage: Stage, project: Project, problems: Problems): void {
  const handlers = new Set(project.manifest.functions.map((description) => description.handler));
  for (const handler of Object.keys(stage.reservedConcurrency ?? {})) {
    if (!handlers.has(handler)) {
      const known = [...handlers].sort().join(', ');
      problems.add(`${input.stagesFile}: ${stage.name}`, `\`reservedConcurrency\` names \`${handler}\`, which is no function`, `choose from ${known}`);
    }
  }
  for (const description of project.manifest.functions) {
    for (const word of unknownWords(description.environment)) {
      problems.add(join(input.generated, 'manifest.json'), `${description.name} wants to know {${word}}, which this app cannot tell`, 'teach `values` in cdk/lib/service-function.ts what it is');
    }
    if (description.name !== `comanda-${handlerOf(description.name)}` || handlerOf(description.name) !== description.handler) {
      problems.add(join(input.generated, 'manifest.json'), `${description.name} is not named after its handler \`${description.handler}\``, 'run `cargo run -- build`');
    }
  }
}

/** Puts all stacks into the app. */
export function build(app: App, { stage, project, tenants, bootstrap }: Checked): void {
  const env = { region: stage.region, ...(stage.account ? { account: stage.account } : {}) };
  const name = `comanda-${stage.name}`;
  const data = new DataStack(app, `${name}-data`, { env, project, stage, description: 'Comanda: keys and tables', terminationProtection: stage.keepData });
  const { keys } = data;
  const service = new ServiceStack(app, name, { env, project, stage, keys, bootstrap, description: 'Comanda: functions, workflows, API, alarms' });
  // Functions find tables by their names, which says nothing to CloudFormation about the order.
  service.addStackDependency(data);
  for (const tenant of tenants) {
    const description = `Comanda: queues, schedules and secrets of ${tenant.clientId}`;
    const own = { env, project, stage, keys, tenant, description, alarmTopic: service.alarms.topic, startArns: service.startArns };
    new TenantStack(app, `${name}-tenant-${tenant.clientId}`, own);
  }
  Tags.of(app).add('comanda:stage', stage.name);
  if (isPlaceholder(stage.domain)) {
    const text = `${stage.domain} is a placeholder that nobody can own: write your domain into cdk/stages.json before you deploy.`;
    Validations.of(service).addWarning('comanda:placeholder-domain', text);
  }
  if (stage.alarmEmail === undefined && !stage.emulator) {
    Validations.of(service).addWarning('comanda:no-alarm-email', 'nobody hears the alarms: write an `alarmEmail` into cdk/stages.json, or subscribe to the topic comanda-alarms.');
  } else if (stage.alarmEmail && isPlaceholder(stage.alarmEmail)) {
    const text = `${stage.alarmEmail} is a placeholder that nobody reads: write who hears the alarms into cdk/stages.json before you deploy.`;
    Validations.of(service).addWarning('comanda:placeholder-alarm-email', text);
  }
  acknowledge(app, stage);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app), new NIST80053R5Checks(app));
}
