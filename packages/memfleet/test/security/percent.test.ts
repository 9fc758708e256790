/**
 * A URL whose user or password is not URL-encoded ends the process with a stack trace as soon as the documents are
 * asked for.
 */
import { expect, test } from 'vitest';
import { createClient, InvalidOptionError } from '../../src/index.ts';

test.each([
  'http://us%er:hunter2@h/',
  'http://user:hun%ter2@h:8091/pools/default/bs/b',
  'http://user:%ff@h/',
  'http://%:x@h/',
])('couchbase.urls: %s is refused', (url) => {
  const make = (): unknown => createClient({ couchbase: { urls: [url] } });
  expect(make).toThrow(InvalidOptionError);
  expect(make).toThrow(/^option "couchbase\.urls": .* not URL-encoded/);
  expect(make).not.toThrow(/hunter2/);
});

test('what is URL-encoded is taken', () => {
  createClient({ couchbase: { urls: 'http://us%25er:p%40ss@h/' } }).destroy();
});
