/** What the parts of the client's contract share: the client of one protocol, and the node that judges it. */
import { connect as connectSocket } from 'node:net';
import type { Client } from '../../../src/client/index.ts';
import type { MemcacheError } from '../../../src/core/errors.ts';
import type { Protocol } from '../../../src/protocol/codec.ts';

/** A node that runs. */
export interface Judge {
  readonly address: string;
  stop(): Promise<void>;
}

/** A client of a judge, by one protocol. */
export interface ContractSubject {
  readonly protocol: Protocol;
  /** Known once the judge runs. */
  readonly client: Client;
  /** That of the judge; known once it runs. */
  readonly address: string;
  /** Starts another judge. */
  startAnother(this: void): Promise<Judge>;
  /** A key that no other test uses. */
  fresh(this: void, name?: string): string;
  /** The seconds that a key has left, as the node says. */
  ttlOf(this: void, key: string): Promise<number>;
}

/** What a call fails with. */
export async function failureOf(promise: Promise<unknown>): Promise<MemcacheError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome) return outcome.error as MemcacheError;
  throw new Error(`it gave ${String(outcome.value)} instead of failing`);
}

/** Asks the node without the client. One line comes back. */
export function askRaw(address: string, text: string): Promise<string> {
  const at = address.lastIndexOf(':');
  const socket = connectSocket({ host: address.slice(0, at), port: Number(address.slice(at + 1)) });
  return new Promise((resolve, reject) => {
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      if (!answer.endsWith('\r\n')) return;
      socket.destroy();
      resolve(answer.slice(0, -2));
    });
    socket.on('error', reject);
    socket.write(text, 'latin1');
  });
}
