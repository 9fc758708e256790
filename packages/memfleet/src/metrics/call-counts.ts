/** What the diagnostics channels tell of all clients of the process, counted. */
import { subscribe, type TracingChannelSubscribers, unsubscribe } from 'node:diagnostics_channel';
import { DurationCounter } from '../base/histogram.ts';
import { channels, type CommandMessage, type ConnectMessage, type WaitMessage } from '../observe/channels.ts';
import { histogramSamples, type MetricRow, type MetricSample } from './family.ts';

const nothing = (): void => {};

/** Counters by two words. */
class Pairs<Counter> {
  readonly #first = new Map<string, Map<string, Counter>>();
  readonly #make: () => Counter;

  constructor(make: () => Counter) {
    this.#make = make;
  }

  at(first: string, second: string): Counter {
    let inner = this.#first.get(first);
    if (inner === undefined) this.#first.set(first, (inner = new Map()));
    let counter = inner.get(second);
    if (counter === undefined) inner.set(second, (counter = this.#make()));
    return counter;
  }

  map<R>(read: (first: string, second: string, counter: Counter) => R): R[] {
    return [...this.#first].flatMap(([first, inner]) =>
      [...inner].map(([second, counter]) => read(first, second, counter)),
    );
  }
}

/** Calls, connections and waits, counted from the channels. */
export class CallCounts {
  readonly calls: Pairs<DurationCounter> = new Pairs(() => new DurationCounter());
  readonly errors: Pairs<{ count: number }> = new Pairs(() => ({ count: 0 }));
  readonly connects: DurationCounter = new DurationCounter();
  readonly waits: DurationCounter = new DurationCounter();

  /** Counts from now on; returns the function that ends it. */
  start(): () => void {
    const events: TracingChannelSubscribers<CommandMessage> = {
      start: nothing,
      end: nothing,
      asyncStart: nothing,
      asyncEnd: (message) => this.#settled(message),
      error: nothing,
    };
    const onConnect = (message: unknown): void => this.connects.add((message as ConnectMessage).duration);
    const onWait = (message: unknown): void => this.waits.add((message as WaitMessage).duration);
    channels.command.subscribe(events);
    subscribe(channels.connect.name, onConnect);
    subscribe(channels.wait.name, onWait);
    return () => {
      channels.command.unsubscribe(events);
      unsubscribe(channels.connect.name, onConnect);
      unsubscribe(channels.wait.name, onWait);
    };
  }

  #settled({ operation, responseStatus, duration, error }: CommandMessage): void {
    if (duration !== undefined && responseStatus !== undefined) this.calls.at(operation, responseStatus).add(duration);
    if (error !== undefined) this.errors.at(operation, error.code ?? error.name).count++;
  }
}

const durationName = 'memfleet_operation_duration_seconds';
const connectName = 'memfleet_connect_duration_seconds';
const waitName = 'memfleet_wait_duration_seconds';

/** The metrics of calls. */
export const callRows: readonly MetricRow<CallCounts>[] = [
  {
    name: durationName,
    type: 'histogram',
    help: 'Calls of clients, from the call until it settled, by operation and status.',
    read: ({ calls }) =>
      calls
        .map((operation, status, counter) => histogramSamples(durationName, { operation, status }, counter.snapshot()))
        .flat(),
  },
  {
    name: 'memfleet_operation_errors_total',
    type: 'counter',
    help: 'Calls of clients that failed, by operation and code of the error.',
    read: ({ errors }) =>
      errors.map((operation, error, { count }): MetricSample => ({ labels: { operation, error }, value: count })),
  },
  {
    name: connectName,
    type: 'histogram',
    help: 'Connections that became ready, from the dial on.',
    read: ({ connects }) => histogramSamples(connectName, {}, connects.snapshot()),
  },
  {
    name: waitName,
    type: 'histogram',
    help: 'Callers that waited for room in a pool, also in vain.',
    read: ({ waits }) => histogramSamples(waitName, {}, waits.snapshot()),
  },
];
