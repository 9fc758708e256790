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
 *   values from 2^63 on       memcached counts them unless a minus sign lies in the memory behind them
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
import { alone, countOf, Judge, seed } from './differential/judge.ts';

const count = countOf(3000);

describeReal(`${count} random sequences from seed ${seed}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'memfleet-differential-'));
  const paths = [join(folder, 'real'), join(folder, 'own')] as const;
  const judge = new Judge(...paths);
  let real: RealMemcached;
  let server: Server;

  beforeAll(async () => {
    real = await startMemcached(['-s', paths[0], ...alone]);
    server = createServer({ path: paths[1], version: '1.6.18' });
    await server.listen();
  });
  afterAll(async () => {
    judge.close();
    await server.destroy();
    await real.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('get the same replies from memcached and from the embedded server', { timeout: 15_000 + count * 50 }, async () => {
    expect(await judge.differences(count)).toEqual([]);
  });
});
