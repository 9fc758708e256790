/** A command with many keys: scattered over nodes, cut in pieces, gathered. */
import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/core/command.ts';
import { commandOf } from '../support/ask.ts';
import { ClusterRig } from './cluster-rig.ts';

const many = (...keys: string[]): Command => commandOf('get', { keys });

describe('a command with many keys', () => {
  it('is scattered over the nodes of its keys, and gathered', () => {
    const rig = new ClusterRig(['n1', 'n2', 'n3']);
    rig.scatter(many('a1', 'b1', 'a2', 'b2'));
    expect(rig.dials('n3')).toHaveLength(0);
    rig.open('n1');
    rig.open('n2');
    expect([rig.asked('n1'), rig.asked('n2')]).toEqual([['get a1 a2'], ['get b1 b2']]);
    rig.say('n2', 'VALUE b2 0 1\r\n4\r\nEND\r\n');
    rig.say('n1', 'VALUE a1 0 1\r\n1\r\nVALUE a2 0 1\r\n3\r\nEND\r\n');
    expect(rig.told).toEqual(['item b2=4', 'item a1=1', 'item a2=3', 'end']);
  });

  it('keeps the other fields of the request', () => {
    const rig = new ClusterRig(['n1', 'n2']);
    rig.scatter(commandOf('get', { keys: ['a', 'b'], touch: true, exptime: 9, wantCas: true }));
    rig.open('n1');
    expect(rig.asked('n1')).toEqual(['gats 9 a']);
  });

  it('distinguishes failed keys from misses', () => {
    const rig = new ClusterRig(['n1', 'n2']);
    rig.scatter(many('a', 'b1', 'b2'));
    rig.open('n1');
    rig.refuse('n2');
    expect(rig.told).toEqual(['part b1+b2 ERR_CONNECT']);
    rig.say('n1', 'END\r\n');
    expect(rig.told).toEqual(['part b1+b2 ERR_CONNECT', 'end']);
  });

  it('fails as a whole where its handler does not hear of parts', () => {
    const rig = new ClusterRig(['n1', 'n2']);
    rig.scatter(many('a', 'b'), false);
    rig.open('n1');
    rig.refuse('n2');
    expect(rig.told).toEqual([]);
    rig.say('n1', 'END\r\n');
    expect(rig.told).toEqual(['all: ERR_CONNECT']);
  });

  it('ends at once when there are none', () => {
    const rig = new ClusterRig(['n1', 'n2']);
    rig.scatter(many());
    expect(rig.told).toEqual(['end']);
    expect(rig.dialler.dials).toHaveLength(0);
  });

  it.each([
    [100, [50, 50]],
    [499, [250, 249]],
    [500, [167, 167, 166]],
  ])(
    'of %i keys is cut into pieces for an idle node, which looks up one while the client reads another',
    (count, pieces) => {
      const rig = new ClusterRig(['n1']);
      rig.get('a');
      rig.open('n1');
      rig.asked('n1');
      rig.say('n1', 'EN\r\n');
      const keys = Array.from({ length: count }, (_, n) => `a${n}`);
      rig.scatter(many(...keys));
      const lines = rig.asked('n1');
      expect(lines.map((line) => line.split(' ').length - 1)).toEqual(pieces);
      expect(lines.flatMap((line) => line.split(' ').slice(1))).toEqual(keys);
      rig.scatter(many(...keys));
      expect(rig.asked('n1')).toEqual([`get ${keys.join(' ')}`]);
      rig.say('n1', 'END\r\n'.repeat(pieces.length + 1));
      expect(rig.told).toEqual(['a: miss', 'end', 'end']);
    },
  );

  it('is not cut where a connection cannot take the pieces at once', () => {
    const rig = new ClusterRig(['n1'], {}, 1, 1);
    rig.get('a');
    rig.open('n1');
    rig.asked('n1');
    rig.say('n1', 'EN\r\n');
    rig.scatter(many(...Array.from({ length: 100 }, (_, n) => `a${n}`)));
    expect(rig.asked('n1')).toHaveLength(1);
  });
});
