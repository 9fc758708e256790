/** What the events of a proxy come to. */
import type { ProxyEvents } from 'memfleet/proxy';
import { expect, test } from 'vitest';
import { EventCounts } from '../../src/proxy/metrics/event-counts.ts';

/** Counts that hear of made-up events. `clusters`: those that the proxy has after a reload. */
function counting(clusters: string[]): {
  readonly counts: EventCounts;
  readonly tell: <Name extends keyof ProxyEvents>(name: Name, event: Partial<ProxyEvents[Name]>) => void;
} {
  const listeners = new Map<string, (event: never) => void>();
  const counts = new EventCounts();
  counts.watch({
    on: (name, listener) => {
      listeners.set(name, listener);
      return () => {};
    },
    stats: () =>
      ({ clusters: Object.fromEntries(clusters.map((name) => [name, { revision: 1, nodes: [] }])) }) as never,
  });
  return { counts, tell: (name, event) => listeners.get(name)?.(event as never) };
}

test('ejections and readmissions are counted by cluster and node', () => {
  const { counts, tell } = counting(['a']);
  for (const cluster of ['a', 'a', 'b']) tell('eject', { cluster, node: 'n:1' });
  tell('readmit', { cluster: 'a', node: 'n:1' });
  expect(counts.ejections).toEqual(
    new Map([
      ['a', new Map([['n:1', 2]])],
      ['b', new Map([['n:1', 1]])],
    ]),
  );
  expect(counts.readmissions).toEqual(new Map([['a', new Map([['n:1', 1]])]]));
});

test('nodes that left the topology are forgotten; those that stay, and those of other clusters, are not', () => {
  const { counts, tell } = counting(['a', 'b']);
  for (const cluster of ['a', 'b'])
    for (const node of ['n:1', 'n:2']) {
      tell('eject', { cluster, node });
      tell('readmit', { cluster, node });
    }
  tell('topology', { cluster: 'a', nodes: ['n:2', 'n:3'] });
  for (const { a, b } of [counts.ejections, counts.readmissions].map((map) => Object.fromEntries(map))) {
    expect([...(a?.keys() ?? [])]).toEqual(['n:2']);
    expect([...(b?.keys() ?? [])]).toEqual(['n:1', 'n:2']);
  }
});

test('clusters that a new configuration does not have are forgotten', () => {
  const clusters = ['a', 'b'];
  const { counts, tell } = counting(clusters);
  for (const cluster of clusters) tell('eject', { cluster, node: 'n:1' });
  clusters.pop();
  tell('reload', { revision: 2, error: undefined });
  expect([...counts.ejections.keys()]).toEqual(['a']);
});
