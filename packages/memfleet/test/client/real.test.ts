/** The client against the real memcached. */
import { describeReal, startMemcached } from '../support/real-memcached.ts';
import { clientContract } from './contract.ts';
import type { Judge } from './contract/subject.ts';
import { itemsContract } from './items-contract.ts';
import { metaContract } from './meta-contract.ts';

describeReal('against the real memcached', () => {
  const start = async (): Promise<Judge> => {
    const memcached = await startMemcached();
    return { address: `127.0.0.1:${memcached.port}`, stop: () => memcached.stop() };
  };
  clientContract(start);
  metaContract(start);
  // 1.6.18 ignores `mg … C`.
  itemsContract(start, { knowsUnchanged: false });
});
