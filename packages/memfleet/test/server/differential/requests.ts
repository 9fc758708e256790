/**
 * Random requests in the three protocols. Whole ones are understood or refused, and eat nothing that follows; broken
 * ones may: what follows on their connection is part of the request.
 *
 * Left out: what may happen at another moment (times that come during the run), and what memfleet answers differently
 * on purpose (the table in `differential.test.ts`).
 */
import { binaryRequests } from './binary-requests.ts';
import { metaRequests } from './meta-requests.ts';
import { lastCas } from './operands.ts';
import type { Random } from './random.ts';
import { textRequests } from './text-requests.ts';

/** What the first byte of a connection selects. */
export type Protocol = 'ascii' | 'binary';

/** A request that eats nothing of what follows. */
export function wholeRequest(random: Random, protocol: Protocol): string {
  if (protocol === 'binary') return random.of(binaryRequests)(random);
  return random.once(2) ? random.of(textRequests)(random) : random.of(metaRequests)(random);
}

const isStoring = (request: string): boolean => /^(?:set|add|replace|append|prepend|cas|ms) /.test(request);

/** Requests of which memcached reads broken forms in ways that memfleet refuses: see `differential.test.ts`. */
function isStrict(request: string): boolean {
  const opcode = request.charCodeAt(1);
  return request.charCodeAt(0) === 0x80
    ? opcode >= 0x1c && opcode <= 0x1e
    : /^(?:stats|flush_all)\b/.test(request) || request.length > 2000;
}

/** What may come into a request. */
const puts = {
  ascii: [' ', '\n', '\r\n', '\0', 'z', '9', '\xff', '\x80'],
  binary: ['\0', 'z', '9', '-', '\xff', '\x80'],
} as const;

/** Whether it is a packet that promises more than 64 KB. */
function isTooLong(request: string): boolean {
  return request.charCodeAt(0) === 0x80 && request.slice(8, 10) !== '\0\0';
}

/** What only newer versions know: flags, flags together, a `gat` that has no key. */
const newer: readonly RegExp[] = [
  /^ma [^\n]* q[^\n]* N|^ma [^\n]* N[^\n]* q/m,
  /^mg [^\n]* b[^\n]* N|^mg [^\n]* N[^\n]* b/m,
  /^m[gsda] [^\n]* E/m,
  /\bgats? +[^ \n\0]* *(?:\r?\n|\0)/,
];

/** Whether its value is blank: memcached then counts what lies behind it in memory. */
function hasBlankValue(request: string): boolean {
  const isBinary = request.charCodeAt(0) === 0x80;
  const from = isBinary
    ? 24 + request.charCodeAt(4) + request.charCodeAt(2) * 256 + request.charCodeAt(3)
    : request.indexOf('\n') + 1;
  const length = /^(?:ms [^ ]+|[a-z]+ [^ ]+ [^ ]+ [^ ]+) (\d+)/.exec(request)?.[1];
  return /^[\t-\r ]+$/.test(request.slice(from, isBinary ? undefined : from + Number(length ?? 0)));
}

function breakable(random: Random, protocol: Protocol): string {
  let request = wholeRequest(random, protocol);
  while (isStrict(request)) request = wholeRequest(random, protocol);
  return request.replaceAll(lastCas, '1');
}

/**
 * The same with some bytes changed, cut out or put in: anything may follow from it. Of a request with a value in ASCII
 * only the value changes: what a wrong line means for the value behind it is another thing to memfleet.
 */
export function brokenRequest(random: Random, protocol: Protocol): string {
  let request = breakable(random, protocol);
  const from = protocol === 'ascii' && isStoring(request) ? request.indexOf('\r\n') + 2 : 0;
  for (let changes = 1 + random.below(2); changes > 0; changes--) {
    const at = from + random.below(request.length - from + 1);
    const gone = random.once(2) ? random.below(4) : 0;
    const put = random.once(2) ? '' : random.of(puts[protocol]);
    request = request.slice(0, at) + put + request.slice(at + gone);
  }
  return isTooLong(request) || hasBlankValue(request) || newer.some((one) => one.test(request))
    ? brokenRequest(random, protocol)
    : request;
}

/** Whether memcached answers these in another way when they come together: see `sequence.ts`. */
export function mustBeAlone(request: string): boolean {
  return /^(?:incr|decr|ma|mg|ms|append|prepend|cas) |k{251}/.test(request) || request.charCodeAt(0) === 0x80;
}
