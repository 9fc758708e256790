/** Mistakes of the cache. */
import type { Mutant } from './mutant.ts';

export const cacheMutants: readonly Mutant[] = [
  {
    name: 'everybody has the lease',
    file: 'cache/look.js',
    search: "return bare(item.won ? 'won' : 'held', item);",
    replacement: "return bare('won', item);",
  },
  {
    name: 'a value is stored without the cas of its lease',
    file: 'cache/lease/token.js',
    search: 'calls.setItem(this.key, value, { ...routing, cas, ttl })',
    replacement: 'calls.setItem(this.key, value, { ...routing, ttl })',
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
  {
    name: 'the versions of tags are not compared',
    file: 'cache/look.js',
    search: 'if (!haveSameTags(settings.tags, stored ?? [], asked)) {',
    replacement: 'if (false) {',
  },
  {
    name: 'deletes that failed are not made later',
    file: 'cache/pending-calls.js',
    search: 'const deleting = this.#calls.delete(key, atOwner);',
    replacement: 'const deleting = Promise.resolve();',
  },
  {
    name: 'the near cache keeps what its own process has changed',
    file: 'cache/near.js',
    search: 'drop(key) {\n        this.#fills.delete(key);\n        this.#entries.delete(key);',
    replacement: 'drop(key) {',
  },
  {
    name: 'the near cache keeps a value that was being read when its process changed it',
    file: 'cache/near.js',
    search: 'drop(key) {\n        this.#fills.delete(key);',
    replacement: 'drop(key) {',
  },
  {
    name: 'the near cache keeps values four times as long',
    file: 'cache/near.js',
    search: 'Math.min(since + this.#options.ttl,',
    replacement: 'Math.min(since + 4 * this.#options.ttl,',
  },
  {
    name: 'old values are returned in the margin of their item as well',
    file: 'cache/freshness.js',
    search: 'options.staleTtl + left > 0',
    replacement: 'options.staleTtl + marginOf(options) + left > 0',
  },
  {
    name: 'errors are told although they are hidden',
    file: 'cache/core.js',
    search: "this.settings.errors === 'throw' || ",
    replacement: 'true || ',
  },
  {
    name: 'what cannot be decoded is a value',
    file: 'cache/look.js',
    search: "return bare('gone', item);\n    }\n    async #joined",
    replacement: "return { ...bare('fresh', item), value };\n    }\n    async #joined",
  },
];
