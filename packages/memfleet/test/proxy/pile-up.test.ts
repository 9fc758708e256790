/**
 * The story that memfleet begins with: clients that open a socket for every call, and clients that keep theirs without
 * using them, in front of a proxy that piles their connections up until it refuses everybody. Here nobody is refused
 * below the limit, the nodes see a handful of connections, and all goes back to nothing.
 */
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heldMemory } from '../support/memory.ts';
import { openProxy, type ProxyRig, simpleOptions } from '../support/proxy-rig.ts';
import { ScriptedNode } from '../support/scripted-node.ts';
import type { TcpClient } from '../support/tcp-client.ts';

const crowdProgram = fileURLToPath(new URL('../support/crowd.mjs', import.meta.url));

/** Clients in a process of their own. */
class Crowd {
  readonly #child: ChildProcess;

  constructor(port: number) {
    this.#child = fork(crowdProgram, [String(port)], { execArgv: [] });
  }

  /** Has them do something; resolves with how often each outcome was. */
  ask(job: Readonly<Record<string, unknown>>): Promise<Record<string, number>> {
    return new Promise((resolve, reject) => {
      this.#child.once('exit', () => reject(new Error('the crowd is gone')));
      this.#child.once('message', (outcome) => resolve(outcome as Record<string, number>));
      this.#child.send(job);
    });
  }

  leave(): void {
    this.#child.disconnect();
  }
}

/** A bound on hanging: thousands of connections take their time where the machine does other work too. */
const patience = 180_000;

/** Waits for the number of sessions that sockets bring about; looking leaves the processor to the clients. */
function untilSessions({ proxy }: ProxyRig, count: number): Promise<void> {
  return expect.poll(() => proxy.stats().sessions, { timeout: patience, interval: 5 }).toBe(count);
}

/** How many file descriptors this process may have open. */
const limit = Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 1024);

describe('the pile-up', () => {
  let node: ScriptedNode;
  let rig: ProxyRig;
  let crowd: Crowd;
  let client: TcpClient;

  beforeAll(async () => {
    node = new ScriptedNode({});
    await node.listen();
    rig = await openProxy(simpleOptions({ nodes: node.address, timeout: patience }));
    crowd = new Crowd(rig.port);
    client = await rig.connect();
    await client.ask('set k 0 0 1\r\nv\r\n', 'STORED\r\n');
  });
  afterAll(async () => {
    crowd.leave();
    client.close();
    await rig.proxy.destroy();
    await node.down();
  });

  /** The normal client, at work until the others are done. */
  async function meanwhile<T>(others: Promise<T>): Promise<T> {
    const over = new AbortController();
    const result = others.finally(() => over.abort());
    while (!over.signal.aborted) expect(await client.ask('get k\r\n', 'END\r\n')).toBe('VALUE k 0 1\r\nv\r\nEND\r\n');
    return result;
  }

  it(
    'of clients that connect for every call: all get replies, over one connection to the node',
    async () => {
      expect(await meanwhile(crowd.ask({ churn: 3000, at: 100 }))).toEqual({ answered: 3000 });
      await untilSessions(rig, 1);
      expect(rig.proxy.stats().listeners[0]).toMatchObject({ accepted: 3001, rejected: 0, failed: 0 });
      expect(node.connections.length).toBeLessThanOrEqual(2);
    },
    patience,
  );

  const idle = Math.min(10_000, limit - 1000);

  it(
    `of ${idle} clients that do nothing any more: a small piece of memory each, and none afterwards`,
    async () => {
      const before = heldMemory();
      expect(await meanwhile(crowd.ask({ spoke: idle }))).toEqual({ answered: idle });
      await untilSessions(rig, idle + 1);
      expect((heldMemory() - before) / idle).toBeLessThan(8 * 1024);
      expect(node.connections.length).toBeLessThanOrEqual(2);
      await meanwhile(crowd.ask({ leave: true }));
      await untilSessions(rig, 1);
      await meanwhile(Promise.resolve());
      expect(rig.proxy.stats()).toMatchObject({ receiving: 0 });
      // What is left is Node's and ours once for all, not for each: a second crowd adds nothing to it.
      expect(heldMemory() - before).toBeLessThan(idle * 1536);
    },
    patience,
  );

  it(
    'of both at once: new, returning and staying clients are served',
    async () => {
      const { accepted: before = 0, rejected } = rig.proxy.stats().listeners[0] ?? {};
      const guests = new Crowd(rig.port);
      try {
        const both = Promise.all([crowd.ask({ spoke: 1500 }), guests.ask({ churn: 1500, at: 50 })]);
        expect(await meanwhile(both)).toEqual([{ answered: 1500 }, { answered: 1500 }]);
        await untilSessions(rig, 1501);
        // Those who went left their places to others, while the idle ones keep theirs.
        expect(await meanwhile(guests.ask({ churn: 500, at: 50 }))).toEqual({ answered: 500 });
        await meanwhile(crowd.ask({ leave: true }));
        await untilSessions(rig, 1);
        expect(rig.proxy.stats().listeners[0]).toMatchObject({ accepted: before + 3500, rejected, failed: 0 });
        expect(node.connections.length).toBeLessThanOrEqual(2);
      } finally {
        guests.leave();
      }
    },
    patience,
  );
});

/** Sets how many file descriptors this process may have open. */
function allow(count: number): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${count}:`]);
}

describe('without file descriptors left', () => {
  it(
    'new clients are turned away, those that are there are served, and when some leave others get in',
    async () => {
      const node = new ScriptedNode({});
      await node.listen();
      const rig = await openProxy(simpleOptions({ nodes: node.address }));
      const client = await rig.connect();
      await client.ask('set k 0 0 1\r\nv\r\n', 'STORED\r\n');
      const crowd = new Crowd(rig.port);
      await crowd.ask({ get: 1 });
      const open = readdirSync('/proc/self/fd').length;
      allow(open + 30);
      try {
        const outcomes = await crowd.ask({ get: 200 });
        expect(outcomes['answered']).toBeGreaterThan(10);
        expect(outcomes['answered']).toBeLessThan(40);
        expect((outcomes['answered'] ?? 0) + (outcomes['cut off'] ?? 0)).toBe(200);
        expect(await client.ask('get k\r\n', 'END\r\n')).toBe('VALUE k 0 1\r\nv\r\nEND\r\n');
        await crowd.ask({ leave: true });
        await untilSessions(rig, 1);
        expect(await crowd.ask({ get: 10 })).toEqual({ answered: 10 });
      } finally {
        allow(limit);
        crowd.leave();
        client.close();
        await rig.proxy.destroy();
        await node.down();
      }
    },
    patience,
  );
});
