// What must survive everything else: keys and tables.

import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

import type { Project } from './input/project.ts';
import type { Stage } from './input/stage.ts';
import { DataKeys } from './keys.ts';
import { Tables } from './tables.ts';

export interface DataStackProps extends StackProps {
  readonly project: Project;
  readonly stage: Stage;
}

/** Keys and tables. */
export class DataStack extends Stack {
  readonly keys: DataKeys;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, props);
    const { keepData } = props.stage;
    this.keys = new DataKeys(this, 'Keys', { keepData });
    new Tables(this, 'Tables', { tables: props.project.tables, keys: this.keys, keepData });
  }
}
