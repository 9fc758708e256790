/** The original and the drop-in, behind one interface. */
import { createRequire } from 'node:module';
import { onTestFinished } from 'vitest';
import * as dropinModule from '../../src/index.ts';
import type * as memjs from '../../types/index.cjs';

/** What `require('memjs')` returns. */
export type Module = typeof memjs;

export const original = createRequire(import.meta.url)('memjs') as Module;
export const dropin = dropinModule as unknown as Module;

/** Both, with their names. */
export const implementations: readonly (readonly [name: string, implementation: Module])[] = [
  ['npm memjs', original],
  ['the drop-in', dropin],
];

/** A callback's arguments: the message of the error, and the results. */
export type Outcome = readonly unknown[];

/** Calls a method by its name. */
export type CallMethod = (method: string, ...args: readonly unknown[]) => Promise<Outcome>;

/** A client, closed at the end of the test. */
export function open(
  implementation: Module,
  servers: string,
  options: memjs.ClientOptions<never, never> & memjs.ServerOptions = {},
): { client: memjs.Client; byCallback: CallMethod; byPromise: CallMethod; logged: string[] } {
  const logged: string[] = [];
  const logger = { log: (...words: readonly unknown[]) => logged.push(words.join(' ')) };
  const client = implementation.Client.create(servers, { logger, ...options }) as unknown as memjs.Client;
  onTestFinished(() => client.close());
  const methods = client as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  const messageOf = (error: unknown): unknown => (error instanceof Error ? error.message : error);
  const byCallback: CallMethod = (method, ...args) =>
    new Promise((resolve) => {
      void methods[method]?.(...args, (error: unknown, ...results: readonly unknown[]) =>
        resolve([messageOf(error), ...results]),
      );
    });
  const byPromise: CallMethod = async (method, ...args) => {
    try {
      return [null, await methods[method]?.(...args)];
    } catch (error) {
      return [messageOf(error)];
    }
  };
  return { client, byCallback, byPromise, logged };
}
