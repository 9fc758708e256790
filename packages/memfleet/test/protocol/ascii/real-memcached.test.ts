/** The transcripts are facts: the real memcached answers so, byte for byte. */
import { afterAll, beforeAll, it } from 'vitest';
import { describeReal, type RealMemcached, startMemcached } from '../../support/real-memcached.ts';
import { askVersion, playTranscript, type Speaker } from '../../support/transcript-player.ts';
import { allTranscripts } from '../../transcripts/index.ts';

describeReal('the transcripts against the real memcached', () => {
  let server: RealMemcached;
  let speaker: Speaker;

  beforeAll(async () => {
    server = await startMemcached();
    speaker = { name: 'memcached', version: await askVersion(server.port) };
  });
  afterAll(() => server.stop());

  it.each(allTranscripts)('$protocol: $name', async (transcript) => {
    await playTranscript(transcript, server.port, speaker);
  });
});
