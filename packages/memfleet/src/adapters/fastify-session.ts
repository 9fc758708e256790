/** `memfleet/adapters/fastify-session`: a store for the plugin `@fastify/session`. */
import type { Client } from '../client/client.ts';
import { settle, settleOrNull } from './callbacks.ts';
import { Sessions, type SessionStoreOptions, type WithCookie } from './sessions.ts';

export type { SessionStoreOptions, WithCookie };

/** A store for the option `store` of the plugin. */
export class FastifySessionStore {
  readonly #sessions: Sessions;

  constructor(client: Client<never>, options: SessionStoreOptions = {}) {
    this.#sessions = new Sessions(client, options);
  }

  /** Calls back with the session; null: there is none. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what the plugin takes for a session
  get<S>(id: string, callback: (error: Error | null, session?: S | null) => void): void {
    void settleOrNull(this.#sessions.get<S>(id), callback);
  }

  /** Stores the session for as long as its cookie lives. */
  set(id: string, session: WithCookie, callback: (error?: Error | null) => void): void {
    void settle(this.#sessions.set(id, session), callback);
  }

  /** Deletes the session. */
  destroy(id: string, callback: (error?: Error | null) => void): void {
    void settle(this.#sessions.destroy(id), callback);
  }
}
