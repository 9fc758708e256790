/** Sources of node lists describe themselves; whatever must know them asks the registry. */
import { describe, expect, test } from 'vitest';
import { parseConnectionString } from '../../src/client/connection-string.ts';
import { connectionSchemes, discoverySources, isDiscovered, sourceOf } from '../../src/cluster/discovery/registry.ts';
import { parseNode } from '../../src/cluster/node-spec.ts';
import { fleetAbout } from '../../src/fleet/options-about.ts';
import { fleetOptions } from '../../src/fleet/options.ts';

const schemes = discoverySources.flatMap((source) => source.schemes);

test('no two sources have a scheme in common', () => {
  expect(new Set(schemes).size).toBe(schemes.length);
});

describe.each(discoverySources.map((source) => [source.what, source] as const))('%s', (_what, source) => {
  test.each(source.forms)('is found by %s, which a list of plain nodes refuses', (form) => {
    expect(sourceOf(form)).toBe(source);
    expect(isDiscovered(form)).toBe(true);
    expect(() => parseNode(form)).toThrow('cannot stand in this list of plain nodes');
  });

  test('stands in the docs with each of its forms and with its interval', () => {
    for (const form of source.forms) expect(fleetAbout.nodes).toContain(`\`${form}\``);
    expect(fleetOptions.refreshInterval.defaultText).toContain(`${source.interval / 1000} s for ${source.what}`);
  });
});

test.each(['a', 'a:11211', '[::1]:5', 'unix:/run/c.sock', '/run/c.sock'])('%s is a node, not discovered', (text) => {
  expect(isDiscovered(text)).toBe(false);
});

test.each(connectionSchemes)('a connection string may begin with %s://', (scheme) => {
  expect(schemes).toContain(`${scheme}://`);
  expect(parseConnectionString(`${scheme}://host:1?timeout=5`)).toEqual({ nodes: `${scheme}://host:1`, timeout: 5 });
});

test.each(['redis://a', 'consul+a'])('%s, whose scheme no source has, is no node either', (text) => {
  expect(sourceOf(text)).toBeUndefined();
  expect(() => parseNode(text)).toThrow('cannot stand in this list of plain nodes');
});

test.each(['elasticache://', 'elasticache://a/b'])('%s is refused with what it must be', (text) => {
  const find = (): unknown =>
    sourceOf(text)?.find([{ text, option: 'nodes[3]' }], [], { clock: undefined as never, keepAliveDelay: 0 });
  expect(find).toThrow(expect.objectContaining({ message: expect.stringContaining('host:port'), option: 'nodes[3]' }));
});
