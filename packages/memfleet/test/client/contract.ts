/**
 * What every method of the client does, as one suite that runs against any node and every protocol. A judge is a node:
 * the embedded server, the real memcached. Each subject has a file in contract/.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { type Client, createClient } from '../../src/client/index.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { casContract } from './contract/cas.ts';
import { countersContract } from './contract/counters.ts';
import { deleteAndTouchContract } from './contract/delete-and-touch.ts';
import { getAndSetContract } from './contract/get-and-set.ts';
import { getItemContract } from './contract/get-item.ts';
import { getOrSetContract } from './contract/get-or-set.ts';
import { keysContract } from './contract/keys.ts';
import { askRaw, type ContractSubject, type Judge } from './contract/subject.ts';
import { valuesContract } from './contract/values.ts';
import { viewsContract } from './contract/views.ts';
import { wholeNodeContract } from './contract/whole-node.ts';

const protocols: readonly Protocol[] = ['meta', 'text', 'binary'];
const parts = [
  getAndSetContract,
  casContract,
  deleteAndTouchContract,
  getItemContract,
  countersContract,
  valuesContract,
  keysContract,
  getOrSetContract,
  wholeNodeContract,
  viewsContract,
];

/** Defines the suite for one judge. */
export function clientContract(start: () => Promise<Judge>): void {
  let judge: Judge;
  beforeAll(async () => {
    judge = await start();
  });
  afterAll(() => judge.stop());
  const ttlOf = async (key: string): Promise<number> => {
    const line = await askRaw(judge.address, `mg ${key} t\r\n`);
    return Number(/^HD t(-?\d+)$/.exec(line)?.[1]);
  };

  describe.each(protocols)('%s', (protocol) => {
    let client: Client;
    let count = 0;
    /** A key that no other test uses. */
    const fresh = (name = 'key'): string => `${protocol}:${name}:${count++}`;

    beforeAll(() => {
      client = createClient({ nodes: judge.address, protocol, timeout: 5000 });
    });
    afterAll(() => client.close());

    const subject: ContractSubject = {
      protocol,
      fresh,
      ttlOf,
      startAnother: start,
      get client() {
        return client;
      },
      get address() {
        return judge.address;
      },
    };
    for (const part of parts) part(subject);
  });
}
