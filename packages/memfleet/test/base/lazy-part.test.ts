/** A part that is loaded when it is needed: at most once, unless it failed. */
import { expect, it, vi } from 'vitest';
import { LazyPart } from '../../src/base/lazy-part.ts';

function partBy<T extends object>(load: () => Promise<T>): LazyPart<T> {
  const part = new LazyPart<T>();
  part.importBy(load);
  return part;
}

it('is not loaded before something needs it, and then once for all', async () => {
  const load = vi.fn(() => Promise.resolve({ name: 'part' }));
  const part = partBy(load);
  expect(part.value).toBeUndefined();
  expect(load).not.toHaveBeenCalled();
  const [first, second] = await Promise.all([part.load(), part.load()]);
  expect(load).toHaveBeenCalledOnce();
  expect(first).toBe(second);
  expect(part.value).toBe(first);
  expect(part.loaded).toBe(first);
});

it('is loaded again by the next need after a failure', async () => {
  const load = vi.fn(() => Promise.resolve({ name: 'part' }));
  const part = partBy(load);
  load.mockRejectedValueOnce(new Error('no such file'));
  await expect(part.load()).rejects.toThrow('no such file');
  expect(part.value).toBeUndefined();
  await expect(part.load()).resolves.toEqual({ name: 'part' });
});

it('is what was provided, also when its files come later', async () => {
  const part = partBy(() => Promise.resolve({ name: 'from a file' }));
  const loading = part.load();
  const provided = { name: 'provided' };
  part.provide(provided);
  expect(part.value).toBe(provided);
  await expect(loading).resolves.toBe(provided);
});

it('throws where code takes it for loaded and it is not', () => {
  expect(() => new LazyPart().loaded).toThrow(/before it is loaded/);
});

it('is not loaded before importBy says how', async () => {
  await expect(new LazyPart().load()).rejects.toThrow('importBy was not called');
});
