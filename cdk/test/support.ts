// Synthesizes the app in this process, and reads templates by meaning.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after } from 'node:test';

import { App } from 'aws-cdk-lib';

import { build, readInput, type Input } from '../lib/app.ts';
import type { Manifest, TableDescription } from '../lib/input/manifest.ts';

const here = dirname(fileURLToPath(import.meta.url));
export const root = join(here, '..', '..');
export const generated = join(root, 'generated');

export function readGenerated<T>(name: string): T {
  return JSON.parse(readFileSync(join(generated, name), 'utf8')) as T;
}
export const manifest = readGenerated<Manifest>('manifest.json');
export const tables = readGenerated<{ tables: TableDescription[] }>('tables.json').tables;

/** A directory that goes away after the tests of a file. */
export function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'comanda-cdk-'));
  after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Input that is fine: the repository's own, with a program that only has to be there. */
export function goodInput(stage: string): Input {
  const bootstrap = join(temporary(), 'bootstrap-directory');
  mkdirSync(bootstrap);
  writeFileSync(join(bootstrap, 'bootstrap'), 'not run here');
  return {
    stage,
    stagesFile: join(here, '..', 'stages.json'),
    generated,
    tenants: join(here, 'fixtures', 'tenants'),
    bootstrap,
    root,
  };
}

export type Properties = Record<string, any>;

export interface Resource {
  readonly id: string;
  readonly type: string;
  readonly properties: Properties;
  readonly deletionPolicy?: string;
}

/** One stack's template, with the account's number and names of other resources in readable form. */
export class Template {
  readonly resources: readonly Resource[];

  constructor(readonly raw: { Resources: Record<string, Properties>; Outputs?: Record<string, Properties> }) {
    this.resources = Object.entries(raw.Resources).map(([id, resource]) => ({
      id,
      type: resource['Type'] as string,
      properties: readable(resource['Properties'] ?? {}) as Properties,
      deletionPolicy: resource['DeletionPolicy'] as string,
    }));
  }

  all(type: string): readonly Resource[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  /** The only resource of this type with these properties. */
  one(type: string, matches: (properties: Properties) => boolean, what: string): Resource {
    const found = this.all(type).filter(({ properties }) => matches(properties));
    if (found.length !== 1 || !found[0]) throw new Error(`${found.length} of ${type}: ${what}`);
    return found[0];
  }
}

/** `{Ref: X}` and `{Fn::GetAtt: [X, Y]}` as `<X>` and `<X.Y>`, joins as text. */
function readable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [key, inner] = entries.length === 1 && entries[0] ? entries[0] : [undefined, undefined];
  if (key === 'Ref') return inner === 'AWS::AccountId' ? '<account>' : `<${String(inner)}>`;
  if (key === 'Fn::GetAtt') return `<${(inner as string[]).join('.')}>`;
  if (key === 'Fn::ImportValue') return `<import ${String(readable(inner))}>`;
  if (key === 'Fn::Join') {
    const [glue, parts] = inner as [string, unknown[]];
    return parts.map((part) => String(readable(part))).join(glue);
  }
  return Object.fromEntries(entries.map(([name, part]) => [name, readable(part)]));
}

export interface Synthesized {
  readonly data: Template;
  readonly service: Template;
  readonly tenant: Template;
  readonly outdir: string;
}

/** All stacks of a stage. Throws when the input is wrong, or when cdk-nag finds something. */
export function synthesize(stage: string, otherwise: Record<string, unknown> = {}): Synthesized {
  const outdir = join(temporary(), 'cdk.out');
  const app = new App({ outdir, context: contextOfCdk() });
  const input = goodInput(stage);
  const stages = JSON.parse(readFileSync(input.stagesFile, 'utf8')) as Record<string, object>;
  const stagesFile = join(temporary(), 'stages.json');
  writeFileSync(stagesFile, JSON.stringify({ ...stages, [stage]: { ...stages[stage], ...otherwise } }));
  build(app, readInput({ ...input, stagesFile }));
  const assembly = app.synth();
  const template = (name: string) => new Template(assembly.getStackByName(name).template as Template['raw']);
  return {
    data: template(`comanda-${stage}-data`),
    service: template(`comanda-${stage}`),
    tenant: template(`comanda-${stage}-tenant-sabor-brasileiro`),
    outdir,
  };
}

export function contextOfCdk(): Record<string, unknown> {
  return (JSON.parse(readFileSync(join(here, '..', 'cdk.json'), 'utf8')) as { context: Record<string, unknown> }).context;
}
