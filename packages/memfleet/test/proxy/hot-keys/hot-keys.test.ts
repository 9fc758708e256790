import { expect, it } from 'vitest';
import { Command } from '../../../src/core/command.ts';
import { HotKeys } from '../../../src/proxy/hot-keys/hot-keys.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { startNode } from '../../support/harness.ts';
import { simpleOptions, startProxy } from '../../support/proxy-rig.ts';

/** Random numbers that repeat. */
function pseudoRandom(): () => number {
  let state = 1;
  return () => {
    state = (state * 48_271) % 0x7fff_ffff;
    return state / 0x7fff_ffff;
  };
}

function start(limit: number): { clock: FakeClock; hot: HotKeys; use: (key: string, times?: number) => void } {
  const clock = new FakeClock();
  const hot = new HotKeys(clock, pseudoRandom());
  hot.configure(limit);
  const use = (key: string, times = 1): void => {
    for (let time = 0; time < times; time++) hot.add(Object.assign(new Command('get'), { key }));
  };
  return { clock, hot, use };
}

it('a slow stream is counted to the last command', () => {
  const { clock, hot, use } = start(2);
  use('a', 3);
  use('b', 5);
  use('c');
  clock.advance(4000);
  expect(hot.snapshot()).toEqual({
    duration: 4000,
    commands: 9,
    keys: [
      { key: 'b', count: 5 },
      { key: 'a', count: 3 },
    ],
  });
});

it('each key of a get of many keys counts', () => {
  const { hot, use } = start(5);
  use('a');
  hot.add(Object.assign(new Command('get'), { keys: ['a', 'b', 'a'] }));
  use('b');
  expect(hot.snapshot()).toMatchObject({
    commands: 5,
    keys: [
      { key: 'a', count: 3 },
      { key: 'b', count: 2 },
    ],
  });
});

it('commands without a key do not count', () => {
  const { hot, use } = start(5);
  use('');
  expect(hot.snapshot()).toEqual({ duration: 0, commands: 0, keys: [] });
});

it('a fast stream is sampled, and the estimates are near the truth', () => {
  const { hot, use } = start(3);
  for (let round = 0; round < 20_000; round++) {
    use('hot', 6);
    use('warm', 3);
    use(`cold ${round}`);
    hot.add(Object.assign(new Command('get'), { keys: ['hot', 'warm', `cold ${round}`] }));
  }
  const { commands = 0, keys = [] } = hot.snapshot() ?? {};
  expect(keys.map(({ key }) => key)).toEqual(['hot', 'warm']);
  expect(Math.abs(commands / 260_000 - 1)).toBeLessThan(0.05);
  expect(Math.abs((keys[0]?.count ?? 0) / 140_000 - 1)).toBeLessThan(0.1);
  expect(Math.abs((keys[1]?.count ?? 0) / 80_000 - 1)).toBeLessThan(0.1);
});

it('what is older than two windows of 10 s is forgotten, also when no command comes', () => {
  const { clock, hot, use } = start(5);
  use('a');
  clock.advance(10_000);
  use('b');
  expect(hot.snapshot()).toMatchObject({ duration: 10_000, keys: [{ key: 'a' }, { key: 'b' }] });
  clock.advance(10_000);
  expect(hot.snapshot()).toMatchObject({ duration: 10_000, keys: [{ key: 'b' }] });
  clock.advance(30_000);
  expect(hot.snapshot()).toEqual({ duration: 0, commands: 0, keys: [] });
});

it('keys with less than a thousandth of the commands are not hot', () => {
  const { hot, use } = start(1000);
  use('a', 4900);
  use('b', 4);
  expect(hot.snapshot()?.keys).toEqual([{ key: 'a', count: 4900 }]);
});

it('is off by default, and a reload switches it on and off', async () => {
  const node = await startNode();
  const rig = await startProxy(simpleOptions({ nodes: node.address }));
  const { proxy } = rig;
  const client = await rig.connect();
  await client.ask('get a\r\n', 'END\r\n');
  expect(proxy.stats().hotKeys).toBeUndefined();
  await proxy.reload({ ...simpleOptions({ nodes: node.address }), hotKeys: 3 });
  await client.ask('get a b\r\nget a\r\n', 'END\r\n');
  await client.ask('mn\r\n', 'MN\r\n');
  expect(proxy.stats().hotKeys?.keys).toEqual([
    { key: 'a', count: 2 },
    { key: 'b', count: 1 },
  ]);
  await proxy.reload(simpleOptions({ nodes: node.address }));
  expect(proxy.stats().hotKeys).toBeUndefined();
});

it('`stats proxy keystats` lists the keys; bytes that a line cannot hold are written as in URLs', async () => {
  const node = await startNode();
  const rig = await startProxy({ ...simpleOptions({ nodes: node.address }), hotKeys: 3 });
  const client = await rig.connect();
  await client.ask('get a%b a%b\r\n', 'END\r\n');
  // The key is "x\r\nEND", in base64.
  await client.ask('mg eA0KRU5E b\r\nmn\r\n', 'MN\r\n');
  expect(await client.ask('stats proxy keystats\r\n', 'END\r\n')).toBe(
    'STAT hot:1:key a%25b\r\nSTAT hot:1:count 2\r\nSTAT hot:2:key x%0D%0AEND\r\nSTAT hot:2:count 1\r\nEND\r\n',
  );
});
