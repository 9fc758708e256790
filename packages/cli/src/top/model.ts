/**
 * What is on the screen, and what keys make of it. Pure:
 *
 *   state, key, data ─▶ press ─▶ state, and what the program has to do besides (an effect)
 */
import type { NodeRow } from '../fleet/node-record.ts';
import { safeKey } from '../fleet/safe-text.ts';
import type { Snapshot } from '../fleet/sampler.ts';
import { sortKeys, sortRows } from './columns.ts';
import { type DetailPage, detailPages, type DetailStats } from './detail-pane.ts';
import type { HotKeysView } from './keys/hot-keys.ts';
import type { KeyEntry, KeyLevel } from './keys/key-browser.ts';
import { lastOffset } from './node-table.ts';

/** The screens, by their names in the head line. */
export const views = ['nodes', 'hot keys', 'keys'] as const;

/** One of them. */
export type View = (typeof views)[number];

/** What is shown. */
export interface Data {
  readonly snapshot: Snapshot;
  readonly details: DetailStats;
  readonly hot: HotKeysView;
  readonly level: KeyLevel;
}

/** What the program has to do. */
export type Effect =
  | { readonly do: 'quit' | 'interrupt' | 'suspend' | 'redraw' | 'stop listing' }
  | { readonly do: 'browse'; readonly prefix: string }
  | { readonly do: 'delete'; readonly entry: KeyEntry };

/** How it is shown. */
export interface TopState {
  readonly view: View;
  readonly isHelp: boolean;
  readonly isPaused: boolean;
  readonly sort: string;
  readonly isReversed: boolean;
  readonly offset: number;
  /** The name of the selected node. */
  readonly selected: string | undefined;
  readonly detail: DetailPage | undefined;
  /** Lines of the detail pane above its first. */
  readonly scroll: number;
  /** The selected entry of the hot keys and of the keys. */
  readonly place: number;
  /** The prefixes from which the shown one was entered, with the place there. */
  readonly path: readonly { readonly prefix: string; readonly place: number }[];
  /** Waits for `y`. */
  readonly question: { readonly text: string; readonly entry: KeyEntry } | undefined;
  /** What came of the last effect; until the next key. */
  readonly notice: string | undefined;
}

/** The state at the start. */
export const firstState: TopState = {
  view: 'nodes',
  isHelp: false,
  isPaused: false,
  sort: 'node',
  isReversed: false,
  offset: 0,
  selected: undefined,
  detail: undefined,
  scroll: 0,
  place: 0,
  path: [],
  question: undefined,
  notice: undefined,
};

/** What a key makes of a state. */
export interface Step {
  readonly state: TopState;
  readonly effect?: Effect;
}

type Press = (state: TopState, data: Data) => Step;

const to =
  (change: Partial<TopState>): Press =>
  (state) => ({ state: { ...state, ...change } });

const show =
  (view: View): Press =>
  (state, { level }) => {
    const next = { ...state, view, place: 0, isHelp: false };
    return view === 'keys' && state.view !== 'keys'
      ? { state: { ...next, path: [] }, effect: { do: 'browse', prefix: level.prefix } }
      : { state: next };
  };

const quit: Press = (state) => ({ state, effect: { do: 'quit' } });

/** Keys on every screen. */
const everywhere: Readonly<Record<string, Press>> = {
  q: quit,
  Q: quit,
  CTRL_C: (state) => ({ state, effect: { do: 'interrupt' } }),
  CTRL_Z: (state) => ({ state, effect: { do: 'suspend' } }),
  CTRL_L: (state) => ({ state, effect: { do: 'redraw' } }),
  '?': (state) => ({ state: { ...state, isHelp: !state.isHelp } }),
  F1: (state) => ({ state: { ...state, isHelp: !state.isHelp } }),
  '1': show('nodes'),
  n: show('nodes'),
  '2': show('hot keys'),
  h: show('hot keys'),
  '3': show('keys'),
  k: show('keys'),
  p: (state) => ({ state: { ...state, isPaused: !state.isPaused } }),
};

const nextSort =
  (by: number): Press =>
  (state) => {
    const at = sortKeys.indexOf(state.sort) + by + sortKeys.length;
    return { state: { ...state, sort: sortKeys[at % sortKeys.length] as string, isReversed: false } };
  };

/** Selects the node so many rows further down. */
const move =
  (by: number): Press =>
  (state, data) => {
    const rows = rowsOf(state, data);
    const at = Math.max(0, Math.min(rows.length - 1, rows.findIndex(({ node }) => node === state.selected) + by));
    return { state: { ...state, selected: rows[at]?.node, scroll: 0 } };
  };

const scroll =
  (by: number): Press =>
  (state) => ({ state: { ...state, scroll: Math.max(0, state.scroll + by) } });

