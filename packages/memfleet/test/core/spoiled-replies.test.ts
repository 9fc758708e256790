/** What the suite relies on: a reply that was handed over is of no use to anybody afterwards. */
import { expect, test } from 'vitest';
import { PairingInOrder } from '../../src/connection/pairing-in-order.ts';
import { Pending } from '../../src/connection/pending.ts';
import { Command } from '../../src/core/command.ts';
import type { Reply } from '../../src/core/reply.ts';
import { metaCodec } from '../../src/protocol/meta/codec.ts';
import { ItemStore } from '../../src/store/item-store.ts';
import { StoreDispatcher } from '../../src/store/store-dispatcher.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { spoiledText } from '../support/spoil-reply.ts';
import { withSpoiledReplies } from '../support/spoiled-replies.ts';

test('a reply of the store that a handler keeps is overwritten with false values', () => {
  const store = new StoreDispatcher({ store: new ItemStore({ clock: new FakeClock() }), version: '9' });
  const kept: Reply[] = [];
  store.dispatch(new Command('get', 'a'), { onReply: (reply) => void kept.push(reply), onError() {} });
  expect(kept.map((reply) => [reply.status, reply.text()])).toEqual([['error', spoiledText]]);
});

test('so does one of a node, also for the code that passed it on', () => {
  const pending = new Pending(false);
  const kept: string[] = [];
  let last: Reply | undefined;
  pending.push(new Command('get', 'a'), { onReply: (reply) => void (last = reply), onError() {} });
  const sink = {
    onReply: (reply: Reply): void => {
      kept.push(reply.text());
      pending.onReply(reply);
      kept.push(reply.text());
    },
  };
  metaCodec.replyDecoder(sink).push(Buffer.from('VA 1\r\nv\r\n'));
  expect([...kept, last?.text()]).toEqual(['v', spoiledText, spoiledText]);
  expect(PairingInOrder.prototype.pair.toString()).not.toContain('.onReply(');
});

test('every call that hands a reply over is found, and nothing else is changed', () => {
  const changed = [
    'handler.onReply(reply);',
    'this.#sink.onReply(this.#reply);',
    'watcher.handler.onReply(reply.reset("ok"))',
    'for (const { handler } of all) handler.onReply(reply);',
  ].map((code) => withSpoiledReplies(code)?.replace(/^import .*?; /, ''));
  expect(changed).toEqual([
    '__give(handler, reply);',
    '__give(this.#sink, this.#reply);',
    '__give(watcher.handler, reply.reset("ok"))',
    'for (const { handler } of all) __give(handler, reply);',
  ]);
  for (const code of ['onReply(reply: Reply): void {', 'onReply: (reply) => {}', 'dispatch(command, { onReply() {} })'])
    expect(withSpoiledReplies(code)).toBeUndefined();
  for (const code of ['first?.onReply(reply)', 'first?.handler.onReply(reply)', 'handlerOf(1).onReply(reply)'])
    expect(() => withSpoiledReplies(code)).toThrow('name its receiver first');
});
