/**
 * Extended attributes (xattrs) of an item: one JSON object, whose members paths name first.
 *
 *   user attributes       kept in the copy of the vBucket, without the item's value
 *   $document, $XTOC, …   virtual: made of the item when they are read
 */
import { crc32c } from '../../../hash/crc32.ts';
import { datatype } from '../../../protocol/binary/header.ts';
import type { Item } from '../../../store/item.ts';
import type { CollectionCopy } from '../collection-copy.ts';
import { macro } from './specs.ts';

/** What virtual attributes are made of. */
export interface Described {
  readonly item: Item;
  readonly copy: CollectionCopy;
  /** The value of the item, a byte string. */
  readonly body: string;
  readonly unixNow: number;
}

const hex = (value: number | bigint, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;
/** Cas tokens of the cluster are times in nanoseconds. */
const casPerSecond = 1_000_000_000n;

/** The names of a datatype, as kv_engine lists them. */
function typeNames(type: number): readonly string[] {
  const names = (['snappy', 'json', 'xattr'] as const).filter((name) => (type & datatype[name]) !== 0);
  return names.length === 0 ? ['raw'] : names;
}

function describe({ item, copy, body }: Described): unknown {
  return {
    CAS: hex(item.cas, 16),
    datatype: typeNames(copy.typeOf(item.key) | (copy.attributes.has(item.key) ? datatype.xattr : datatype.raw)),
    deleted: false,
    exptime: item.exptime,
    flags: item.flags,
    last_modified: String(item.cas / casPerSecond),
    seqno: hex(copy.seqno, 16),
    value_bytes: body.length,
    value_crc32c: hex(crc32c(body), 8),
    vbucket_uuid: hex(copy.uuid, 16),
  };
}

const virtuals: ReadonlyMap<string, (of: Described) => unknown> = new Map<string, (of: Described) => unknown>([
  ['$document', describe],
  ['$XTOC', ({ copy, item }) => Object.keys(JSON.parse(copy.attributes.get(item.key) ?? '{}') as object)],
  ['$vbucket', ({ unixNow }) => ({ HLC: { mode: 'real', now: String(unixNow) } })],
]);

/** The object that holds a virtual attribute, as text; undefined = there is none of this name. */
export function virtualAttribute(name: string, of: Described): string | undefined {
  const value = virtuals.get(name)?.(of);
  return value === undefined ? undefined : JSON.stringify({ [name]: value });
}

/** What a mutation makes of the macros in attributes: the new cas, in the byte order of x86, and others. */
export function expandMacros(text: string, cas: bigint, seqno: number, body: string): string {
  const swapped = Buffer.alloc(8);
  swapped.writeBigUInt64LE(cas);
  return text
    .replaceAll(macro.cas, `"0x${swapped.toString('hex')}"`)
    .replaceAll(macro.seqno, `"${hex(seqno, 16)}"`)
    .replaceAll(macro.crc, `"${hex(crc32c(body), 8)}"`);
}
