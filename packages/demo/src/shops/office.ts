/**
 * The office behind the shops of a phase: it has the database, edits what the shops show, and takes their reports.
 *
 *   shop ─ load ─▶ database ─▶ version          edit ─▶ database ─▶ delete of the key ─ answered ─▶ floor ─▶ shops
 *        ─ pages ─▶ meter, counts
 *        ─ ejected, readmitted ─▶ the outages
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'memfleet';
import { seconds } from '../figures.ts';
import { Meter } from '../meter.ts';
import type { OutageLog } from '../outages.ts';
import { type Random, seededRandom } from '../random.ts';
import { drawEdit, hotKeyOn } from './catalogue.ts';
import { Database } from './database.ts';
import { LoadCount } from './load-count.ts';
import type { FromShop, Mode, Pages, ShopSettings } from './messages.ts';
import { shopClient, type Way, ways } from './read-part.ts';
import { ShopProcess } from './shop-process.ts';
import type { ShopsRun } from './shops-run.ts';

/** The shops of a run, each a process. */
export const shopCount = 3;

/** Mean pause between two edits, in ms. */
const editPause = 150;
const shownExamples = 10;

/** Pages that were not right, and edits whose delete was answered. */
interface Counts {
  failed: number;
  wrong: number;
  stale: number;
  edits: number;
}

/** Runs the shops of one phase. */
export class Office {
  readonly meter: Meter = new Meter();
  readonly loads: LoadCount;
  readonly counts: Counts = { failed: 0, wrong: 0, stale: 0, edits: 0 };
  readonly examples: string[] = [];
  readonly hotKey: string;
  readonly prefix: string;
  readonly #run: ShopsRun;
  readonly #log: OutageLog;
  readonly #client: Client<Uint8Array>;
  readonly #way: Way;
  readonly #database: Database;
  readonly #shops: ShopProcess[] = [];
  /** Nodes that a shop does not use. */
  readonly #ejectedBy = new Map<string, Set<ShopProcess>>();
  #isClosing = false;

