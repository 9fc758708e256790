/** The embedded server replies as memcached 1.6.18 does; where it differs on purpose, the transcripts say so. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { createServer, type Server } from '../../src/server/index.ts';
import { serverTranscripts } from '../../src/testing/index.ts';

describe('the transcripts against the embedded server', () => {
  let server: Server;
  let port: number;

  beforeAll(async () => {
    server = createServer({ port: 0 });
    const address = await server.listen();
    port = 'port' in address ? address.port : 0;
  });
  afterAll(() => server.destroy());

  it.each(serverTranscripts)('$title', async ({ run }) => {
    await run({ port, as: 'memfleet' });
  });
});
