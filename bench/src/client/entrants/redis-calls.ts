/**
 * What the clients of Redis share here: a miss is undefined, objects are written as JSON, as their users do, and a
 * multi-get gives an array in the order of the keys.
 */
import type { OpenClient } from '../entrant.ts';
import type { ValueKind } from '../workload.ts';

/** The calls of one client. */
export interface RedisCalls {
  readonly getText: (key: string) => Promise<string | null>;
  readonly getBytes: (key: string) => Promise<Buffer | null>;
  readonly set: (key: string, value: string | Buffer) => Promise<unknown>;
  readonly getMany: (keys: readonly string[]) => Promise<readonly unknown[]>;
  readonly close: () => void;
}

function present<T>(value: T | null): T | undefined {
  return value ?? undefined;
}

/** A client that is measured, of these calls. */
export function openRedis({ close, getBytes, getMany, getText, set }: RedisCalls, kind: ValueKind): OpenClient {
  const gets: Record<ValueKind, (key: string) => Promise<unknown>> = {
    text: (key) => getText(key).then(present),
    bytes: (key) => getBytes(key).then(present),
    object: (key) => getText(key).then((json) => (json === null ? undefined : (JSON.parse(json) as unknown))),
  };
  return {
    get: gets[kind],
    set: kind === 'object' ? (key, value) => set(key, JSON.stringify(value)) : set,
    getMany,
    pick: (result: readonly unknown[], _key, index) => result[index],
    close,
  };
}
