import type { Command, Verb } from '../../../src/core/command.ts';
import { swallow } from '../../../src/core/dispatcher.ts';
import type { Handler } from '../../../src/core/dispatcher.ts';
import { ConnectError, type MemcacheError } from '../../../src/core/errors.ts';
import type { Route } from '../../../src/proxy/routes/route.ts';
import { ItemStore } from '../../../src/store/item-store.ts';
import { StoreDispatcher } from '../../../src/store/store-dispatcher.ts';
import { type Answer, askAll, commandOf } from '../../support/ask.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** A route over a store of its own: records its commands, and fails when it must. */
export class FakeRoute implements Route {
  readonly clock: FakeClock;
  readonly #store: StoreDispatcher;
  /** What was asked: `get a`, `set a`, `delete a` … */
  readonly asked: string[] = [];
  readonly commands: Command[] = [];
  /** When set, everything fails with it. */
  error: MemcacheError | undefined;
  /** Replies that are held until `release`. */
  #held: (() => void)[] | undefined;

  constructor(clock: FakeClock = new FakeClock()) {
    this.clock = clock;
    this.#store = new StoreDispatcher({ store: new ItemStore({ clock }) });
  }

  dispatch(command: Command, handler: Handler): void {
    const verb = command.verb === 'store' ? (command.cas === 0n ? command.mode : 'cas') : command.verb;
    this.asked.push(`${verb} ${command.key}`.trim());
    this.commands.push(command);
    const answer = (): void => {
      if (this.error === undefined) this.#store.dispatch(command, handler);
      else handler.onError(this.error);
    };
    if (this.#held === undefined) answer();
    else this.#held.push(answer);
  }

  /** Puts an item there, unnoticed. */
  put(key: string, value: string, fields: Partial<Command> = {}): this {
    this.#store.dispatch(commandOf('store', { key, value, ...fields }), swallow);
    return this;
  }

  /** The value there is; undefined when there is none. */
  value(key: string): string | undefined {
    const [answer] = askAll(this.#store, commandOf('get', { key }));
    return answer instanceof Error ? undefined : answer?.value;
  }

  /** Everything about the item. */
  item(key: string) {
    return this.#store.store.find(key, this.#store.store.tick());
  }

  /** Fails from now on, as a node that cannot be reached. */
  down(name = 'node'): this {
    this.error = new ConnectError(`cannot connect to ${name}`, { node: name });
    return this;
  }

  /** Works again. */
  up(): void {
    this.error = undefined;
  }

  /** Holds replies. */
  hold(): void {
    this.#held = [];
  }

  /** Sends the held replies, and holds no more. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const answer of held) answer();
  }
}

/** The one answer of a route, or its error. */
export function askRoute(route: Route, verb: Verb, key: string, fields: Partial<Command> = {}): Answer | MemcacheError {
  const answers: (Answer | MemcacheError)[] = askAll(
    { dispatch: (command, handler) => route.dispatch(command, handler), close: () => Promise.resolve(), destroy() {} },
    commandOf(verb, { key, ...fields }),
  );
  const [first] = answers;
  if (answers.length !== 1 || first === undefined) throw new Error(`${answers.length} answers, not one`);
  return first;
}

/** The value of the reply to a get; its status when there is none; the message of its error. */
export function getFrom(route: Route, key: string): string {
  const answer = askRoute(route, 'get', key);
  return answer instanceof Error ? answer.message : (answer.value ?? answer.status);
}
