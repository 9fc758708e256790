/**
 * `client.bucket.scan`: the keys of a range, with or without their items, as an async iterator
 * (docs/couchbase.md#scans).
 *
 *   options ─▶ range ─▶ BucketScan ─ batches ─▶ items, one by one
 */
import { fromByteString } from '../../base/bytes.ts';
import { deadlineIn } from '../../base/clock.ts';
import { Command } from '../../core/command.ts';
import { AbortedError, UnsupportedError } from '../../core/errors.ts';
import { stubFlags } from '../../core/stub.ts';
import { BucketScan } from '../../couchbase/scan/bucket-scan.ts';
import type { ScanPlace, ScanSettings } from '../../couchbase/scan/scan-settings.ts';
import { bucketRequest } from '../../protocol/binary/bucket-request.ts';
import { couchbaseOpcode } from '../../protocol/binary/couchbase-opcodes.ts';
import type { KeyRange, ScannedItem } from '../../protocol/binary/range-scan.ts';
import { maxKeyLength } from '../../protocol/key.ts';
import { openSignal, unwatchSignal, watchSignal, type Watcher } from '../abort.ts';
import { checkFlag, checkOptions, checkTimeout, refuseArgument, refuseSurplus } from '../arguments.ts';
import type { ScanOptions } from '../call-options.ts';
import { undecodable } from '../call.ts';
import type { Caller } from '../caller.ts';
import { checkBucket } from '../core.ts';
import { wireKey } from '../key.ts';
import { scanOptions } from '../known-options.ts';
import { storedBytes } from '../transcoders/stored-value.ts';
import type { ScanItem } from './scan-item.ts';

const defaults = { batchItems: 100, batchBytes: 64 * 1024, concurrency: 4, timeout: 10_000 };
const largestLimit = 0xffff_ffff;
/** Behind all keys. */
const lastKey = '\xff'.repeat(maxKeyLength);

/** The items of the range, or their keys; begins with the first request of its consumer. */
export async function* scan(
  caller: Caller,
  options: ScanOptions | undefined,
  surplus: unknown,
): AsyncGenerator<ScanItem<unknown> | string, void, undefined> {
  const { core, prefix } = caller;
  if (surplus !== undefined) refuseSurplus(options, surplus, scanOptions);
  checkOptions(options, scanOptions);
  checkBucket(core, 'range scans');
  const settings = settingsOf(options ?? {}, caller);
  const signal = openSignal(options);
  const { scanPlace } = core.fleet;
  if (scanPlace === undefined) throw new UnsupportedError('a migration scans no keys: scan its old or its new bucket');
  if (settings === undefined) return;
  let aborted: AbortedError | undefined;
  let bucketScan: BucketScan | undefined;
  const watcher: Watcher = {
    onAbort: (cause) => {
      aborted = new AbortedError('the scan was aborted', { cause, sent: true });
      bucketScan?.cancel(aborted);
    },
  };
  if (signal !== undefined) watchSignal(signal, watcher);
  try {
    const place = await findMap(caller, scanPlace, settings.timeout);
    if (aborted !== undefined) throw aborted;
    bucketScan = new BucketScan(place, settings);
    for await (const items of bucketScan.batches()) {
      for (const item of items) {
        bucketScan.check();
        const found = settings.keysOnly ? keyOf(item, prefix) : itemOf(item, caller);
        if (found !== undefined) yield found;
      }
    }
  } finally {
    if (signal !== undefined) unwatchSignal(signal, watcher);
  }
}

/** Waits for the map of the bucket. A command with an empty list of keys waits for the nodes, and sends nothing. */
function findMap({ core }: Caller, scanPlace: () => ScanPlace | undefined, timeout: number): Promise<ScanPlace> {
  return new Promise((resolve, reject) => {
    const command = new Command('packet');
    command.packet = bucketRequest(couchbaseOpcode.rangeScanCreate);
    command.keys = [];
    command.deadline = deadlineIn(core.fleet.clock, timeout);
    const onReply = (): void => {
      const place = scanPlace();
      if (place !== undefined && place.vbuckets > 0) resolve(place);
      else reject(new UnsupportedError('a memcached-type bucket has no range scans'));
    };
    core.fleet.cluster.dispatch(command, { onReply, onError: reject });
  });
}

