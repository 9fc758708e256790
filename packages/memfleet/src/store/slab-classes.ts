/**
 * memcached's slab classes: the sizes of chunks, each a quarter larger than the one before (`slabs_init` of 1.6.18,
 * `-f 1.25`, `-n 48`). The store does not use chunks. Admin tools work by class, so every item is reported in the class
 * in which memcached keeps an item of its size.
 *
 *   class   1    2    3   …     38        39
 *   bytes  96  120  152   …  394840   524288      larger items are in the last class as well
 */

/** A page of memcached, which is cut into chunks of one class. */
export const slabPage: number = 1024 * 1024;

/** memcached accepts numbers of classes below this. */
export const maxClasses = 64;

const largestChunk = slabPage / 2;
const growth = 1.25;
const itemHeader = 48;
const smallestRoom = 48;
const alignment = 8;

/** The size of a chunk by class; class 0 is none. */
export const chunkSizes: readonly number[] = sizes();

/** The highest class. */
export const lastClass: number = chunkSizes.length - 1;

/** By size in units of 8 bytes: the class. */
const classBySize = classes();

function sizes(): readonly number[] {
  const all = [0];
  for (let size = itemHeader + smallestRoom; size < largestChunk / growth; size = Math.floor(size * growth)) {
    size = Math.ceil(size / alignment) * alignment;
    all.push(size);
  }
  return Object.freeze([...all, largestChunk]);
}

function classes(): Uint8Array {
  const all = new Uint8Array(largestChunk / alignment + 1);
  let number = 1;
  for (let unit = 0; unit < all.length; unit++) {
    while (unit * alignment > (chunkSizes[number] as number)) number++;
    all[unit] = number;
  }
  return all;
}

/** The class of an item of this size in bytes. */
export function classOf(size: number): number {
  return size > largestChunk ? lastClass : (classBySize[(size + alignment - 1) >>> 3] as number);
}
