/** Many clients ask for the same statistics: one request to each node, one sum, and 1 ms at a time. */
import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { Command } from '../../src/core/command.ts';
import type { Handler } from '../../src/core/dispatcher.ts';
import { Reply } from '../../src/core/reply.ts';
import { Administration } from '../../src/proxy/stats-command/administration.ts';
import { NodeReplies } from '../../src/proxy/stats-command/node-replies.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** Nodes that the test answers, and a turn of the event loop at a time. */
function rig() {
  const asked: Handler[] = [];
  const cluster = {
    dispatchTo: (_node: string, _command: Command, handler: Handler) => asked.push(handler) > 0,
  } as unknown as Cluster;
  const fleets = {
    nodesOf: () => ['a', 'b'].map((node) => ({ node, isOut: false, cluster, timeout: 1000 })),
  };
  const turns: (() => void)[] = [];
  const time = { now: 0 };
  const clock = Object.assign(new FakeClock(), { afterTurn: (callback: () => void) => void turns.push(callback) });
  const nodes = new NodeReplies(fleets, clock, () => time.now);
  const answerNodes = (): void => {
    const reply = new Reply();
    for (const handler of asked.splice(0)) {
      reply.reset('ok', 'item').key = 'curr_items';
      reply.setText('3');
      handler.onReply(reply);
      handler.onReply(reply.reset('ok', 'end'));
    }
  };
  return { nodes, asked, turns, time, answerNodes };
}

describe('clients that ask for statistics while a request is in flight', () => {
  it('share the next request, and receive its reply for 1 ms before sockets are read again', () => {
    const { nodes, asked, turns, time, answerNodes } = rig();
    const served: number[] = [];
    const ask = (i: number): void =>
      nodes.ask(['main'], 'stats', '', () => {
        time.now += 0.4;
        served.push(i);
      });
    for (let i = 0; i < 8; i++) ask(i);
    expect(asked).toHaveLength(2);
    answerNodes();
    expect(served).toEqual([0]);
    expect(asked).toHaveLength(2);
    answerNodes();
    expect(served).toEqual([0, 1, 2, 3]);
    expect(turns).toHaveLength(1);
    turns.shift()?.();
    expect(served).toEqual([0, 1, 2, 3, 4, 5, 6]);
    turns.shift()?.();
    expect(served).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(turns).toHaveLength(0);
  });

  it('receive sums that are made once for all of them', () => {
    const { nodes, answerNodes } = rig();
    let made = 0;
    const administration = new Administration({
      clusters: ['main'],
      nodes,
      dump: undefined as never,
      allowFlush: false,
      itemSizeMax: 1024,
      general: () => [['uptime', ++made]],
      settings: () => [],
      proxyGroup: () => undefined,
      reset: () => {},
    });
    const received: Map<string, string>[] = [];
    const stats = (): void => {
      const lines = new Map<string, string>();
      received.push(lines);
      const command = new Command('stats');
      command.value = '';
      administration.stats(command, {
        onReply: (reply) => void (reply.part === 'item' && lines.set(reply.key, reply.text())),
        onError: () => {},
      });
    };
    for (let i = 0; i < 5; i++) stats();
    answerNodes();
    answerNodes();
    expect(received.map((lines) => [lines.get('curr_items'), lines.get('uptime')])).toEqual([
      ['6', '1'],
      ['6', '2'],
      ['6', '2'],
      ['6', '2'],
      ['6', '2'],
    ]);
    expect(made).toBe(2);
  });
});
