/** The flags of npm `memjs`: it writes 0, and gives whatever it reads as a Buffer. */
import { types } from 'node:util';
import { toByteString } from '../../base/bytes.ts';
import { type FlagTable, type ForeignJsonOptions, type ForeignTranscoder, foreignTranscoder } from './flag-table.ts';
import { readTextOrBytes } from './stored-value.ts';

/** What the flags mean. */
export const memjsFlags: FlagTable = {
  name: 'memjs',
  takes: 'text and bytes, as memjs has one type',
  jsonType: 'bytes',
  types: [
    {
      name: 'bytes',
      flags: 0,
      read: readTextOrBytes,
      write(value) {
        if (typeof value === 'string') return toByteString(value);
        return types.isUint8Array(value) ? value : undefined;
      },
    },
  ],
  compressions: [],
};

/**
 * As npm `memjs` has it: text and bytes, with flags 0. They are read as text where they are UTF-8, else as bytes. The
 * rest is refused on writing; with the option `json`, everything but bytes is JSON.
 */
export const memjs: ForeignTranscoder<ForeignJsonOptions> = foreignTranscoder<ForeignJsonOptions>(memjsFlags);
