/**
 * Values that a client of another language writes are read with their type by the transcoder of its name, and the other
 * way round, on one memcached.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, createClient } from '../../src/client/index.ts';
import { describeJudge } from '../locator/support/judges.ts';
import { describeReal, type RealMemcached, startMemcached } from '../support/real-memcached.ts';
import { run, sharingClients } from './sharing-clients.ts';
import { exchangeValues, type SharingClient, type TypedValue } from './typed-values.ts';

const numbered = <T>(name: string, values: readonly T[]): Record<string, T> =>
  Object.fromEntries(values.map((value, i) => [`${name}${i}`, value]));

async function writeOurs(client: Client, { ours }: SharingClient): Promise<readonly string[]> {
  const values = Object.entries(
    numbered(
      'ours',
      ours.map(([value]) => value),
    ),
  );
  await Promise.all(values.map(([key, value]) => client.set(key, value)));
  return values.map(([key]) => key);
}

describeReal('values shared on one memcached', () => {
  let node: RealMemcached;
  beforeAll(async () => {
    node = await startMemcached(['-t', '1', '-I', '8m']);
  });
  afterAll(() => node.stop());

  for (const other of sharingClients) {
    describeJudge(other, other.name, (program) => {
      test('what one writes the other reads with its type', async () => {
        const { transcoder, prefix = '', theirs, ours } = other;
        const client = createClient({ nodes: `127.0.0.1:${node.port}`, transcoder, prefix, timeout: 5000 });
        const keys = await writeOurs(client, other);
        const written = numbered<TypedValue>(
          'theirs',
          theirs.map(([value]) => value),
        );

        const read = await exchangeValues(other, program, node.port, written, keys);

        const expected = ours.map(([, [type, data]]) => [type, Buffer.from(data as string)] as const);
        expect(read).toEqual(numbered('ours', expected));
        const found = await client.getMany(Object.keys(written));
        expect(Object.fromEntries(found)).toEqual(
          numbered(
            'theirs',
            theirs.map(([, value]) => value),
          ),
        );
        const runs = await Promise.all(
          theirs.flatMap(([, value], i) => (value === run ? [client.getItem(`theirs${i}`)] : [])),
        );
        expect(runs.map((item) => item?.flags)).toEqual([other.flagsOfRun]);
        await client.close();
      }, 60_000);
    });
  }
});
