import { describe, expect, it } from 'vitest';
import { Gather } from '../../src/cluster/gather.ts';
import type { Handler } from '../../src/core/dispatcher.ts';
import { ConnectError, type MemcacheError } from '../../src/core/errors.ts';
import { Reply } from '../../src/core/reply.ts';

interface Told {
  readonly handler: Handler;
  readonly said: string[];
}

function toldOf(hearsParts: boolean): Told {
  const said: string[] = [];
  const handler: Handler = {
    onReply: (reply) =>
      void said.push(`${reply.part} ${reply.hasValue ? `${reply.key}=${reply.text()}` : reply.status}`),
    onError: (error) => void said.push(`error ${error.message}`),
  };
  if (hearsParts)
    handler.onPartFailed = (error: MemcacheError, keys) => void said.push(`part ${keys.join('+')} ${error.message}`);
  return { handler, said };
}

const shared = new Reply();

function item(key: string): Reply {
  const reply = shared.reset('ok', 'item');
  reply.key = key;
  reply.setText(key);
  return reply;
}

const end = (): Reply => shared.reset('ok', 'end');

describe('the parts of a get', () => {
  it('give their items as they come, and one end when all are in', () => {
    const { handler, said } = toldOf(true);
    const gather = new Gather(handler, 2);
    const [one, two] = [gather.part(['a', 'b']), gather.part(['c'])];
    one.onReply(item('b'));
    two.onReply(item('c'));
    two.onReply(end());
    expect(said).toEqual(['item b=b', 'item c=c']);
    one.onReply(end());
    expect(said).toEqual(['item b=b', 'item c=c', 'end ok']);
  });

  it('that failed are distinguished from misses', () => {
    const { handler, said } = toldOf(true);
    const gather = new Gather(handler, 3);
    const parts = [gather.part(['a']), gather.part(['b', 'c'])] as const;
    parts[1].onError(new ConnectError('refused'));
    gather.skip();
    parts[0].onReply(end());
    expect(said).toEqual(['part b+c refused', 'end ok']);
  });

  it('fail the whole command, after all are in, for a handler without onPartFailed', () => {
    const { handler, said } = toldOf(false);
    const gather = new Gather(handler, 3);
    const parts = [gather.part(['a']), gather.part(['b']), gather.part(['c'])] as const;
    parts[0].onError(new ConnectError('first'));
    parts[1].onError(new ConnectError('second'));
    expect(said).toEqual([]);
    parts[2].onReply(item('c'));
    parts[2].onReply(end());
    expect(said).toEqual(['item c=c', 'error first']);
  });

  it('fail by an error reply too', () => {
    const { handler, said } = toldOf(true);
    const gather = new Gather(handler, 1);
    const reply = shared.setError('server', 'out of memory');
    reply.node = 'a:1';
    gather.part(['a']).onReply(reply);
    expect(said).toEqual(['part a a:1 replied SERVER_ERROR out of memory', 'end ok']);
  });

  it('may get their replies while they are given out', () => {
    const { handler, said } = toldOf(true);
    const gather = new Gather(handler, 3);
    for (const key of ['a', 'b', 'c']) {
      const part = gather.part([key]);
      if (key === 'b') part.onError(new ConnectError('refused'));
      else {
        part.onReply(item(key));
        part.onReply(end());
      }
    }
    expect(said).toEqual(['item a=a', 'part b refused', 'item c=c', 'end ok']);
  });
});

describe('the replies of every node', () => {
  it('are items, then one end', () => {
    const { handler, said } = toldOf(false);
    const gather = new Gather(handler, 2);
    gather.part([]).onReply(shared.reset('ok'));
    gather.part([]).onReply(shared.setError('server', 'not now'));
    expect(said).toEqual(['item ok', 'item error', 'end ok']);
  });

  it('may be streams of their own', () => {
    const { handler, said } = toldOf(false);
    const gather = new Gather(handler, 2);
    const [one, two] = [gather.part([]), gather.part([])];
    one.onReply(item('pid'));
    two.onReply(item('pid'));
    one.onReply(end());
    two.onReply(item('uptime'));
    two.onReply(end());
    expect(said).toEqual(['item pid=pid', 'item pid=pid', 'item uptime=uptime', 'end ok']);
  });
});
