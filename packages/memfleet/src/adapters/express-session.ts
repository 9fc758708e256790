/** `memfleet/adapters/express-session`: a store for express-session, and for Connect. */
import { type SessionData, Store } from 'express-session';
import type { Client } from '../client/client.ts';
import { settle, settleOrNull } from './callbacks.ts';
import { Sessions, type SessionStoreOptions } from './sessions.ts';

export type { SessionStoreOptions };

/** A store for `session({ store })`. What fails is the error of the callback; there are no events. */
export function expressSessionStore(client: Client<never>, options: SessionStoreOptions = {}): Store {
  const sessions = new Sessions(client, options);
  return Object.assign<Store, Pick<Store, 'get' | 'set' | 'touch' | 'destroy'>>(
    Object.create(Store.prototype) as Store,
    {
      get(id, callback) {
        void settleOrNull(sessions.get<SessionData>(id), callback);
      },
      set(id, session, callback) {
        void settle(sessions.set(id, session), callback);
      },
      touch(id, session, callback) {
        void settle(sessions.touch(id, session), callback);
      },
      destroy(id, callback) {
        void settle(sessions.destroy(id), callback);
      },
    },
  );
}
