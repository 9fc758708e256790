import { binary } from './binary.ts';
import { meta } from './meta.ts';
import type { Wire } from './request.ts';
import { text } from './text.ts';

/** The name of a protocol. */
export type WireName = 'text' | 'meta' | 'binary';

/** The protocols of raw sessions. */
export const wires: Readonly<Record<WireName, Wire>> = { text, meta, binary };
