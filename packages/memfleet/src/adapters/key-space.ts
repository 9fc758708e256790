/** The calls of a client on keys of another layer, behind a prefix (wire-key.ts). */
import { rejected } from '../base/rejected.ts';
import type { CallShape } from '../client/call-shape.ts';
import type { Caller } from '../client/caller.ts';
import type { Client } from '../client/client.ts';
import { Items } from '../client/items.ts';
import { maxPrefix } from '../client/key.ts';
import { maxKeyLength } from '../protocol/key.ts';
import { isSimple, wireKey } from './wire-key.ts';

/** The bytes that the prefix of a view leaves for keys, at least. */
const leastRoom = maxKeyLength - maxPrefix;

/** Keys behind a prefix. `part`: what all of them begin with; `prefix` and it are joined once, not for each key. */
export class KeySpace {
  readonly #prefix: string;
  readonly #part: string;
  readonly #room: number;
  readonly #simpleRoom: number;
  readonly #whole: Caller;
  /** Puts the prefix before a key that it has checked, which costs less than a longer key. */
  readonly #behind: Caller | undefined;

  constructor(client: Client<never>, prefix: string, part = '') {
    this.#prefix = prefix;
    this.#part = part;
    this.#room = client.items.limits.maxKeyLength;
    this.#whole = Items.callerOf(client);
    const head = prefix + part;
    this.#simpleRoom = this.#room - head.length;
    const isView =
      head.length + leastRoom <= this.#room && [prefix, part].every((text) => text === '' || isSimple(text));
    this.#behind = isView ? Items.callerOf(client.withPrefix(head)) : undefined;
  }

  /** The key as the client has it. Throws InvalidKeyError for what is no text. */
  wire(key: string): string {
    return wireKey(this.#prefix, this.#part === '' ? key : this.#part + key, this.#room);
  }

  /** A call on one key. */
  run<Argument, Result>(shape: CallShape<Argument, Result>, key: string, argument: Argument): Promise<Result> {
    if (this.#behind !== undefined && this.#isSimple(key))
      return this.#behind.run(shape, key, argument, undefined, undefined);
    try {
      return this.#whole.run(shape, this.wire(key), argument, undefined, undefined);
    } catch (error) {
      return rejected(error);
    }
  }

  #isSimple(key: unknown): boolean {
    return typeof key === 'string' && key.length <= this.#simpleRoom && isSimple(key);
  }
}
