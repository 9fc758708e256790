import { vi } from 'vitest';

/** The memory that stores get from the process. Sessions and tests always get some. */
export class StoreMemory {
  /** From now on there is none. */
  takeAll(): void {
    this.giveBack();
    const allocate = Buffer.allocUnsafeSlow.bind(Buffer);
    vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementation((length) => {
      if (new Error('who asks').stack?.includes('/src/store/memory') === true)
        throw new RangeError('Array buffer allocation failed');
      return allocate(length);
    });
  }

  /** There is some again. */
  giveBack(): void {
    vi.restoreAllMocks();
  }
}
