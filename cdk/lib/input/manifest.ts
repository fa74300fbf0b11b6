// The shape of what `cargo run -- build` writes to `generated/`. Nothing in it is repeated in this app.

/** What a permission is about: exactly one of these is set. `*` in a name stands for anything. */
export interface Permission {
  readonly actions: readonly string[];
  readonly table?: string;
  readonly tableIndexes?: string;
  readonly queue?: string;
  readonly function?: string;
  readonly stateMachine?: string;
  readonly executions?: string;
  readonly rule?: string;
  readonly secret?: string;
  readonly any?: string;
}

/** What stands in the place of a `${…}` of a definition. */
export type Substitute =
  | { readonly function: string }
  | { readonly stateMachine: string }
  | 'eventsQueueUrl'
  | 'unknown';

export interface MachineDescription {
  readonly name: string;
  readonly kind: 'STANDARD' | 'EXPRESS';
  readonly definition: string;
  readonly substitutions: Readonly<Record<string, Substitute>>;
  readonly tasks: readonly string[];
  readonly permissions: readonly Permission[];
}

export interface FunctionDescription {
  readonly name: string;
  readonly handler: string;
  readonly tasks: readonly string[];
  readonly entryPoints: readonly string[];
  readonly timeoutSeconds: number;
  readonly permissions: readonly Permission[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface RouteDescription {
  readonly method: string;
  readonly path: string;
  readonly function: string;
  readonly entryPoint: string;
  /** `webhook`: its handler verifies the caller. `operator`: whoever is in front does. */
  readonly authentication: 'webhook' | 'operator';
}

export interface QueueDescription {
  readonly name: string;
  readonly deadLetters: string;
  readonly each: 'store' | 'deployment';
  readonly about: string;
  readonly dataClass: DataClass;
  readonly retentionSeconds: number;
  readonly visibilityTimeoutSeconds: number;
  readonly maxReceiveCount: number;
  readonly consumer?: { readonly function: string; readonly entryPoint: string; readonly batchSize: number };
}

export interface ScheduleDescription {
  readonly stateMachine: string;
  readonly each: 'tenant';
  readonly everyMinutes: number;
  readonly input: string;
}

/** What a tenant has beside queues and schedules, and what who takes tenants in may do. */
export interface TenantsDescription {
  readonly secrets: readonly {
    /** Its word in a tenant's file. */
    readonly purpose: string;
    /** The name where the file says none, with `{clientId}`. */
    readonly name: string;
  }[];
  readonly permissions: readonly Permission[];
}

export interface Metric {
  readonly name: string;
  readonly dimension: string;
  readonly values: readonly string[];
}

export interface ExceptionDescription {
  readonly kind: string;
  readonly nextStep: string;
  readonly runbook: string;
}

export interface Manifest {
  readonly stateMachines: readonly MachineDescription[];
  readonly functions: readonly FunctionDescription[];
  readonly routes: readonly RouteDescription[];
  readonly queues: readonly QueueDescription[];
  readonly schedules: readonly ScheduleDescription[];
  readonly tables: readonly string[];
  readonly tenants: TenantsDescription;
  readonly metrics: {
    readonly namespace: string;
    readonly exceptionRaised: Metric;
    readonly eventParked: Metric;
  };
  readonly exceptions: readonly ExceptionDescription[];
}

/** Who may see what: each class has a key of its own. */
export type DataClass = 'public' | 'business' | 'personal';

export interface TableDescription {
  readonly name: string;
  readonly about: string;
  readonly partitionKey: string;
  readonly sortKey: string | null;
  readonly indexes: readonly {
    readonly name: string;
    readonly partitionKey: string;
    readonly sortKey: string | null;
    readonly projection: 'ALL';
  }[];
  readonly timeToLive: string | null;
  readonly dataClass: DataClass;
}
