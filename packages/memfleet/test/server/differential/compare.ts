/** Compares what two servers replied, and prints where they differ as a transcript. */
import type { Step } from './sequence.ts';

/**
 * A cas is known by the order in which it was first shown: the two servers count alike, but not from the same number. A
 * time to live may be a second less.
 */
function comparable(replies: readonly string[]): string[] {
  const seen = new Map<string, number>();
  const named = (cas: string): string => {
    if (cas === '0') return '0';
    if (!seen.has(cas)) seen.set(cas, seen.size + 1);
    return `#${seen.get(cas)}`;
  };
  return replies.map((reply) => {
    if (reply.charCodeAt(0) === 0x81) return packets(reply, named);
    return reply
      .replaceAll(/^(VALUE \S+ \d+ \d+) (\d+)(?=\r$)/gm, (_, head: string, cas: string) => `${head} ${named(cas)}`)
      .replaceAll(/^((?:VA|HD|EX|NS|NF)[^\n]*) c(\d+)/gm, (_, head: string, cas: string) => `${head} c${named(cas)}`)
      .replaceAll(/^((?:VA|HD)[^\n]*) t(\d+)/gm, (_, head: string, ttl: string) => `${head} t${about(Number(ttl))}`);
  });
}

/** Times that were given as a Unix time depend on the clock; one that is over is shown as a number below 2^32. */
function about(ttl: number): string {
  if (ttl >= 2 ** 31) return 'over';
  return ttl > 10_000_000 ? 'far' : String(Math.round(ttl / 10) * 10);
}

function packets(bytes: string, named: (cas: string) => string): string {
  const buffer = Buffer.from(bytes, 'latin1');
  let text = '';
  let at = 0;
  while (at + 24 <= buffer.length && buffer[at] === 0x81) {
    const end = at + 24 + buffer.readUInt32BE(at + 8);
    const cas = named(String(buffer.readBigUInt64BE(at + 16)));
    text += `${buffer.toString('hex', at, at + 16)} ${cas} ${buffer.toString('latin1', at + 24, end)}\n`;
    at = end;
  }
  return text + buffer.toString('latin1', at);
}

/**
 * Whether the replies to a step are the same. Where the connection ends in the middle of a request, memcached drops the
 * replies that it has not written yet.
 */
function isSame({ closes, protocol }: Step, real: string | undefined, ours: string | undefined): boolean {
  return real === ours || (closes && protocol === 'ascii' && ours?.startsWith(real ?? '\n') === true);
}

/** Our replies to binary steps that end their connection, as far as memcached has written its own. */
function asFar(steps: readonly Step[], real: readonly string[], ours: readonly string[]): string[] {
  return ours.map((reply, at) =>
    steps[at]?.closes === true && steps[at].protocol === 'binary' ? reply.slice(0, real[at]?.length) : reply,
  );
}

/** Whether memcached (`real`) and memfleet replied the same to each step. */
export function areEqual(steps: readonly Step[], real: readonly string[], ours: readonly string[]): boolean {
  const [reals, own] = [comparable(real), comparable(asFar(steps, real, ours))];
  return steps.every((step, at) => isSame(step, reals[at], own[at]));
}

/** The sequence with the replies of both: `=` where they are equal. */
export function transcript(steps: readonly Step[], real: readonly string[], ours: readonly string[]): string {
  const [reals, own] = [comparable(real), comparable(asFar(steps, real, ours))];
  return steps
    .map((step, at) => {
      const { connection, requests, cuts, closes } = step;
      const sent = `${connection} > ${JSON.stringify(requests.join(''))}${cuts.length > 0 ? ` cut at ${cuts.join(', ')}` : ''}${closes ? ', half-closed' : ''}`;
      const replied = isSame(step, reals[at], own[at])
        ? `  = ${JSON.stringify(reals[at])}`
        : `  memcached < ${JSON.stringify(reals[at])}\n  memfleet  < ${JSON.stringify(own[at])}`;
      return `${sent}\n${replied}`;
    })
    .join('\n');
}
