/** A complete reply, and what its effects make of it. */
import type { Effect } from '../faults/fault.ts';
import type { SeenCommand } from './command-log.ts';

/** How a reply is sent. */
export interface TreatedReply {
  readonly bytes: Buffer;
  /** Behind the next reply. */
  readonly isSwapped: boolean;
  /** Some bytes at a time. */
  readonly drip: { readonly ms: number; readonly bytes: number } | undefined;
  /** What follows it. */
  readonly ending: 'end' | 'reset' | undefined;
}

const ofReply: ReadonlySet<Effect['kind']> = new Set<Effect['kind']>([
  'silence',
  'reset',
  'rewrite',
  'cut',
  'drip',
  'swap',
]);

/** Whether the effect is on the reply: it is then held until it is complete. */
export function isOfReply({ kind }: Effect): boolean {
  return ofReply.has(kind);
}

/** Applies the effects in their order. `lost`: it is not sent; `reset`: the connection is reset in its place. */
export function treatReply(
  reply: Buffer,
  command: SeenCommand,
  effects: readonly Effect[],
): TreatedReply | 'lost' | 'reset' {
  let bytes = reply;
  let isSwapped = false;
  let drip: TreatedReply['drip'];
  let ending: TreatedReply['ending'];
  for (const effect of effects) {
    if (effect.kind === 'silence') return 'lost';
    if (effect.kind === 'reset') return 'reset';
    if (effect.kind === 'rewrite') bytes = effect.rewrite(bytes, command);
    else if (effect.kind === 'swap') isSwapped = true;
    else if (effect.kind === 'drip') drip = effect;
    else if (effect.kind === 'cut') {
      bytes = bytes.subarray(0, effect.bytes ?? Math.floor(bytes.length / 2));
      ({ ending } = effect);
    }
  }
  return { bytes, isSwapped, drip, ending };
}
