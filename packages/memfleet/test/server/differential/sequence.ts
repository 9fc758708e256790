/**
 * A sequence: what some connections send, step by step. A step is sent in pieces, and is over when its mark is answered
 * (a request whose reply no other has), or when the connection was half-closed and the other side has closed it.
 *
 * A step has several requests only where memcached replies to each as if it came alone: while a reply with an item
 * waits to be written, it counts and appends in another way.
 */
import type { Random } from './random.ts';
import { brokenRequest, mustBeAlone, type Protocol, wholeRequest } from './requests.ts';

/** What one connection sends before the next one does. */
export interface Step {
  readonly connection: number;
  readonly protocol: Protocol;
  readonly requests: readonly string[];
  /** Where the bytes are cut into pieces, as parts of 1000. */
  readonly cuts: readonly number[];
  /** Half-closes the connection; the next step opens another one. */
  readonly closes: boolean;
}

const protocols = ['ascii', 'ascii', 'binary'] as const;

/** Makes requests until one is to be compared. */
function compared(make: () => string, isCompared: (request: string) => boolean): string {
  let request = make();
  while (!isCompared(request)) request = make();
  return request;
}

function step(random: Random, isCompared: (request: string) => boolean): Step {
  const connection = random.below(protocols.length);
  const protocol = protocols[connection] ?? 'ascii';
  const cuts = random.once(3)
    ? Array.from({ length: 1 + random.below(3) }, () => random.below(1000)).sort((a, b) => a - b)
    : [];
  const closes = random.once(8);
  const whole = (): string => compared(() => wholeRequest(random, protocol), isCompared);
  if (closes) {
    const requests = [compared(() => brokenRequest(random, protocol), isCompared)];
    const another = whole().replaceAll('\u0100', '1');
    // Behind an opcode that it does not know, memcached skips a part of the next packet.
    const mayFollow = protocol === 'ascii' && another.length < 2000 && ![...requests, another].some(mustBeAlone);
    if (mayFollow && random.once(2)) requests.push(another);
    return { connection, protocol, requests, cuts, closes };
  }
  const requests = [whole()];
  while (!requests.some(mustBeAlone) && random.once(2)) {
    const another = whole();
    if (!mustBeAlone(another)) requests.push(another);
  }
  return { connection, protocol, requests, cuts, closes };
}

/** A sequence of up to a dozen steps, of requests that are to be compared. */
export function sequenceOf(random: Random, isCompared: (request: string) => boolean): readonly Step[] {
  return Array.from({ length: 2 + random.below(11) }, () => step(random, isCompared));
}

/** Every sequence that is a little simpler. */
export function* simpler(steps: readonly Step[]): Iterable<readonly Step[]> {
  const without = <T>(all: readonly T[], at: number): T[] => all.filter((_, index) => index !== at);
  for (let size = steps.length >> 1; size > 1; size >>= 1)
    for (let at = 0; at < steps.length; at += size) yield [...steps.slice(0, at), ...steps.slice(at + size)];
  for (const [at, one] of steps.entries()) {
    yield without(steps, at);
    const change = (changed: Partial<Step>): Step[] =>
      steps.map((other, index) => (index === at ? { ...one, ...changed } : other));
    if (one.cuts.length > 0) yield change({ cuts: [] });
    if (one.requests.length > 1)
      for (const index of one.requests.keys()) yield change({ requests: without(one.requests, index) });
  }
}
