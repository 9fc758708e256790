/**
 * Tells when the files of a configuration have changed. Their directories are watched, as editors and Kubernetes put
 * new files into the place of old ones; a moment of quiet is waited for, and what was written again without a change
 * does not count.
 */
import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Quiet that is waited for, in ms. */
const quiet = 100;

/** Watches the files of a configuration for changes. */
export class ConfigWatch {
  readonly #onChange: () => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #files: ReadonlyMap<string, string> = new Map();
  #timer: NodeJS.Timeout | undefined;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Watches these files, whose contents are known, and no others. */
  set(files: ReadonlyMap<string, string>): void {
    this.#files = files;
    const directories = new Set([...files.keys()].map((file) => dirname(file)));
    for (const [directory, watcher] of this.#watchers) {
      if (directories.has(directory)) continue;
      watcher.close();
      this.#watchers.delete(directory);
    }
    for (const directory of directories) this.#watch(directory);
    // Something may have changed since it was read.
    this.#later();
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #watch(directory: string): void {
    if (this.#watchers.has(directory)) return;
    try {
      const watcher = watch(directory, { persistent: false }, () => this.#later());
      watcher.on('error', () => {
        watcher.close();
        this.#watchers.delete(directory);
      });
      this.#watchers.set(directory, watcher);
    } catch {
      // There is no such directory, or the system has no watches left: SIGHUP remains.
    }
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), quiet);
    this.#timer.unref();
  }

  #look(): void {
    const changed = [...this.#files].filter(([file, text]) => contentsOf(file) !== text);
    if (changed.length === 0) return;
    // A change is reported once, also when it is refused.
    this.#files = new Map([...this.#files.keys()].map((file) => [file, contentsOf(file)]));
    this.#onChange();
  }
}

/** A file that cannot be read is as an empty one. */
function contentsOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
