/** Whether the copies of a node have an item (OBSERVE), and how far a vBucket is (OBSERVE_SEQNO). */
import { bufferOf, latin1Slice } from '../../base/bytes.ts';
import type { Command } from '../../core/command.ts';
import { status } from '../../core/status.ts';
import { u64Text } from '../../protocol/binary/header.ts';
import { feature } from '../../protocol/binary/hello.ts';
import { u16Text } from '../../protocol/binary/integers.ts';
import type { Item } from '../../store/item.ts';
import type { CollectionCopy } from './collection-copy.ts';
import { splitKey } from './collection-keys.ts';
import type { SessionView } from './session-view.ts';
import type { VbucketCopy } from './vbucket-copy.ts';

/** The states of a key in the reply to OBSERVE. Everything counts as persisted. */
const persisted = '\x01';
const missing = '\x80';
/** vBucket and length of the key, 16 bits each. */
const entryHead = 4;

/** The value is a list of vBucket, length of the key, key; the reply repeats each, with its state and cas. */
export function observe(session: SessionView, command: Command): void {
  const bytes = bufferOf(command.value);
  let text = '';
  for (let at = 0; at < bytes.length;) {
    if (at + entryHead > bytes.length) return session.fail(command, status.invalidArguments);
    const copy = session.part?.copy(bytes.readUInt16BE(at));
    const end = at + entryHead + bytes.readUInt16BE(at + 2);
    if (end > bytes.length) return session.fail(command, status.invalidArguments);
    if (copy?.state !== 'active' && copy?.state !== 'replica') return session.refuse(command);
    const item = itemOf(session, copy, latin1Slice(bytes, at + entryHead, end));
    text += latin1Slice(bytes, at, end);
    text += item === undefined ? missing + u64Text(0n) : persisted + u64Text(item.cas);
    at = end;
  }
  session.succeed(command, text);
}

/** The item of a key as the connection spells it. */
function itemOf(session: SessionView, copy: VbucketCopy, text: string): Item | undefined {
  if (!session.features.has(feature.collections)) return copy.collection().find(text);
  const found = splitKey(text);
  return found === undefined ? undefined : copy.collection(found.id).find(found.key);
}

/**
 * Format 0: the client's vBucket uuid is the current one; otherwise format 1 says that it failed over, with the last
 * sequence number of the old one.
 */
export function observeSeqno(session: SessionView, command: Command, copy: CollectionCopy): void {
  const bytes = bufferOf(command.value);
  if (bytes.length !== 8) return session.fail(command, status.invalidArguments);
  const known = bytes.readBigUInt64BE();
  const seqno = u64Text(BigInt(copy.seqno));
  const now = u16Text(command.vbucket) + u64Text(copy.uuid) + seqno + seqno;
  if (known === copy.uuid) session.succeed(command, `\0${now}`);
  else session.succeed(command, `\x01${now}${u64Text(known)}${seqno}`);
}
