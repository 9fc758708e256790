/** The original and the drop-in, behind one interface. */
import { createRequire } from 'node:module';
import { onTestFinished } from 'vitest';
import Dropin from '../../src/index.ts';
import type Memcached from '../../types/index.cjs';

/** `new Memcached(…)`. */
export type Constructor = typeof Memcached;

export const original = createRequire(import.meta.url)('memcached') as Constructor;
export const dropin = Dropin as unknown as Constructor;

/** Both, with their names. */
export const implementations: readonly (readonly [name: string, implementation: Constructor])[] = [
  ['npm memcached', original],
  ['the drop-in', dropin],
];

/** A callback's arguments: the message of the error, and the result. */
export type Outcome = readonly [error: unknown, result: unknown];

/** Calls a method by its name with a callback. */
export type CallMethod = (method: string, ...args: readonly unknown[]) => Promise<Outcome>;

type Callback = (error: unknown, result: unknown) => void;

/** A client, closed at the end of the test. */
export function open(
  implementation: Constructor,
  location: Memcached.Location,
  options?: Memcached.options,
): { readonly client: Memcached; readonly call: CallMethod } {
  const client = new implementation(location, options);
  onTestFinished(() => client.end());
  const methods = client as unknown as Record<string, (...args: unknown[]) => void>;
  const call: CallMethod = (method, ...args) =>
    new Promise((resolve) => {
      const callback: Callback = (error, result) => resolve([error instanceof Error ? error.message : error, result]);
      methods[method]?.(...args, callback);
    });
  return { client, call };
}
