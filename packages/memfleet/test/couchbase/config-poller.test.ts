import { describe, expect, test } from 'vitest';
import { parseNodes } from '../../src/cluster/node-spec.ts';
import type { Handler } from '../../src/core/dispatcher.ts';
import { ConnectError } from '../../src/core/errors.ts';
import { Reply } from '../../src/core/reply.ts';
import { ConfigKeeper } from '../../src/couchbase/config-keeper.ts';
import { ConfigPoller } from '../../src/couchbase/config-poller.ts';
import { Found } from '../discovery/support.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { modern } from './support/documents.ts';

function document(rev: number, ports: readonly number[] = [1, 2]): string {
  const nodesExt = ports.map((kv) => ({ hostname: `n${kv}`, services: { kv } }));
  return JSON.stringify(modern([], [[0]], { rev, nodesExt }));
}

class Question {
  readonly node: string;
  readonly handler: Handler;
  isCancelled = false;

  constructor(node: string, handler: Handler) {
    this.node = node;
    this.handler = handler;
  }

  say(text: string): void {
    const reply = new Reply().reset('ok');
    reply.setText(text);
    this.handler.onReply(reply);
  }

  refuse(code: number): void {
    this.handler.onReply(new Reply().setError('server', '', code));
  }

  fail(): void {
    this.handler.onError(new ConnectError(`${this.node} is dead`));
  }
}

function started(seeds = ['s1', 's2'], initial?: string) {
  const clock = new FakeClock();
  const questions: Question[] = [];
  const found = new Found();
  const source = new ConfigPoller({
    clock,
    random: () => 0.5,
    keeper: new ConfigKeeper({ bucket: 'default', tls: false, network: 'auto' }),
    document: initial === undefined ? undefined : { text: initial, host: 'h' },
    seeds: parseNodes(seeds, 11_210),
    rest: undefined,
    pollInterval: 2500,
  });
  source.connect((node, _command, handler) => {
    const question = new Question(node.host, handler);
    questions.push(question);
    return () => {
      question.isCancelled = true;
    };
  });
  source.start(found);
  return {
    clock,
    questions,
    found,
    source,
    last: () => questions.at(-1)!,
    asked: () => questions.map(({ node }) => node),
  };
}

describe('finding the map', () => {
  test("the user's nodes are polled in turn until one returns it", () => {
    const { asked, found, last } = started();
    last().fail();
    last().say(document(1));
    expect(asked()).toEqual(['s1', 's2']);
    expect(found.lists).toEqual([['n1:1', 'n2:2']]);
    expect(found.errors).toEqual([]);
  });

  test('a node that says nothing is not waited for alone; the first good reply counts', () => {
    const { asked, clock, found, questions } = started();
    clock.advance(300);
    expect(asked()).toEqual(['s1', 's2']);
    questions[1]!.say(document(1));
    expect(questions[0]!.isCancelled).toBe(true);
    questions[0]!.say(document(2));
    expect(found.lists).toHaveLength(1);
  });

  test('a failure of all nodes is reported, and all are polled again, with growing waits', () => {
    const { asked, clock, found, last } = started();
    for (const wait of [500, 1000, 2000, 4000, 5000, 5000]) {
      last().fail();
      last().refuse(0x81);
      clock.advance(wait);
    }
    expect(asked()).toHaveLength(13);
    expect(found.errors).toHaveLength(6);
    expect(found.errors[0]).toBe('s2:11210 has no configuration (Unknown command)');
    last().say(document(1));
    expect(found.lists).toHaveLength(1);
  });

  test('a document that cannot be used counts as no reply', () => {
    const { asked, found, last } = started();
    last().say('<html>');
    last().say('');
    expect(asked()).toEqual(['s1', 's2']);
    expect(found.errors).toEqual([expect.stringMatching(/^s2:11210: .*it is empty/)]);
    expect(found.lists).toEqual([]);
  });

  test('with a document that is already known no node is polled', () => {
    const { asked, found, source } = started([], document(1));
    source.refresh();
    expect(asked()).toEqual([]);
    expect(found.lists).toEqual([['n1:1', 'n2:2']]);
  });
});

describe('following the map', () => {
  test("every interval another node of the cluster is polled, and the user's nodes only when those fail", () => {
    const { asked, clock, last } = started(['s1']);
    last().say(document(1));
    for (let i = 0; i < 3; i++) {
      clock.advance(2500);
      last().say(document(1));
    }
    expect(asked()).toEqual(['s1', 'n1', 'n2', 'n1']);
    clock.advance(2500);
    last().fail();
    last().fail();
    expect(asked().slice(4)).toEqual(['n2', 'n1', 's1']);
  });

  test('only newer maps are handed on', () => {
    const { clock, found, last } = started(['s1']);
    for (const rev of [5, 5, 4, 6]) {
      last().say(document(rev, rev === 6 ? [3] : [1, 2]));
      clock.advance(2500);
    }
    expect(found.lists).toEqual([['n1:1', 'n2:2'], ['n3:3']]);
  });

  test('a bad reply changes nothing', () => {
    const { clock, found, last } = started(['s1']);
    last().say(document(1));
    clock.advance(2500);
    for (let i = 0; i < 3; i++) last().say('{');
    expect(found.lists).toHaveLength(1);
    expect(found.errors).toHaveLength(1);
  });

  test('what comes with refusals and pushes is judged the same', () => {
    const { found, last, source } = started(['s1']);
    last().say(document(5));
    expect(source.offer(document(4), 'x')).toBe('known');
    expect(source.offer('<html>', 'x')).toBe('unusable');
    expect(source.offer(document(6, [7]), 'x')).toBe('adopted');
    expect(found.lists.at(-1)).toEqual(['n7:7']);
  });

  test('a doubt makes it ask soon, but not more often than every 10 ms', () => {
    const { asked, clock, last, source } = started(['s1']);
    last().say(document(1));
    for (let i = 0; i < 100; i++) source.refresh();
    expect(asked()).toHaveLength(1);
    clock.advance(10);
    expect(asked()).toHaveLength(2);
  });

  test('a doubt during a poll causes another poll', () => {
    const { asked, clock, last, source } = started(['s1']);
    last().say(document(1));
    source.refresh();
    clock.advance(10);
    source.refresh();
    source.refresh();
    last().say(document(1));
    clock.advance(10);
    expect(asked()).toHaveLength(3);
    last().say(document(1));
    clock.advance(2499);
    expect(asked()).toHaveLength(3);
  });

  test('after stop no request is sent, no document accepted and no listener called', () => {
    const { asked, clock, found, last, questions, source } = started(['s1']);
    last().say(document(1));
    clock.advance(2500);
    source.stop();
    expect(questions[1]!.isCancelled).toBe(true);
    questions[1]!.say(document(2));
    source.refresh();
    expect(source.offer(document(3), 'x')).toBe('known');
    expect({ asked: asked().length, lists: found.lists.length, timers: clock.timers }).toEqual({
      asked: 2,
      lists: 1,
      timers: 0,
    });
  });
});
