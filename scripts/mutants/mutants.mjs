/**
 * Mistakes that the tests of the cache must catch. Each is one replacement in a source, and the test file (and titles)
 * that must fail with it.
 */
import { entryMutants } from './entries.mjs';
import { versionMutants } from './versions.mjs';

/**
 * @typedef {object} Mutant
 * @property {string} name What is wrong.
 * @property {string} file The source, from `packages/memfleet/src/`.
 * @property {string} search Text that occurs once in it.
 * @property {string} replacement What stands there instead.
 * @property {string} test The test file, from `packages/memfleet/test/`.
 */

const getOrSet = 'cache/get-or-set.ts';
const lease = 'cache/lease/lease.ts';
const leaseWay = 'cache/lease/lease-way.ts';
const token = 'cache/lease/token.ts';

/** @type {readonly Mutant[]} */
export const mutants = [
  ...entryMutants,
  ...versionMutants,
  // P1: one loader at a time.
  {
    name: 'a lease is not renewed',
    file: lease,
    search: 'this.#timer = clock.setTimer(',
    replacement: 'if (this.#token.cas !== undefined) return;\n    this.#timer = clock.setTimer(',
    test: 'cache/leases.test.ts',
  },
  {
    name: 'a lease is renewed too late',
    file: lease,
    search: '(leaseTtl * 1000) / 3',
    replacement: 'leaseTtl * 1000',
    test: 'cache/leases.test.ts',
  },
  {
    name: 'who waits reads without asking for the lease',
    file: getOrSet,
    search: 'const item = await guarded(this.read(wire));',
    replacement: 'const item = await guarded(this.#parts.calls.getItem(wire));',
    test: 'cache/get-or-set.test.ts',
  },
  {
    name: 'the value of a key is not looked at behind its lease',
    file: leaseWay,
    search: 'if (now?.cas !== cas) {',
    replacement: 'if (now === undefined && cas !== undefined) {',
    test: 'cache/leases.test.ts',
  },
  {
    name: 'the second look is sent before the lease is asked for',
    file: leaseWay,
    search: `const taking = this.#take(lock, key);
    if (!areTogether(calls, key)) await taking;
    const looking = calls.getItem(key, { withoutValue: true });`,
    replacement: `const looking = calls.getItem(key, { withoutValue: true });
    if (!areTogether(calls, key)) await looking;
    const taking = this.#take(lock, key);`,
    test: 'cache/leases.test.ts',
  },
  {
    name: 'the lease of a stale value is given back before the new value is stored',
    file: lease,
    search: 'return this.#thenGiveBack(calls.setItem(key, entry, { cas, ttl }));',
    replacement: `await this.giveBack();
    return (await calls.setItem(key, entry, { cas, ttl })).result === 'stored';`,
    test: 'cache/leases.test.ts',
  },
  {
    name: 'the lease of a stale value has no end',
    file: leaseWay,
    search: 'return this.#environment.calls.getItem(key, { lease: this.#environment.leaseTtl, routingKey });',
    replacement: 'return this.#environment.calls.getItem(key, { lease: 3600, routingKey });',
    test: 'cache/leases.test.ts',
  },
  {
    name: 'a lease is renewed for a loader that is given up',
    file: 'cache/loading.ts',
    search: 'await lease.stop();',
    replacement: '',
    test: 'cache/leases.test.ts',
  },
  {
    name: 'the lease of a failed load is kept and not marked',
    file: lease,
    search: 'if (ttl === 0) await this.giveBack();',
    replacement: 'if (ttl >= 0) await Promise.resolve();',
    test: 'cache/get-or-set.test.ts',
  },
  {
    name: 'a process that ends marks its loads as failed',
    file: 'cache/loading.ts',
    search: 'this.#parts.closing.reason !== undefined ? lease.giveBack() :',
    replacement: '',
    test: 'cache/get-or-set.test.ts',
  },
  {
    name: 'a loader that failed leaves no mark',
    file: lease,
    search: 'else await this.#token?.put(mark, ttl);',
    replacement: 'else await this.giveBack();',
    test: 'cache/get-or-set.test.ts',
  },
  {
    name: 'calls of a process do not share a load',
    file: getOrSet,
    search: "if (found !== undefined && look.state !== 'won' && found.tagVersions === versions)",
    replacement: 'if (found !== undefined && found.tagVersions === `${versions}x`)',
    test: 'cache/get-or-set.test.ts',
  },
  // P2: nothing is stored that is older than a write.
  {
    name: 'a value is stored without the cas of its lease',
    file: token,
    search: 'const storing = calls.setItem(this.key, value, { ...routing, cas, ttl });',
    replacement: 'const storing = calls.setItem(this.key, value, { ...routing, ttl });',
    test: 'cache/writes.test.ts',
  },
  {
    name: 'a refreshed value is stored without the cas of the old one',
    file: lease,
    search: 'calls.setItem(key, entry, { cas, ttl })',
    replacement: 'calls.setItem(key, entry, { ttl })',
    test: 'cache/writes.test.ts',
  },
  {
    name: 'a value is stored by a new read after the lease was lost',
    file: token,
    search: 'if (cas === undefined) return false;',
    replacement: `if (cas === undefined) {
      const item = await this.#environment.calls.getItem(this.key);
      return item !== undefined && (await this.#environment.calls.setItem(this.key, value, { cas: item.cas, ttl })).result === 'stored';
    }`,
    test: 'cache/writes.test.ts',
  },
  {
    name: 'a cas is used after its node has restarted (lease)',
    file: token,
    search: 'if (this.#node?.epoch !== this.#epoch) this.#isLost = true;',
    replacement: '',
    test: 'cache/writes.test.ts',
  },
  {
    name: 'a cas is used after its node has restarted (old value)',
    file: lease,
    search: 'if (calls.nodeInfo(key)?.epoch !== epoch) return false;',
    replacement: '',
    test: 'cache/writes.test.ts',
  },
  // P8: a delete that failed is made up for.
  {
    name: 'a delete that failed is sent behind the read',
    file: 'cache/pending-calls.ts',
    search: `if (!this.#pending.isEmpty) this.#sendBeforeRead(key);
    return this.#calls.getItem(key, options);`,
    replacement: `const reading = this.#calls.getItem(key, options);
    if (!this.#pending.isEmpty) this.#sendBeforeRead(key);
    return reading;`,
    test: 'cache/outage.test.ts',
  },
  {
    name: 'a write that failed is forgotten',
    file: 'cache/pending-calls.ts',
    search: 'if (owner !== undefined && isNodeFailure(error)) this.#pending.add(owner, key);',
    replacement: '',
    test: 'cache/outage.test.ts',
  },
  // The near cache.
  {
    name: 'an own write leaves the kept value',
    file: 'cache/space-calls.ts',
    search: 'this.core.near?.drop(this.nearId(key));',
    replacement: '',
    test: 'cache/near-reads.test.ts',
  },
  // Stubs and marks.
  {
    name: 'touch leaves the longer life to a stub',
    file: 'cache/items.ts',
    search: 'await calls.touch(wire, isStub(item) ?',
    replacement: 'if (item.size < 0) await calls.touch(wire, isStub(item) ?',
    test: 'cache/items.test.ts',
  },
  {
    name: 'delete takes the stub of a load for a value',
    file: 'cache/items.ts',
    search: 'return isGone && (item === undefined || isValue(item));',
    replacement: 'return isGone && looking !== null;',
    test: 'cache/items.test.ts',
  },
  {
    name: 'add does not look at what it did not replace',
    file: 'cache/items.ts',
    search: 'if (item === undefined || isUsable(look)) return false;',
    replacement: 'if (item === undefined || look.state !== "won") return false;',
    test: 'cache/items.test.ts',
  },
  {
    name: 'expire lengthens the life of a value that is nearly over',
    file: 'cache/items.ts',
    search: 'Math.min(item.ttl, kept + marginOf(settings))',
    replacement: 'kept + marginOf(settings)',
    test: 'cache/items.test.ts',
  },
  {
    name: 'a stub is taken for a value by has',
    file: 'cache/items.ts',
    search: ' || ((item.won || item.held) && item.flags === 0 && item.size === 0)',
    replacement: '',
    test: 'cache/items.test.ts',
  },
  // Many keys.
  {
    name: 'a process waits for others with leases in its hands',
    file: 'cache/get-or-set-many.ts',
    search: 'const loaded = this.#load(own, loader);',
    replacement: `await Promise.all(others.map(async ({ request, look }) => this.#parts.getOrSet.settle(request, look)));
    const loaded = this.#load(own, loader);`,
    test: 'cache/get-or-set-many.test.ts',
  },
];