  constructor(run: ShopsRun, mode: Mode, log: OutageLog) {
    const { fleet, options, schedule, time } = run;
    this.#run = run;
    this.#log = log;
    this.prefix = `${run.prefix}${mode}:`;
    const { ejectTime } = schedule;
    this.#client = shopClient({ nodes: fleet.names, ejectTime, seed: options.seed });
    this.#way = ways[mode](this.#client);
    this.#database = new Database({ now: () => time.now() });
    const doomed = fleet.names[schedule.outages[0]?.node ?? 0] ?? '';
    this.hotKey = hotKeyOn(doomed, this.prefix, (key) => this.#client.nodeOf(key));
    this.loads = new LoadCount((key) => this.#isOut(key));
  }

  /** Starts the shops. `onLost`: one of them ended by itself. */
  async open(mode: Mode, onLost: (why: string) => void): Promise<void> {
    const { fleet, options, schedule } = this.#run;
    const { callers, think, seed } = options;
    const common = {
      mode,
      nodes: fleet.names,
      ejectTime: schedule.ejectTime,
      prefix: this.prefix,
      hotKey: this.hotKey,
    };
    const share = (at: number): number => Math.ceil((callers - at) / shopCount);
    const all = Array.from({ length: shopCount }, (_, at): ShopSettings => {
      return { ...common, think, callers: share(at), seed: seed + at * 10_000 };
    });
    const starts = all.map(async (settings) => {
      const shop = await ShopProcess.start(settings, (message, from) => this.#take(message, from));
      this.#shops.push(shop);
      shop.onLost((why) => {
        if (!this.#isClosing) onLost(why);
      });
    });
    await Promise.all(starts);
  }

  /** Edits rows until the signal. */
  async edit(over: AbortSignal): Promise<void> {
    const random: Random = seededRandom(this.#run.options.seed);
    while (!over.aborted) {
      await sleep(editPause * (0.5 + random()), undefined, { signal: over }).catch(() => {});
      if (!over.aborted) await this.#edit(drawEdit(this.prefix, this.hotKey, random));
    }
  }

  /** Whether every shop closed in order, and how many callers hung. */
  async close(): Promise<{ readonly isClosed: boolean; readonly hung: number }> {
    this.#isClosing = true;
    const ends = await Promise.all(this.#shops.map((shop) => shop.close()));
    await this.#way.close();
    await this.#client.close();
    return {
      isClosed: ends.every((hung) => hung !== undefined),
      hung: ends.reduce<number>((sum, hung) => sum + (hung ?? 0), 0),
    };
  }

  async destroy(): Promise<void> {
    this.#isClosing = true;
    this.#database.close();
    this.#client.destroy();
    await Promise.all(this.#shops.map((shop) => shop.destroy()));
  }

  /** A node was killed, or is back. */
  turned(): void {
    this.loads.turned();
  }

  /** An outage ends when all shops use the node again. */
  #isOut(key: string): boolean {
    return this.#log.stageOf(this.#client.nodeOf(key) ?? '') !== undefined;
  }

  async #edit(key: string): Promise<void> {
    const settled = this.loads.deleting(key);
    const wasOut = this.#isOut(key);
    const version = this.#database.edit(key);
    const isDeleted = await this.#way.forget(key);
    settled();
    // While a node is out the shops do not agree on who has the key: nothing is promised.
    if (!isDeleted || wasOut || this.#isOut(key)) return;
    this.counts.edits++;
    for (const shop of this.#shops) shop.send({ kind: 'floor', key, version });
  }

  #take(message: FromShop, shop: ShopProcess): void {
    if (message.kind === 'load') void this.#load(message, shop);
    else if (message.kind === 'pages') this.#count(message);
    else if (message.kind === 'ejected') this.#ejected(message, shop);
    else if (message.kind === 'readmitted') this.#readmitted(message, shop);
  }

  async #load({ id, key }: { readonly id: number; readonly key: string }, shop: ShopProcess): Promise<void> {
    const end = this.loads.begin(key);
    const version = await this.#database.query(key);
    end();
    shop.send(version === undefined ? { kind: 'refused', id } : { kind: 'loaded', id, version });
  }

  #count({ durations, failed, wrong, stale, examples }: Pages): void {
    for (const duration of durations) this.meter.call(duration);
    for (let left = failed; left > 0; left--) this.meter.failed('a page');
    this.counts.failed += failed;
    this.counts.wrong += wrong;
    this.counts.stale += stale;
    this.examples.push(...examples.slice(0, shownExamples - this.examples.length));
  }

  #ejected({ node, duration, why }: Extract<FromShop, { kind: 'ejected' }>, shop: ShopProcess): void {
    const { view, elapsed, fleet, signal } = this.#run;
    // Ctrl-C in a terminal goes to the nodes as well.
    if (this.#isClosing || signal.aborted) return;
    const by = this.#ejectedBy.get(node) ?? new Set();
    this.#ejectedBy.set(node, by.add(shop));
    if (by.size > 1) return;
    this.#log.ejected(node, duration);
    const index = fleet.names.indexOf(node) + 1;
    view.event(elapsed(), `node ${index} is ejected by a shop for ${seconds(duration / 1000)}: ${why}`, 'red');
  }

  #readmitted({ node }: Extract<FromShop, { kind: 'readmitted' }>, shop: ShopProcess): void {
    const { view, elapsed, fleet } = this.#run;
    const by = this.#ejectedBy.get(node);
    if (this.#isClosing || by?.delete(shop) !== true || by.size > 0) return;
    this.#log.readmitted(node);
    this.turned();
    view.event(elapsed(), `node ${fleet.names.indexOf(node) + 1} is readmitted by all shops`, 'green');
  }
}
