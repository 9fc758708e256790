/**
 * A client that speaks a protocol by itself, over one connection after the other: what it sends and receives becomes
 * operations, and replies that do not belong become problems.
 *
 *   call ─▶ request ─▶ RawSession        reply ─▶ ReplyOrder ─▶ the end of an operation
 */
import type { Host } from 'memfleet/testing';
import { ReplyOrder } from '../../check/reply-order.ts';
import type { Operation, Result, Verb } from '../../history.ts';
import { isCounterKey, type PlannedCall } from '../../plan.ts';
import type { Stage } from '../../stage.ts';
import { numbersIn, readResult, valueOf } from '../../values.ts';
import { RawSession } from '../../wire/raw-session.ts';
import type { RawReply, Request, RequestVerb, Wire } from '../../wire/request.ts';

/** Where it calls, and how. */
export interface CallerParts {
  readonly name: string;
  readonly host: Host;
  readonly stage: Stage;
  readonly wire: Wire;
  readonly address: { readonly host: string; readonly port: number };
  /** A miss may mean that the node failed. */
  readonly hidesFailures: boolean;
  /** Whether a fault explains that a connection ended that was made at this time. */
  readonly isExplained: (since: number) => boolean;
}

/** A request that was sent, and what it does. */
interface Sent {
  readonly request: Request;
  readonly operations: readonly Operation[];
}

/** Requests that touch no item. */
const itemless: readonly RequestVerb[] = ['noop', 'unknown', 'long'];

/** One connection with what was sent on it. */
class Conversation {
  readonly name: string;
  readonly session: RawSession;
  readonly #parts: CallerParts;
  readonly #order: ReplyOrder;
  readonly #sent = new Map<number, Sent>();
  readonly #since: number;
  #isOver = false;

  constructor(name: string, parts: CallerParts) {
    this.name = name;
    this.#parts = parts;
    this.#order = new ReplyOrder(parts.wire.areQuietSilent);
    const { address, host, stage, wire } = parts;
    this.#since = stage.world.now;
    const events = {
      onReply: (reply: RawReply) => this.#onReply(reply),
      onNonsense: (error: Error) => this.#fail(error.message),
      onClose: (how: 'end' | 'reset') => this.#onClose(how),
    };
    this.session = new RawSession({ host: host.options, address, wire, events });
  }

  send(call: PlannedCall): void {
    const { history } = this.#parts.stage;
    const verb = call.verb === 'create' ? 'add' : (call.verb as RequestVerb);
    const keys = itemless.includes(verb) ? [] : (call.keys ?? [call.key]);
    const isCounter = isCounterKey(call.key);
    const value = isCounter ? '1' : valueOf(call.key, { number: call.number, length: call.length ?? 0 });
    const canBeQuiet = verb !== 'get' || !this.#parts.wire.areQuietSilent;
    const isQuiet = call.isQuiet === true && canBeQuiet;
    const request: Request = { id: call.number, verb, keys, value, isQuiet };
    const operations = [...new Set(keys)].map((key) =>
      history.begin({ caller: this.name, key, verb: verbOf(verb), ...whatOf(call, isCounter) }),
    );
    this.#sent.set(request.id, { request, operations });
    this.#order.sent(request);
    this.session.send(request, call.split);
  }

