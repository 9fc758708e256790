import { jump } from '../../hash/jump.ts';
import { avalanche } from '../../hash/murmur3.ts';
import { xxh3, xxh3High } from '../../hash/xxh3.ts';
import type { Locator } from './locator.ts';

/**
 * Jump hash over XXH3: no memory, even shares, and a node added at the end moves 1/n of the keys; a node removed
 * elsewhere renumbers the rest. While a node is ejected, its keys are jumped once more over the live nodes.
 */
export class JumpLocator implements Locator {
  readonly size: number;

  constructor(size: number) {
    this.size = size;
  }

  locate(key: string): number {
    if (this.size < 2) return this.size - 1;
    const low = xxh3(key);
    return jump(low, xxh3High(), this.size);
  }

  locateNext(key: string, skip: (index: number) => boolean): number {
    const live: number[] = [];
    for (let index = 0; index < this.size; index++) if (!skip(index)) live.push(index);
    if (live.length === 0) return -1;
    const low = xxh3(key);
    // The hash is mixed again, or the keys of one node would all land on the same few others.
    return live[jump(avalanche(low), avalanche(xxh3High()), live.length)]!;
  }
}
