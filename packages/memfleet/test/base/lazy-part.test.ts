/** A part that is loaded when it is needed: at most once, unless it failed. */
import { expect, it, vi } from 'vitest';
import { LazyPart } from '../../src/base/lazy-part.ts';

function partBy<T extends object>(load: () => Promise<T>): LazyPart<T> {
  const part = new LazyPart<T>();
  part.importBy(load);
  return part;
}

it('is loaded once, when something first needs it', async () => {
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

it('is loaded again after a failed load when it is next needed', async () => {
  const load = vi.fn(() => Promise.resolve({ name: 'part' }));
  const part = partBy(load);
  load.mockRejectedValueOnce(new Error('no such file'));
  await expect(part.load()).rejects.toThrow('no such file');
  expect(part.value).toBeUndefined();
  await expect(part.load()).resolves.toEqual({ name: 'part' });
});

it('keeps the provided value when a load completes later', async () => {
  const part = partBy(() => Promise.resolve({ name: 'from a file' }));
  const loading = part.load();
  const provided = { name: 'provided' };
  part.provide(provided);
  expect(part.value).toBe(provided);
  await expect(loading).resolves.toBe(provided);
});

it('throws when it is used before it is loaded', () => {
  expect(() => new LazyPart().loaded).toThrow(/before it is loaded/);
});

it('rejects a load before importBy is called', async () => {
  await expect(new LazyPart().load()).rejects.toThrow('importBy was not called');
});
