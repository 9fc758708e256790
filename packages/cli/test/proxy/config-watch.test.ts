/** Changes of configuration files are noticed, however the files are written. */
import { mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { ConfigWatch } from '../../src/proxy/run/config-watch.ts';
import { scratch } from './scratch.ts';

/** Watches files; `next` fulfils at the next change. */
function watched(files: Record<string, string>): {
  next: () => Promise<void>;
  count: () => number;
} {
  let calls = 0;
  let resolve = (): void => {};
  const watch = new ConfigWatch(() => {
    calls++;
    resolve();
  });
  onTestFinished(() => watch.close());
  watch.set(new Map(Object.entries(files)));
  return {
    next: () =>
      new Promise((done) => {
        resolve = done;
      }),
    count: () => calls,
  };
}

test('a file that is written, and one that is put into the place of another', async () => {
  const at = scratch({ a: '1', b: '1' });
  const { next, count } = watched({ [at('a')]: '1', [at('b')]: '1' });
  const first = next();
  writeFileSync(at('a'), '2');
  await first;
  const second = next();
  writeFileSync(at('new'), '2');
  renameSync(at('new'), at('b'));
  await second;
  expect(count()).toBe(2);
});

test('a directory that is exchanged as Kubernetes does it', async () => {
  const at = scratch({ '..1/proxy.yml': 'old', '..2/proxy.yml': 'new' });
  symlinkSync('..1', at('..data'));
  symlinkSync('..data/proxy.yml', at('proxy.yml'));
  const { next } = watched({ [at('proxy.yml')]: 'old' });
  const change = next();
  symlinkSync('..2', at('..data.new'));
  renameSync(at('..data.new'), at('..data'));
  await change;
});

test('what was written again without a change does not count', async () => {
  const at = scratch({ a: '1', b: '1' });
  const { next, count } = watched({ [at('a')]: '1', [at('b')]: '1' });
  const change = next();
  writeFileSync(at('a'), '1');
  mkdirSync(at('something'));
  writeFileSync(at('b'), '2');
  await change;
  expect(count()).toBe(1);
});

test('a file that goes, and one that comes', async () => {
  const at = scratch({ a: '1' });
  const { next } = watched({ [at('a')]: '1', [at('b')]: '' });
  const gone = next();
  unlinkSync(at('a'));
  await gone;
  const come = next();
  writeFileSync(at('b'), '1');
  await come;
});

test('a change between reading and watching is noticed', async () => {
  const at = scratch({ a: '2' });
  const { next } = watched({ [at('a')]: '1' });
  await next();
});
