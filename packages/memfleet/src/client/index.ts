/** The public entry point of the client. */
export type { Bucket } from './bucket/bucket.ts';
export type { UnlockResult } from './bucket/locks.ts';
export type { BucketDeleteResult, BucketStoreResult, MutationToken } from './bucket/stored.ts';
export type { Found, LookupSpec, LookupValues } from './bucket/lookup-specs.ts';
export type { Mutated, MutationSpec, MutationValues } from './bucket/mutation-specs.ts';
export type { Path } from './bucket/paths.ts';
export type { ScanItem } from './bucket/scan-item.ts';
export type {
  CallOptions,
  CounterOptions,
  DeleteOptions,
  GetArrayOptions,
  GetManyOptions,
  GetOrSetOptions,
  InvalidateOptions,
  ItemReadOptions,
  ItemStoreOptions,
  KeyOptions,
  MutateInOptions,
  NodeCallOptions,
  ScanOptions,
  StoreOptions,
  WriteOptions,
} from './call-options.ts';
export type { CasResult, Item, WithCas } from './calls.ts';
export { Client } from './client.ts';
export { parseConnectionString } from './connection-string.ts';
export { createClient } from './create-client.ts';
export type { ClientEvents } from './events.ts';
export type { Loader } from './get-or-set.ts';
export type { InvalidateResult, ItemState, StoreResult } from './item-calls.ts';
export type { Items, NodeOfKey } from './items.ts';
export type { MetaReply, MetaStatus } from './meta-reply.ts';
export { createMigration, type Migration, type MigrationOptions, type MigrationStats } from './migration.ts';
export { clientDefaults, type ClientOptions } from './options.ts';
export type { Ping } from './ping.ts';
export { type Encoded, RawValue, type StoredValue, type Transcoder } from './transcoder.ts';
export * as transcoders from './transcoders.ts';
export type { ForeignJsonOptions, ForeignOptions, ForeignTranscoder } from './transcoders/flag-table.ts';
export type { ViewOptions } from './view.ts';
