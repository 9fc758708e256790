import { expect, test } from 'vitest';
import { marksBetween } from '../../src/dashboard/marks.ts';
import type { Mark, Snapshot } from '../../src/dashboard/snapshot.ts';
import { node, snapshot } from './snapshots.ts';

function marksOf(before: Partial<Snapshot>, now: Partial<Snapshot>): readonly string[] {
  return marksBetween(snapshot(before), snapshot({ at: 2_000_000, ...now })).map(
    ({ kind, text }: Mark) => `${kind}: ${text}`,
  );
}

test('between equal snapshots there is none', () => {
  expect(marksOf({}, {})).toEqual([]);
});

test('a node that is ejected, and one that returns', () => {
  const before = { nodes: [node('a:1'), node('b:1', { state: 'probing', ejections: 1 })] };
  const now = { nodes: [node('a:1', { state: 'ejected', ejections: 1 }), node('b:1', { ejections: 1 })] };
  expect(marksOf(before, now)).toEqual(['ejected: a:1 is ejected', 'returned: b:1 is back']);
});

test.each(['down', 'slow'])('a node without a proxy that is %s', (state) => {
  const up = [node('a:1', { state: 'up' })];
  const away = [node('a:1', { state })];
  expect(marksOf({ nodes: up }, { nodes: away })).toEqual([`ejected: a:1 is ${state}`]);
  expect(marksOf({ nodes: away }, { nodes: up })).toEqual(['returned: a:1 is back']);
});

test('a node that was ejected and is back, all between two snapshots', () => {
  expect(marksOf({}, { nodes: [node('a:1', { ejections: 1 })] })).toEqual([
    'ejected: a:1 is ejected',
    'returned: a:1 is back',
  ]);
});

test('a node that some workers have ejected is a mark, and one more when it is back', () => {
  const ejected = [node('a:1', { state: 'mixed', ejections: 1 })];
  expect(marksOf({}, { nodes: ejected })).toEqual(['ejected: a:1 is ejected by some workers']);
  expect(marksOf({ nodes: ejected }, { nodes: [node('a:1', { ejections: 1 })] })).toEqual(['returned: a:1 is back']);
});

test('a changed node list, with who came, who went, and who owns more vBuckets', () => {
  const before = { nodes: [node('a:1', { vbuckets: 512 }), node('b:1', { vbuckets: 512 }), node('c:1')] };
  const now = {
    topology: { main: 2 },
    nodes: [node('a:1', { vbuckets: 342 }), node('b:1', { vbuckets: 512 }), node('d:1', { vbuckets: 170 })],
  };
  expect(marksOf(before, now)).toEqual(['topology: main: node list 2, d:1 joined, c:1 left, a:1 −170 vBuckets']);
});

test('a configuration that is in effect, and one that was refused', () => {
  const good = { config: { revision: 1, isRefused: false } };
  expect(marksOf(good, { config: { revision: 2, isRefused: false } })).toEqual([
    'config: configuration 2 is in effect',
  ]);
  const refused = { config: { revision: 1, isRefused: true } };
  expect(marksOf(good, refused)).toEqual(['refused: a configuration was refused']);
  expect(marksOf(refused, refused)).toEqual([]);
});

test('workers that were replaced', () => {
  expect(marksOf({}, { workerRestarts: 1 })).toEqual(['worker: 1 worker replaced']);
  expect(marksOf({ workerRestarts: 1 }, { workerRestarts: 3 })).toEqual(['worker: 2 workers replaced']);
});
