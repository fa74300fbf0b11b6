// A FIFO queue with its dead letters.

import { Duration } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

import type { QueueDescription } from './input/manifest.ts';

export interface FifoQueueProps {
  readonly description: QueueDescription;
  /** The queue's name, where the description has a pattern. @default - the description's */
  readonly name?: (pattern: string) => string;
  readonly key: kms.IKey;
}

/** A queue as the manifest describes it, and the queue of what could not be delivered. */
export class FifoQueue extends Construct {
  readonly queue: sqs.Queue;
  readonly deadLetters: sqs.Queue;

  constructor(scope: Construct, id: string, { description, name = (pattern) => pattern, key }: FifoQueueProps) {
    super(scope, id);
    const common = {
      fifo: true,
      encryption: sqs.QueueEncryption.KMS,
      encryptionMasterKey: key,
      enforceSSL: true,
      retentionPeriod: Duration.seconds(description.retentionSeconds),
    };
    this.deadLetters = new sqs.Queue(this, 'DeadLetters', { ...common, queueName: name(description.deadLetters) });
    this.queue = new sqs.Queue(this, 'Queue', {
      ...common,
      queueName: name(description.name),
      // Orders do not wait for each other, so neither do their queues' limits: by the group instead of all of them together.
      deduplicationScope: sqs.DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      visibilityTimeout: Duration.seconds(description.visibilityTimeoutSeconds),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: description.maxReceiveCount },
    });
  }
}
