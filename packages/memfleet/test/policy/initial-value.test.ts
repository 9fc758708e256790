/** A counter with an initial value on nodes whose protocol has none. */
import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/core/command.ts';
import { ConnectError, type MemcacheError, UnsupportedError } from '../../src/core/errors.ts';
import { initialValuePolicy } from '../../src/policy/initial-value.ts';
import { commandOf } from '../support/ask.ts';
import { ManualDispatcher } from '../support/manual-dispatcher.ts';

const unsupported = new UnsupportedError('no initial value');

function setUp(fields: Partial<Command> = {}): { next: ManualDispatcher; told: (string | MemcacheError)[] } {
  const next = new ManualDispatcher();
  const told: (string | MemcacheError)[] = [];
  initialValuePolicy(next).dispatch(commandOf('arith', { key: 'n', initial: 10n, delta: 5, ...fields }), {
    onReply: (reply) => void told.push(reply.hasValue ? reply.text() : reply.status),
    onError: (error) => void told.push(error),
  });
  return { next, told };
}

describe('a counter with an initial value', () => {
  it('is left to a node that knows such', () => {
    const { next, told } = setUp();
    expect(next.look('n').command.initial).toBe(10n);
    next.hit('n', '15');
    expect(told).toEqual(['15']);
    expect(next.pending).toEqual([]);
  });

  it('is counted with the requested fields where it exists', () => {
    const { next, told } = setUp({ decrement: true, deadline: 99, routingKey: 'r', exptime: 60 });
    next.fail('n', unsupported);
    expect(next.look('n').command).toMatchObject({
      verb: 'arith',
      initial: undefined,
      decrement: true,
      delta: 5,
      deadline: 99,
      routingKey: 'r',
    });
    next.hit('n', '7');
    expect(told).toEqual(['7']);
  });

  it('is made with its exptime where it is not', () => {
    const { next, told } = setUp({ exptime: 60 });
    next.fail('n', unsupported);
    next.status('n', 'miss');
    expect(next.look('n').command).toMatchObject({ verb: 'store', mode: 'add', value: '10', exptime: 60 });
    next.status('n', 'ok');
    expect(told).toEqual(['10']);
  });

  it('is counted when another client created it meanwhile; a miss after that is a miss, without a loop', () => {
    const { next, told } = setUp();
    next.fail('n', unsupported);
    next.status('n', 'miss');
    next.status('n', 'notStored');
    next.status('n', 'miss');
    expect(told).toEqual(['miss']);
    expect(next.pending).toEqual([]);
  });

  it.each([0, 1, 2, 3])('fails with what fails, at step %i', (step) => {
    const { next, told } = setUp();
    const steps = [
      (): void => next.fail('n', unsupported),
      (): void => next.status('n', 'miss'),
      (): void => next.status('n', 'notStored'),
    ];
    for (const go of steps.slice(0, step)) go();
    const error = new ConnectError('refused');
    next.fail('n', error);
    expect(told).toEqual([error]);
    expect(next.pending).toEqual([]);
  });

  it.each<readonly [string, Partial<Command>]>([
    ['compares', { cas: 7n }],
    ['sets an exptime on a counter that is there', { touch: true }],
    ['gives a cas', { meta: { tokens: [], newCas: 9n } }],
  ])('that also %s is refused: three commands in a row could not say that', (_what, fields) => {
    const { next, told } = setUp(fields);
    next.fail('n', unsupported);
    expect(told).toEqual([unsupported]);
    expect(next.pending).toEqual([]);
  });
});

it('leaves every other command alone', () => {
  const { next, told } = setUp({ initial: undefined });
  next.fail('n', unsupported);
  expect(told).toEqual([unsupported]);
});
