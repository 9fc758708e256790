/** A program in another language is started, measured, and stopped. */
import { createServer } from 'memfleet/server';
import { expect, onTestFinished, test } from 'vitest';
import { realRequired } from '../../packages/memfleet/test/support/real-memcached.ts';
import type { Entrant } from '../src/client/entrant.ts';
import { workloadNamed } from '../src/client/workload.ts';
import { ForeignContestant } from '../src/languages/foreign-contestant.ts';
import { foreignPrograms, programOrReason } from '../src/languages/foreign-programs.ts';

const ports = { memcached: 11211, ring: [], redis: 0, cluster: undefined };
const times = { warmUp: 1, measure: 1, serverPids: [] };
const entrant: Entrant = {
  name: 'stranger',
  role: 'yardstick',
  takes: () => true,
  open: () => {
    throw new Error('is a program');
  },
};

/** Starts a program of these statements. */
async function start(code: string): Promise<ForeignContestant> {
  const contestant = await ForeignContestant.start(entrant, { path: process.execPath, args: ['-e', code] }, ports);
  onTestFinished(() => contestant.stop());
  return contestant;
}

test('a program receives the port of memcached, and its counts become calls a second and CPU per call', async () => {
  const contestant = await start(`
    console.log('{}');
    process.stdin.on('data', () => {
      console.log(JSON.stringify({ calls: Number(process.argv[1]), seconds: 2, cpu: 1 }));
    });`);
  const measured = await contestant.measure(workloadNamed('get100-1'), times);
  expect(measured).toMatchObject({ rate: 11211 / 2, cpu: 1e6 / 11211 });
});

test('an error that a program prints carries the name of the client', async () => {
  const contestant = await start(`
    console.log('{}');
    process.stdin.on('data', () => console.log('{"error":"a wrong value"}'));`);
  await expect(contestant.measure(workloadNamed('get100-1'), times)).rejects.toThrow('stranger: a wrong value');
});

test('a program that ends before it is ready, or during a measurement, is an error', async () => {
  await expect(start('process.exit(1)')).rejects.toThrow('stranger: its process ended');
  const contestant = await start(`console.log('{}'); process.stdin.on('data', () => process.exit(1));`);
  await expect(contestant.measure(workloadNamed('get100-1'), times)).rejects.toThrow('stranger: its process ended');
});

/** Those that every machine with the judges has. */
const judges = new Set(['pylibmc', 'php-memcached']);

test.for(foreignPrograms)(
  '$name ($language) gets, sets and gets many from a server, and compares every value',
  { timeout: 120_000 },
  async (foreign, { skip }) => {
    const { name, alone, together } = foreign;
    const program = programOrReason(foreign);
    if (typeof program === 'string') {
      if (realRequired && judges.has(name)) throw new Error(program);
      skip(program);
      return;
    }
    const server = createServer();
    const { port } = await server.listen();
    onTestFinished(() => server.close());
    const contestant = await ForeignContestant.start({ ...entrant, name }, program, { ...ports, memcached: port });
    onTestFinished(() => contestant.stop());
    for (const operation of alone) {
      const workload = { ...workloadNamed('get100-1'), operation };
      expect((await contestant.measure(workload, times)).rate).toBeGreaterThan(0);
    }
    for (const operation of together) {
      const workload = { ...workloadNamed('get100-256'), operation };
      expect((await contestant.measure(workload, times)).rate).toBeGreaterThan(0);
    }
  },
);
