import type { CacheCounters } from '../counters.ts';
import { LoaderFailedElsewhereError } from '../errors.ts';
import type { LoadRequest } from '../loading.ts';
import type { Look } from '../look.ts';
import type { Reports } from '../reports.ts';
import type { LeaseWay } from './lease-way.ts';
import { Lease } from './lease.ts';
import type { LeaseEnvironment, Token } from './token.ts';

/** The reply to a request for the lease of a key: `changed`: the key has another item than the one that was seen. */
export type Asked = { readonly kind: 'won'; readonly lease: Lease } | { readonly kind: 'held' | 'changed' };

/** The parts that taking leases needs. */
export interface LeaseTakerParts {
  readonly counters: CacheCounters;
  readonly leases: LeaseWay;
  readonly environment: LeaseEnvironment;
  readonly reports: Reports;
  /** The key of the lease beside a key. */
  readonly lockOf: (wire: string) => string;
}

const held: Asked = { kind: 'held' };
const changed: Asked = { kind: 'changed' };

/** Takes the leases of keys, by what was seen there. */
export class LeaseTaker {
  readonly #parts: LeaseTakerParts;

  constructor(parts: LeaseTakerParts) {
    this.#parts = parts;
  }

  /** The lease of a key without value, which the read has won. */
  own(request: LoadRequest, look: Look): Lease {
    return this.#own(request, look, this.#parts.leases.own(request.wire, look.cas, look.epoch));
  }

  /**
   * Asks for the lease of a key that has a value, or has none and no lease of its own. Rejects with
   * LoaderFailedElsewhereError where its loader failed a moment ago.
   */
  async ask(request: LoadRequest, look: Look): Promise<Asked> {
    const { counters, leases, lockOf } = this.#parts;
    const { wire, key } = request;
    const taken = await leases.takeBeside(wire, lockOf(wire), look.state === 'absent' ? undefined : look.cas);
    switch (taken.kind) {
      case 'held':
        counters.lease.waited++;
        return held;
      case 'changed':
        counters.lease.secondLook++;
        return changed;
      case 'failed':
        throw new LoaderFailedElsewhereError(key, taken.mark);
      default:
    }
    const { token, epoch } = taken;
    const seen = { ...look, epoch };
    if (look.state === 'gone' && leases.lease === 'item' && token !== undefined)
      return this.#claim(request, seen, token);
    if (token !== undefined) counters.lease.won++;
    return { kind: 'won', lease: this.#lease(request, seen, token) };
  }

  /** The value is of no use and may end at any time: its item becomes the stub of a key without value. */
  async #claim(request: LoadRequest, look: Look, beside: Token): Promise<Asked> {
    const own = this.#parts.leases.own(request.wire, look.cas, look.epoch);
    const isOwn = await own.renew();
    await beside.drop();
    return isOwn ? { kind: 'won', lease: this.#own(request, look, own) } : changed;
  }

  #own(request: LoadRequest, look: Look, token: Token): Lease {
    this.#parts.counters.lease.won++;
    return this.#lease(request, look, token);
  }

  /** `look`: the item that the value replaces. */
  #lease({ wire, key }: LoadRequest, look: Look, token: Token | undefined): Lease {
    const { environment, counters, reports } = this.#parts;
    const place = { key: wire, cas: look.state === 'absent' ? undefined : look.cas, epoch: look.epoch };
    return new Lease(environment, counters.lease, place, token, () => reports.leaseLost(key));
  }
}
