/** What keys do. */
import { describe, expect, test } from 'vitest';
import { LevelCounter } from '../../src/top/keys/key-browser.ts';
import { type Data, press, settle, type Step, type TopState } from '../../src/top/model.ts';
import { dataOf, stateOf, upRow } from './rows.ts';

const data = dataOf([upRow('a', 1, 1), upRow('b', 2, 2), upRow('c', 3, 3)]);

/** After these keys. */
function after(keys: readonly string[], start: Partial<TopState> = {}, of: Data = data): Step {
  let step: Step = { state: settle(stateOf(start), of) };
  for (const key of keys) step = press(step.state, key, of);
  return step;
}

describe('nodes', () => {
  test('arrows select a row, and stop at the ends', () => {
    expect(after([]).state.selected).toBe('a');
    expect(after(['DOWN']).state.selected).toBe('b');
    expect(after(['DOWN', 'DOWN', 'DOWN', 'UP']).state.selected).toBe('b');
    expect(after(['END']).state.selected).toBe('c');
    expect(after(['UP']).state.selected).toBe('a');
  });

  test('the selection stays with its node when the order changes, and goes elsewhere when the node does', () => {
    expect(after(['DOWN', 's', 's', 'r']).state.selected).toBe('b');
    expect(settle(stateOf({ selected: 'gone' }), data).selected).toBe('a');
  });

  test('s sorts by the next column, S by the one before, r reverses', () => {
    expect(after(['s']).state.sort).toBe('state');
    expect(after(['s', 's']).state.sort).toBe('requests');
    expect(after(['S']).state.sort).toBe('uptime');
    expect(after(['r']).state.isReversed).toBe(true);
  });

  test('Enter opens the details, Tab turns their page, Esc closes them', () => {
    expect(after(['TAB']).state.detail).toBeUndefined();
    expect(after(['ENTER']).state.detail).toBe('figures');
    expect(after(['ENTER', 'TAB', 'TAB']).state.detail).toBe('settings');
    expect(after(['ENTER', 'TAB', 'TAB', 'TAB']).state.detail).toBe('figures');
    expect(after(['ENTER', 'ESCAPE']).state.detail).toBeUndefined();
  });

  test('arrows slide the columns and no further than the last', () => {
    expect(after(['RIGHT', 'RIGHT', 'LEFT']).state.offset).toBe(1);
    expect(after(['LEFT']).state.offset).toBe(0);
    expect(after(Array<string>(99).fill('RIGHT')).state.offset).toBeLessThan(20);
  });
});

describe('everywhere', () => {
  test('q quits, Ctrl-C interrupts, Ctrl-Z suspends', () => {
    expect(after(['q']).effect).toEqual({ do: 'quit' });
    expect(after(['CTRL_C']).effect).toEqual({ do: 'interrupt' });
    expect(after(['CTRL_Z']).effect).toEqual({ do: 'suspend' });
  });

  test('? shows the help, and any key goes back', () => {
    expect(after(['?']).state.isHelp).toBe(true);
    expect(after(['?', 'x']).state.isHelp).toBe(false);
    expect(after(['?', 'q']).effect).toEqual({ do: 'quit' });
  });

  test('a key without a meaning does nothing, names of Object.prototype included', () => {
    for (const key of ['x', 'constructor', '__proto__', 'toString'])
      expect(after([key])).toEqual({ state: after([]).state });
  });
});

describe('keys', () => {
  const counter = new LevelCounter('', ':');
  for (const key of ['user:1', 'user:2', 'loose'])
    counter.add({ key: Buffer.from(key), node: 'b', ttl: -1, size: 9, idle: 0 });
  const listed = dataOf(data.snapshot.nodes, { level: counter.level(true) });
  const inKeys = (...keys: readonly string[]): Step => after(keys, { view: 'keys' }, listed);

  test('showing them lists them', () => {
    expect(after(['3']).effect).toEqual({ do: 'browse', prefix: '' });
    expect(inKeys('k').effect).toBeUndefined();
  });

  test('Enter opens a prefix, and ← goes back to the place before', () => {
    const opened = inKeys('ENTER');
    expect([opened.effect, opened.state.path]).toEqual([{ do: 'browse', prefix: 'user:' }, [{ prefix: '', place: 0 }]]);
    expect(press(opened.state, 'LEFT', listed)).toMatchObject({
      effect: { do: 'browse', prefix: '' },
      state: { path: [] },
    });
  });

  test('Enter on a key does nothing', () => {
    expect(inKeys('DOWN', 'ENTER').effect).toBeUndefined();
  });

  test('a key is deleted if y is pressed at the question, and by no other key', () => {
    const asked = inKeys('DOWN', 'd');
    expect([asked.effect, asked.state.question?.text]).toEqual([undefined, 'Delete loose on b? y/n']);
    expect(press(asked.state, 'y', listed).effect).toMatchObject({ do: 'delete', entry: { name: 'loose', node: 'b' } });
    for (const key of ['n', 'ENTER', 'q', 'ESCAPE', 'd'])
      expect(press(asked.state, key, listed)).toMatchObject({
        state: { question: undefined, notice: 'nothing was deleted' },
      });
    expect(press(asked.state, 'q', listed).effect).toBeUndefined();
    expect(press(asked.state, 'CTRL_C', listed).effect).toEqual({ do: 'interrupt' });
  });

  test('a prefix is not deleted', () => {
    expect(inKeys('d')).toMatchObject({
      state: { question: undefined, notice: expect.stringContaining('single keys') },
    });
  });

  test('the question shows no control characters of the key', () => {
    const evil = new LevelCounter('', ':');
    evil.add({ key: Buffer.from('a\u001b]0;x\u0007'), node: 'b', ttl: -1, size: 9, idle: 0 });
    const step = after(['d'], { view: 'keys' }, dataOf([], { level: evil.level(true) }));
    expect(step.state.question?.text).toBe('Delete a%1B%5D0%3Bx%07 on b? y/n');
  });

  test('Esc stops a listing in progress', () => {
    const open = dataOf([], { level: counter.level(false) });
    expect(after(['ESCAPE'], { view: 'keys' }, open).effect).toEqual({ do: 'stop listing' });
  });
});
