/** The part of the library that speaks the binary protocol to nodes. */
import { LazyPart } from '../base/lazy-part.ts';
import type { BinaryHalf } from './binary-half.ts';

/** Loaded before a connection is dialled that may speak the binary protocol. */
export const binaryPart: LazyPart<BinaryHalf> = new LazyPart();
