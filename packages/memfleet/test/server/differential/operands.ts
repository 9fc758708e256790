/** What requests of every protocol are made of. */
import type { Random } from './random.ts';

/** Writes one request. */
export type RequestKind = (random: Random) => string;

export const keys = ['a', 'b', 'c', 'n', 'long'.repeat(60), '\x01\x7f\xff'];
export const values = [
  '',
  '0',
  '9',
  '10',
  '99',
  '007',
  ' 5',
  '5 ',
  '9223372036854775807',
  'abc',
  '\r\nEND\r\n',
  '-1',
  '\x80\xff\t',
  'w'.repeat(100),
  'y'.repeat(4097),
];
export const exptimes = [
  '0',
  '0',
  '0',
  '100',
  '1000',
  '-1',
  '2592000',
  '2592001',
  '2000000000',
  '4294967295',
  '-2147483648',
];
export const clientFlags = ['0', '1', '65535', '4294967295'];

/** The cas that the last `gets` of the connection showed stands for this byte string. */
export const lastCas = '\u0100';
