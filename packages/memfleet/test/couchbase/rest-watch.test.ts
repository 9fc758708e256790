import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { AuthenticationError, ConfigError, ConnectError, type MemcacheError } from '../../src/core/errors.ts';
import { RestWatch, type RestWatchOptions } from '../../src/couchbase/rest/rest-watch.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { deadAddress } from '../support/harness.ts';

type Route = (response: ServerResponse, request: IncomingMessage) => void;

/** A web server whose answers can be changed; it records the requests. */
class Web {
  readonly asked: string[] = [];
  readonly authorizations: (string | undefined)[] = [];
  routes: Record<string, Route> = {};
  readonly #server: Server;

  constructor(routes: Record<string, Route>) {
    this.routes = routes;
    this.#server = createServer((request, response) => {
      this.asked.push(request.url!);
      this.authorizations.push(request.headers.authorization);
      const route = this.routes[request.url!];
      if (route === undefined) response.writeHead(404).end('nothing here');
      else route(response, request);
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      this.#server.closeAllConnections();
      this.#server.close();
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }
}

const say =
  (text: string, status = 200): Route =>
  (response) =>
    response.writeHead(status).end(text);

interface Watched {
  readonly documents: string[];
  readonly errors: MemcacheError[];
  readonly clock: FakeClock;
  readonly watch: RestWatch;
  readonly until: (ready: () => boolean) => Promise<void>;
}

