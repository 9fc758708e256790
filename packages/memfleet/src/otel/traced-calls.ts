/**
 * The calls of one tracing channel as spans and as a histogram of durations.
 *
 *   start ─▶ span begins, as a child of what is active in the caller's context
 *   scope ─▶ the span is active while the call runs
 *   asyncEnd ─▶ span ends, duration is recorded
 *   end ─▶ the same, for a call that threw before there was a promise
 */
import type { TracingChannel, TracingChannelSubscribers } from 'node:diagnostics_channel';
import {
  type Attributes,
  context,
  type Histogram,
  type Meter,
  type Span,
  type SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { errorType } from './error-type.ts';

/** What the messages of all channels have. */
export interface TracedMessage {
  /** Milliseconds. */
  readonly duration: number | undefined;
  readonly error: unknown;
}

/** What the calls of a channel are called. */
export interface CallDescription<Message extends TracedMessage> {
  readonly channel: TracingChannel<Message, Message>;
  readonly kind: SpanKind;
  /** The histogram of durations, in seconds, and its bounds. */
  readonly duration: { readonly name: string; readonly description: string; readonly bounds: number[] };
  readonly spanName: (message: Message) => string;
  /** Attributes of the span that are known when it begins; with keys only if `withKeys`. */
  readonly atStart: (message: Message, withKeys: boolean) => Attributes;
  /** Attributes of the span that are known when it ends. */
  readonly atEnd: (message: Message) => Attributes;
  /** Attributes of the duration: few values each. */
  readonly ofDuration: (message: Message) => Attributes;
}

/** The spans that have not ended, by message. */
export type OpenSpans = WeakMap<object, Span>;

/** Where the calls of a channel go. */
export interface CallTargets {
  readonly tracer: Tracer;
  readonly meter: Meter;
  readonly spans: OpenSpans;
  readonly withKeys: boolean;
}

const nothing = (): void => {};

/** Reports the calls of a channel until the function that it returns is called. */
export function reportCalls<Message extends TracedMessage & object>(
  description: CallDescription<Message>,
  targets: CallTargets,
): () => void {
  const calls = new TracedCalls(description, targets);
  const subscribers: TracingChannelSubscribers<Message> = {
    start: (message) => calls.begin(message),
    end: (message) => {
      if (message.error !== undefined) calls.finish(message);
    },
    asyncStart: nothing,
    asyncEnd: (message) => calls.finish(message),
    error: nothing,
  };
  description.channel.subscribe(subscribers);
  return () => description.channel.unsubscribe(subscribers);
}

class TracedCalls<Message extends TracedMessage & object> {
  readonly #description: CallDescription<Message>;
  readonly #targets: CallTargets;
  readonly #durations: Histogram;

  constructor(description: CallDescription<Message>, targets: CallTargets) {
    this.#description = description;
    this.#targets = targets;
    const { name, description: text, bounds } = description.duration;
    const options = { description: text, unit: 's', advice: { explicitBucketBoundaries: bounds } };
    this.#durations = targets.meter.createHistogram(name, options);
  }

  begin(message: Message): void {
    const { kind, spanName, atStart } = this.#description;
    const { tracer, spans, withKeys } = this.#targets;
    spans.set(message, tracer.startSpan(spanName(message), { kind, attributes: atStart(message, withKeys) }));
  }

  finish(message: Message): void {
    const { spans, withKeys } = this.#targets;
    const span = spans.get(message);
    // It began before this subscription.
    if (span === undefined) return;
    spans.delete(message);
    const { atEnd, ofDuration } = this.#description;
    const { duration, error } = message;
    const type = error === undefined ? undefined : errorType(error);
    const isRecording = span.isRecording();
    if (isRecording) {
      span.setAttributes(atEnd(message));
      if (type !== undefined) {
        span.setAttribute('error.type', type);
        // Messages of errors name the key.
        const shown = withKeys && error instanceof Error ? { message: error.message } : {};
        span.setStatus({ code: SpanStatusCode.ERROR, ...shown });
      }
    }
    span.end();
    if (duration === undefined) return;
    const attributes = ofDuration(message);
    if (type !== undefined) attributes['error.type'] = type;
    // A measurement knows its span, as an exemplar.
    this.#durations.record(
      duration / 1000,
      attributes,
      isRecording ? trace.setSpan(context.active(), span) : undefined,
    );
  }
}
