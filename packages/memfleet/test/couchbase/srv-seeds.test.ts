/** `couchbase://name`: the SRV records of the name are the first nodes that are asked for a map. */
import { describe, expect, test } from 'vitest';
import type { Resolver } from '../../src/cluster/discovery/discovery-source.ts';
import { parseNodes } from '../../src/cluster/node-spec.ts';
import { ConnectError } from '../../src/core/errors.ts';
import { checkCouchbase } from '../../src/couchbase/check-options.ts';
import { resolveCouchbase } from '../../src/couchbase/resolve.ts';
import { nameForSrv } from '../../src/couchbase/srv-name.ts';
import { srvSeeds } from '../../src/couchbase/srv-seeds.ts';
import { FakeClock } from '../support/fake-clock.ts';

const plain = parseNodes(['cb.example'], 11_210);

/** A resolver that knows these SRV records, and what it was asked. */
function resolverOf(records: Readonly<Record<string, readonly { name: string; port: number }[]>>) {
  const asked: string[] = [];
  const resolver: Resolver = {
    addresses: () => Promise.reject(new Error('no addresses are needed')),
    services: (name) => {
      asked.push(name);
      const found = records[name];
      return found === undefined ? Promise.reject(new Error(`querySrv ENOTFOUND ${name}`)) : Promise.resolve(found);
    },
  };
  return { asked, resolver };
}

describe('the name whose SRV records are looked up', () => {
  test.each([
    [['cb.example'], 'cb.example'],
    [['cb_1'], 'cb_1'],
    [['cb.example:11210'], undefined],
    [['cb.example', 'cb2.example'], undefined],
    [['10.0.0.1'], undefined],
    [['[fd00::1]'], undefined],
    [['localhost'], undefined],
    [[{ host: 'cb.example' }], undefined],
    [[], undefined],
  ])('of %j is %s', (list, name) => {
    expect(nameForSrv(list)).toBe(name);
  });
});

describe('the first nodes', () => {
  const records = {
    '_couchbase._tcp.cb.example': [
      { name: 'n1.example.', port: 11_210 },
      { name: 'n2.example', port: 9000 },
    ],
    '_couchbases._tcp.cb.example': [{ name: 'n1.example', port: 11_207 }],
    '_couchbase._tcp.empty.example': [],
  };

  test.each([
    ['cb.example', false, ['n1.example:11210', 'n2.example:9000']],
    ['cb.example', true, ['n1.example:11207']],
    ['none.example', false, ['cb.example:11210']],
    ['empty.example', false, ['cb.example:11210']],
  ])('of %s, TLS %s: %j', async (name, tls, nodes) => {
    const clock = new FakeClock();
    const { resolver } = resolverOf(records);
    const seeds = await srvSeeds(name, plain, { tls, clock, resolver })();
    expect(seeds.map((node) => node.name)).toEqual(nodes);
    expect(clock.timers).toBe(0);
  });

  test('are the host itself when the name server does not respond in 500 ms', async () => {
    const clock = new FakeClock();
    const resolver: Resolver = { addresses: () => Promise.resolve([]), services: () => new Promise(() => {}) };
    const seeds = srvSeeds('cb.example', plain, { tls: false, clock, resolver })();
    await clock.advanceAsync(500);
    expect(await seeds).toBe(plain);
  });
});

describe('a bucket', () => {
  function started(nodes: string | readonly string[], options: { srv?: boolean } = {}) {
    const clock = new FakeClock();
    const { asked, resolver } = resolverOf({ '_couchbase._tcp.cb.example': [{ name: 'n1.example', port: 7 }] });
    const { source } = resolveCouchbase(
      checkCouchbase(
        { bootstrap: 'data', ...options },
        { nodes, clock, resolver, credentials: undefined, keepAliveDelay: 0 },
      ),
    );
    const dialled: string[] = [];
    const errors: string[] = [];
    source.connect((node, _command, handler) => {
      dialled.push(node.name);
      queueMicrotask(() => handler.onError(new ConnectError(`${node.name} is dead`)));
      return () => {};
    });
    source.start({ onNodes: () => {}, onError: (error) => void errors.push(error.message) });
    return { asked, clock, dialled, errors, source };
  }

  test('asks the nodes of the records, and looks them up again after a failure', async () => {
    const { asked, clock, dialled, errors, source } = started('cb.example');
    await clock.settle();
    expect(dialled).toEqual(['n1.example:7']);
    expect(errors).toEqual(['n1.example:7 is dead']);
    await clock.advanceAsync(700);
    expect(dialled).toEqual(['n1.example:7', 'n1.example:7']);
    expect(asked).toEqual(['_couchbase._tcp.cb.example', '_couchbase._tcp.cb.example']);
    source.stop();
  });

  test.each([
    ['two hosts', 'cb.example,other.example', {}, 'cb.example:11210'],
    ['a port', 'cb.example:12000', {}, 'cb.example:12000'],
    ['srv: false', 'cb.example', { srv: false }, 'cb.example:11210'],
  ])('with %s asks the host itself', async (_, nodes, options, first) => {
    const { asked, clock, dialled, source } = started(nodes, options);
    await clock.settle();
    expect(dialled[0]).toBe(first);
    expect(asked).toEqual([]);
    source.stop();
  });

  test('that is stopped during the lookup asks no node', async () => {
    const { clock, dialled, source } = started('cb.example');
    source.stop();
    await clock.settle();
    expect(dialled).toEqual([]);
  });

  test('with srv: true and an address is refused', () => {
    expect(() => started('10.0.0.1', { srv: true })).toThrow(
      'option "couchbase.srv" needs one node: a host name without a port',
    );
  });
});
