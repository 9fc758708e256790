/**
 * Mistakes that the tests of the cache must catch. Each is one replacement in a source, and the test file (and titles)
 * that must fail with it.
 */

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
    test: 'cache/leases.test.ts',
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
    const looking = this.#environment.calls.getItem(key, { withoutValue: true });`,
    replacement: `const looking = this.#environment.calls.getItem(key, { withoutValue: true });
    const taking = this.#take(lock, key);`,
    test: 'cache/leases.test.ts',
  },
  {
    name: 'the lease of a stale value is given back before the new value is stored',
    file: lease,
    search: `const storing = calls.setItem(key, entry, { cas, ttl });
    const [{ result }] = await Promise.all([storing, this.giveBack()]);`,
    replacement: `await this.giveBack();
    const { result } = await calls.setItem(key, entry, { cas, ttl });`,
    test: 'cache/leases.test.ts',
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
    search: 'const storing = calls.setItem(key, entry, { cas, ttl });',
    replacement: 'const storing = calls.setItem(key, entry, { ttl });',
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
    search: '!== this.#epoch) this.#isLost = true;',
    replacement: '=== this.#epoch + 1) this.#isLost = true;',
    test: 'cache/writes.test.ts',
  },
  {
    name: 'a cas is used after its node has restarted (old value)',
    file: lease,
    search: 'if (epochs.of(key) !== epoch) return false;',
    replacement: 'if (epochs.of(key) === `${epoch}x`) return false;',
    test: 'cache/writes.test.ts',
  },
];
