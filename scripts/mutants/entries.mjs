/** Mistakes in keys, entries, chunks, the near cache and pending deletes. */

const bytes = 'cache/entry-bytes.ts';
const chunks = 'cache/chunks.ts';
const keys = 'cache/keys.ts';
const near = 'cache/near.ts';
const pending = 'cache/pending-deletes.ts';
const transcoder = 'cache/entry-transcoder.ts';

/** @type {readonly import('./mutants.mjs').Mutant[]} */
export const entryMutants = [
  {
    name: 'the checksum of an entry is not compared',
    file: bytes,
    search: 'bytes.length < fixedLength || bytes.readUInt32LE(0) !== checksum(bytes.subarray(4))',
    replacement: 'bytes.length < fixedLength',
    test: 'cache/entry-transcoder.test.ts',
  },
  {
    name: 'the layout of an entry is not compared',
    file: bytes,
    search: 'bytes[4] !== layout || ',
    replacement: '',
    test: 'cache/entry-transcoder.test.ts',
  },
  {
    name: 'an empty value is stored as an empty item, as a stub is',
    file: transcoder,
    search: '(data.length === 0 && this.#emptyIsStub)',
    replacement: 'false',
    test: 'cache/entry-transcoder.test.ts',
  },
  {
    name: 'a value of another client is returned',
    file: transcoder,
    search: 'value instanceof RawValue ? new Undecodable(flags, foreignFlags) : value',
    replacement: 'value',
    test: 'cache/entry-transcoder.test.ts',
  },
  {
    name: 'chunks of a value have no id in their names',
    file: chunks,
    search: 'this.#parts.keys.chunk(key, id, at)',
    replacement: "this.#parts.keys.chunk(key, 'A'.repeat(id.length), at)",
    test: 'cache/chunks.test.ts',
  },
  {
    name: 'the checksum of chunks is not compared',
    file: chunks,
    search: ' || checksum(bytes) !== manifest.crc',
    replacement: '',
    test: 'cache/chunks.test.ts',
  },
  {
    name: 'a manifest is stored before its chunks',
    file: chunks,
    search: 'await Promise.all(chunks);\n      const isStored',
    replacement: 'const isStored',
    test: 'cache/chunks.test.ts',
  },
  {
    name: 'a key that looks like one of the cache itself is not hashed',
    file: keys,
    search: 'if (!looksOwn && this.#fits(made) && !ownEnd.test(made)) return made;',
    replacement: 'if (this.#fits(made)) return made;',
    test: 'cache/keys.test.ts',
  },
  {
    name: 'hashes of different kinds of keys are the same',
    file: keys,
    search: 'this.#hashed(`${kind}${scope}\\n${key}`)',
    replacement: 'this.#hashed(`${kind.slice(1)}${scope}${key}`)',
    test: 'cache/keys.test.ts',
  },
  {
    name: 'the near cache validates by a cas of an earlier epoch',
    file: near,
    search: ' && entry.epoch === epoch',
    replacement: '',
    test: 'cache/near.test.ts',
  },
  {
    name: 'the near cache keeps what was read before a write',
    file: near,
    search: 'this.#fills.delete(key);\n    this.#entries.delete(key);',
    replacement: 'this.#entries.delete(key);',
    test: 'cache/near.test.ts',
  },
  {
    name: 'the near cache returns a value that is stale already',
    file: near,
    search: 'Math.min(this.#options.ttl, freshFor)',
    replacement: 'this.#options.ttl + 0 * freshFor',
    test: 'cache/near.test.ts',
  },
  {
    name: 'pending deletes are dropped one by one, without a report',
    file: pending,
    search: 'this.#onStaleRisk(node, dropped);',
    replacement: '',
    test: 'cache/pending-deletes.test.ts',
  },
  {
    name: 'a delete that fails again becomes young again',
    file: pending,
    search: '    if (!keys.has(key)) {\n      this.#count++;\n      keys.set(key, this.#clock.now());\n    }',
    replacement: '    if (!keys.has(key)) this.#count++;\n    keys.set(key, this.#clock.now());',
    test: 'cache/pending-deletes.test.ts',
  },
];
