/** The rules that are checked while a world still runs: faults are planted in a world. */
import type { Client } from 'memfleet';
import { createServer, type Server } from 'memfleet/server';
import { play, type World } from 'memfleet/testing';
import { expect, test } from 'vitest';
import { checkClosing, checkLiveness } from '../src/load.ts';
import type { Problem } from '../src/problem.ts';
import { startClients } from '../src/scenarios/fleet/cast.ts';
import { Stage } from '../src/stage.ts';

interface Rig {
  readonly world: World;
  readonly stage: Stage;
  readonly server: Server;
  readonly clients: ReadonlyMap<string, Client<string>>;
}

const timeout = 100;

/** A client `c1` and a server on `n1`, and the problems that the run reports. */
function problemsOf(run: (rig: Rig) => Promise<void>): Promise<readonly Problem[]> {
  return play({ seed: 1 }, async (world) => {
    const stage = new Stage(world);
    const server = createServer({ host: '10.0.0.1', ...world.host('n1').serverOptions });
    const start = async (): Promise<void> => {
      await server.listen();
    };
    await stage.add('n1', { host: world.host('n1'), start });
    const clients = await startClients(stage, { clients: 1 }, ({ options }) => {
      return {
        nodes: '10.0.0.1',
        protocol: 'meta',
        timeout,
        ejectAfter: 1,
        ejectTime: 60_000,
        retry: false,
        ...options,
      };
    });
    await run({ world, stage, server, clients });
    return stage.problems;
  });
}

const rules = (problems: readonly Problem[]): Set<string> => new Set(problems.map(({ rule }) => rule));

test('a node whose reply is no reply of its protocol breaks G4, one that dies does not', async () => {
  const dead = await problemsOf(async ({ clients, stage, world }) => {
    await clients.get('c1')?.set('key', 'value');
    stage.kill('n1', 'reset');
    await world.sleep(10);
  });
  expect(dead).toEqual([]);
  const garbled = await problemsOf(async ({ clients, server, stage, world }) => {
    await server.close();
    const { clock, network } = world.host('n1').options;
    const port = network.port(
      { clock, acceptQueue: 1, handshakeTimeout: 1000, maxTls: 1 },
      {
        onConnection(attach) {
          const transport = attach({
            onData: (chunk) => {
              const isProbe = Buffer.from(chunk).toString('latin1').startsWith('mn');
              transport.write([isProbe ? 'MN\r\n' : 'nonsense\r\n']);
            },
            onDrain() {},
            onEnd: () => transport.end(),
            onClose() {},
          });
        },
        onFailed() {},
        onRejected() {},
      },
    );
    await port.listen({ host: '10.0.0.1', port: 11_211 });
    await clients
      .get('c1')
      ?.set('key', 'value')
      .catch(() => {});
    await world.sleep(10);
    expect(stage.happened['lost: ERR_PROTOCOL']).toBe(1);
  });
  expect(rules(garbled)).toEqual(new Set(['G4']));
});

test('timers and connections that are open after everything was closed break G5, and so does a close that never ends', async () => {
  const closed = await problemsOf(({ clients, server, stage }) =>
    checkClosing(
      stage,
      [...clients.values(), server].map((each) => () => each.close()),
    ),
  );
  expect(closed).toEqual([]);
  const left = await problemsOf(async ({ clients, server, stage }) => {
    await clients.get('c1')?.set('key', 'value');
    await checkClosing(stage, []);
    await server.close();
  });
  expect(rules(left)).toEqual(new Set(['G5']));
  expect(left.map(({ message }) => message)).toEqual(
    expect.arrayContaining(['c1: 1 connection', expect.stringMatching(/^n1: \d timers/)]),
  );
  const endless = await problemsOf(({ stage }) => checkClosing(stage, [() => new Promise(() => {})]));
  expect(endless[0]).toMatchObject({ rule: 'G5', message: 'not closed after 15000 ms' });
});

test('a call that fails after the faults, or a node that is still ejected, breaks G7', async () => {
  const well = await problemsOf(({ clients, stage }) => checkLiveness(stage, clients, ['one', 'two']));
  expect(well).toEqual([]);
  const dead = await problemsOf(async ({ clients, stage }) => {
    stage.kill('n1', 'reset');
    await checkLiveness(stage, clients, ['one']);
  });
  expect(rules(dead)).toEqual(new Set(['G7']));
  expect(dead.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^c1: .*ECONNREFUSED/),
    'c1: 10.0.0.1:11211 is ejected',
  ]);
  const forgetful = await problemsOf(({ clients, stage }) => {
    for (const client of clients.values()) Object.assign(client, { get: () => Promise.resolve(undefined) });
    return checkLiveness(stage, clients, ['one']);
  });
  expect(forgetful.map(({ message }) => message)).toEqual(['c1: set gave true, get undefined']);
});
