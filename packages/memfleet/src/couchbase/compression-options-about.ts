/** The options of compression on the wire as the docs describe them, in Markdown. No program loads this file. */
import type { About } from '../core/option-table.ts';
import type { CompressionOptions } from './compression-options.ts';

/** The options of compression. */
export const compressionAbout: About<CompressionOptions> = {
  minSize: 'the smallest value that is compressed',
  minRatio: 'a value is sent compressed if that has at most this share of its bytes; 0 = never',
};
