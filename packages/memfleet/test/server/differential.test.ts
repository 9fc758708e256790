/**
 * The real memcached is the judge: random sequences of requests, whole, odd and broken, in three protocols, on several
 * connections and in any pieces, get the same bytes from it and from the embedded server.
 *
 *   MEMFLEET_SEQUENCES=1000000 MEMFLEET_SEED=7 npx vitest run packages/memfleet/test/server/differential.test.ts
 *
 * What memfleet answers differently on purpose is not generated:
 *
 *   a refused storage line    memfleet skips the value behind it, 1.6.18 reads it as requests
 *   lengths                   memfleet reads them strictly (test/transcripts/numbers.ts)
 *   a packet that is too long or has an unknown opcode makes memcached lose its place in what follows
 *   `gat 10`                  CLIENT_ERROR; END in 1.6.18 (test/transcripts/text-faults.ts)
 *   mg C and E, ms s, md x    flags newer than 1.6.18, `ms MA N` that creates, `ma q N` (test/transcripts/meta.ts)
 *   `ma T`                    is lost in memcached where the number becomes longer
 *   a get of too long a key   makes 1.6.18 drop the replies to the requests before it that it has not written
 *   a connection that ends    in the middle of a request does so too: of those replies memfleet sends all
 *   base64 with `mg N`        memcached returns the key that it made as bytes, which can have a space or a line end
 *   a line above 2048 bytes   is refused unless it is a get; memcached reads it if it happens to come in one piece
 *   a TOUCH or GAT with value is refused; memcached reads the value as the next packet, so a value could be a request
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createServer, type Server } from '../../src/server/index.ts';
import { describeReal, type RealMemcached, startMemcached } from '../support/real-memcached.ts';
import { areEqual, transcript } from './differential/compare.ts';
import { Random } from './differential/random.ts';
import { sequenceOf, simpler, type Step } from './differential/sequence.ts';
import { Side } from './differential/side.ts';

const count = Number(process.env['MEMFLEET_SEQUENCES'] ?? 3000);
/** The differences that are looked for before it gives up. */
const wanted = Number(process.env['MEMFLEET_DIFFERENCES'] ?? 1);
const seed = Number(process.env['MEMFLEET_SEED'] ?? Date.now() % 1_000_000);

describeReal(`${count} random sequences from seed ${seed}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'memfleet-differential-'));
  const paths = [join(folder, 'real'), join(folder, 'own')] as const;
  let real: RealMemcached;
  let server: Server;
  let sides: readonly [Side, Side];

  beforeAll(async () => {
    real = await startMemcached(['-s', paths[0], '-t', '1']);
    server = createServer({ path: paths[1], version: '1.6.18' });
    await server.listen();
    sides = [new Side(paths[0]), new Side(paths[1])];
  });
  afterAll(async () => {
    for (const side of sides) side.close();
    await server.destroy();
    await real.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Undefined: both replied the same. A second look decides: a second may have passed between the two. */
  async function difference(steps: readonly Step[]): Promise<string | undefined> {
    let found: string | undefined;
    for (let look = 0; look < 2; look++) {
      const [theirs, ours] = await Promise.all(sides.map((side) => side.play(steps)));
      if (theirs === undefined || ours === undefined || areEqual(steps, theirs, ours)) return undefined;
      found = transcript(steps, theirs, ours);
      for (const side of sides) side.close();
    }
    return found;
  }

  async function shrunk(steps: readonly Step[], found: string): Promise<string> {
    for (const one of simpler(steps)) {
      const again = await difference(one);
      if (again !== undefined) return shrunk(one, again);
    }
    return found;
  }

  it('get the same replies from memcached and from the embedded server', { timeout: 15_000 + count * 50 }, async () => {
    process.stderr.write(`differential test: MEMFLEET_SEED=${seed}\n`);
    const all: string[] = [];
    for (let number = 0; number < count && all.length < wanted; number++) {
      const steps = sequenceOf(new Random(seed * 1_000_003 + number));
      const found = await difference(steps);
      if (found !== undefined)
        all.push(`sequence ${number} of seed ${seed}, as short as possible:\n${await shrunk(steps, found)}`);
    }
    expect(all).toEqual([]);
  });
});
