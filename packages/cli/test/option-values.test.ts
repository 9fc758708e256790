import { expect, test } from 'vitest';
import { listenAddress, numberWithin, size } from '../src/option-values.ts';
import { formatSize, parseSize } from '../src/sizes.ts';

test('a listen address is a port, host and port, or a path', () => {
  expect(listenAddress('11211')).toEqual({ port: 11_211 });
  expect(listenAddress('0.0.0.0:80')).toEqual({ host: '0.0.0.0', port: 80 });
  expect(listenAddress('[::1]:80')).toEqual({ host: '::1', port: 80 });
  expect(listenAddress('/run/cache.sock')).toEqual({ path: '/run/cache.sock' });
  expect(listenAddress('unix:///run/cache.sock')).toEqual({ path: '/run/cache.sock' });
  expect(listenAddress('fd:3')).toEqual({ fd: 3 });
});

test.each(['', 'host', 'host:', ':', '::1:80', '65536', 'a b:1', '-1'])('%j is no listen address', (text) => {
  expect(() => listenAddress(text)).toThrow(/port, host:port/);
});

test('sizes have a unit', () => {
  expect(parseSize('64m')).toBe(64 * 1024 * 1024);
  expect(parseSize('1.5K')).toBe(1536);
  expect(parseSize('2 GB')).toBe(2 * 1024 ** 3);
  expect(parseSize('900b')).toBe(900);
  for (const text of ['64', '', 'm', '1t', '-1m']) expect(() => size(text)).toThrow(/unit/);
});

test('sizes are shown with the largest unit that fits', () => {
  expect([900, 1024, 1536, 64 * 1024 ** 2, 2 * 1024 ** 3].map(formatSize)).toEqual([
    '900 B',
    '1 KB',
    '1.5 KB',
    '64 MB',
    '2 GB',
  ]);
});

test('a number is within its bounds and whole where it has to be', () => {
  expect(numberWithin(1, 10, 'callers')('7')).toBe(7);
  expect(numberWithin(1, 10, 'seconds', false)('2.5')).toBe(2.5);
  for (const text of ['0', '11', '2.5', '', ' ', 'x', 'NaN', 'Infinity'])
    expect(() => numberWithin(1, 10, 'callers')(text)).toThrow('It takes a whole number from 1 to 10 (callers).');
});
