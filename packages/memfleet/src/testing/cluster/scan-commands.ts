/** RANGE_SCAN_CREATE, _CONTINUE and _CANCEL (docs/protocols.md#range-scans). */
import { bufferOf } from '../../base/bytes.ts';
import type { Command } from '../../core/command.ts';
import { status } from '../../core/status.ts';
import { datatype } from '../../protocol/binary/header.ts';
import { feature } from '../../protocol/binary/hello.ts';
import { readU32, u32Text } from '../../protocol/binary/integers.ts';
import {
  continueLength,
  type KeyRange,
  scanIdLength,
  type ScannedItem,
  scannedEntry,
} from '../../protocol/binary/range-scan.ts';
import { maxKeyLength } from '../../protocol/key.ts';
import { failUnknown } from './collection-commands.ts';
import type { CollectionCopy } from './collection-copy.ts';
import { isIn, type RangeScan, type ScanWish } from './range-scans.ts';
import type { SessionView } from './session-view.ts';
import { grantedTypes, plainValue } from './value-types.ts';
import type { VbucketCopy } from './vbucket-copy.ts';

/** The size in bytes from which a packet of a batch is sent (kv_engine `range_scan_read_buffer_send_size`). */
const packetSize = 8192;
const longestName = 50;
/** The range of a sampling scan. */
const allKeys: KeyRange = { start: '', isAfterStart: false, end: '\xff'.repeat(maxKeyLength), isBeforeEnd: false };

/** What a create asks for. */
interface ScanRequest extends ScanWish {
  /** The snapshot must have at least this sequence number, of this history. */
  readonly snapshot: { readonly uuid: bigint; readonly seqno: number } | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** Thrown for a create that is refused; the message is the error's context. */
class Refusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Opens a scan of the vBucket. */
export function createScan(session: SessionView, command: Command, copy: VbucketCopy): void {
  try {
    const id = open(session, command, copy);
    if (id === undefined) session.fail(command, status.keyNotFound);
    else session.succeed(command, id);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === status.unknownCollection) return failUnknown(session, command, error.code);
    session.fail(command, error.code, JSON.stringify({ error: { context: error.message } }), datatype.json);
  }
}

function open(session: SessionView, command: Command, copy: VbucketCopy): string | undefined {
  if (session.bucket?.isMapped !== true) throw new Refusal(status.notSupported, 'the bucket has no vBuckets');
  const isBare = command.key === '' && command.packet?.extras === undefined && command.value.length > 0;
  if (!isBare || command.packet?.datatype !== datatype.json || !session.features.has(feature.json))
    throw new Refusal(status.invalidArguments, 'a scan is a JSON value with the datatype JSON, and nothing else');
  const request = readRequest(command.value);
  const { snapshot } = request;
  if (snapshot !== undefined && snapshot.uuid !== copy.uuid)
    throw new Refusal(status.vbucketUuidDiffers, 'the vBucket has another history');
  if (snapshot !== undefined && snapshot.seqno > copy.seqno)
    throw new Refusal(status.temporaryFailure, 'the sequence number is not persisted yet');
  if (session.bucket?.manifest.collection(request.collection) === undefined)
    throw new Refusal(status.unknownCollection, 'unknown collection');
  const items = snapshotOf(copy.collection(request.collection), request);
  return copy.scans.open(items, request, session.state.options.clock.now());
}

/** Copies of the items of the range. */
function snapshotOf(copy: CollectionCopy, { keysOnly, range }: ScanRequest): ScannedItem[] {
  if (copy.count === 0) return [];
  const items: ScannedItem[] = [];
  const now = copy.store.tick();
  for (const item of copy.store.items()) {
    const { cas, exptime, flags, key } = item;
    if (item.isExpired(now) || !isIn(range, key)) continue;
    const value = keysOnly ? noValue : Uint8Array.from(item.value);
    items.push({ key, flags, exptime, cas, datatype: copy.typeOf(key), value });
  }
  return items;
}

const noValue = new Uint8Array(0);

/** Sends the next items of a scan. */
export function continueScan(session: SessionView, command: Command, copy: VbucketCopy): void {
  const extras = command.packet?.extras;
  if (extras?.length !== continueLength || command.key !== '' || command.value.length > 0)
    return session.fail(command, status.invalidArguments);
  const id = idOf(extras);
  const scan = copy.scans.find(id, session.state.options.clock.now());
  if (scan === undefined) return session.fail(command, status.keyNotFound);
  if (session.bucket?.manifest.collection(scan.collection) === undefined) {
    copy.scans.close(id);
    return failUnknown(session, command, status.unknownCollection);
  }
  const isComplete = sendBatch(
    session,
    command,
    scan,
    readU32(extras, scanIdLength),
    readU32(extras, continueLength - 4),
  );
  if (isComplete) copy.scans.close(id);
}

/** Closes a scan. */
export function cancelScan(session: SessionView, command: Command, copy: VbucketCopy): void {
  const extras = command.packet?.extras;
  if (extras?.length !== scanIdLength || command.key !== '' || command.value.length > 0)
    return session.fail(command, status.invalidArguments);
  if (copy.scans.close(idOf(extras))) session.succeed(command);
  else session.fail(command, status.keyNotFound);
}

