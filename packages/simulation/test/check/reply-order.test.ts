import { expect, test } from 'vitest';
import { ReplyOrder } from '../../src/check/reply-order.ts';
import type { RawReply, Request } from '../../src/wire/request.ts';

function order(requests: readonly Partial<Request>[], areQuietSilent = false): ReplyOrder {
  const order = new ReplyOrder(areQuietSilent);
  for (const [index, request] of requests.entries())
    order.sent({ id: index + 1, verb: 'get', keys: ['k'], isQuiet: false, ...request });
  return order;
}

function reply(said: RawReply['said'], more: Partial<RawReply> = {}): RawReply {
  return { said, items: [], text: said, ...more };
}

const item = { items: [{ key: 'k', value: 'v' }] };

test('each request has one reply, in their order, and nothing more comes', () => {
  const replies = order([{ verb: 'set' }, {}]);
  expect(replies.replied(reply('stored'))?.request?.id).toBe(1);
  expect(replies.owed.map(({ id }) => id)).toEqual([2]);
  expect(replies.replied(reply('values', item))?.request?.id).toBe(2);
  expect(replies.owed).toEqual([]);
  expect(replies.replied(reply('values', item))).toBeUndefined();
});

test('a reply of another kind, of another request or with a foreign key belongs to no request', () => {
  expect(order([{ verb: 'set' }, {}]).replied(reply('values', item))).toBeUndefined();
  expect(order([{}, {}]).replied(reply('values', { ...item, id: 2 }))).toBeUndefined();
  expect(order([{ keys: ['other'] }]).replied(reply('values', item))).toBeUndefined();
  expect(order([{ verb: 'noop' }]).replied(reply('server error'))).toBeUndefined();
});

test('the items of several keys come in the order of the keys', () => {
  const [one, other] = [
    { key: 'a', value: 'v' },
    { key: 'b', value: 'v' },
  ];
  const keys = ['a', 'b', 'a'];
  const check = (...items: RawReply['items']): boolean =>
    order([{ verb: 'multi', keys }]).replied(reply('values', { items })) !== undefined;
  expect([check(one, other, one), check(other, one), check(), check(one, one)]).toEqual([true, true, true, true]);
  expect([check(other, other), check(one, other, one, one)]).toEqual([false, false]);
});

test('the reply to a later request says that quiet ones before it succeeded, or missed', () => {
  const replies = order([{ verb: 'set', isQuiet: true }, { isQuiet: true }, { verb: 'noop' }]);
  expect(replies.replied(reply('noop'))?.silent.map(({ id }) => id)).toEqual([1, 2]);
  const hit = order([{ isQuiet: true }, { isQuiet: true }, { verb: 'noop' }]);
  expect(hit.replied(reply('values', { ...item, id: 2 }))?.silent.map(({ id }) => id)).toEqual([1]);
  expect(hit.replied(reply('noop'))?.silent).toEqual([]);
});

test('a quiet request has no reply that only a loud one has', () => {
  expect(order([{ verb: 'set', isQuiet: true }]).replied(reply('stored'))).toBeUndefined();
  expect(order([{ isQuiet: true }]).replied(reply('values'))).toBeUndefined();
  expect(order([{ verb: 'set', isQuiet: true }], true).replied(reply('server error'))).toBeUndefined();
});

test('an error that may belong to several requests stays open until a later reply tells', () => {
  const replies = order([{ verb: 'set', isQuiet: true }, { verb: 'set', isQuiet: true }, {}, {}]);
  expect(replies.replied(reply('server error'))).toEqual({ request: undefined, silent: [] });
  expect(replies.replied(reply('values', { ...item, id: 3 }))?.request?.id).toBe(3);
  expect(replies.replied(reply('values', { ...item, id: 3 }))).toBeUndefined();
  expect(replies.owed.map(({ id }) => id)).toEqual([4]);
});
