import { Reply } from '../core/reply.ts';

/** A reply that may be kept: the value is its own. */
export function copyReply(from: Reply): Reply {
  const copy = new Reply();
  copy.status = from.status;
  copy.part = from.part;
  copy.key = from.key;
  copy.flags = from.flags;
  copy.cas = from.cas;
  copy.ttl = from.ttl;
  copy.size = from.size;
  copy.hit = from.hit;
  copy.lastAccess = from.lastAccess;
  copy.won = from.won;
  copy.stale = from.stale;
  copy.recaching = from.recaching;
  copy.encodedKey = from.encodedKey;
  copy.opaque = from.opaque;
  copy.opaqueNumber = from.opaqueNumber;
  copy.opcode = from.opcode;
  copy.errorKind = from.errorKind;
  copy.message = from.message;
  copy.code = from.code;
  copy.extras = from.extras === undefined ? undefined : Uint8Array.from(from.extras);
  copy.datatype = from.datatype;
  copy.node = from.node;
  if (from.isOwned) copy.setValueOf(from);
  else copy.setText(from.text());
  return copy;
}
