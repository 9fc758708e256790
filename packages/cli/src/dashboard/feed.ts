/**
 * Takes snapshots again and again, keeps a history of them, and sends what is new to the page.
 *
 *   take ─▶ snapshot ─ with the one before ─▶ point, marks ─▶ history (bounded) ─▶ a new viewer
 *                                                 └──────────────────────────────▶ all viewers
 *
 * While somebody looks it is done once a second; otherwise seldom, so that there is a history for whoever comes.
 */
import type { Answer, Stream } from '../proxy/admin/answer.ts';
import { EventStream, type StreamEvent } from './event-stream.ts';
import { marksBetween } from './marks.ts';
import { pointBetween } from './points.ts';
import type { RecentLog } from './recent-log.ts';
import type { Mark, PageEvents, Point, ShownConfig, Snapshot } from './snapshot.ts';

/** Where the snapshots come from. */
export interface FeedSource {
  /** Undefined while there is nothing to show. */
  take(): Promise<Snapshot | undefined>;
  /** The same object until it changes; undefined where there is none. */
  config(): ShownConfig | undefined;
}

/** How often snapshots are taken, in ms: while somebody looks, and while nobody does. */
export interface FeedPace {
  readonly watched: number;
  readonly unwatched: number;
}

const defaultPace: FeedPace = { watched: 1000, unwatched: 10_000 };

/** Points and marks that are kept. */
const kept = { points: 900, marks: 200 } as const;

/** The typed form of an event. */
function event<Name extends keyof PageEvents>(name: Name, data: PageEvents[Name]): StreamEvent {
  return { name, data };
}

/** Takes snapshots, and sends them to the viewers. */
export class Feed {
  readonly #source: FeedSource;
  readonly #log: RecentLog;
  readonly #pace: FeedPace;
  readonly #onError: (error: unknown) => void;
  readonly #stream: EventStream;
  readonly #points: Point[] = [];
  readonly #marks: Mark[] = [];
  #last: Snapshot | undefined;
  #config: ShownConfig | undefined;
  #timer: NodeJS.Timeout | undefined;
  #taking: Promise<void> | undefined;
  #isClosed = false;

  /** `onError` receives the errors of snapshots that could not be taken. */
  constructor(source: FeedSource, log: RecentLog, onError: (error: unknown) => void, pace: FeedPace = defaultPace) {
    this.#source = source;
    this.#log = log;
    this.#pace = pace;
    this.#onError = onError;
    this.#stream = new EventStream(
      () => this.#greeting(),
      () => this.#schedule(),
    );
  }

  /** Begins to take snapshots. */
  start(): void {
    this.#taking ??= this.#take();
  }

  /** The answer for one more viewer. */
  connect(): Answer | Stream {
    return this.#stream.connect();
  }

  /** Ends all viewers. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#stream.close();
  }

  /** The next one at its time; at once when a viewer comes and the last one is old. */
  #schedule(): void {
    if (this.#isClosed || this.#taking !== undefined) return;
    clearTimeout(this.#timer);
    const pace = this.#stream.clients > 0 ? this.#pace.watched : this.#pace.unwatched;
    const wait = Math.max(0, Math.min(pace, (this.#last?.at ?? 0) + pace - Date.now()));
    this.#timer = setTimeout(() => {
      this.#taking ??= this.#take();
    }, wait);
    this.#timer.unref();
  }

  async #take(): Promise<void> {
    try {
      const snapshot = await this.#source.take();
      if (snapshot !== undefined && !this.#isClosed) this.#add(snapshot);
    } catch (error) {
      this.#onError(error);
    }
    this.#taking = undefined;
    this.#schedule();
  }

  #add(snapshot: Snapshot): void {
    const before = this.#last;
    this.#last = snapshot;
    const point = before === undefined ? undefined : pointBetween(before, snapshot);
    const marks = before === undefined ? [] : marksBetween(before, snapshot);
    if (point !== undefined) keep(this.#points, [point], kept.points);
    keep(this.#marks, marks, kept.marks);
    const config = this.#source.config();
    if (config !== undefined && config !== this.#config) {
      this.#config = config;
      this.#stream.send(event('config', config));
    }
    this.#stream.send(event('sample', { snapshot, point, marks, log: this.#log.takeNew() }));
  }

  #greeting(): readonly StreamEvent[] {
    // The others come with the next sample.
    const log = this.#log.taken(Date.now());
    const events = [event('history', { points: this.#points, marks: this.#marks, log })];
    if (this.#config !== undefined) events.push(event('config', this.#config));
    if (this.#last !== undefined) events.push(event('sample', { snapshot: this.#last, marks: [], log: [] }));
    return events;
  }
}

function keep<T>(list: T[], fresh: readonly T[], most: number): void {
  list.push(...fresh);
  if (list.length > most) list.splice(0, list.length - most);
}
