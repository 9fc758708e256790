/**
 * The shape of a call that only Couchbase buckets have: as a row of calls.ts, and where the fleet is no bucket the call
 * is refused before anything is sent. `prepare` gives the command its `packet`, made by `bucketRequest`.
 */
import { UnsupportedError } from '../../core/errors.ts';
import { callShape, type CallShape, type Prepare, type Read } from '../call-shape.ts';
import type { ClientCore } from '../core.ts';
import { callOptions, type KnownOptions } from '../known-options.ts';

/** Throws UnsupportedError where the fleet is no bucket. `what`: what only buckets have, in the plural. */
export function checkBucket({ hasReplicas }: ClientCore, what: string): void {
  if (!hasReplicas) throw new UnsupportedError(`only Couchbase buckets have ${what}: set the option "couchbase"`);
}

/** Makes a row. `what`: what only buckets have, in the plural, for the error. */
export function bucketShape<Result, Argument>(
  what: string,
  read: Read<Result>,
  missed: Result,
  prepare: Prepare<Argument>,
  options: KnownOptions = callOptions,
): CallShape<Argument, Result> {
  const prepared: Prepare<Argument> = (command, argument, core, given) => {
    checkBucket(core, what);
    prepare(command, argument, core, given);
  };
  return callShape('packet', read, missed, prepared, options);
}
