/** Mistakes in the versions of namespaces and tags. */

const getOrSet = 'cache/get-or-set.ts';
const loading = 'cache/loading.ts';
const namespaceSpace = 'cache/namespace-space.ts';
const versions = 'cache/versions.ts';

/** @type {readonly import('./mutants.mjs').Mutant[]} */
export const versionMutants = [
  // P3, P4: nothing from before a clear or an invalidation is read after it.
  {
    name: 'a version is kept for a millisecond',
    file: versions,
    search: 'this.#unsent.delete(key);',
    replacement: 'this.#clock.setTimer(1, () => this.#unsent.delete(key));',
    test: 'cache/clear.test.ts',
  },
  {
    name: 'a version is a counter',
    file: versions,
    search: 'return versionStamp(this.#clock.unixSeconds() * 1000);',
    replacement: "return String((this.count = (this.count ?? 0) + 1)).padStart(16, '0');",
    test: 'cache/clear.test.ts',
  },
  {
    name: 'a version is the time',
    file: versions,
    search: 'return versionStamp(this.#clock.unixSeconds() * 1000);',
    replacement: 'return versionStamp(this.#clock.unixSeconds() * 1000, () => Buffer.alloc(6));',
    test: 'cache/clear.test.ts',
  },
  {
    name: 'a version that is missing is 0',
    file: versions,
    search: 'await this.#make(key, made ?? this.#newStamp());',
    replacement: "'0'.repeat(16);",
    test: 'cache/clear.test.ts',
  },
  {
    name: 'a version that was evicted is made again',
    file: versions,
    search: 'await this.#make(key, made ?? this.#newStamp());',
    replacement: 'await this.#make(key, this.#known.get(key)?.stamp ?? made);',
    test: 'cache/clear.test.ts',
  },
  {
    name: 'the guess of a version is not compared with the version',
    file: namespaceSpace,
    search: 'if (stamp === guess) return',
    replacement: 'if (stamp === guess || isKnown) return',
    test: 'cache/clear.test.ts',
  },
  {
    name: 'the versions of tags are read when the value is stored',
    file: loading,
    search: 'const written = writer.write(wire, value, settings, { tags, loadTime, ttl });',
    replacement: `const now = await this.#parts.tags.read([...tags.keys()]);
    const written = writer.write(wire, value, settings, { tags: now, loadTime, ttl });`,
    test: 'cache/clear.test.ts',
  },
  {
    name: 'an entry without a tag that is asked for is a hit',
    file: 'cache/look.ts',
    search: 'return askedNames.every((name) => stored.some((tag) => tag.name === name));',
    replacement: 'return askedNames.length >= 0;',
    test: 'cache/clear.test.ts',
  },
  {
    name: 'tags of an entry for which nobody asks are not compared',
    file: 'cache/look.ts',
    search: 'if (more.length > 0) return',
    replacement:
      'if (more.length > 0) return this.#aged(item, value, head, settings);\n      if (more.length > 0) return',
    test: 'cache/clear.test.ts',
  },
  {
    name: 'who joins a load does not compare the tags that its loader adds',
    file: getOrSet,
    search: 'run.frame.addedTags.size === 0 ? value',
    replacement: 'run.frame.addedTags.size >= 0 ? value',
    test: 'cache/clear.test.ts',
  },
  {
    name: 'calls with other versions of their tags join a load',
    file: getOrSet,
    search: "look.state !== 'won' && found.tagVersions === versions)",
    replacement: "look.state !== 'won')",
    test: 'cache/clear.test.ts',
  },
  {
    name: 'the versions of added tags are stored, whatever was invalidated during the load',
    file: loading,
    search: 'if (areOld) return {',
    replacement: 'if (versions.size > 0) return {',
    test: 'cache/clear.test.ts',
  },
  {
    name: 'a tag is renewed before the version of all tags',
    file: 'cache/tags.ts',
    search: `const [ofAll] = await Promise.allSettled([this.#versions.renew(this.#keyOf(allTags))]);
    const renewing =`,
    replacement: `const renewing = [...new Set(names)].map((name) => this.#versions.renew(this.#keyOf(name)));
    await Promise.allSettled(renewing);
    const [ofAll] = await Promise.allSettled([this.#versions.renew(this.#keyOf(allTags))]);
    const ignored = () =>`,
    test: 'cache/clear.test.ts',
  },
  {
    name: 'the version of all tags is read before those of the tags',
    file: 'cache/tag-watch.ts',
    search: 'const versions = new Map((await',
    replacement:
      'const now = this.#tags.ofAll();\n    this.#tags.ofAll = () => now;\n    const versions = new Map((await',
    test: 'cache/clear.test.ts',
  },
  {
    name: 'a version may have a second home',
    file: versions,
    search: '{ substitute: false }',
    replacement: '{ substitute: true }',
    test: 'cache/namespaces.test.ts',
  },
];
