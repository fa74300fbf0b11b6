// A key for each class of data, so that who may read which class is a question to one key.

import { RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';

import type { DataClass } from './input/manifest.ts';

const ABOUT: Readonly<Record<DataClass, string>> = {
  public: 'menus and what else anybody may see',
  business: 'money, configuration, logs and secrets',
  personal: 'what is about customers and staff',
};

export interface DataKeysProps {
  /** Keys outlive the stack. What a deleted key encrypted is lost for ever. */
  readonly keepData: boolean;
}

/** The keys of all classes. */
export class DataKeys extends Construct {
  readonly public: kms.Key;
  readonly business: kms.Key;
  readonly personal: kms.Key;

  constructor(scope: Construct, id: string, private readonly props: DataKeysProps) {
    super(scope, id);
    this.public = this.make('public');
    this.business = this.make('business');
    this.personal = this.make('personal');
    this.letServicesUse(this.business, [`logs.${Stack.of(this).region}.amazonaws.com`], {
      ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:${Stack.of(this).region}:${Stack.of(this).account}:log-group:*` },
    });
    // Alarms publish to an encrypted topic.
    this.letServicesUse(this.business, ['cloudwatch.amazonaws.com'], {
      StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
    });
  }

  private make(dataClass: DataClass): kms.Key {
    return new kms.Key(this, dataClass, {
      alias: `comanda-${dataClass}`,
      description: `Comanda: ${ABOUT[dataClass]}`,
      enableKeyRotation: true,
      removalPolicy: this.props.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }

  private letServicesUse(key: kms.Key, services: readonly string[], conditions: iam.PolicyStatementProps['conditions']): void {
    key.addToResourcePolicy(
      new iam.PolicyStatement({
        actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
        principals: services.map((service) => new iam.ServicePrincipal(service)),
        resources: ['*'],
        conditions,
      }),
    );
  }
}