const slide =
  (by: number): Press =>
  (state) => ({ state: { ...state, offset: Math.max(0, Math.min(lastOffset(), state.offset + by)) } });

const nextPage: Press = (state) => {
  if (state.detail === undefined) return { state };
  const at = detailPages.indexOf(state.detail) + 1;
  return { state: { ...state, detail: detailPages[at % detailPages.length], scroll: 0 } };
};

const onNodes: Readonly<Record<string, Press>> = {
  UP: move(-1),
  DOWN: move(1),
  HOME: move(-1e9),
  END: move(1e9),
  LEFT: slide(-1),
  RIGHT: slide(1),
  PAGE_UP: scroll(-5),
  PAGE_DOWN: scroll(5),
  s: nextSort(1),
  S: nextSort(-1),
  r: (state) => ({ state: { ...state, isReversed: !state.isReversed } }),
  TAB: nextPage,
  ENTER: (state) => ({ state: { ...state, detail: state.detail === undefined ? 'figures' : undefined, scroll: 0 } }),
  ESCAPE: to({ detail: undefined, scroll: 0 }),
};

/** Moves within a list. */
const step =
  (by: number): Press =>
  (state, { hot, level }) => {
    const last = (state.view === 'keys' ? level.entries.length : hot.keys.length) - 1;
    return { state: { ...state, place: Math.max(0, Math.min(last, state.place + by)) } };
  };

const list: Readonly<Record<string, Press>> = {
  UP: step(-1),
  DOWN: step(1),
  PAGE_UP: step(-10),
  PAGE_DOWN: step(10),
  HOME: step(-1e9),
  END: step(1e9),
};

const enter: Press = (state, { level }) => {
  const entry = level.entries[state.place];
  if (entry === undefined || entry.isKey) return { state };
  const path = [...state.path, { prefix: level.prefix, place: state.place }];
  return { state: { ...state, path, place: 0 }, effect: { do: 'browse', prefix: entry.name } };
};

const leave: Press = (state, { level }) => {
  const last = state.path.at(-1);
  if (!level.isDone) return { state, effect: { do: 'stop listing' } };
  if (last === undefined) return { state };
  return {
    state: { ...state, path: state.path.slice(0, -1), place: last.place },
    effect: { do: 'browse', prefix: last.prefix },
  };
};

const ask: Press = (state, { level }) => {
  const entry = level.entries[state.place];
  if (entry === undefined) return { state };
  if (!entry.isKey) return { state: { ...state, notice: 'only single keys can be deleted: open the prefix first' } };
  const name = safeKey(Buffer.from(entry.name, 'latin1'));
  return { state: { ...state, question: { text: `Delete ${name} on ${entry.node}? y/n`, entry } } };
};

const onKeys: Readonly<Record<string, Press>> = {
  ...list,
  ENTER: enter,
  RIGHT: enter,
  LEFT: leave,
  BACKSPACE: leave,
  ESCAPE: leave,
  d: ask,
  DELETE: ask,
  r: (state, { level }) => ({ state, effect: { do: 'browse', prefix: level.prefix } }),
};

const keysOf: Readonly<Record<View, Readonly<Record<string, Press>>>> = {
  nodes: onNodes,
  'hot keys': list,
  keys: onKeys,
};

/** What a key makes of the state. A key without a meaning only takes the notice away. */
export function press(state: TopState, key: string, data: Data): Step {
  if (state.question !== undefined && key !== 'CTRL_C') {
    const { entry } = state.question;
    const asked = { ...state, question: undefined };
    return key === 'y' || key === 'Y'
      ? { state: asked, effect: { do: 'delete', entry } }
      : { state: { ...asked, notice: 'nothing was deleted' } };
  }
  const calm = state.notice === undefined ? state : { ...state, notice: undefined };
  if (state.isHelp && !Object.hasOwn(everywhere, key)) return { state: { ...calm, isHelp: false } };
  const own = keysOf[state.view];
  const found = Object.hasOwn(own, key) ? own[key] : Object.hasOwn(everywhere, key) ? everywhere[key] : undefined;
  return found?.(calm, data) ?? { state: calm };
}

/** The nodes in the order in which they are shown. */
export function rowsOf({ sort, isReversed }: TopState, { snapshot }: Data): readonly NodeRow[] {
  return sortRows(snapshot.nodes, sort, isReversed);
}

/** The state with a node selected that is there, and a place that is. */
export function settle(state: TopState, data: Data): TopState {
  const rows = rowsOf(state, data);
  const selected = rows.some(({ node }) => node === state.selected) ? state.selected : rows[0]?.node;
  const entries = state.view === 'keys' ? data.level.entries : data.hot.keys;
  const place =
    state.view === 'nodes' || !data.level.isDone ? state.place : Math.max(0, Math.min(state.place, entries.length - 1));
  return selected === state.selected && place === state.place ? state : { ...state, selected, place };
}
