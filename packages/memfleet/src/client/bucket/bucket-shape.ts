/**
 * The shape of a call that only Couchbase buckets have: as a row of calls.ts, and where the fleet is no bucket the call
 * is refused before anything is sent. `prepare` gives the command its `packet`, made by `bucketRequest`.
 */
import { callShape, type CallShape, type Prepare, type Read } from '../call-shape.ts';
import { checkBucket } from '../core.ts';
import { callOptions, type KnownOptions } from '../known-options.ts';

/** Makes a row. `what`: what only buckets have, for the error. */
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
