import { add, foldedProduct, high, multiply } from './wide.ts';
import { word } from './word.ts';

/*
 * XXH3, 64 bits, without a seed: the hash of memcached's own proxy. By length:
 *
 *   0 | 1–3 | 4–8 | 9–16 | 17–128: pairs of 16 bytes from both ends
 *   129–240: all 16-byte blocks and the last | from 241 on: 64-byte stripes
 *
 * Numbers are two signed halves; see wide.ts. The state of the one computation that runs is in `low` and `top`.
 */

const SECRET_HEX =
  'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221' +
  'b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8' +
  'a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb' +
  '170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e';

/** The 32-bit little-endian number at every byte offset of the secret. */
const SECRET: Int32Array = (() => {
  const bytes = Uint8Array.from({ length: 192 }, (_, i) => Number.parseInt(SECRET_HEX.slice(2 * i, 2 * i + 2), 16));
  const view = new DataView(bytes.buffer);
  return Int32Array.from({ length: 189 }, (_, at) => view.getInt32(at, true));
})();

let low = 0;
let top = 0;

/**
 * @param bytes a byte string
 * @returns the low 32 bits of its XXH3, unsigned; {@link xxh3High} returns the high 32 bits until the next call
 */
export function xxh3(bytes: string): number {
  const length = bytes.length;
  if (length > 240) long(bytes);
  else if (length > 128) middle(bytes);
  else if (length > 16) pairs(bytes);
  else if (length > 8) upTo16(bytes);
  else if (length > 3) upTo8(bytes);
  else upTo3(bytes);
  return low >>> 0;
}

/** The high 32 bits of the last {@link xxh3}, unsigned. */
export function xxh3High(): number {
  return top >>> 0;
}

function upTo3(bytes: string): void {
  const length = bytes.length;
  if (length === 0) {
    low = SECRET[56]! ^ SECRET[64]!;
    top = SECRET[60]! ^ SECRET[68]!;
  } else {
    const middle = bytes.charCodeAt(length >> 1);
    const input = (bytes.charCodeAt(0) << 16) | (middle << 24) | bytes.charCodeAt(length - 1) | (length << 8);
    low = input ^ SECRET[0]! ^ SECRET[4]!;
    top = 0;
  }
  // The final mix of XXH64: shifts of 33, 29 and 32 bits between two products.
  low ^= top >>> 1;
  scale(0x27d4eb4f, 0xc2b2ae3d);
  low ^= (low >>> 29) | (top << 3);
  top ^= top >>> 29;
  scale(0x9e3779f9, 0x165667b1);
  low ^= top;
}

function upTo8(bytes: string): void {
  const length = bytes.length;
  low = word(bytes, length - 4) ^ SECRET[8]! ^ SECRET[16]!;
  top = word(bytes, 0) ^ SECRET[12]! ^ SECRET[20]!;
  const [turnedLow, turnedTop] = [
    ((top << 17) | (low >>> 15)) ^ ((low << 24) | (top >>> 8)),
    ((low << 17) | (top >>> 15)) ^ ((top << 24) | (low >>> 8)),
  ];
  low ^= turnedLow;
  top ^= turnedTop;
  scale(0x1e98df25, 0x9fb21c65);
  const shifted = top >>> 3;
  low ^= shifted + length;
  scale(0x1e98df25, 0x9fb21c65);
  low ^= (low >>> 28) | (top << 4);
  top ^= top >>> 28;
}

function upTo16(bytes: string): void {
  const length = bytes.length;
  const firstLow = word(bytes, 0) ^ SECRET[24]! ^ SECRET[32]!;
  const firstTop = word(bytes, 4) ^ SECRET[28]! ^ SECRET[36]!;
  const lastLow = word(bytes, length - 8) ^ SECRET[40]! ^ SECRET[48]!;
  const lastTop = word(bytes, length - 4) ^ SECRET[44]! ^ SECRET[52]!;
  low = length;
  top = 0;
  increase(swap(firstTop), swap(firstLow));
  increase(lastLow, lastTop);
  increase(foldedProduct(firstLow, firstTop, lastLow, lastTop), high());
  avalanche();
}

function pairs(bytes: string): void {
  const length = bytes.length;
  start(length);
  for (let pair = (length - 1) >> 5; pair >= 0; pair--) {
    mix(bytes, 16 * pair, 32 * pair);
    mix(bytes, length - 16 * (pair + 1), 32 * pair + 16);
  }
  avalanche();
}

