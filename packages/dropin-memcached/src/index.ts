/** `require('memcached')`: the client, which may be called without `new`. */
import { Memcached } from './memcached.ts';

export default new Proxy(Memcached, {
  apply: (constructor, _receiver, args: ConstructorParameters<typeof Memcached>) => new constructor(...args),
});
