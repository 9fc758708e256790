/**
 * `memfleet top` on a terminal:
 *
 *   sampler ─ snapshot ─┐
 *   keys ─ press ───────┼─▶ state, data ─▶ screen ─▶ terminal
 *   hot keys, browser ──┘
 */
import type { ClientOptions } from 'memfleet';
import { Fleet } from '../fleet/fleet.ts';
import { safeKey } from '../fleet/safe-text.ts';
import { Sampler, type Snapshot } from '../fleet/sampler.ts';
import { onStop } from '../signals.ts';
import { Details } from './details.ts';
import { HotKeys, noHotKeys } from './keys/hot-keys.ts';
import { type KeyEntry, KeyBrowser } from './keys/key-browser.ts';
import { plainOptions } from './keys/node-fleet.ts';
import { type Data, type Effect, firstState, press, settle, type TopState } from './model.ts';
import { Terminal } from './terminal.ts';
import { screen } from './view.ts';

/** What the command line says. */
export interface TopOptions {
  /** Milliseconds between two looks. */
  readonly interval: number;
  /** Milliseconds until a node is slow. */
  readonly timeout: number;
  /** The characters that end a prefix in the key browser. */
  readonly separators: string;
  /** The prefix at which the key browser begins. */
  readonly prefix: string;
  readonly sort: string;
}

/** How it ended: by a key of the user, or by a signal. */
export type TopEnd = 'quit' | NodeJS.Signals;

/** Runs until the user quits or a signal comes; the terminal is as before then. */
export async function runTop(options: ClientOptions<never>, given: TopOptions): Promise<TopEnd> {
  const top = new Top(options, given);
  return top.run();
}

class Top {
  readonly #options: TopOptions;
  readonly #client: ClientOptions<never>;
  readonly #fleet: Fleet;
  readonly #sampler: Sampler;
  readonly #details: Details;
  readonly #browser: KeyBrowser;
  #hotKeys: HotKeys | undefined;
  #terminal!: Terminal;
  #state: TopState;
  #snapshot: Snapshot = { time: Date.now(), nodes: [], problem: 'connecting' };
  #hot = noHotKeys;
  #end: (end: TopEnd) => void = () => {};

  constructor(client: ClientOptions<never>, options: TopOptions) {
    this.#options = options;
    this.#client = client;
    const { interval, timeout, separators, prefix, sort } = options;
    this.#fleet = new Fleet(plainOptions(client), true);
    this.#sampler = new Sampler(this.#fleet, {
      interval,
      timeout: Math.min(timeout, Math.max(2000, 2 * interval)),
      patience: Math.min(interval, 400),
    });
    this.#details = new Details(this.#fleet, timeout);
    this.#browser = new KeyBrowser(client, timeout, separators, Buffer.from(prefix).toString('latin1'));
    this.#state = { ...firstState, sort };
  }

  async run(): Promise<TopEnd> {
    this.#terminal = await Terminal.load({ onKey: (name) => this.#press(name), onResize: () => this.#draw() });
    const ended = new Promise<TopEnd>((resolve) => {
      this.#end = resolve;
    });
    const hangUp = (): void => this.#end('SIGHUP');
    process.on('SIGHUP', hangUp);
    process.on('SIGCONT', this.#resume);
    const endStop = onStop((signal) => this.#end(signal));
    try {
      this.#terminal.open();
      this.#draw();
      this.#sampler.start((snapshot) => this.#onSnapshot(snapshot));
      return await ended;
    } finally {
      this.#terminal.close();
      this.#sampler.stop();
      this.#hotKeys?.close();
      this.#browser.close();
      this.#fleet.client.destroy();
      endStop();
      process.off('SIGHUP', hangUp);
      process.off('SIGCONT', this.#resume);
    }
  }

  get #data(): Data {
    return {
      snapshot: this.#snapshot,
      details: this.#details.known,
      hot: this.#hot,
      level: this.#browser.level,
    };
  }

  #onSnapshot(snapshot: Snapshot): void {
    if (this.#state.view === 'hot keys') {
      this.#hotKeys ??= new HotKeys(this.#client, this.#options.timeout);
      const hot = this.#hotKeys.tick(snapshot.nodes.map(({ node }) => node));
      if (!this.#state.isPaused) this.#hot = hot;
    } else if (this.#hotKeys !== undefined) {
      // Watching costs the nodes something.
      this.#hotKeys.close();
      this.#hotKeys = undefined;
      this.#hot = noHotKeys;
    }
    if (this.#state.isPaused) return;
    this.#snapshot = snapshot;
    if (this.#state.detail !== undefined) void this.#details.refresh().then(() => this.#draw());
    this.#draw();
  }

  #press(name: string): void {
    const { state, effect } = press(this.#state, name, this.#data);
    const isNewView = state.view !== this.#state.view;
    const isNewDetail = state.detail !== undefined && this.#state.detail === undefined;
    this.#state = state;
    if (isNewView) this.#onSnapshot(this.#snapshot);
    if (isNewDetail) void this.#details.refresh().then(() => this.#draw());
    if (effect !== undefined) this.#perform(effect);
    this.#draw();
  }

  #perform(effect: Effect): void {
    if (effect.do === 'browse') void this.#browser.browse(effect.prefix).then(() => this.#draw());
    else if (effect.do === 'delete') void this.#delete(effect.entry);
    else this.#plain[effect.do]();
  }

  readonly #plain: Readonly<Record<Exclude<Effect['do'], 'browse' | 'delete'>, () => void>> = {
    quit: () => this.#end('quit'),
    interrupt: () => this.#end('SIGINT'),
    suspend: () => this.#suspend(),
    redraw: () => this.#terminal.forget(),
    'stop listing': () => this.#browser.close(),
  };

  async #delete(entry: KeyEntry): Promise<void> {
    const name = safeKey(Buffer.from(entry.name, 'latin1'));
    let notice: string;
    try {
      notice = (await this.#browser.remove(entry)) ? `${name} is deleted` : `${name} was gone`;
      void this.#browser.browse(this.#browser.level.prefix).then(() => this.#draw());
    } catch (error) {
      notice = (error as Error).message;
    }
    this.#state = { ...this.#state, notice };
    this.#draw();
  }

  /** The shell has the terminal until the program continues; a program without a shell continues at once. */
  #suspend(): void {
    this.#terminal.close();
    process.kill(0, 'SIGTSTP');
    setImmediate(() => this.#resume());
  }

  /** What stopped it may have left the terminal in any state. */
  readonly #resume = (): void => {
    this.#terminal.close();
    this.#terminal.open();
    this.#draw();
  };

  #draw(): void {
    this.#state = settle(this.#state, this.#data);
    const { width, height } = this.#terminal;
    this.#terminal.draw(screen(this.#state, this.#data, { width, height, interval: this.#options.interval }));
  }
}
