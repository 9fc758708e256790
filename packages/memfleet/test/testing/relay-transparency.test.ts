/** A relay changes nothing: whatever is said through it receives the replies that it receives without. */
import { afterAll, beforeAll, describe, test } from 'vitest';
import {
  delay,
  serverTranscripts,
  spawnMemcached,
  startServer,
  type TestMemcached,
  type TestServer,
} from '../../src/testing/index.ts';
import { describeReal } from '../support/real-memcached.ts';

describe.each([false, true])('the transcripts through a relay (every command meets a fault: %s)', (isFaulty) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
    if (isFaulty) server.inject(delay(0));
  });
  afterAll(() => server.stop());

  test.each(serverTranscripts)('$title', ({ run }) => run({ port: server.port, as: 'memfleet' }));
});

describeReal('the transcripts through a relay to the real memcached', () => {
  let memcached: TestMemcached;
  beforeAll(async () => {
    memcached = await spawnMemcached();
  });
  afterAll(() => memcached.stop());

  test.each(serverTranscripts)('$title', ({ run }) => run({ port: memcached.port }));
});
