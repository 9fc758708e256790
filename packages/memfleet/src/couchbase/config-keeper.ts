/** The newest valid configuration of a bucket, from any source: bootstrap, polls, streams, refusals, pushes. */
import { ConfigError } from '../core/errors.ts';
import { type BucketConfig, isNewer } from './bucket-config.ts';
import { type DocumentContext, maxDocument, parseBucketDocument } from './bucket-document.ts';

/** The context in which documents are parsed. */
export type KeeperContext = Omit<DocumentContext, 'host'>;

interface Seen {
  readonly text: string;
  readonly host: string;
}

const remembered = 4;

/** Keeps the newest valid configuration of a bucket, whatever its source. */
export class ConfigKeeper {
  readonly #context: KeeperContext;
  #current: BucketConfig | undefined;
  /** The documents that were checked last: refusals carry the same ones by the hundred. */
  #seen: readonly Seen[] = [];

  constructor(context: KeeperContext) {
    this.#context = context;
  }

  get current(): BucketConfig | undefined {
    return this.#current;
  }

  /**
   * Checks a document from `host`. True: it is newer and now current. False: it is not. Throws ConfigError when it
   * cannot be used; the current one stays. The network that was chosen for the first document stays the same.
   */
  offer(text: string, host: string): boolean {
    if (this.#seen.some((seen) => seen.text === text && seen.host === host)) return false;
    if (text.length > maxDocument) throw new ConfigError(`the document is longer than ${maxDocument} characters`);
    const current = this.#current;
    const network = current?.network ?? this.#context.network;
    const candidate = parseBucketDocument(text, { ...this.#context, network, host });
    this.#seen = [{ text, host }, ...this.#seen.slice(0, remembered - 1)];
    if (current !== undefined && !isNewer(candidate, current)) return false;
    this.#current = candidate;
    return true;
  }
}
