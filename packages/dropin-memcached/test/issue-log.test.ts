/** When a server may be used again after issues, on a fake clock. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type IssueConfig, type IssueEvent, IssueLog } from '../src/issue-log.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const config: IssueConfig = {
  server: 's:1',
  tokens: ['1', 's'],
  reconnect: 18_000_000,
  failures: 2,
  failuresTimeout: 300_000,
  retry: 30_000,
  remove: false,
};

function logged(options: Partial<IssueConfig> = {}): { log: IssueLog; events: IssueEvent[] } {
  const events: IssueEvent[] = [];
  return { log: new IssueLog({ ...config, ...options }, (event) => events.push(event)), events };
}

test('an issue puts a server aside for a second at most', () => {
  const { log, events } = logged();
  log.log('refused');
  expect(log).toMatchObject({ failed: true, locked: true, failures: 2 });
  vi.advanceTimersByTime(1000);
  expect(log).toMatchObject({ failed: false, locked: false, failures: 1 });
  expect(events).toEqual(['issue']);
});

test('issues of calls in flight together count once', () => {
  const { log, events } = logged();
  for (let call = 0; call < 256; call++) log.log('refused');
  vi.advanceTimersByTime(1000);
  expect(log).toMatchObject({ failed: false, failures: 1 });
  expect(log.messages).toHaveLength(100);
  expect(events).toEqual(['issue']);
});

test('failures start again when failuresTimeout has passed since the first', () => {
  const { log } = logged();
  log.log('refused');
  vi.advanceTimersByTime(300_000);
  expect(log.failures).toBe(2);
});

test('a server without failures left is dead for `retry` at most, then tried by the next call', () => {
  const { log, events } = logged({ failures: 1 });
  log.log('refused');
  vi.advanceTimersByTime(1000);
  log.log('refused');
  expect(events).toEqual(['issue', 'failure']);
  vi.advanceTimersByTime(29_999);
  expect(log.failed).toBe(true);
  vi.advanceTimersByTime(1);
  expect(log.failed).toBe(false);
  log.succeeded();
  log.succeeded();
  expect(events).toEqual(['issue', 'failure', 'reconnecting', 'reconnect']);
  expect(log.messages).toEqual([]);
});

test('with remove, a server without failures left is removed', () => {
  const { log, events } = logged({ failures: 0, remove: true });
  log.log('refused');
  vi.advanceTimersByTime(18_000_000);
  expect(events).toEqual(['remove']);
  expect(log.failed).toBe(true);
});

test('the details of a dead server say how long it was out', () => {
  const { log } = logged({ failures: 0, retry: 10, reconnect: 10 });
  log.log('refused');
  vi.advanceTimersByTime(10);
  expect(log.details).toEqual({
    server: 's:1',
    tokens: ['1', 's'],
    messages: ['refused'],
    totalReconnectsAttempted: 1,
    totalReconnectsSuccess: 0,
    totalReconnectsFailed: 1,
    totalDownTime: 10,
  });
});
