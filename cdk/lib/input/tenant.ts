// Tenants: one file each in `tenants/`, of which this app needs who they are, their stores and the names of their secrets.
// What the files say beyond that (hours, menus, numbers) becomes rows, by `comanda tenant add`.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { TenantsDescription } from './manifest.ts';
import { readJson, type Problems } from './problems.ts';

type SecretDescriptions = TenantsDescription['secrets'];

/** One tenant. */
export interface Tenant {
  readonly clientId: string;
  readonly name: string;
  readonly stores: readonly { readonly storeId: string }[];
  /** Names of secrets by their purpose; their values are put in by `comanda tenant`. */
  readonly secrets: readonly string[];
}

interface TenantFile {
  readonly clientId?: unknown;
  readonly name?: unknown;
  readonly stores?: unknown;
  readonly secrets?: Readonly<Record<string, unknown>>;
  /** The stages that have this tenant. @default - all */
  readonly stages?: readonly string[];
}

/** What queues, secrets and stacks all take in their names. */
const ID = /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/;
/** SQS' limit for `comanda-<tenant>-<store>-dead.fifo`. */
const QUEUE_NAME_MAX = 80;
/** EventBridge Scheduler's limit for `comanda-<tenant>-reconciliation`. */
const SCHEDULE_NAME_MAX = 64;

/** The tenants of a stage, by name. */
export function loadTenants(directory: string, stage: string, needs: SecretDescriptions, problems: Problems): Tenant[] {
  if (!existsSync(directory)) return [];
  const tenants = new Map<string, Tenant>();
  const queues = new Map<string, string>();
  const files = readdirSync(directory).filter((name) => name.endsWith('.json'));
  for (const name of files.sort()) {
    const file = join(directory, name);
    const described = readJson<TenantFile>(file, problems, 'write it again by `comanda tenant add`');
    if (!described || (described.stages && !described.stages.includes(stage))) continue;
    const tenant = read(file, described, needs, problems);
    if (!tenant) continue;
    if (tenants.has(tenant.clientId)) {
      problems.add(file, `the tenant \`${tenant.clientId}\` is described twice`, 'keep one of the files');
      continue;
    }
    for (const { storeId } of tenant.stores) {
      // `a-b` + `c` and `a` + `b-c` would share a queue.
      const queue = `comanda-${tenant.clientId}-${storeId}`;
      const other = queues.get(queue);
      if (other) problems.add(file, `the store \`${storeId}\` would share the queue ${queue}.fifo with ${other}`, 'give the store another id');
      queues.set(queue, file);
    }
    tenants.set(tenant.clientId, tenant);
  }
  return [...tenants.values()];
}

function read(file: string, described: TenantFile, needs: SecretDescriptions, problems: Problems): Tenant | undefined {
  const wrong = (what: string, help: string) => problems.add(file, what, help);
  const { clientId, name } = described;
  if (typeof clientId !== 'string' || !ID.test(clientId)) {
    wrong('`clientId` is missing or is no id', 'write letters, digits and dashes: `"clientId": "sabor"`');
    return undefined;
  }
  if (`comanda-${clientId}-reconciliation`.length > SCHEDULE_NAME_MAX) {
    wrong(`the schedule of \`${clientId}\` would have a name of more than ${SCHEDULE_NAME_MAX} characters`, 'shorten the id');
  }
  const stores = storeIds(described.stores);
  if (stores.length === 0) {
    wrong(`the tenant \`${clientId}\` has no store, so it would have no queue and its orders would reach nobody`, 'add `"stores": [{"storeId": "…"}]`');
  }
  for (const storeId of stores) {
    if (!ID.test(storeId)) {
      wrong(`\`${storeId}\` is no id of a store`, 'write letters, digits and dashes');
    } else if (storeId === 'dead' || storeId.endsWith('-dead')) {
      wrong(`the store \`${storeId}\` would have the queue of another's dead letters`, 'choose another id: dead letters lie in queues that end in -dead');
    } else if (`comanda-${clientId}-${storeId}-dead.fifo`.length > QUEUE_NAME_MAX) {
      wrong(`the queues of \`${storeId}\` would have names of more than ${QUEUE_NAME_MAX} characters`, 'shorten the id');
    }
  }
  for (const storeId of new Set(stores.filter((id, at) => stores.indexOf(id) !== at))) {
    wrong(`the store \`${storeId}\` is there twice`, 'keep one of them');
  }
  return {
    clientId,
    name: typeof name === 'string' ? name : clientId,
    stores: stores.map((storeId) => ({ storeId })),
    secrets: secretNames(clientId, needs, described.secrets, wrong),
  };
}

function storeIds(stores: unknown): string[] {
  if (!Array.isArray(stores)) return [];
  return stores.map((store: { storeId?: unknown }) => String(store.storeId ?? ''));
}

function secretNames(
  clientId: string,
  needs: SecretDescriptions,
  described: TenantFile['secrets'],
  wrong: (what: string, help: string) => void,
): string[] {
  return needs.flatMap(({ purpose, name: pattern }) => {
    const usual = pattern.replace('{clientId}', clientId);
    // A file that names no secrets has them by the usual names.
    if (!described) return [usual];
    const name = described[purpose];
    const proposal = `"${purpose}": "${usual}"`;
    if (typeof name !== 'string' || name === '') {
      wrong(`the secret \`${purpose}\` of \`${clientId}\` is missing`, `add \`${proposal}\` to its \`secrets\``);
      return [];
    }
    if (!name.startsWith(`comanda/${clientId}/`)) {
      wrong(`the secret ${name} is not the tenant's own: the functions may not read it, or another tenant's would be read`, `write \`${proposal}\``);
      return [];
    }
    return [name];
  });
}
