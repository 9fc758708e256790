/** Mistakes of the cache. */
import type { Mutant } from './mutant.ts';

export const cacheMutants: readonly Mutant[] = [
  {
    name: 'everybody has the lease',
    file: 'cache/lease/lease-way.js',
    search: 'return item !== undefined && item.won && item.value === undefined;',
    replacement: 'return item !== undefined;',
  },
  {
    name: 'a value is stored without the cas of its lease',
    file: 'cache/lease/token.js',
    search: 'calls.setItem(this.key, value, { ...routing, cas, ttl })',
    replacement: 'calls.setItem(this.key, value, { ...routing, ttl })',
  },
  {
    name: 'a cas is used after its node has restarted',
    file: 'cache/lease/token.js',
    search: 'if (this.#node?.epoch !== this.#epoch)\n            this.#isLost = true;',
    replacement: '',
  },
  {
    name: 'the guess of a version is not compared with the version',
    file: 'cache/namespace-space.js',
    search: 'if (stamp === guess)',
    replacement: 'if (stamp === guess || isKnown)',
  },
  {
    name: 'a version that is missing is the one that was known',
    file: 'cache/versions.js',
    search: 'await this.#make(key, made ?? this.#newStamp());',
    replacement: 'await this.#make(key, this.#known.peek(key)?.stamp ?? made ?? this.#newStamp());',
  },
  {
    name: 'a version that is missing is 0',
    file: 'cache/versions.js',
    search: 'await this.#make(key, made ?? this.#newStamp());',
    replacement: "'0'.repeat(16);",
  },
  {
    name: 'a version is kept for a while',
    file: 'cache/versions.js',
    search: 'this.#unsent.delete(key);',
    replacement: 'this.#clock.setTimer(200, () => this.#unsent.delete(key));',
  },
];
