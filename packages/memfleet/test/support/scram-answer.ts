import type { ScramClient } from '../../src/protocol/binary/scram.ts';

/** The last message of a SCRAM client; rejects when the challenge is refused. */
export function scramAnswer(client: ScramClient, challenge: string): Promise<string> {
  return new Promise((resolve, reject) => {
    client.respond(challenge, (final) => {
      if (typeof final === 'string') resolve(final);
      else reject(final);
    });
  });
}