function middle(bytes: string): void {
  const length = bytes.length;
  start(length);
  for (let i = 0; i < 8; i++) mix(bytes, 16 * i, 16 * i);
  avalanche();
  for (let i = 8; i < length >> 4; i++) mix(bytes, 16 * i, 16 * (i - 8) + 3);
  mix(bytes, length - 16, 136 - 17);
  avalanche();
}

/** Length × the first 64-bit prime. */
function start(length: number): void {
  low = length;
  top = 0;
  scale(0x85ebca87, 0x9e3779b1);
}

/** Adds the folded product of 16 bytes, each half XORed with the secret. */
function mix(bytes: string, at: number, secret: number): void {
  const product = foldedProduct(
    word(bytes, at) ^ SECRET[secret]!,
    word(bytes, at + 4) ^ SECRET[secret + 4]!,
    word(bytes, at + 8) ^ SECRET[secret + 8]!,
    word(bytes, at + 12) ^ SECRET[secret + 12]!,
  );
  increase(product, high());
}

/** The final mix of XXH3: shifts of 37 and 32 bits around a product. */
function avalanche(): void {
  low ^= top >>> 5;
  scale(0x9e3779f9, 0x16566791);
  low ^= top;
}

function increase(byLow: number, byTop: number): void {
  low = add(low, top, byLow, byTop);
  top = high();
}

function scale(byLow: number, byTop: number): void {
  low = multiply(low, top, byLow, byTop);
  top = high();
}

function swap(x: number): number {
  return (x << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24);
}

/** Eight 64-bit lanes as low and high halves, one after the other. */
const START: readonly number[] = [
  0xc2b2ae3d, 0, 0x85ebca87, 0x9e3779b1, 0x27d4eb4f, 0xc2b2ae3d, 0x9e3779f9, 0x165667b1, 0xc2b2ae63, 0x85ebca77,
  0x85ebca77, 0, 0x165667c5, 0x27d4eb2f, 0x9e3779b1, 0,
];
const lanes: Int32Array = new Int32Array(16);

function long(bytes: string): void {
  const length = bytes.length;
  for (let i = 0; i < 16; i++) lanes[i] = START[i]!;
  const stripes = (length - 1) >> 6;
  for (let stripe = 0; stripe < stripes; stripe++) {
    accumulate(bytes, 64 * stripe, 8 * (stripe & 15));
    if ((stripe & 15) === 15) scramble();
  }
  accumulate(bytes, length - 64, 192 - 64 - 7);
  start(length);
  for (let lane = 0; lane < 16; lane += 4) {
    const secret = 11 + 4 * lane;
    const product = foldedProduct(
      lanes[lane]! ^ SECRET[secret]!,
      lanes[lane + 1]! ^ SECRET[secret + 4]!,
      lanes[lane + 2]! ^ SECRET[secret + 8]!,
      lanes[lane + 3]! ^ SECRET[secret + 12]!,
    );
    increase(product, high());
  }
  avalanche();
}

/**
 * One 64-byte stripe: each lane gets its neighbour's 8 bytes and the product of the two halves of its own, XORed with
 * the secret.
 */
function accumulate(bytes: string, at: number, secret: number): void {
  for (let lane = 0; lane < 16; lane += 2) {
    const dataLow = word(bytes, at + 4 * lane);
    const dataTop = word(bytes, at + 4 * lane + 4);
    const neighbour = lane ^ 2;
    lanes[neighbour] = add(lanes[neighbour]!, lanes[neighbour + 1]!, dataLow, dataTop);
    lanes[neighbour + 1] = high();
    const product = multiply(dataLow ^ SECRET[secret + 4 * lane]!, 0, dataTop ^ SECRET[secret + 4 * lane + 4]!, 0);
    lanes[lane] = add(lanes[lane]!, lanes[lane + 1]!, product, high());
    lanes[lane + 1] = high();
  }
}

/** After every 16 stripes. */
function scramble(): void {
  for (let lane = 0; lane < 16; lane += 2) {
    const laneTop = lanes[lane + 1]!;
    const laneLow = lanes[lane]! ^ (laneTop >>> 15) ^ SECRET[128 + 4 * lane]!;
    lanes[lane] = multiply(laneLow, laneTop ^ SECRET[132 + 4 * lane]!, 0x9e3779b1, 0);
    lanes[lane + 1] = high();
  }
}
