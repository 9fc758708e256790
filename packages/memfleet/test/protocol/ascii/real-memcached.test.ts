/** The transcripts are facts: the real memcached replies so, byte for byte. */
import { afterAll, beforeAll, it } from 'vitest';
import { serverTranscripts } from '../../../src/testing/index.ts';
import { describeReal, type RealMemcached, startMemcached } from '../../support/real-memcached.ts';

describeReal('the transcripts against the real memcached', () => {
  let server: RealMemcached;

  beforeAll(async () => {
    server = await startMemcached();
  });
  afterAll(() => server.stop());

  it.each(serverTranscripts)('$title', async ({ run }) => {
    await run({ port: server.port });
  });
});
