/**
 * Requests that memcached answers with an error and then closes; judged against the real one in real-memcached.test.ts.
 */
export interface Refusal {
  readonly name: string;
  readonly bytes: string;
  readonly status: number;
}

export const refusals: readonly Refusal[] = [
  {
    name: 'a body shorter than key and extras',
    bytes: '80 00 0005 00 00 0000 00000004 00000000 0000000000000000',
    status: 0x81,
  },
  { name: 'GET without key', bytes: '80 00 0000 00 00 0000 00000000 00000000 0000000000000000', status: 4 },
  { name: 'GET with extras', bytes: '80 00 0001 04 00 0000 00000005 00000000 0000000000000000 00000000 6b', status: 4 },
  { name: 'GET with a value', bytes: '80 00 0001 00 00 0000 00000002 00000000 0000000000000000 6b 76', status: 4 },
  {
    name: 'GET with a key of 251 bytes',
    bytes: `80 00 00fb 00 00 0000 000000fb 00000000 0000000000000000 ${'6b'.repeat(251)}`,
    status: 4,
  },
  {
    name: 'an unknown opcode with a key of 251 bytes',
    bytes: `80 ee 00fb 00 00 0000 000000fb 00000000 0000000000000000 ${'6b'.repeat(251)}`,
    status: 4,
  },
  { name: 'SET without extras', bytes: '80 01 0001 00 00 0000 00000002 00000000 0000000000000000 6b 76', status: 4 },
  {
    name: 'SET without key',
    bytes: '80 01 0000 08 00 0000 00000009 00000000 0000000000000000 0000000000000000 76',
    status: 4,
  },
  {
    name: 'APPEND with extras',
    bytes: '80 0e 0001 08 00 0000 0000000a 00000000 0000000000000000 0000000000000000 6b 76',
    status: 4,
  },
  { name: 'DELETE with a value', bytes: '80 04 0001 00 00 0000 00000002 00000000 0000000000000000 6b 76', status: 4 },
  {
    name: 'INCREMENT with 19 bytes of extras',
    bytes: `80 05 0001 13 00 0000 00000014 00000000 0000000000000000 ${'00'.repeat(19)} 6b`,
    status: 4,
  },
  { name: 'NOOP with a key', bytes: '80 0a 0001 00 00 0000 00000001 00000000 0000000000000000 6b', status: 4 },
  { name: 'VERSION with a value', bytes: '80 0b 0000 00 00 0000 00000001 00000000 0000000000000000 76', status: 4 },
  {
    name: 'FLUSH with 3 bytes of extras',
    bytes: '80 08 0000 03 00 0000 00000003 00000000 0000000000000000 000000',
    status: 4,
  },
  { name: 'TOUCH without extras', bytes: '80 1c 0001 00 00 0000 00000001 00000000 0000000000000000 6b', status: 4 },
  { name: 'STAT with extras', bytes: '80 10 0000 04 00 0000 00000004 00000000 0000000000000000 00000000', status: 4 },
  { name: 'QUIT with a value', bytes: '80 07 0000 00 00 0000 00000001 00000000 0000000000000000 76', status: 4 },
  {
    name: 'SASL_AUTH without mechanism',
    bytes: '80 21 0000 00 00 0000 00000001 00000000 0000000000000000 76',
    status: 4,
  },
];
