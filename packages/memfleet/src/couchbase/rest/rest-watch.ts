/**
 * Watches a configuration by HTTP, over several URLs in turn, forever.
 *
 *   URL 1 ─ failed, bad document ─▶ URL 2 ─ … ─▶ last URL ─ failed ─▶ reported; pause ─▶ URL 1
 *     │ a valid document
 *     ├ streamed: reads on; when the stream ends ─▶ pause ─▶ URL 1
 *     └ one document and the end ─▶ interval ─▶ URL 1
 *
 * (As Moxi's `libconflate`: after a success, and after a failure of all URLs, it begins again with the first.)
 */
import { withJitter } from '../../base/backoff.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Credentials } from '../../connection/credentials.ts';
import { ConfigError, type MemcacheError } from '../../core/errors.ts';
import type { TlsOptions } from '../../net/dial.ts';
import type { Network } from '../../net/network.ts';
import { unbracketed } from '../../net/transport.ts';
import { requestDocuments, type RestRequest, shownUrl } from './rest-request.ts';

/** The options of a watch. Times in ms. */
export interface RestWatchOptions {
  /** The URLs in the order in which they are tried; not empty. */
  readonly urls: readonly URL[];
  readonly credentials: () => Credentials | undefined;
  readonly tls: TlsOptions | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  /** The time between two requests where the response is one document. */
  readonly interval: number;
  /** The time limit for the first document of a response. */
  readonly timeout: number;
  readonly keepAliveDelay: number;
  readonly maxDocument: number;
  /** @default the sockets of this process */
  readonly network?: Network | undefined;
}

/** Receives the results of a watch. */
export interface RestWatchEvents {
  /** A document from this host. An exception names its fault, and the next URL is tried. */
  onDocument(text: string, host: string): void;
  /** All URLs failed, one after the other. They will be tried again. */
  onError(error: MemcacheError): void;
}

/** The pause between two rounds, and before a stream that ended is requested again. */
const pause = 1000;
const jitter = 0.2;

/** Watches a configuration over HTTP, with several URLs in turn. */
export class RestWatch {
  readonly #options: RestWatchOptions;
  readonly #events: RestWatchEvents;
  #request: RestRequest | undefined;
  #timer: Timer | undefined;

  /** Begins at once. */
  constructor(options: RestWatchOptions, events: RestWatchEvents) {
    this.#options = options;
    this.#events = events;
    this.#ask(0);
  }

  stop(): void {
    this.#request?.close();
    this.#timer?.clear();
  }

  #ask(index: number): void {
    const { interval, urls } = this.#options;
    const url = urls[index]!;
    let isGood = false;
    this.#request = requestDocuments(
      { ...this.#options, url, credentials: this.#options.credentials() },
      {
        onDocument: (text) => {
          try {
            this.#events.onDocument(text, unbracketed(url.hostname));
            isGood = true;
            return true;
          } catch (error) {
            this.#failed(index, documentError(url, error));
            return false;
          }
        },
        onEnd: (error, wasStream) => {
          if (isGood) this.#later(wasStream ? pause : interval);
          else this.#failed(index, error ?? new ConfigError(`${shownUrl(url)} returned an empty document`));
        },
      },
    );
  }

  #failed(index: number, error: MemcacheError): void {
    if (index + 1 < this.#options.urls.length) {
      this.#ask(index + 1);
      return;
    }
    this.#later(pause);
    this.#events.onError(error);
  }

  #later(wait: number): void {
    const { clock, random } = this.#options;
    this.#timer = clock.setTimer(withJitter(wait, jitter, random), () => this.#ask(0), false);
  }
}

function documentError(url: URL, error: unknown): ConfigError {
  const message = error instanceof Error ? error.message : String(error);
  return new ConfigError(`${shownUrl(url)}: ${message}`, { cause: error });
}
