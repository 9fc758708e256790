import { afterEach, beforeEach, expect, it } from 'vitest';
import { borrowedBytes } from '../../src/core/borrowed-bytes.ts';
import { metaCodec } from '../../src/protocol/meta/codec.ts';
import { ItemStore } from '../../src/store/item-store.ts';
import { StoreDispatcher } from '../../src/store/store-dispatcher.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { SessionRig } from '../support/session-rig.ts';

const bytes = Buffer.from('get a bb a');

beforeEach(() => {
  borrowedBytes.isWanted = true;
  borrowedBytes.begin(bytes);
});
afterEach(() => borrowedBytes.end());

it('the keys of a line are found in their order, each where it begins', () => {
  borrowedBytes.addKey('a', 4);
  borrowedBytes.addKey('bb', 6);
  borrowedBytes.addKey('a', 9);
  expect(borrowedBytes.findKey('a')).toBe(4);
  expect(borrowedBytes.findKey('a')).toBe(-1);
  expect(borrowedBytes.findKey('bb')).toBe(6);
  expect(borrowedBytes.findKey('a')).toBe(9);
});

it('the only key of a line is found as often as it is looked for', () => {
  borrowedBytes.addKey('bb', 6);
  expect([borrowedBytes.findKey('bb'), borrowedBytes.findKey('bb'), borrowedBytes.findKey('a')]).toEqual([6, 6, -1]);
});

it('no key is found once the line is over', () => {
  borrowedBytes.addKey('bb', 6);
  borrowedBytes.end();
  expect(borrowedBytes.findKey('bb')).toBe(-1);
});

it('no key is found once a decoder failed in the middle of a chunk', () => {
  const decoder = metaCodec.commandDecoder({
    onCommand() {
      throw new Error('the receiver failed');
    },
  });
  expect(() => decoder.push(Buffer.from('get bb\r\n'))).toThrow('the receiver failed');
  expect(borrowedBytes.findKey('bb')).toBe(-1);
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

it('the value behind a line is found if it lies in the same bytes, until the next line', () => {
  borrowedBytes.addValue('bb', bytes, 6);
  expect([borrowedBytes.findValue('bb'), borrowedBytes.findValue('bb'), borrowedBytes.findValue('a')]).toEqual([
    6, 6, -1,
  ]);
  borrowedBytes.begin(bytes);
  expect(borrowedBytes.findValue('bb')).toBe(-1);
  borrowedBytes.addValue('bb', Buffer.from(bytes), 6);
  expect(borrowedBytes.findValue('bb')).toBe(-1);
});

it('values of every length and byte are stored as they are sent, in one chunk or cut at any place', () => {
  const clock = new FakeClock();
  const store = new ItemStore({ clock });
  const { client } = new SessionRig(new StoreDispatcher({ store }), clock, { texts: 'borrowed' }).connect();
  const at = (i: number): string => String.fromCharCode((i * 7) & 0xff);
  const lengths = [...Array.from({ length: 70 }, (_, i) => i), 255, 256, 511, 512, 513, 4096, 4097];
  for (const round of [0, 1, 2]) {
    for (const length of lengths) {
      const value = Array.from({ length }, (_, i) => at(i + length + round)).join('');
      const request = `set k${length} ${round % 2} 0 ${length}\r\n${value}\r\nget k${length}\r\n`;
      const cut = round === 2 ? request.indexOf('\n') + 1 + (length >> 1) : 0;
      const answer =
        cut === 0 ? client.ask(request) : client.ask(request.slice(0, cut)) + client.ask(request.slice(cut));
      expect(answer).toBe(`STORED\r\nVALUE k${length} ${round % 2} ${length}\r\n${value}\r\nEND\r\n`);
    }
  }
});
