/** Ten thousand commands in one go: every one is answered, in its order, by what its key was at that time. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { formatAddress } from '../../src/net/transport.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { createServer } from '../../src/server/index.ts';
import { answers, noopAnswer, packet } from '../support/packets.ts';
import { type ProxyRig, simpleOptions, startProxy } from '../support/proxy-rig.ts';

const count = 10_000;

/** A proxy over two nodes. */
async function rigOver(behind: Protocol): Promise<ProxyRig> {
  const protocols: readonly Protocol[] = behind === 'meta' ? ['meta', 'text'] : [behind];
  const servers = [1, 2].map(() => createServer({ port: 0, protocols }));
  onTestFinished(async () => {
    for (const server of servers) await server.destroy();
  });
  const addresses = await Promise.all(servers.map((server) => server.listen()));
  return startProxy(simpleOptions({ nodes: addresses.map(formatAddress), timeout: 10_000, connectTimeout: 5000 }));
}

const indexes = Array.from({ length: count }, (_, i) => i);

/** What an item is at the moment; changed as the commands of a pipeline are made. */
class Model {
  readonly items = new Map<string, string>();

  store(key: string, value: string): string {
    this.items.set(key, value);
    return value;
  }
}

type Exchange = readonly [asked: string, answer: string];

/** By number of the command: what is asked of a key, and what must be said. */
const metaMix: readonly ((i: number, key: string, model: Model) => Exchange)[] = [
  (i, key, model) => [
    `ms ${key} ${String(i).length} O${i} k\r\n${model.store(key, String(i))}\r\n`,
    `HD O${i} k${key}\r\n`,
  ],
  (i, key, { items }) => {
    const value = items.get(key);
    const answer = value === undefined ? `EN O${i}\r\n` : `VA ${value.length} O${i}\r\n${value}\r\n`;
    return [`mg ${key} v O${i}\r\n`, answer];
  },
  (_i, key, { items }) => {
    const value = items.get(key);
    return [`mg ${key} v k q\r\n`, value === undefined ? '' : `VA ${value.length} k${key}\r\n${value}\r\n`];
  },
  (i, key, { items }) => {
    const value = items.get(key);
    if (value === undefined) return [`ma ${key} v O${i}\r\n`, `NF O${i}\r\n`];
    const sum = String(Number(value) + 1);
    items.set(key, sum);
    return [`ma ${key} v O${i}\r\n`, `VA ${sum.length} O${i}\r\n${sum}\r\n`];
  },
  () => ['mn\r\n', 'MN\r\n'],
  (i, key, model) => [`ms ${key} ${String(i).length} q\r\n${model.store(key, String(i))}\r\n`, ''],
  (i, key, { items }) => {
    const value = items.get(key);
    if (value !== undefined) items.set(key, `${value}1`);
    return [`ms ${key} 1 MA O${i}\r\n1\r\n`, value === undefined ? `NS O${i}\r\n` : `HD O${i}\r\n`];
  },
  (_i, key, { items }) => {
    const value = items.get(key);
    return [
      `get ${key}\r\n`,
      value === undefined ? 'END\r\n' : `VALUE ${key} 0 ${value.length}\r\n${value}\r\nEND\r\n`,
    ];
  },
  (i, key, { items }) => [`md ${key} q O${i}\r\n`, items.delete(key) ? '' : `NF O${i}\r\n`],
  (i, key, model) => {
    if (model.items.has(key)) return [`ms ${key} 1 ME O${i}\r\n7\r\n`, `NS O${i}\r\n`];
    model.store(key, '7');
    return [`ms ${key} 1 ME O${i}\r\n7\r\n`, `HD O${i}\r\n`];
  },
];

describe.each<Protocol>(['meta', 'text', 'binary'])('over nodes that speak %s', (behind) => {
  it('sets, some of them with noreply', async () => {
    const rig = await rigOver(behind);
    const client = await rig.connect();
    const hasReply = (i: number): boolean => i % 5 !== 0;
    const asked = indexes.map((i) => {
      const body = `value ${i}`;
      return `set key:${i % 2500} ${i} 0 ${body.length}${hasReply(i) ? '' : ' noreply'}\r\n${body}\r\n`;
    });
    const wanted = `${'STORED\r\n'.repeat(indexes.filter(hasReply).length)}MN\r\n`;
    expect((await client.ask(`${asked.join('')}mn\r\n`, 'MN\r\n')) === wanted).toBe(true);
    // Of each key the last set counts.
    const last = indexes.slice(-2500);
    const items = last.map((i) => `VALUE key:${i % 2500} ${i} ${`value ${i}`.length}\r\nvalue ${i}\r\n`);
    const gets = `get ${last.map((i) => `key:${i % 2500}`).join(' ')}\r\n`;
    expect((await client.ask(gets, 'END\r\n')) === `${items.join('')}END\r\n`).toBe(true);
  });

  it('mixed meta commands', async () => {
    const rig = await rigOver(behind);
    const client = await rig.connect();
    const model = new Model();
    // 7 and 97 share nothing with the number of keys: each key meets each command, in many orders.
    const exchanges = indexes.map((i) =>
      metaMix[(i * 7 + Math.floor(i / 97)) % metaMix.length]!(i, `m${(i * i) % 61}`, model),
    );
    const asked = exchanges.map(([command]) => command).join('');
    const wanted = exchanges.map(([, answer]) => answer).join('');
    const said = await client.ask(`${asked}mg none:end v\r\n`, 'EN\r\n');
    expect(said.split('\r\n')).toEqual(`${wanted}EN\r\n`.split('\r\n'));
  });

  it('binary gets, quiet or not, hits and misses', async () => {
    const rig = await rigOver(behind);
    const client = await rig.connect();
    const keys = Array.from({ length: 60 }, (_, i) => `key:${i}`);
    const sets = keys.map((key) => `set ${key} 0 0 ${key.length} noreply\r\n${key}\r\n`).join('');
    await (await rig.connect()).ask(`${sets}mn\r\n`, 'MN\r\n');
    const opcodes = [0x00, 0x0d, 0x0c, 0x09];
    const asked = indexes.map((i) => ({ opcode: opcodes[i % 4] as number, key: `key:${(i * 7) % 75}`, opaque: i }));
    const isQuiet = ({ opcode }: { opcode: number }): boolean => opcode === 0x0d || opcode === 0x09;
    const wanted = asked.filter((get) => keys.includes(get.key) || !isQuiet(get));
    const bytes = asked.map(({ opcode, ...fields }) => packet(opcode, fields)).join('');
    const said = answers(await client.ask(bytes + packet(0x0a, { opaque: count }), noopAnswer(count)));
    expect(said.slice(0, -1).map(({ opaque, status, value }) => [opaque, status, status === 0 ? value : ''])).toEqual(
      wanted.map(({ opaque, key }) => (keys.includes(key) ? [opaque, 0, key] : [opaque, 1, ''])),
    );
  });
});
