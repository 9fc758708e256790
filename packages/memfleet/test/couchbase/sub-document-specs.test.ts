/** Arguments of `lookupIn` and `mutateIn` that cannot be: each is refused before anything is sent. */
import { expect, test } from 'vitest';
import type { Bucket } from '../../src/client/index.ts';
import { InvalidArgumentError } from '../../src/core/errors.ts';
import type { NodeRequest } from '../../src/testing/index.ts';
import { failure } from '../support/harness.ts';
import { clientOf, startRecorded } from './support/recorded-cluster.ts';

const key = 'document';

/** The calls of a bucket, and the requests about the document that its nodes have received. */
async function started(): Promise<{ readonly bucket: Bucket<unknown>; readonly sent: () => NodeRequest[] }> {
  const cluster = await startRecorded();
  return { bucket: clientOf(cluster).bucket, sent: () => cluster.seen.filter((request) => request.key === key) };
}

test('specs that are none are refused before anything is sent', async () => {
  const { bucket, sent } = await started();
  const wrongLookups = [
    [],
    Array.from({ length: 17 }, () => 'a'),
    'a',
    undefined,
    [1],
    [null],
    [{}],
    [{ get: 'a', count: 'b' }],
    [{ exists: '' }],
    [['a', '']],
    [['a', 1.5]],
    [['a', -2]],
    ['x'.repeat(1025)],
    [{ constructor: 'a' }],
  ];
  for (const specs of wrongLookups)
    expect(await failure(bucket.lookupIn(key, specs as never))).toBeInstanceOf(InvalidArgumentError);
  const wrongMutations = [
    [],
    [{ set: 'a' }],
    [{ set: '', value: 1 }],
    [{ set: 'a', value: undefined }],
    [{ set: 'a', value: NaN }],
    [{ set: 'a', value: { deep: 1n } }],
    [{ set: 'a', value: new Map() }],
    [{ set: 'a', value: 1, ttl: 5 }],
    [{ set: 'a[0]', value: 1 }],
    [{ add: ['a', 0], value: 1 }],
    [{ insert: 'a', value: 1 }],
    [{ insert: 'a[-1]', value: 1 }],
    [{ push: 'a', values: [] }],
    [{ push: 'a', value: 1, values: [2] }],
    [{ incr: 'a', by: 0 }],
    [{ incr: 'a', by: 0.5 }],
    [{ incr: 'a', by: 2n ** 63n }],
    [{ delete: 'a', value: 1 }],
    [{ toString: 'a' }],
    [{ upsert: 'a', value: 1 }],
  ];
  for (const specs of wrongMutations)
    expect(await failure(bucket.mutateIn(key, specs as never))).toBeInstanceOf(InvalidArgumentError);
  const spec = [{ delete: 'a' }] as const;
  for (const options of [
    { mode: 'upsert' },
    { mode: 'set' },
    { createPath: 1 },
    { cas: 1 },
    { ttl: -1 },
    { expiry: 1 },
  ])
    expect(await failure(bucket.mutateIn(key, spec, options as never))).toBeInstanceOf(InvalidArgumentError);
  expect(sent()).toEqual([]);
});

test.each<['lookupIn' | 'mutateIn', unknown[], string]>([
  ['lookupIn', ['a', '\ud800'], 'spec 1: the path has half of a surrogate pair'],
  ['lookupIn', [{ exists: ['a', '\udc00b'] }], 'spec 0: the path has half of a surrogate pair'],
  ['mutateIn', [{ delete: ['\ud800'] }], 'spec 0: the path has half of a surrogate pair'],
  ['lookupIn', [], 'a call takes 1 to 16 specs, not 0'],
  ['lookupIn', Object.assign(Array(2), { 1: 'a' }), 'spec 0: a spec must be a path'],
  ['lookupIn', ['a', { exists: '' }], 'spec 1: the path of exists must not be empty'],
  ['lookupIn', [{ get: 7 }], 'spec 0: a path must be a string, or an array of names and indices, not 7'],
  ['mutateIn', Object.assign(Array(2), { 0: { delete: 'a' } }), 'spec 1: a spec must be an object'],
  ['mutateIn', [{ delete: 'a' }, { set: 'a' }], 'spec 1: value is missing'],
  ['mutateIn', [{ push: 'a' }], 'spec 0: value is missing'],
  ['mutateIn', [{ push: 'a', values: Object.assign(Array(2), { 1: 1 }) }], 'spec 0: '],
  ['mutateIn', [{ set: 'a', value: 1, x: 2 }], 'spec 0: unknown property "x" in a set spec'],
  ['mutateIn', [{ set: '', value: 1 }], 'spec 0: the path of set must not be empty'],
  ['mutateIn', [{ incr: 'n', by: null }], 'spec 0: by of incr must be a whole number'],
  ['mutateIn', [{ decr: 'n', by: null }], 'spec 0: by of decr must be a whole number'],
])('%s of %j is refused: %s', async (call, specs, message) => {
  const { bucket, sent } = await started();
  const calls = {
    lookupIn: () => bucket.lookupIn(key, specs as never),
    mutateIn: () => bucket.mutateIn(key, specs as never),
  };
  const error = await failure(calls[call]());
  expect(error).toBeInstanceOf(InvalidArgumentError);
  expect(error.message).toContain(message);
  expect(sent()).toEqual([]);
});

test('a mutation with a cas and a mode that creates documents is refused, as is a ttl of null', async () => {
  const { bucket, sent } = await started();
  for (const mode of ['set', 'add'] as const) {
    const error = await failure(bucket.mutateIn(key, [{ set: 'a', value: 1 }], { mode, cas: 5n }));
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error.message).toContain("cas cannot be combined with mode 'set' or 'add'");
  }
  const withoutTtl = bucket.mutateIn(key, [{ delete: 'n' }], { ttl: null as never });
  expect(await failure(withoutTtl)).toBeInstanceOf(InvalidArgumentError);
  expect(sent()).toEqual([]);
});
