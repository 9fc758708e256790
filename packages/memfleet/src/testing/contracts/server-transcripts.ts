/** What a memcached server replies, byte for byte: conversations in the text and meta protocols. */
import { allTranscripts } from '../transcripts/index.ts';
import { askVersion, playTranscript } from '../transcripts/player.ts';
import type { Contract } from './contract.ts';

/** The server that `serverTranscripts` is run on. Its items are dropped. */
export interface ServerSubject {
  /** The address of the server. @default '127.0.0.1' */
  readonly host?: string | undefined;
  /** The TCP port of the server. */
  readonly port: number;
  /**
   * Whose replies are expected: those of memcached, which changed with 1.6.19, or those of memfleet, with its few
   * deliberate differences.
   * @default 'memcached'
   */
  readonly as?: 'memcached' | 'memfleet' | undefined;
  /** The version of memcached whose replies are expected. @default the version that the server reports */
  readonly version?: string | undefined;
}

/** Conversations with memcached 1.6: each case plays one on a connection of its own, after a `flush_all`. */
export const serverTranscripts: Contract<ServerSubject> = allTranscripts.map((transcript) => ({
  title: `${transcript.protocol}: ${transcript.name}`,
  run: async ({ host, port, as = 'memcached', version }) => {
    const speaker =
      as === 'memfleet'
        ? { name: 'memfleet' as const }
        : { name: 'memcached' as const, version: version ?? (await askVersion(port, host)) };
    await playTranscript(transcript, port, speaker, host);
  },
}));
