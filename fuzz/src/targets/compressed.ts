/** What nodes of Couchbase compress and list: Snappy, and the entries of range scans. */
import { ProtocolError } from '../../../packages/memfleet/dist/core/errors.js';
import { readScanned, scannedEntry } from '../../../packages/memfleet/dist/protocol/binary/range-scan.js';
import { compress } from '../../../packages/memfleet/dist/protocol/snappy/compress.js';
import { uncompress } from '../../../packages/memfleet/dist/protocol/snappy/uncompress.js';
import { holds, outcome, type Target } from '../target.ts';

const maxLength = 1024 * 1024;

/** The input as a compressed value, and as a plain one. */
function readSnappy(input: string): string {
  const bytes = Buffer.from(input, 'latin1');
  const read = outcome(() => uncompress(bytes, maxLength), RangeError);
  const packed = Buffer.alloc(bytes.length + Math.ceil(bytes.length / 6) + 32);
  const length = compress(bytes, packed, packed.length);
  holds(length > 0, 'any bytes can be compressed, and become little longer');
  holds(uncompress(packed.subarray(0, length), maxLength).equals(bytes), 'what is compressed is read as it was');
  return 'error' in read ? read.error.message.slice(0, 30) : `${Math.min(64, read.value.length)}`;
}

function readEntries(input: string): string {
  const bytes = Buffer.from(input, 'latin1');
  return [true, false]
    .map((keysOnly) => {
      const read = outcome(() => readScanned(bytes, keysOnly), ProtocolError);
      if ('error' in read) return read.error.message.slice(-30);
      const again = Buffer.concat(read.value.map((item) => scannedEntry(item, keysOnly)));
      holds(readScanned(again, keysOnly).length === read.value.length, 'entries that are read can be written');
      return read.value.length;
    })
    .join();
}

const item = { key: 'key', flags: 2, exptime: 9, cas: 7n, datatype: 1, value: Buffer.from('{"a":1}') };

export const compressedTargets: readonly Target[] = [
  {
    name: 'snappy',
    seeds: [
      '\0',
      '\x01\0a',
      '\x64\0a\xfe\x01\0\x8a\x01\0',
      '\x08\x0cabcd\x01\x04',
      '\x08\x0cabcd\x0e\x04\0',
      '\x08\x0cabcd\x0f\x04\0\0\0',
      `\x46\xf0\x45${'x'.repeat(70)}`,
      `\x80\x02\xf4\xff\0${'y'.repeat(256)}`,
    ],
    words: ['\xfe\x01\0', '\xff\xff\xff\xff\x0f', '\xf0', '\xf4', '\xf8', '\xfc', '\x01\0', '\x0f\0\0\0\0'],
    run: readSnappy,
  },
  {
    name: 'scan-entries',
    seeds: [
      '\x03key\x01k',
      scannedEntry(item, false).toString('latin1'),
      scannedEntry({ ...item, key: 'k'.repeat(200), value: Buffer.alloc(300) }, false).toString('latin1'),
    ],
    words: ['\x80\x01', '\xff\xff\xff\xff\x0f', '\xfa\x01', '\0'],
    run: readEntries,
  },
];
