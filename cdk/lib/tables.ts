// The tables of `generated/tables.json`: keys, indexes, expiry, and how each class of data is kept.

import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';

import type { TableDescription } from './input/manifest.ts';
import type { DataKeys } from './keys.ts';

export interface TablesProps {
  readonly tables: readonly TableDescription[];
  readonly keys: DataKeys;
  /** Tables are protected from deletion and outlive the stack. */
  readonly keepData: boolean;
}

/** All tables. Functions find them by name. */
export class Tables extends Construct {
  constructor(scope: Construct, id: string, props: TablesProps) {
    super(scope, id);
    for (const description of props.tables) this.add(description, props);
  }

  private add(description: TableDescription, { keys, keepData }: TablesProps): void {
    const table = new dynamodb.Table(this, description.name, {
      tableName: description.name,
      ...keySchema(description),
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: keys[description.dataClass],
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: keepData,
      removalPolicy: keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...(description.timeToLive ? { timeToLiveAttribute: description.timeToLive } : {}),
    });
    for (const index of description.indexes) {
      table.addGlobalSecondaryIndex({
        indexName: index.name,
        ...keySchema(index),
        projectionType: dynamodb.ProjectionType[index.projection],
      });
    }
  }
}

function keySchema(described: { partitionKey: string; sortKey: string | null }) {
  const text = (name: string) => ({ name, type: dynamodb.AttributeType.STRING });
  return {
    partitionKey: text(described.partitionKey),
    ...(described.sortKey ? { sortKey: text(described.sortKey) } : {}),
  };
}
