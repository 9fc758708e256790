/**
 * The file of `memfleet server --snapshot FILE`: read before the server listens, written when it has stopped.
 *
 *   FILE ─▶ items ─▶ server … stops ─▶ items ─▶ FILE.partial ─ whole ─▶ FILE
 */
import {
  accessSync,
  constants,
  createReadStream,
  createWriteStream,
  existsSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Server } from 'memfleet/server';
import type { SnapshotItem } from 'memfleet/snapshot';
import { fail, reasonOf } from '../failure.ts';

/** The file in which a server keeps its items while it does not run. */
export class SnapshotFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Stores the items of the file in the server, and tells how many; undefined where there is no file yet. Throws
   * UsageError where the file cannot be read whole, or could not be written later.
   */
  async load(server: Server): Promise<number | undefined> {
    const path = this.#path;
    try {
      accessSync(dirname(path), constants.W_OK);
    } catch (error) {
      fail(`snapshot ${path} could not be written when the server stops: ${reasonOf(error)}`);
    }
    if (!existsSync(path)) return undefined;
    const { readSnapshot } = await import('memfleet/snapshot');
    let stored = 0;
    try {
      for await (const items of readSnapshot(createReadStream(path)))
        for (const item of items) if (server.restoreItem(item)) stored++;
    } catch (error) {
      fail(`snapshot ${path} cannot be read: ${reasonOf(error)}`);
    }
    return stored;
  }

  /** Writes the items of a server that has stopped; tells how many. Throws what the file system says. */
  async save(server: Server): Promise<number> {
    const { writeSnapshot } = await import('memfleet/snapshot');
    const partial = `${this.#path}.partial`;
    let saved = 0;
    const counted = function* (): Iterable<SnapshotItem> {
      for (const item of server.items()) {
        saved++;
        yield item;
      }
    };
    try {
      const created = Math.floor(Date.now() / 1000);
      await pipeline(writeSnapshot(counted(), created), createWriteStream(partial, { mode: 0o600, flush: true }));
      renameSync(partial, this.#path);
    } catch (error) {
      // What stands there and is no file was not written here.
      if (existsSync(partial) && statSync(partial).isFile()) rmSync(partial);
      throw error;
    }
    return saved;
  }
}
