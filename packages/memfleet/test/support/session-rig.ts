import type { Dispatcher } from '../../src/core/dispatcher.ts';
import { binaryCodec } from '../../src/protocol/binary/codec.ts';
import { metaCodec } from '../../src/protocol/meta/codec.ts';
import { SessionContext, type SessionContextOptions } from '../../src/session/session-context.ts';
import { Session } from '../../src/session/session.ts';
import { Turns } from '../../src/session/turns.ts';
import { ItemStore } from '../../src/store/item-store.ts';
import { StoreDispatcher } from '../../src/store/store-dispatcher.ts';
import { FakeClock } from './fake-clock.ts';
import { ManualDispatcher } from './manual-dispatcher.ts';
import { MemoryClient } from './memory-client.ts';

/** Sessions of one host over memory, with a clock that stands still. */
export class SessionRig<D extends Dispatcher = Dispatcher> {
  readonly clock: FakeClock;
  readonly context: SessionContext;
  readonly dispatcher: D;
  /** Sessions that closed. */
  readonly closed: Session[] = [];

  constructor(dispatcher: D, clock: FakeClock, options: Partial<SessionContextOptions> = {}) {
    this.clock = clock;
    this.dispatcher = dispatcher;
    // A turn is over after so many commands, however long they take here.
    const turns = new Turns(clock, () => clock.now());
    this.context = new SessionContext({ dispatcher, clock, turns, ascii: metaCodec, binary: binaryCodec, ...options });
  }

  /** A new session and its client. */
  connect(): { client: MemoryClient; session: Session } {
    const session = new Session(this.context, (gone) => this.closed.push(gone));
    return { session, client: new MemoryClient(session) };
  }

  /** Lets bytes flow and turns end until the client has everything. */
  settle(client: MemoryClient): void {
    for (let before = -1; before < client.received.length;) {
      before = client.received.length;
      this.turn(client);
    }
  }

  /** Ends the turn, then lets bytes flow. */
  turn(client: MemoryClient): void {
    this.clock.turn();
    client.flow();
  }
}

/** Sessions answered by an item store. */
export function storeRig(options: Partial<SessionContextOptions> = {}): SessionRig<StoreDispatcher> {
  const clock = new FakeClock();
  return new SessionRig(new StoreDispatcher({ store: new ItemStore({ clock }), version: '9.9' }), clock, options);
}

/** Sessions answered by the test. They have as many commands in flight from the beginning as later. */
export function manualRig(options: Partial<SessionContextOptions> = {}): SessionRig<ManualDispatcher> {
  return new SessionRig(new ManualDispatcher(), new FakeClock(), {
    ...options,
    bounds: { firstInFlight: 1024, ...options.bounds },
  });
}