/** Sends items up to the limits (0 = none). Returns whether these were the last ones. Batches take no time here. */
function sendBatch(session: SessionView, command: Command, scan: RangeScan, most: number, bytes: number): boolean {
  let entries: Buffer[] = [];
  let size = 0;
  let total = 0;
  let count = 0;
  const send = (code: number): void => {
    const reply = session.state.reply.reset('ok');
    const value = Buffer.concat(entries);
    reply.code = code;
    reply.extras = Buffer.from(u32Text(scan.keysOnly ? 0 : 1), 'latin1');
    reply.setBytes(value, 0, value.length, true);
    session.send(command, reply);
    entries = [];
    size = 0;
  };
  for (;;) {
    // A limit that is reached with the last item leaves an empty batch.
    if ((most > 0 && count >= most) || (bytes > 0 && total >= bytes)) {
      send(status.rangeScanMore);
      return false;
    }
    const item = scan.items[scan.next];
    if (item === undefined) {
      send(status.rangeScanComplete);
      return true;
    }
    const entry = scannedEntry(readable(session, item), scan.keysOnly);
    scan.next++;
    count++;
    total += entry.length;
    size += entry.length;
    entries.push(entry);
    if (size >= packetSize) send(status.success);
  }
}

/** The item as the session can read it. */
function readable(session: SessionView, item: ScannedItem): ScannedItem {
  const granted = grantedTypes(session.features);
  const { maxValue } = session.state.options;
  const type = item.datatype;
  const value = (granted & datatype.snappy) === 0 ? plainValue(item.value, type, maxValue) : item.value;
  return { ...item, value, datatype: type & granted };
}

function idOf(extras: Uint8Array): string {
  return Buffer.from(extras.subarray(0, scanIdLength)).toString('latin1');
}

function readRequest(value: string | Uint8Array): ScanRequest {
  const json = parse(value);
  const range = member(json, 'range', isObject);
  const sampling = member(json, 'sampling', isObject);
  const snapshot = member(json, 'snapshot_requirements', isObject);
  const name = member(json, 'name', isText);
  if (range !== undefined && sampling !== undefined) throw invalid('both range and sampling');
  if (range === undefined && sampling === undefined) throw invalid('neither range nor sampling');
  if ((name ?? '').length > longestName) throw invalid('name exceeds 50 bytes');
  if (member(json, 'include_xattrs', isFlag) === true)
    throw new Refusal(status.notSupported, 'the client does not support XATTRs');
  const collection = member(json, 'collection', isText);
  if (collection !== undefined && !/^[0-9a-f]{1,8}$/i.test(collection)) throw invalid('the collection is no id');
  return {
    range: range === undefined ? allKeys : readRange(range),
    keysOnly: member(json, 'key_only', isFlag) === true,
    samples: sampling === undefined ? undefined : required(sampling, 'samples', isWhole),
    // The lowest 32 bits.
    seed: (sampling === undefined ? 0 : (member(sampling, 'seed', isWhole) ?? 0)) >>> 0,
    collection: Number.parseInt(collection ?? '0', 16),
    snapshot: snapshot === undefined ? undefined : readSnapshot(snapshot),
  };
}

function readRange(range: Json): KeyRange {
  const [start, isAfterStart] = readEnd(range, 'start', 'excl_start');
  const [end, isBeforeEnd] = readEnd(range, 'end', 'excl_end');
  return { start, isAfterStart, end, isBeforeEnd };
}

/** A key of the range, and whether the range begins behind it or ends before it. */
function readEnd(range: Json, inclusive: string, exclusive: string): [string, boolean] {
  const at = member(range, inclusive, isText);
  const beyond = member(range, exclusive, isText);
  if (at !== undefined && beyond !== undefined) throw invalid(`range included both ${inclusive} and ${exclusive}`);
  const text = at ?? beyond;
  if (text === undefined) throw invalid(`range did not include ${inclusive} or ${exclusive}`);
  const key = Buffer.from(text, 'base64').toString('latin1');
  if (key.length > maxKeyLength) throw invalid(`invalid key size in range: ${key.length}`);
  return [key, beyond !== undefined];
}

function readSnapshot(json: Json): { readonly uuid: bigint; readonly seqno: number } {
  const uuid = required(json, 'vb_uuid', isText);
  if (!/^\d{1,20}$/.test(uuid)) throw invalid('vb_uuid is no number');
  if (member(json, 'seqno_exists', isFlag) === true)
    throw new Refusal(status.notSupported, 'items have no sequence numbers of their own here');
  member(json, 'timeout_ms', isWhole);
  return { uuid: BigInt(uuid), seqno: required(json, 'seqno', isWhole) };
}

function parse(value: string | Uint8Array): Json {
  try {
    const json: unknown = JSON.parse(bufferOf(value).toString());
    if (isObject(json)) return json;
  } catch {
    // Refused below.
  }
  throw invalid('the value is no JSON object');
}

type Fits<T> = (value: unknown) => value is T;
const isText = (value: unknown): value is string => typeof value === 'string';
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';
const isWhole = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function member<T>(json: Json, name: string, fits: Fits<T>): T | undefined {
  const value = Object.hasOwn(json, name) ? json[name] : undefined;
  if (value === undefined || fits(value)) return value;
  throw invalid(`${name} has another type`);
}

function required<T>(json: Json, name: string, fits: Fits<T>): T {
  const value = member(json, name, fits);
  if (value === undefined) throw invalid(`${name} is missing`);
  return value;
}

function invalid(context: string): Refusal {
  return new Refusal(status.invalidArguments, context);
}
