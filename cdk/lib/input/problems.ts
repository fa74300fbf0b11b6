// What is wrong with what the app reads. All of it is collected and told at once, before anything is synthesized.

import { existsSync, readFileSync } from 'node:fs';

/** One thing that is wrong: where, what, and what to do. */
export interface Problem {
  readonly place: string;
  readonly what: string;
  readonly help: string;
}

/** Collects problems, and ends the synthesis if there were any. */
export class Problems {
  private readonly found: Problem[] = [];

  add(place: string, what: string, help: string): void {
    this.found.push({ place, what, help });
  }

  get isEmpty(): boolean {
    return this.found.length === 0;
  }

  /** Throws if anything was found. */
  settle(): void {
    if (!this.isEmpty) throw new InputError(this.found);
  }
}

/** The input cannot be deployed. */
export class InputError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(({ place, what, help }) => `error: ${place}: ${what}\n  help: ${help}`).join('\n'));
    this.name = 'InputError';
  }
}

/** A JSON file, or a problem. */
export function readJson<T>(file: string, problems: Problems, help: string): T | undefined {
  if (!existsSync(file)) {
    problems.add(file, 'the file is missing', help);
    return undefined;
  }
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (error) {
    problems.add(file, `the file is not JSON: ${(error as Error).message}`, help);
    return undefined;
  }
}
