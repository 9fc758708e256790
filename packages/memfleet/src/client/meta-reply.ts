/** The reply to a meta request that the caller wrote (docs/protocols.md#meta-protocol). */
import type { Command } from '../core/command.ts';
import type { Reply, ReplyStatus } from '../core/reply.ts';
import type { Transcoder } from './transcoder.ts';

/** How a meta request ended: HD, VA and ME are `ok`, EN and NF `miss`, NS `notStored`, EX `exists`. */
export type MetaStatus = Exclude<ReplyStatus, 'error'>;

/** The reply to a meta request. */
export interface MetaReply {
  /** HD, VA and ME are `ok`, EN and NF `miss`, NS `notStored`, EX `exists`. */
  readonly status: MetaStatus;
  /**
   * The flags of the reply: letter → token, `''` if there is only the letter: `t` → `'42'`, `W` → `''`. `k` and `O`
   * have the tokens of the request.
   */
  readonly flags: ReadonlyMap<string, string>;
  /** The bytes of the value; for `me`, its text. Undefined: the reply has no value. */
  readonly value: Buffer | undefined;
}

/** The result of a node's failure if errors are misses. */
export const noMetaReply: MetaReply = { status: 'miss', flags: new Map(), value: undefined };

/** The token of a requested flag; undefined = the reply does not have it. */
type Spell = (reply: Reply, token: string) => string | undefined;

const spellers: Readonly<Record<string, Spell>> = {
  f: ({ status, flags }) => (status === 'ok' ? String(flags) : undefined),
  c: ({ cas }) => (cas === 0n ? undefined : String(cas)),
  t: ({ ttl }) => ttl?.toString(),
  s: ({ size }) => size?.toString(),
  h: ({ hit }) => (hit === undefined ? undefined : hit ? '1' : '0'),
  l: ({ lastAccess }) => lastAccess?.toString(),
  // These flags are not sent: replies are paired by their order.
  b: () => '',
  k: (_reply, token) => token,
  O: (_reply, token) => token,
};

/** `command` was completed by `putMeta`. */
export function readMetaReply(reply: Reply, _transcoder: Transcoder<unknown>, { meta }: Command): MetaReply {
  const flags = new Map<string, string>();
  for (const token of meta?.tokens ?? []) {
    const letter = token.charAt(0);
    const spelled = spellers[letter]?.(reply, token.slice(1));
    if (spelled !== undefined) flags.set(letter, spelled);
  }
  if (reply.won) flags.set('W', '');
  if (reply.stale) flags.set('X', '');
  if (reply.recaching) flags.set('Z', '');
  const value = reply.hasValue ? Buffer.from(reply.bytes()) : undefined;
  return { status: reply.status as MetaStatus, flags, value };
}
