// Reads `generated/` and checks that its parts fit together: what deploys without an error and then fails at the first
// order is found here instead.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Manifest, Permission, Substitute, TableDescription } from './manifest.ts';
import { readJson, type Problems } from './problems.ts';

/** Everything that the Rust side describes. */
export interface Project {
  readonly manifest: Manifest;
  readonly tables: readonly TableDescription[];
  /** The text of each state machine's definition, by its name. */
  readonly definitions: ReadonlyMap<string, string>;
}

const BUILD = 'run `cargo run -- build`, and read what changed in generated/';

/** The project in this directory; what does not fit is added to `problems`. */
export function loadProject(directory: string, problems: Problems): Project | undefined {
  const manifestFile = join(directory, 'manifest.json');
  const manifest = readJson<Manifest>(manifestFile, problems, BUILD);
  const tables = readJson<{ tables: TableDescription[] }>(join(directory, 'tables.json'), problems, BUILD)?.tables;
  if (!manifest || !tables) return undefined;
  const parts = ['stateMachines', 'functions', 'routes', 'queues', 'schedules', 'tables', 'tenants', 'metrics', 'exceptions'] as const;
  const missing = parts.filter((part) => manifest[part] === undefined);
  if (missing.length > 0) {
    problems.add(manifestFile, `the manifest has no ${missing.map((part) => `\`${part}\``).join(', ')}`, BUILD);
    return undefined;
  }
  const definitions = readDefinitions(directory, manifest, problems);
  const project = { manifest, tables, definitions };
  const check = new Check(project, manifestFile, problems);
  check.machines();
  check.functions();
  check.ways();
  check.tables();
  check.tenants();
  return project;
}

function readDefinitions(directory: string, manifest: Manifest, problems: Problems): Map<string, string> {
  const definitions = new Map<string, string>();
  for (const machine of manifest.stateMachines) {
    const file = join(directory, machine.definition);
    if (readJson(file, problems, BUILD)) definitions.set(machine.name, readFileSync(file, 'utf8'));
  }
  const folder = join(directory, 'asl');
  const described = new Set(manifest.stateMachines.map((machine) => join(directory, machine.definition)));
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (name.endsWith('.asl.json') && !described.has(join(folder, name))) {
      problems.add(join(folder, name), 'no state machine of the manifest has this definition', BUILD);
    }
  }
  return definitions;
}

/** `comanda-orders` → `orders`. */
export function handlerOf(functionName: string): string {
  return functionName.replace(/^comanda-/, '');
}

/** The names between `${` and `}`. */
export function placeholders(definition: string): Set<string> {
  return new Set(Array.from(definition.matchAll(/\$\{([^}]*)\}/g), (match) => match[1] ?? ''));
}

class Check {
  private readonly functionNames: Set<string>;
  private readonly machineNames: Set<string>;
  private readonly tableNames: Set<string>;

  constructor(
    private readonly project: Project,
    private readonly file: string,
    private readonly problems: Problems,
  ) {
    const { manifest } = project;
    this.functionNames = new Set(manifest.functions.map((description) => description.handler));
    this.machineNames = new Set(manifest.stateMachines.map((machine) => machine.name));
    this.tableNames = new Set(project.tables.map((table) => table.name));
  }

  private wrong(place: string, what: string): void {
    this.problems.add(`${this.file}: ${place}`, what, BUILD);
  }

  machines(): void {
    for (const machine of this.project.manifest.stateMachines) {
      const definition = this.project.definitions.get(machine.name);
      if (definition === undefined) continue;
      const used = placeholders(definition);
      for (const name of used) {
        if (!(name in machine.substitutions)) {
          this.wrong(machine.name, `${machine.definition} has \${${name}}, and no substitution says what it is`);
        }
      }
      for (const [name, substitute] of Object.entries(machine.substitutions)) {
        if (!used.has(name)) this.wrong(machine.name, `the substitution \${${name}} is not in ${machine.definition}`);
        this.substitute(machine.name, name, substitute);
      }
      this.permissions(machine.name, machine.permissions);
    }
  }

  private substitute(machine: string, name: string, substitute: Substitute): void {
    if (substitute === 'eventsQueueUrl') return;
    if (substitute === 'unknown') return this.wrong(machine, `nothing is known that could stand for \${${name}}`);
    if ('function' in substitute && !this.functionNames.has(substitute.function)) {
      this.wrong(machine, `\${${name}} stands for the function \`${substitute.function}\`, which is not described`);
    }
    if ('stateMachine' in substitute && !this.machineNames.has(substitute.stateMachine)) {
      this.wrong(machine, `\${${name}} stands for the state machine \`${substitute.stateMachine}\`, which is not described`);
    }
  }

  functions(): void {
    const answered = new Set(this.project.manifest.functions.flatMap((description) => description.tasks));
    for (const description of this.project.manifest.functions) {
      this.permissions(description.name, description.permissions);
    }
    for (const machine of this.project.manifest.stateMachines) {
      for (const task of machine.tasks) {
        if (!answered.has(task)) this.wrong(machine.name, `no function answers its task \`${task}\``);
      }
    }
  }

  private permissions(who: string, permissions: readonly Permission[]): void {
    const known = (kind: string, name: string | undefined, names: Set<string>) => {
      if (name !== undefined && !names.has(name)) this.wrong(who, `a permission names the ${kind} \`${name}\`, which is not described`);
    };
    for (const permission of permissions) {
      known('table', permission.table ?? permission.tableIndexes, this.tableNames);
      known('function', permission.function, this.functionNames);
      known('state machine', permission.stateMachine ?? permission.executions, this.machineNames);
    }
  }

  /** What every tenant gets: without a queue its orders would reach nobody, without secrets nobody could pay. */
  tenants(): void {
    const { queues, tenants } = this.project.manifest;
    if (!queues.some((queue) => queue.each === 'store')) this.wrong('queues', 'no queue is for each store, so orders would reach nobody');
    if (tenants.secrets.length === 0) this.wrong('tenants', 'a tenant has no secrets, so nobody could pay');
    for (const { purpose, name } of tenants.secrets) {
      if (!name.startsWith('comanda/{clientId}/')) this.wrong('tenants', `the secret \`${purpose}\` of one tenant would be another's too`);
    }
    this.permissions('tenants', tenants.permissions);
  }

  /** Routes, queues and schedules: the ways in. */
  ways(): void {
    const { manifest } = this.project;
    const entryPoints = new Map(manifest.functions.map((description) => [description.handler, description.entryPoints]));
    const enters = (place: string, handler: string, entryPoint: string) => {
      const known = entryPoints.get(handler);
      if (!known) this.wrong(place, `its function \`${handler}\` is not described`);
      else if (!known.includes(entryPoint)) this.wrong(place, `the function \`${handler}\` has no entry point \`${entryPoint}\``);
    };
    for (const route of manifest.routes) {
      const place = `${route.method} ${route.path}`;
      enters(place, handlerOf(route.function), route.entryPoint);
      if (route.authentication !== 'webhook' && route.authentication !== 'operator') {
        this.wrong(place, `nobody knows how \`${String(route.authentication)}\` lets callers in`);
      }
    }
    for (const queue of manifest.queues) {
      if (queue.consumer) enters(queue.name, queue.consumer.function, queue.consumer.entryPoint);
    }
    for (const schedule of manifest.schedules) {
      if (!this.machineNames.has(schedule.stateMachine)) {
        this.wrong('schedules', `the state machine \`${schedule.stateMachine}\` is not described`);
      }
    }
  }

  tables(): void {
    const listed = new Set(this.project.manifest.tables);
    for (const name of listed) {
      if (!this.tableNames.has(name)) this.wrong('tables', `the table \`${name}\` is not in tables.json`);
    }
    for (const name of this.tableNames) {
      if (!listed.has(name)) this.wrong('tables', `the table \`${name}\` of tables.json is not listed`);
    }
  }
}
