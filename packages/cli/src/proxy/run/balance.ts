/**
 * Which of several workers, each of which accepts clients by itself, serves the next one.
 *
 *   own clients ≤ 1.25 × those of the worker with the fewest + 4 + those that came and went lately ─▶ it stays
 *                                                                                  └ more ─▶ that worker
 *
 * Clients that come and go are not worth the passing: while there are many, the bound is high. The numbers of others
 * are those that they told last, with those that were handed over to them since.
 */

/** A worker with more than this many times the clients of another ... */
const ratio = 1.25;
/** ... and so many more hands over the next. */
const slack = 4;

/** A client that ends sooner, in ms, comes and goes. */
const brief = 1000;

/** The clients of a worker, and of the others as far as it knows. */
export class Balance {
  #open = 0;
  #brief = 0;
  #briefBefore = 0;
  #peers = new Map<number, number>();
  /** Clients on their way to a worker. */
  readonly #coming = new Map<number, number>();

  /** The clients of this worker. */
  get open(): number {
    return this.#open;
  }

  /** Clients that came and went lately. */
  get brief(): number {
    return this.#brief + this.#briefBefore;
  }

  opened(): void {
    this.#open++;
  }

  /** A client has ended, that many ms after it was opened. */
  closed(duration: number): void {
    this.#open--;
    if (duration < brief) this.#brief++;
  }

  /** Clients that came and went count as such until the second call from then. */
  tick(): void {
    this.#briefBefore = this.#brief;
    this.#brief = 0;
  }

  /** The numbers of the other workers that take clients, with the clients of each. */
  setPeers(peers: readonly (readonly [number, number])[]): void {
    this.#peers = new Map(peers);
  }

  /** The worker that serves the next client, which counts as on its way there; undefined = this one. */
  next(): number | undefined {
    let fewest = Number.POSITIVE_INFINITY;
    let found: number | undefined;
    for (const [peer, open] of this.#peers) {
      const count = open + (this.#coming.get(peer) ?? 0);
      if (count >= fewest) continue;
      fewest = count;
      found = peer;
    }
    if (found === undefined || this.#open < ratio * fewest + slack + this.brief) return undefined;
    this.#coming.set(found, (this.#coming.get(found) ?? 0) + 1);
    return found;
  }

  /**
   * A client has arrived at a worker, which has `open` of them now. Undefined: it was not taken, and that worker gets
   * no more until it is among the peers again.
   */
  arrived(peer: number, open: number | undefined): void {
    this.#coming.set(peer, (this.#coming.get(peer) ?? 1) - 1);
    this.setPeer(peer, open);
  }

  /** The clients of a worker; undefined = it takes no more. */
  setPeer(peer: number, open: number | undefined): void {
    if (open === undefined) this.#peers.delete(peer);
    else if (this.#peers.has(peer)) this.#peers.set(peer, open);
  }
}
