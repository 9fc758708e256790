import type { Layout } from '../cluster/config-source.ts';
import { type BucketConfig, compareConfigs } from './bucket-config.ts';

/** A configuration of a bucket, as the cluster passes it from the source to the router. */
export class BucketLayout implements Layout {
  readonly config: BucketConfig;

  constructor(config: BucketConfig) {
    this.config = config;
  }

  /** The number of vBuckets that moved to another node. */
  movedFrom(before: Layout | undefined): number {
    return before instanceof BucketLayout ? compareConfigs(before.config, this.config).ownersChanged : 0;
  }
}
