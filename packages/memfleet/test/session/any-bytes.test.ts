/** A session survives any bytes: it replies or closes, and never fails. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { storeRig } from '../support/session-rig.ts';

describe('any bytes', () => {
  const words = fc.constantFrom(
    'get ',
    'set a 0 0 3',
    'ms a 2 ',
    'mg ',
    'ma a ',
    'incr a ',
    '\r\n',
    '\n',
    ' ',
    'noreply',
    '\x80\x01',
    '\0',
    'b ',
  );
  const noise = fc
    .array(
      fc.oneof(
        words,
        fc.string({ unit: 'binary-ascii' }),
        fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1')),
      ),
    )
    .map((parts) => parts.join(''));

  it.each(['', '\x80'])(
    'that begin with %j end the session or leave it working, and nothing of ours throws',
    (first) => {
      fc.assert(
        fc.property(noise, fc.integer({ min: 1, max: 30 }), (text, size) => {
          const rig = storeRig({ limits: { maxValue: 100, maxLine: 200 } });
          const { client } = rig.connect();
          const bytes = first + text;
          for (let at = 0; at < bytes.length; at += size) client.say(bytes.slice(at, at + size));
          expect(rig.context.counters.internalErrors).toBe(0);
          client.transport.end();
          client.flow();
          expect(client.isClosed).toBe(true);
        }),
        { numRuns: 300 },
      );
    },
  );
});