  /** Leaves in the middle of a request. */
  leave(): void {
    const bytes = this.#parts.wire.encode({
      id: 0,
      verb: 'set',
      keys: ['left'],
      value: 'x'.repeat(40),
      isQuiet: false,
    });
    this.session.leave(bytes.slice(0, Math.ceil(bytes.length / 2)));
  }

  /** After everything was healed: what is open must have been replied to. */
  conclude(): void {
    const { owed } = this.#order;
    if (!this.#isOver && this.session.isUsable && this.session.isOpen && owed.length > 0)
      this.#fail(`${owed.length} requests have no reply, the first is ${owed[0]?.verb} #${owed[0]?.id}`);
    this.#isOver = true;
    this.session.reset();
  }

  #onReply(reply: RawReply): void {
    const { stage } = this.#parts;
    stage.count(`reply ${reply.said}`);
    const matched = this.#order.replied(reply);
    if (matched === undefined) {
      this.#fail(`the reply ${JSON.stringify(reply.text)} came, but ${this.#order.expected}`);
      return;
    }
    for (const request of matched.silent) this.#endSilent(request);
    if (matched.request !== undefined) this.#end(matched.request, reply);
  }

  /** Its success, or miss, had no reply. */
  #endSilent({ id, verb }: Request): void {
    const { stage, wire } = this.#parts;
    stage.count('silent');
    // Text drops errors as well.
    if (wire.areQuietSilent) return;
    for (const operation of this.#sent.get(id)?.operations ?? []) {
      const isUnclear = verb === 'incr' || (verb === 'delete' && !wire.tellsQuietMisses);
      if (verb === 'get' && this.#parts.hidesFailures) continue;
      const result: Result = verb === 'get' ? { value: undefined } : { applied: true };
      stage.history.end(operation, 'done', isUnclear ? {} : { result });
    }
  }

  #end(request: Request, reply: RawReply): void {
    const { hidesFailures, stage } = this.#parts;
    const { history } = stage;
    const operations = this.#sent.get(request.id)?.operations ?? [];
    this.#checkItems(request, reply);
    for (const operation of operations) {
      const { key, verb } = operation;
      if (verb === 'get') {
        const found = reply.items.find((item) => (item.key ?? key) === key);
        if (found === undefined && (reply.said !== 'values' || hidesFailures)) continue;
        history.end(operation, 'done', { result: readResult(key, found?.value) });
      } else if (reply.said !== 'server error') history.end(operation, 'done', { result: resultOf(verb, reply) });
    }
  }

  #checkItems({ id, keys }: Request, { items }: RawReply): void {
    const { stage } = this.#parts;
    for (const { key = keys[0] ?? '', value } of items) {
      const isRight = isCounterKey(key) ? /^\d+$/.test(value) : numbersIn(key, value) !== undefined;
      if (isRight) continue;
      const message = `get #${id} of ${this.name} returned ${JSON.stringify(value.slice(0, 80))}`;
      stage.report({ rule: 'G3', key, at: stage.world.now, message });
    }
  }

  #onClose(how: 'end' | 'reset'): void {
    const { isExplained, stage } = this.#parts;
    const { isEnding, isOpen } = this.session;
    this.#isOver = true;
    stage.count(isOpen ? `session ${how}` : 'no session');
    if (!isOpen) {
      // Nothing was sent.
      for (const { operations } of this.#sent.values())
        for (const operation of operations) stage.history.end(operation, 'failed', { error: 'no connection' });
      return;
    }
    if (isExplained(this.#since)) return;
    const { owed } = this.#order;
    if (!isEnding) this.#fail(`the session ended (${how})`);
    else if (how === 'reset') this.#fail('the half-closed session broke');
    else if (owed.length > 0) this.#fail(`the half-closed session ended, but ${owed.length} requests have no reply`);
    else stage.count('half-closed to the end');
  }

  #fail(message: string): void {
    const { stage } = this.#parts;
    stage.report({ rule: 'M10', at: stage.world.now, message: `${this.name}: ${message}` });
  }
}

function verbOf(verb: RequestVerb): Verb {
  return verb === 'multi' ? 'get' : (verb as Verb);
}

/** What the operation of a call writes. */
function whatOf({ number, verb }: PlannedCall, isCounter: boolean): Partial<Operation> {
  if (verb === 'incr') return { delta: 1 };
  if (isCounter) return verb === 'create' ? { initial: 1 } : {};
  return ['set', 'add', 'replace', 'append'].includes(verb) ? { number } : {};
}

function resultOf(verb: Verb, { count, said }: RawReply): Result {
  if (verb === 'incr') return { count: said === 'count' ? count : undefined };
  return { applied: said === 'stored' || said === 'deleted' };
}

/** A caller with its connections. */
export class Caller {
  readonly #parts: CallerParts;
  readonly #all: Conversation[] = [];

  constructor(parts: CallerParts) {
    this.#parts = parts;
  }

  send(call: PlannedCall): void {
    let last = this.#all.at(-1);
    if (last === undefined || !last.session.isUsable) {
      last = new Conversation(`${this.#parts.name}/${this.#all.length + 1}`, this.#parts);
      this.#all.push(last);
    }
    last.send(call);
  }

  /** What the faults of this scenario do to its connection. */
  readonly ways: Readonly<Record<string, (ms: number) => void>> = {
    'half-close': () => this.#last?.session.halfClose(),
    leave: () => this.#last?.leave(),
    'reset-session': () => this.#last?.session.reset(),
    stall: (ms) => this.#last?.session.stall(ms),
  };

  /** Checks what is open, and closes it. */
  conclude(): void {
    for (const conversation of this.#all) conversation.conclude();
  }

  get #last(): Conversation | undefined {
    return this.#all.at(-1);
  }
}
