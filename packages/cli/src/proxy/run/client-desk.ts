/**
 * The clients of a worker that accepts by itself: those that it hands over, and those that it is given.
 *
 *   accepted ─ balance ─▶ served                                               another worker:
 *                └ offer, the socket ─▶ supervisor ─▶ client, the socket ─▶ held ─ answer ─▶ supervisor
 *      served ◀─ kept ◀──────────────────┴─ settled ─▶ closed here                  served ◀─ yours
 *
 * Both processes hold the socket without reading from it until the supervisor has decided.
 */
import type { Socket } from 'node:net';
import { Balance } from './balance.ts';
import { HeldSocket } from './held-socket.ts';
import type { ClientMessage, SupervisorMessage } from './messages.ts';

/** How often the number of clients is told at most, in ms. */
const tellPeriod = 250;

/** Clients of which it is not decided who serves them. */
const maxOffered = 256;

/** What serves the clients. */
export interface ClientServer {
  /** Whether a listener of that address accepts clients. */
  listensOn(listener: string): boolean;
  /** False: it does not take the socket. */
  adopt(socket: Socket, listener: string): boolean;
}

interface Offer {
  readonly held: HeldSocket;
  readonly listener: string;
  readonly to: number;
}

interface Gift {
  readonly held: HeldSocket;
  readonly listener: string;
}

/** Says something to the supervisor, with a socket that stays open here. False: it cannot be sent. */
type Say = (word: ClientMessage, socket?: Socket) => Promise<boolean>;

/** Hands clients over to workers with fewer, and takes theirs. */
export class ClientDesk {
  readonly #server: ClientServer;
  readonly #say: Say;
  readonly #balance = new Balance();
  readonly #offers = new Map<number, Offer>();
  readonly #gifts = new Map<number, Gift>();
  #nextId = 1;
  /** Offers from this one on are not withdrawn yet. */
  #firstFresh = 1;
  #told = -1;
  #timer: NodeJS.Timeout | undefined;
  #isOpen = false;

  constructor(server: ClientServer, say: Say) {
    this.#server = server;
    this.#say = say;
  }

  /** Takes clients of others from now on. */
  open(): void {
    this.#isOpen = true;
    this.#tell();
  }

  /** Takes no more. */
  close(): void {
    this.#isOpen = false;
    clearTimeout(this.#timer);
  }

  /**
   * Once a second: tells that this worker takes clients, also one that was taken for hanging, and withdraws what was
   * not settled for so long: the supervisor may have had no file descriptor for it, or hang. Until it tells the numbers
   * of the others again, all clients stay.
   */
  remind(): void {
    const late = [...this.#offers.keys()].filter((id) => id < this.#firstFresh);
    for (const id of late) void this.#say({ type: 'withdraw', id });
    if (late.length > 0) this.#balance.setPeers([]);
    this.#firstFresh = this.#nextId;
    if (this.#isOpen) this.#tell();
  }

  /** Whether an accepted client is handed over; otherwise it counts as one of this worker. */
  handOver(socket: Socket, listener: string): boolean {
    const to = this.#offers.size < maxOffered ? this.#balance.next() : undefined;
    const held = to === undefined ? undefined : HeldSocket.of(socket);
    if (held === undefined || to === undefined) {
      if (to !== undefined) this.#balance.arrived(to, undefined);
      this.#balance.opened();
      this.#watch(socket);
      return false;
    }
    const id = this.#nextId++;
    this.#offers.set(id, { held, listener, to });
    void this.#offer(id, to, listener, socket);
    return true;
  }

  async #offer(id: number, to: number, listener: string, socket: Socket): Promise<void> {
    const isSent = await this.#say({ type: 'offer', id, to, listener, open: this.#balance.open }, socket);
    if (!isSent) this.settle({ type: 'settled', id, open: undefined });
  }

  setPeers({ open }: SupervisorMessage & { type: 'peers' }): void {
    this.#balance.setPeers(open);
  }

  /** What has become of a client that it offered. */
  settle({ id, open }: SupervisorMessage & { type: 'settled' }): void {
    const offer = this.#offers.get(id);
    if (offer === undefined) return;
    this.#offers.delete(id);
    const { held, listener, to } = offer;
    this.#balance.arrived(to, open);
    if (open !== undefined) {
      held.drop();
      return;
    }
    this.#balance.opened();
    this.#serve(held, listener);
  }

  /** A client of another worker, which is not its own yet. */
  receive({ id, listener, from, open }: SupervisorMessage & { type: 'client' }, socket: Socket | undefined): void {
    // It is missing when the supervisor has closed it meanwhile.
    const held = socket === undefined ? undefined : HeldSocket.of(socket);
    const takes = held !== undefined && this.#isOpen && this.#server.listensOn(listener);
    if (takes) {
      this.#gifts.set(id, { held, listener });
      this.#balance.opened();
      this.#balance.setPeer(from, open);
    } else socket?.destroy();
    void this.#say({ type: 'answer', id, open: takes ? this.#balance.open : undefined });
  }

  /** Whether the client that it has received is its own. */
  decide({ id, isYours }: SupervisorMessage & { type: 'decided' }): void {
    const gift = this.#gifts.get(id);
    if (gift === undefined) return;
    this.#gifts.delete(id);
    if (isYours) {
      this.#serve(gift.held, gift.listener);
      return;
    }
    gift.held.drop();
    this.#balance.closed(Number.POSITIVE_INFINITY);
  }

  #serve(held: HeldSocket, listener: string): void {
    const socket = held.release();
    this.#watch(socket);
    // The listener, or this process, is about to end.
    if (!this.#server.adopt(socket, listener)) held.drop();
  }

  #watch(socket: Socket): void {
    const openedAt = performance.now();
    socket.once('close', () => {
      this.#balance.closed(performance.now() - openedAt);
      this.#tick();
    });
    this.#tick();
  }

  #tell(): void {
    this.#told = this.#balance.open;
    void this.#say({ type: 'clients', open: this.#told });
    this.#tick();
  }

  /** Tells the number once it is time, if it is another. */
  #tick(): void {
    if (this.#timer !== undefined || !this.#isOpen) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#balance.tick();
      if (this.#told !== this.#balance.open) this.#tell();
      else if (this.#balance.brief > 0) this.#tick();
    }, tellPeriod);
    this.#timer.unref();
  }
}
