// The entry: `cdk synth -c stage=dev`. Context values: `stage`, `bootstrap`, `generated`, `tenants`, `stages`.

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { App } from 'aws-cdk-lib';

import { build, readInput } from '../lib/app.ts';
import { InputError } from '../lib/input/problems.ts';

const cdk = join(dirname(fileURLToPath(import.meta.url)), '..');
const root = join(cdk, '..');
const app = new App();
const told = (name: string): string | undefined => app.node.tryGetContext(name) as string | undefined;

try {
  const input = readInput({
    stage: told('stage') ?? 'dev',
    stagesFile: told('stages') ?? join(cdk, 'stages.json'),
    generated: told('generated') ?? join(root, 'generated'),
    tenants: told('tenants') ?? join(cdk, 'tenants'),
    bootstrap: told('bootstrap'),
    root,
  });
  build(app, input);
  app.synth();
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
