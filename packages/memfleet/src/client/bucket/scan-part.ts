/** The part of the library that scans buckets. */
import { LazyPart } from '../../base/lazy-part.ts';
import type { scan } from './scan.ts';

/** Loaded with the first item of the first scan. */
export const scanPart: LazyPart<{ readonly scan: typeof scan }> = new LazyPart();
