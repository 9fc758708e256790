import { describe, expect, test } from 'vitest';
import type { Command, Verb } from '../../src/core/command.ts';
import { ConnectError } from '../../src/core/errors.ts';
import { type MigrationPhase, MigrationPolicy } from '../../src/policy/migration.ts';
import { commandOf } from '../support/ask.ts';
import { ManualDispatcher } from '../support/manual-dispatcher.ts';

const moving = (phase: MigrationPhase) => {
  const [old, next] = [new ManualDispatcher(), new ManualDispatcher()];
  const policy = new MigrationPolicy(old, next, phase);
  const [first, second] = phase === 'write-both' ? [old, next] : [next, old];
  const told: string[] = [];
  const send = (verb: Verb, fields: Partial<Command>): void =>
    policy.dispatch(commandOf(verb, fields), {
      onReply: ({ status }) => told.push(status),
      onError: ({ code }) => told.push(code),
    });
  return { first, second, policy, told, send };
};

const verbs = ({ pending }: ManualDispatcher): Verb[] => pending.map(({ command }) => command.verb);

describe.each(['write-both', 'read-new'] as const)('a migration in the phase %s', (phase) => {
  test('deletes on the second fleet behind what an earlier set repeats there', () => {
    const { first, second, told, send } = moving(phase);
    send('store', { key: 'k', value: 'v' });
    send('delete', { key: 'k' });
    expect([verbs(first), verbs(second)]).toEqual([['store', 'delete'], []]);
    first.status('k', 'ok');
    first.status('k', 'ok');
    expect(verbs(second)).toEqual(['store', 'delete']);
    expect(told).toEqual(['ok']);
    second.status('k', 'ok');
    second.status('k', 'ok');
    expect(told).toEqual(['ok', 'ok']);
  });

  test('has deleted what was on either fleet', () => {
    const { first, second, told, send } = moving(phase);
    send('delete', { key: 'k' });
    first.status('k', 'miss');
    expect(told).toEqual([]);
    second.status('k', 'ok');
    expect(told).toEqual(['ok']);
  });

  test('deletes nothing on the second fleet if the first has failed: what was not sent has no effect', () => {
    const { first, second, told, send } = moving(phase);
    send('delete', { key: 'k' });
    first.fail('k', new ConnectError('dead'));
    expect([told, verbs(second)]).toEqual([['ERR_CONNECT'], []]);
  });

  test('gives a delete one deadline for both fleets', () => {
    const { first, second, send } = moving(phase);
    send('delete', { key: 'k' });
    first.look('k').command.deadline = 700;
    first.status('k', 'ok');
    expect(second.look('k').command.deadline).toBe(700);
  });
});
