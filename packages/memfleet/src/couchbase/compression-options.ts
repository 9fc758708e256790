/** The options of compression on the wire. */
import { bytes, number } from '../core/option-kinds.ts';
import { type Complete, defaultsOf, type OptionTable } from '../core/option-table.ts';

/** Which values are compressed. */
export interface CompressionOptions {
  /** The smallest value in bytes that is compressed. @default 32 */
  readonly minSize?: number | undefined;
  /**
   * A value is sent compressed if that has at most this share of its bytes: 0 to 1. At 0 no value is compressed, and
   * values that others compressed are still read. @default 0.83
   */
  readonly minRatio?: number | undefined;
}

const options = {
  minSize: {
    kind: bytes(0),
    default: 32,
    aka: ['compression_min_size'],
  },
  minRatio: {
    kind: number(0, 1),
    default: 0.83,
    aka: ['compression_min_ratio'],
  },
} satisfies OptionTable<CompressionOptions>;

/** The options of compression. */
export const compressionOptions: OptionTable<CompressionOptions> = options;

/** The options, completed. */
export type CompressionBounds = Complete<CompressionOptions>;

/** The defaults of `CompressionOptions`. */
export const compressionDefaults: CompressionBounds = defaultsOf(options);

/** The largest value in bytes of Couchbase: no value is longer when it is uncompressed. */
export const maxValueSize: number = 20 * 1024 * 1024;
