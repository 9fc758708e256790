// What a user writes in TypeScript; compiled in every module mode, as an ES module and as CommonJS.
import {
  type Client,
  type ClientOptions,
  createClient,
  MemcacheError,
  PartialResultError,
  type Transcoder,
  transcoders,
} from 'memfleet';
import { type Handler, MemcacheError as CoreError, type Policy, Reply, wrap } from 'memfleet/core';
import { createLocator, type Locator } from 'memfleet/locator';
import { createProxy, type Proxy, type ProxyOptions } from 'memfleet/proxy';
import { createServer, type Server } from 'memfleet/server';
import { createCluster, FakeClock, type SimulatedCluster } from 'memfleet/testing';

interface User {
  readonly name: string;
}

class Named extends MemcacheError {
  override readonly code = 'ERR_NAMED';
}

export function open(options: ClientOptions<User>): Client<User> {
  return createClient<User>(options);
}

export async function read(cache: Client<User>, key: string): Promise<string | undefined> {
  const user: User | undefined = await cache.get(key);
  return user?.name;
}

export function partial(error: unknown): ReadonlyMap<string, unknown> | undefined {
  if (error instanceof CoreError && !(error instanceof Named)) return undefined;
  return error instanceof PartialResultError ? error.results : undefined;
}

export function everything(
  options: ProxyOptions,
): [Server, Proxy, FakeClock, Locator, Promise<SimulatedCluster> | SimulatedCluster] {
  const locator: Locator = createLocator('ketama', [{ id: 'a', host: 'a', port: 11211, weight: 1 }]);
  return [createServer({ port: 0 }), createProxy(options), new FakeClock(), locator, createCluster({})];
}

export const inner: Transcoder<unknown> = transcoders.json;
export const policy: Policy = (next) => wrap(next, (command, handler: Handler) => next.dispatch(command, handler));
export const reply: Reply = new Reply();
// @ts-expect-error -- an option of another name is refused
export const refused: ClientOptions = { timout: 5 };
