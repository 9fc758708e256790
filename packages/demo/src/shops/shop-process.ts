/** The office's end of a shop in a process of its own. */
import { fileURLToPath } from 'node:url';
import { ChildProgram } from '../child-program.ts';
import type { FromShop, ShopSettings, ToShop } from './messages.ts';

const program = fileURLToPath(new URL('shop-program.js', import.meta.url));

/** A shop in a process of its own. */
export class ShopProcess {
  readonly #program: ChildProgram;

  private constructor(child: ChildProgram) {
    this.#program = child;
  }

  /** Starts a shop, whose callers begin at once. Rejects when it does not come up. */
  static async start(
    settings: ShopSettings,
    listener: (message: FromShop, shop: ShopProcess) => void,
  ): Promise<ShopProcess> {
    const child = new ChildProgram(process.execPath, [program, JSON.stringify(settings)]);
    const shop = new ShopProcess(child);
    child.child.on('message', (message) => listener(message as FromShop, shop));
    await child.up(child.message());
    return shop;
  }

  /** Fulfils with how it ended, if nobody stopped it. */
  onLost(listener: (why: string) => void): void {
    void this.#program.onLost(listener);
  }

  send(message: ToShop): void {
    // Where the process has ended, `closed` tells.
    this.#program.child.send(message, () => {});
  }

  /** No new pages; fulfils with the callers whose page never ended, or undefined where the process has ended. */
  async close(): Promise<number | undefined> {
    const { child, ended } = this.#program;
    const closed = new Promise<number>((resolve) => {
      child.on('message', (message) => {
        const { kind, ...rest } = message as FromShop;
        if (kind === 'closed') resolve((rest as { readonly hung: number }).hung);
      });
    });
    this.send({ kind: 'close' });
    const hung = await Promise.race([closed, ended.then(() => undefined)]);
    await ended;
    return hung;
  }

  /** Kills it. Idempotent. */
  async destroy(): Promise<void> {
    await this.#program.stop();
  }
}
