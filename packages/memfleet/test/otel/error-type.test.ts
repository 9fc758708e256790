/** Types of errors, which are attributes of metrics. */
import { expect, test } from 'vitest';
import { TimeoutError } from '../../src/core/errors.ts';
import { errorType } from '../../src/otel/error-type.ts';

const coded = (code: string): Error => Object.assign(new Error('no user'), { code });

test('codes that loaders make of ids do not fill the metrics, and hide no error of memfleet', () => {
  const seen = new Set(Array.from({ length: 10_000 }, (_, at) => errorType(coded(`USER_${at}`))));
  expect(seen.size).toBeLessThanOrEqual(101);
  expect(errorType(coded('USER_0'))).toBe('USER_0');
  expect(errorType(coded('USER_9999'))).toBe('_OTHER');
  const own = Object.create(TimeoutError.prototype) as Error;
  expect(errorType(Object.assign(own, { code: 'ERR_TIMEOUT' }))).toBe('ERR_TIMEOUT');
});
