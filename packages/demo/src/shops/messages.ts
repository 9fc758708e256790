/**
 * What the office and a shop tell each other. The office has the database; a shop is a process.
 *
 *   office ─ settings (command line), floor, loaded, refused, close ─▶ shop
 *          ◀─ open, load, pages, node, closed ──────────────────────
 */

/** How pages are made: with plain get and set, or with memfleet/cache. */
export type Mode = 'plain' | 'cache';

/** The settings of a shop, as JSON on its command line. */
export interface ShopSettings {
  readonly mode: Mode;
  readonly nodes: readonly string[];
  readonly ejectTime: number;
  /** Stands before every key. */
  readonly prefix: string;
  /** The key of the part that every page has. */
  readonly hotKey: string;
  readonly callers: number;
  /** Mean pause of a caller between two pages, in ms. */
  readonly think: number;
  readonly seed: number;
}

/** To a shop. */
export type ToShop =
  /** Pages that begin from now on must not show an older version of the key. */
  | { readonly kind: 'floor'; readonly key: string; readonly version: number }
  | { readonly kind: 'loaded'; readonly id: number; readonly version: number }
  | { readonly kind: 'refused'; readonly id: number }
  | { readonly kind: 'close' };

/** Pages that have ended. */
export interface Pages {
  /** The duration of each, in ms. */
  readonly durations: readonly number[];
  readonly failed: number;
  readonly wrong: number;
  readonly stale: number;
  /** Wrong and stale parts and unexpected errors, in words. */
  readonly examples: readonly string[];
}

/** From a shop. */
export type FromShop =
  | { readonly kind: 'open' }
  | { readonly kind: 'load'; readonly id: number; readonly key: string }
  | ({ readonly kind: 'pages' } & Pages)
  | { readonly kind: 'ejected'; readonly node: string; readonly duration: number; readonly why: string }
  | { readonly kind: 'readmitted'; readonly node: string; readonly duration: number }
  /** `hung`: the callers whose page did not end. */
  | { readonly kind: 'closed'; readonly hung: number };
