/**
 * What clients of other languages report on memcached they report on the embedded server, and through the proxy in
 * front of three memcached. The proxy that refuses `flush_all` is measured by a memcached that refuses it too (`-F`).
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Address } from '../../src/net/transport.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { createProxy } from '../../src/proxy/index.ts';
import { createServer } from '../../src/server/index.ts';
import { describeJudge } from '../locator/support/judges.ts';
import { describeReal, startMemcached } from '../support/real-memcached.ts';
import { foreignClients, type Report, runClient, type Target } from './foreign-clients.ts';

/** A server of ours, and the one whose answers it must have. */
interface Case {
  readonly target: string;
  readonly like: 'memcached' | 'memcached -F';
  /** Of a proxy: what it speaks to the nodes. */
  readonly behind?: Protocol;
}

const cases: readonly Case[] = [
  { target: 'embedded server', like: 'memcached' },
  { target: 'proxy, meta behind', like: 'memcached', behind: 'meta' },
  { target: 'proxy, binary behind', like: 'memcached', behind: 'binary' },
  { target: 'proxy, classic text behind', like: 'memcached -F', behind: 'text' },
];

/** What nodes that speak only the binary protocol cannot be told. */
const behindBinary: Readonly<Record<string, Report>> = {
  pymemcache: { cache_memlimit: expect.stringMatching(/^! MemcacheServerError: .*the binary protocol cannot express/) },
};

/** What a proxy that refuses `flush_all` refuses as well. */
const withoutFlush: Readonly<Record<string, Report>> = {
  pymemcache: { cache_memlimit: "! MemcacheClientError: b'cache_memlimit not allowed'" },
};

/**
 * What a binary client may ask that nodes of classic text cannot do: tell the cas of a store, delete by cas, have keys
 * with blanks.
 */
const behindClassicText: Readonly<Record<string, Report>> = {
  Dalli: {
    'set tells the cas': false,
    'delete_cas: changed meanwhile': '! Dalli::DalliError: Response error 131: Not supported',
    delete_cas: '! Dalli::DalliError: Response error 131: Not supported',
    'get after delete_cas': 'three',
    'key with blanks': '! Dalli::DalliError: Response error 4: Invalid arguments',
  },
};

type Stop = () => Promise<void>;
const portOf = (address: Address | undefined): number =>
  address !== undefined && 'port' in address ? address.port : 0;

async function startMemcacheds(count: number, stops: Stop[], ...args: string[]): Promise<number[]> {
  const nodes = await Promise.all(Array.from({ length: count }, () => startMemcached(['-t', '1', ...args])));
  stops.push(...nodes.map((node) => () => node.stop()));
  return nodes.map(({ port }) => port);
}

/** Starts the embedded server, or a proxy in front of the nodes; its port. */
async function startOurs({ behind, like }: Case, nodes: readonly number[], stops: Stop[]): Promise<number> {
  if (behind === undefined) {
    const server = createServer({ port: 0 });
    stops.push(() => server.destroy());
    return portOf(await server.listen());
  }
  const proxy = createProxy({
    listeners: [{ port: 0, route: 'main', allowFlush: like === 'memcached' }],
    clusters: { main: { nodes: nodes.map((port) => `127.0.0.1:${port}`), protocol: behind, timeout: 5000 } },
  });
  stops.push(() => proxy.destroy());
  return portOf((await proxy.listen())[0]);
}

async function startTargets(stops: Stop[]): Promise<readonly Target[]> {
  const [[open], [refusing], nodes] = await Promise.all([
    startMemcacheds(1, stops),
    startMemcacheds(1, stops, '-F'),
    startMemcacheds(3, stops),
  ]);
  const ours = await Promise.all(cases.map((each) => startOurs(each, nodes, stops)));
  const names = ['memcached', 'memcached -F', ...cases.map(({ target }) => target)];
  return [open!, refusing!, ...ours].map((port, i) => ({ name: names[i]!, host: '127.0.0.1', port, prefix: `@${i}@` }));
}

/**
 * A report without what differs from run to run: prefixes, ports, and pointers, which libmemcached writes into its
 * messages.
 */
function comparable(report: Report | undefined): Report {
  const text = JSON.stringify(report)
    .replaceAll(/@\d@/g, '')
    .replaceAll(/127\.0\.0\.1:\d+|0x[\da-f]+/g, '…');
  return JSON.parse(text) as Report;
}

describeReal('foreign clients', () => {
  for (const client of foreignClients) {
    describeJudge(client, `${client.name} reports what it reports on memcached`, (program) => {
      const stops: Stop[] = [];
      let reports: Readonly<Record<string, Report>>;
      beforeAll(async () => {
        const targets = await startTargets(stops);
        ({ targets: reports } = await runClient<{ targets: Readonly<Record<string, Report>> }>(client, program, {
          targets,
        }));
      }, 60_000);
      afterAll(() => Promise.all(stops.map((stop) => stop())));

      test.each(cases)('$target', ({ target, like, behind }) => {
        expect(comparable(reports[target])).toEqual({
          ...comparable(reports[like]),
          ...(behind === 'binary' ? behindBinary[client.name] : {}),
          ...(behind === 'text' ? { ...withoutFlush[client.name], ...behindClassicText[client.name] } : {}),
        });
      });

      test('nothing is left out', () => {
        for (const report of Object.values(reports)) expect(Object.keys(report).length).toBeGreaterThan(80);
      });
    });
  }
});
