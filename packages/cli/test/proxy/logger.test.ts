/** The log: lines of JSON, or text for people; never a secret. */
import { expect, test } from 'vitest';
import type { LogSettings } from '../../src/proxy/log-settings.ts';
import { createLogger, formatLine } from '../../src/proxy/run/logger.ts';

function logged(settings: LogSettings, isTTY: boolean, log: (logger: ReturnType<typeof createLogger>) => void): string {
  let text = '';
  log(createLogger(settings, { pid: 7 }, { isTTY, write: (line) => void (text += line) }));
  return text;
}

test('a line of JSON has level, time and message by name', () => {
  const text = logged({ level: 'info', format: 'auto' }, false, (log) => log.info({ a: 1 }, 'hello'));
  expect(JSON.parse(text)).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    pid: 7,
    a: 1,
    message: 'hello',
  });
});

test('on a terminal, and where it is wanted, it is text', () => {
  const say = (log: ReturnType<typeof createLogger>): void =>
    log.warn({ node: 'a:1', note: 'two words', list: [1] }, 'node ejected');
  const expected = /^\d\d:\d\d:\d\d\.\d{3} WARN {2}node ejected {2}node=a:1 {2}note="two words" {2}list=\[1\]\n$/;
  expect(logged({ level: 'info', format: 'auto' }, true, say)).toMatch(expected);
  expect(logged({ level: 'info', format: 'text' }, false, say)).toMatch(expected);
  expect(formatLine('{"level":"info","time":"2026-01-01T10:20:30.456Z","message":"m"}')).toBe('10:20:30.456 INFO  m\n');
});

test('what is below the level is not logged', () => {
  expect(logged({ level: 'warn', format: 'json' }, false, (log) => log.info('x'))).toBe('');
});

test('secrets in fields and in texts are hidden', () => {
  const text = logged({ level: 'info', format: 'json' }, false, (log) =>
    log.info(
      { cluster: { password: 'hunter2', users: { ada: 'hunter2' } }, url: 'http://a:hunter2@b' },
      'from couchbase://a:hunter2@b',
    ),
  );
  expect(text).not.toContain('hunter2');
  expect(text).toContain('from couchbase://a:***@b');
});
