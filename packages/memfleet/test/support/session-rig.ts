import type { Dispatcher } from '../../src/dispatcher.ts';
import { SessionHost, type SessionHostOptions } from '../../src/net/session-host.ts';
import { Session } from '../../src/net/session.ts';
import { binaryCodec } from '../../src/protocol/binary/codec.ts';
import { metaCodec } from '../../src/protocol/meta/codec.ts';
import { ItemStore } from '../../src/store/item-store.ts';
import { StoreDispatcher } from '../../src/store/store-dispatcher.ts';
import { FakeClock } from './fake-clock.ts';
import { ManualDispatcher } from './manual-dispatcher.ts';
import { MemoryClient } from './memory-client.ts';

/** Sessions of one host over memory, with a clock that stands still. */
export class SessionRig<D extends Dispatcher = Dispatcher> {
  readonly clock: FakeClock;
  readonly host: SessionHost;
  readonly dispatcher: D;
  /** Sessions that closed. */
  readonly closed: Session[] = [];

  constructor(dispatcher: D, clock: FakeClock, options: Partial<SessionHostOptions> = {}) {
    this.clock = clock;
    this.dispatcher = dispatcher;
    this.host = new SessionHost({ dispatcher, clock, ascii: metaCodec, binary: binaryCodec, ...options });
  }

  /** A new session and its client. */
  connect(): { client: MemoryClient; session: Session } {
    const session = new Session(this.host, (gone) => this.closed.push(gone));
    return { session, client: new MemoryClient(session) };
  }

  /** Ends the turn, then lets bytes flow. */
  turn(client: MemoryClient): void {
    this.clock.turn();
    client.flow();
  }
}

/** Sessions answered by an item store. */
export function storeRig(options: Partial<SessionHostOptions> = {}): SessionRig<StoreDispatcher> {
  const clock = new FakeClock();
  return new SessionRig(new StoreDispatcher({ store: new ItemStore({ clock }), version: '9.9' }), clock, options);
}

/** Sessions answered by the test. */
export function manualRig(options: Partial<SessionHostOptions> = {}): SessionRig<ManualDispatcher> {
  return new SessionRig(new ManualDispatcher(), new FakeClock(), options);
}