function keyOf({ key }: ScannedItem, prefix: string): string {
  return fromByteString(key.slice(prefix.length));
}

/** Undefined: the item stands for a value that somebody is loading. */
function itemOf(item: ScannedItem, { core, prefix }: Caller): ScanItem<unknown> | undefined {
  const { flags, cas, exptime, value } = item;
  if (flags === stubFlags) return undefined;
  const key = keyOf(item, prefix);
  const ttl = exptime === 0 ? Infinity : Math.max(0, exptime - core.fleet.clock.unixSeconds());
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  try {
    return { key, value: core.transcoder.decode(storedBytes(bytes, flags)), flags, cas, ttl };
  } catch (error) {
    throw undecodable(error, `scan, at ${JSON.stringify(key)}`, '');
  }
}

/** Undefined: no key is in the range. */
function settingsOf(given: ScanOptions, caller: Caller): ScanSettings | undefined {
  const { keysOnly = false, timeout = defaults.timeout } = given;
  const settings = {
    collection: caller.core.collection,
    keysOnly: checkFlag('keysOnly', keysOnly),
    batchItems: limitOf(given, 'batchItems'),
    batchBytes: limitOf(given, 'batchBytes'),
    concurrency: limitOf(given, 'concurrency'),
    timeout: Math.min(checkTimeout(timeout), 0x7fff_ffff),
  };
  const range = rangeOf(given, caller);
  return range === undefined ? undefined : { ...settings, range };
}

function limitOf(given: ScanOptions, name: 'batchItems' | 'batchBytes' | 'concurrency'): number {
  const { [name]: value = defaults[name] } = given;
  if (Number.isInteger(value) && value > 0 && value <= largestLimit) return value;
  return refuseArgument(name, value, `a whole number from 1 to ${largestLimit}`);
}

function rangeOf({ after, before, from, prefix: given = '', to }: ScanOptions, caller: Caller): KeyRange | undefined {
  const { longestKey, prefix: outer } = caller;
  const longest = longestKey + outer.length;
  const prefix = given === '' ? outer : wireKey(given, outer, longest);
  const bound = (key: string | Uint8Array | undefined): string | undefined =>
    key === undefined ? undefined : wireKey(key, outer, longest);
  // The prefix of the client alone is none of its keys.
  let range: KeyRange = { start: prefix, isAfterStart: prefix === outer && outer !== '', ...endOf(prefix) };
  for (const [key, isAfterStart] of [
    [bound(from), false],
    [bound(after), true],
  ] as const)
    if (key !== undefined && (key > range.start || (key === range.start && isAfterStart)))
      range = { ...range, start: key, isAfterStart };
  for (const [key, isBeforeEnd] of [
    [bound(to), false],
    [bound(before), true],
  ] as const)
    if (key !== undefined && (key < range.end || (key === range.end && isBeforeEnd)))
      range = { ...range, end: key, isBeforeEnd };
  const { start, end } = range;
  const isEmpty = start > end || (start === end && (range.isAfterStart || range.isBeforeEnd));
  return isEmpty ? undefined : range;
}

/** The end of the keys that begin with a prefix (a byte string). */
function endOf(prefix: string): Pick<KeyRange, 'end' | 'isBeforeEnd'> {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === '\xff') length--;
  if (length === 0) return { end: lastKey, isBeforeEnd: false };
  const next = String.fromCharCode(prefix.charCodeAt(length - 1) + 1);
  return { end: prefix.slice(0, length - 1) + next, isBeforeEnd: true };
}
