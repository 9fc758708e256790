/** The client against the real memcached. */
import { describeReal, startMemcached } from '../support/real-memcached.ts';
import { clientContract } from './contract.ts';

describeReal('against the real memcached', () => {
  clientContract(async () => {
    const memcached = await startMemcached();
    return { address: `127.0.0.1:${memcached.port}`, stop: () => memcached.stop() };
  });
});
