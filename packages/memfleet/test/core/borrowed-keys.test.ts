import { afterEach, beforeEach, expect, it } from 'vitest';
import { borrowedKeys } from '../../src/core/borrowed-keys.ts';
import { metaCodec } from '../../src/protocol/meta/codec.ts';
import { ItemStore } from '../../src/store/item-store.ts';
import { StoreDispatcher } from '../../src/store/store-dispatcher.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { SessionRig } from '../support/session-rig.ts';

const bytes = Buffer.from('get a bb a');

beforeEach(() => {
  borrowedKeys.isWanted = true;
  borrowedKeys.begin(bytes);
});
afterEach(() => borrowedKeys.end());

it('the keys of a line are found in their order, each where it begins', () => {
  borrowedKeys.add('a', 4);
  borrowedKeys.add('bb', 6);
  borrowedKeys.add('a', 9);
  expect(borrowedKeys.find('a')).toBe(4);
  expect(borrowedKeys.find('a')).toBe(-1);
  expect(borrowedKeys.find('bb')).toBe(6);
  expect(borrowedKeys.find('a')).toBe(9);
});

it('the only key of a line is found as often as it is looked for', () => {
  borrowedKeys.add('bb', 6);
  expect([borrowedKeys.find('bb'), borrowedKeys.find('bb'), borrowedKeys.find('a')]).toEqual([6, 6, -1]);
});

it('no key is found once the line is over', () => {
  borrowedKeys.add('bb', 6);
  borrowedKeys.end();
  expect(borrowedKeys.find('bb')).toBe(-1);
});

it('no key is found once a decoder failed in the middle of a chunk', () => {
  const decoder = metaCodec.commandDecoder({
    onCommand() {
      throw new Error('the receiver failed');
    },
  });
  expect(() => decoder.push(Buffer.from('get bb\r\n'))).toThrow('the receiver failed');
  expect(borrowedKeys.find('bb')).toBe(-1);
});

it('a session that is asked in the middle of the line of another does not disturb it', () => {
  const clock = new FakeClock();
  const store = new StoreDispatcher({ store: new ItemStore({ clock }) });
  const inner = new SessionRig(store, clock, { texts: 'borrowed' }).connect().client;
  const heard: string[] = [];
  const outer = new SessionRig(
    {
      dispatch(command, handler) {
        // Its keys have the same lengths and lie at the same places.
        heard.push(inner.ask('get b2 b1 xx\r\nset xx 0 0 1\r\nx\r\n'));
        store.dispatch(command, handler);
      },
      close: () => Promise.resolve(),
      destroy() {},
    },
    clock,
    { texts: 'borrowed' },
  ).connect().client;
  inner.ask('set a1 0 0 2\r\na1\r\nset a2 0 0 2\r\na2\r\nset b1 0 0 2\r\nb1\r\nset b2 0 0 2\r\nb2\r\n');
  const answer = outer.ask('get a1 a2 b1\r\nset a3 0 0 2\r\na3\r\nget a3\r\n');
  expect(answer).toBe(
    'VALUE a1 0 2\r\na1\r\nVALUE a2 0 2\r\na2\r\nVALUE b1 0 2\r\nb1\r\nEND\r\nSTORED\r\nVALUE a3 0 2\r\na3\r\nEND\r\n',
  );
  expect(heard[1]).toBe('VALUE b2 0 2\r\nb2\r\nVALUE b1 0 2\r\nb1\r\nVALUE xx 0 1\r\nx\r\nEND\r\nSTORED\r\n');
});
