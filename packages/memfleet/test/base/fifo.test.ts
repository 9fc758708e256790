import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fifo } from '../../src/base/fifo.ts';

function drain<T>(fifo: Fifo<T>): T[] {
  const items: T[] = [];
  for (let item = fifo.shift(); item !== undefined; item = fifo.shift()) items.push(item);
  return items;
}

describe('a fifo', () => {
  it('gives items in the order they came, across its growth and its turn-over', () => {
    const fifo = new Fifo<number>(4);
    for (let n = 0; n < 3; n++) fifo.push(n);
    expect([fifo.shift(), fifo.shift()]).toEqual([0, 1]);
    for (let n = 3; n < 20; n++) fifo.push(n);
    expect(fifo.length).toBe(18);
    expect(drain(fifo)).toEqual(Array.from({ length: 18 }, (_, n) => n + 2));
  });

  it('has nothing when it is empty', () => {
    const fifo = new Fifo<string>();
    expect(fifo.shift()).toBeUndefined();
    expect(fifo.peek()).toBeUndefined();
    expect(fifo.at(0)).toBeUndefined();
    expect(fifo.length).toBe(0);
  });

  it('behaves as an array does', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('push'), item: fc.nat(100) }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('shift'), item: fc.constant(0) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('unshift'), item: fc.nat(100) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('filter'), item: fc.integer({ min: 1, max: 5 }) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('at'), item: fc.integer({ min: -2, max: 40 }) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 0, max: 8 }), (steps, capacity) => {
        const fifo = new Fifo<number>(capacity);
        let model: number[] = [];
        for (const { kind, item } of steps) {
          if (kind === 'push') {
            fifo.push(item);
            model.push(item);
          } else if (kind === 'unshift') {
            fifo.unshift(item);
            model.unshift(item);
          } else if (kind === 'shift') expect(fifo.shift()).toBe(model.shift());
          else if (kind === 'at') expect(fifo.at(item)).toBe(item < 0 ? undefined : model[item]);
          else {
            fifo.filter((entry) => entry % item === 0);
            model = model.filter((entry) => entry % item === 0);
          }
          expect(fifo.length).toBe(model.length);
          expect(fifo.peek()).toBe(model[0]);
        }
        expect(drain(fifo)).toEqual(model);
      }),
    );
  });
});
