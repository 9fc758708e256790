/**
 * Puts a value into a command: encodes it, measures it, converts its ttl. Everything throws before the command is sent.
 */
import { fromByteString } from '../base/bytes.ts';
import type { Command } from '../core/command.ts';
import { ValueTooLargeError } from '../core/errors.ts';
import { itemSize } from '../store/item.ts';
import { checkEncoded } from './arguments.ts';
import type { StoreOptions } from './call-options.ts';
import type { ClientCore } from './core.ts';
import type { Encoded } from './transcoder.ts';
import { exptimeOf } from './ttl.ts';
import { putTerms } from './write-terms.ts';

/** Gives a `store` its value, its ttl and its terms. Its mode and cas are set already. */
export function putValue(
  command: Command,
  value: unknown,
  options: number | StoreOptions | undefined,
  core: ClientCore,
): void {
  putEncoded(command, core.transcoder.encode(value), core);
  const ttl = typeof options === 'number' ? options : (options?.ttl ?? core.ttl);
  if (ttl !== 0) command.exptime = exptimeOf(ttl, core.fleet.clock);
  putTerms(command, options, core);
}

/** Gives a `store` an encoded value. */
export function putEncoded(command: Command, encoded: Encoded, { hasReplicas, maxItemSize }: ClientCore): void {
  const { data, flags } = checkEncoded(encoded);
  const size = hasReplicas ? data.length : itemSize(command.key.length, data.length, flags);
  if (size > maxItemSize) refuseLarge(command.key, data.length, size, maxItemSize);
  command.value = data;
  command.flags = flags;
}

function refuseLarge(key: string, length: number, size: number, most: number): never {
  const item = size === length ? '' : `, ${size} with its key and memcached's header`;
  throw new ValueTooLargeError(
    `the value of ${JSON.stringify(fromByteString(key))} has ${length} bytes${item}; at most ${most} are allowed (option "maxItemSize")`,
  );
}
