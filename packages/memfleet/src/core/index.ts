/**
 * The waist of memfleet, for layers of your own (`createClient({ policies })`). **Unstable**: it may change in any
 * release, also in a patch.
 */
export {
  type Cancellable,
  Command,
  commandFor,
  type CommandFault,
  derive,
  type DerivedFields,
  describeCommand,
  type Dialect,
  type GetLine,
  isPlainGet,
  isRead,
  type PacketFields,
  type StoreMode,
  type Verb,
  verbOf,
} from './command.ts';
export type { MetaFlags } from './meta-flags.ts';
export { type Dispatcher, type Handler, type Policy, swallow, wrap, wrapHandler } from './dispatcher.ts';
export { type CollectionRef, UnknownCollectionError } from './collection.ts';
export * from './errors.ts';
export { Reply, replyError, type ReplyPart, type ReplyStatus } from './reply.ts';
