/** What a callback has as `this`: the command that it belongs to. */
import type { Encoded } from 'memfleet';

/** Is called with an error, or with `undefined` and the result. */
export type Callback = (this: unknown, error: unknown, result?: unknown) => void;

/** A command on its way. */
export class Query {
  readonly type: string;
  /** The key with its namespace. */
  readonly key: string;
  readonly callback: Callback | undefined;
  /** Milliseconds since 1970. */
  readonly start: number = Date.now();
  /** Milliseconds from the call to the reply. */
  execution = 0;
  value: unknown = undefined;
  lifetime: number | undefined = undefined;
  cas: string | undefined = undefined;
  readonly #givenKey: string;
  #encoded: Encoded | undefined = undefined;

  constructor(type: string, key: string, namespace: string, callback: Callback | undefined) {
    this.type = type;
    this.#givenKey = key;
    this.key = namespace === '' ? key : namespace + key;
    this.callback = callback;
  }

  get givenKey(): string {
    return this.#givenKey;
  }

  get fullKey(): string {
    return this.key;
  }

  /** What is stored. */
  get encoded(): Encoded {
    return this.#encoded ?? { data: '', flags: 0 };
  }

  set encoded(encoded: Encoded) {
    this.#encoded = encoded;
  }

  /** The text of the command. */
  get command(): string {
    const { type, key, lifetime, cas } = this;
    if (this.#encoded === undefined)
      return [type, key, lifetime ?? (this.value as number | undefined)].filter((word) => word !== undefined).join(' ');
    const { data, flags } = this.#encoded;
    const words = [type, key, flags, lifetime ?? 0, data.length, cas].filter((word) => word !== undefined);
    return `${words.join(' ')}\r\n${typeof data === 'string' ? data : Buffer.from(data).toString()}`;
  }
}
