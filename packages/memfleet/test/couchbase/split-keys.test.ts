import { expect, test } from 'vitest';
import { Command } from '../../src/core/command.ts';
import { ConnectError, type MemcacheError } from '../../src/core/errors.ts';
import { Reply } from '../../src/core/reply.ts';
import { splitKeysPolicy } from '../../src/couchbase/split-keys.ts';
import { ManualDispatcher } from '../support/manual-dispatcher.ts';

function setUp(keys: readonly string[], hasParts = true) {
  const next = new ManualDispatcher();
  const heard: string[] = [];
  const command = Object.assign(new Command('get'), { keys, deadline: 7, wantCas: true, touch: true, exptime: 9 });
  const handler = {
    onReply: (reply: Reply) => void heard.push(reply.part === 'item' ? `${reply.key}=${reply.text()}` : reply.part),
    onError: (error: MemcacheError) => void heard.push(error.message),
  };
  const onPartFailed = (error: MemcacheError, failed: readonly string[]) =>
    void heard.push(`${failed.join()}: ${error.message}`);
  splitKeysPolicy(next).dispatch(command, hasParts ? { ...handler, onPartFailed } : handler);
  return { next, heard };
}

test('every key goes alone, with all that the whole said', () => {
  const { next } = setUp(['a', 'b']);
  expect(next.pending.map(({ command }) => command)).toEqual(
    ['a', 'b'].map((key) =>
      expect.objectContaining({ key, keys: undefined, deadline: 7, wantCas: true, touch: true, exptime: 9 }),
    ),
  );
});

test('hits are items in the order in which they come, misses are left out, then comes the end', () => {
  const { next, heard } = setUp(['a', 'b', 'c']);
  next.hit('c', 'C');
  next.status('b', 'miss');
  next.hit('a', 'A');
  expect(heard).toEqual(['c=C', 'a=A', 'end']);
});

test('a key that fails is reported alone', () => {
  const { next, heard } = setUp(['a', 'b', 'c']);
  next.fail('a', new ConnectError('dead'));
  next.take('b').handler.onReply(new Reply().setError('server', 'no', 7));
  next.hit('c', 'C');
  expect(heard).toEqual(['a: dead', expect.stringMatching(/^b: .*SERVER_ERROR no/), 'c=C', 'end']);
});

test('a handler that hears nothing of parts gets the first error, at the end', () => {
  const { next, heard } = setUp(['a', 'b'], false);
  next.fail('a', new ConnectError('dead'));
  next.hit('b', 'B');
  expect(heard).toEqual(['b=B', 'dead']);
});

test('no keys: the end at once', () => {
  expect(setUp([]).heard).toEqual(['end']);
});

test('other commands pass unchanged', () => {
  const next = new ManualDispatcher();
  const command = new Command('flush');
  splitKeysPolicy(next).dispatch(command, { onReply() {}, onError() {} });
  expect(next.pending[0]!.command).toBe(command);
});