function watch(urls: readonly string[], fields: Partial<RestWatchOptions> = {}, refuse?: RegExp): Watched {
  const clock = new FakeClock();
  const documents: string[] = [];
  const errors: MemcacheError[] = [];
  let wake: () => void = () => {};
  const watching = new RestWatch(
    {
      urls: urls.map((url) => new URL(url)),
      credentials: () => undefined,
      tls: undefined,
      clock,
      random: () => 0.5,
      interval: 5000,
      timeout: 2000,
      keepAliveDelay: 1000,
      maxDocument: 1000,
      ...fields,
    },
    {
      onDocument: (text, host) => {
        if (refuse?.test(text) === true) throw new ConfigError(`bad: ${text}`);
        documents.push(`${host} ${text}`);
        wake();
      },
      onError: (error) => {
        errors.push(error);
        wake();
      },
    },
  );
  onTestFinished(() => watching.stop());
  const until = async (ready: () => boolean): Promise<void> => {
    while (!ready()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { documents, errors, clock, watch: watching, until };
}

test('one document is requested again after the interval', async () => {
  const web = new Web({ '/one': say('{"a":1}') });
  const base = await web.listen();
  const { clock, documents, until } = watch([`${base}/one`]);
  await until(() => documents.length === 1 && clock.timers === 1);
  expect(documents).toEqual(['127.0.0.1 {"a":1}']);
  clock.advance(5000);
  await until(() => documents.length === 2);
  expect(web.asked).toEqual(['/one', '/one']);
});

test('a stream gives document after document, whatever the pieces', async () => {
  let send!: ServerResponse;
  const web = new Web({ '/s': (response) => void (send = response.writeHead(200)).write('{"a":1}\n\n') });
  const base = await web.listen();
  const { documents, until } = watch([`${base}/s`]);
  await expect.poll(() => send).toBeDefined();
  send.write('\n\n{"b":');
  await until(() => documents.length === 1);
  send.write('2}\n\n\n\n{"c":3}\n\n\n\n\n\n');
  await until(() => documents.length === 3);
  expect(documents.map((line) => line.slice(10))).toEqual(['{"a":1}', '{"b":2}', '{"c":3}']);
  expect(web.asked).toEqual(['/s']);
});

test('when a stream ends, the first URL is requested again after a pause', async () => {
  const web = new Web({
    '/second': (response) => {
      response.writeHead(200).write('{"a":1}\n\n\n\n');
      response.end();
    },
  });
  const base = await web.listen();
  const { clock, documents, errors, until } = watch([`${base}/first`, `${base}/second`]);
  await until(() => documents.length === 1 && clock.timers === 1);
  expect(errors).toEqual([]);
  clock.advance(1000);
  await until(() => documents.length === 2);
  expect(web.asked).toEqual(['/first', '/second', '/first', '/second']);
});

test('a URL that fails or says nonsense is passed over', async () => {
  const web = new Web({
    '/html': say('<html>login</html>'),
    '/empty': say(''),
    '/late': (response) => void response.writeHead(200).write('{"half'),
    '/cut': (response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"half');
      response.destroy();
    },
    '/long': say('x'.repeat(2000)),
    '/good': say('{}'),
  });
  const base = await web.listen();
  const paths = ['/missing', '/html', '/empty', '/cut', '/long', '/good'];
  const { documents, errors, until } = watch(
    [`http://${await deadAddress()}/refused`, ...paths.map((path) => base + path)],
    {},
    /html/,
  );
  await until(() => documents.length === 1);
  expect(web.asked).toEqual(paths);
  expect(errors).toEqual([]);
});

test.each([
  ['/missing', ConfigError, /\/missing responded 404/],
  ['/html', ConfigError, /\/html: bad: <html>/],
  ['/empty', ConfigError, /\/empty returned an empty document/],
  ['/locked', AuthenticationError, /\/locked requires a username and password, and none are configured \(401\)/],
  ['/cut', ConnectError, /\/cut: /],
])('%s alone is reported, and asked again after a pause', async (path, kind, message) => {
  const web = new Web({
    '/html': say('<html>'),
    '/empty': say('\n'),
    '/locked': say('', 401),
    '/cut': (response) => void response.destroy(),
  });
  const base = await web.listen();
  const { clock, errors, until } = watch([base + path], {}, /html/);
  await until(() => errors.length === 1);
  expect(errors[0]).toBeInstanceOf(kind);
  expect(errors[0]!.message).toMatch(message);
  clock.advance(1000);
  await until(() => errors.length === 2);
});

test('a server that says nothing is given up after the timeout', async () => {
  let asked!: () => void;
  const question = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const web = new Web({ '/silent': () => asked() });
  const base = await web.listen();
  const { clock, errors, until } = watch([`${base}/silent`]);
  await question;
  clock.advance(2000);
  await until(() => errors.length === 1);
  expect(errors[0]!.message).toMatch(/\/silent returned no document within 2000 ms/);
});

test('the password goes by basic authentication, and is in no message', async () => {
  const web = new Web({ '/locked': say('', 401) });
  const base = await web.listen();
  const { errors, until } = watch([`${base}/locked`], { credentials: () => ({ username: 'me', password: 'sécret' }) });
  await until(() => errors.length === 1);
  expect(web.authorizations).toEqual([`Basic ${Buffer.from('me:sécret').toString('base64')}`]);
  expect(errors[0]!.message).toMatch(/refused the username or password/);
  expect(errors[0]!.message).not.toContain('sécret');
});

test('a user in the URL goes before the others, and is not shown', async () => {
  const web = new Web({});
  const base = (await web.listen()).replace('//', '//u%40x:p%3Aw@');
  const { errors, until } = watch([`${base}/x`], { credentials: () => ({ username: 'me', password: 'x' }) });
  await until(() => errors.length === 1);
  expect(web.authorizations).toEqual([`Basic ${Buffer.from('u@x:p:w').toString('base64')}`]);
  expect(errors[0]!.message).not.toContain('p%3Aw');
});

test('after stop no request is sent', async () => {
  const web = new Web({ '/one': say('{}') });
  const base = await web.listen();
  const { clock, documents, until, watch: watching } = watch([`${base}/one`]);
  await until(() => documents.length === 1 && clock.timers === 1);
  watching.stop();
  expect(clock.timers).toBe(0);
});
