/**
 * Looks at the built site in Chromium: `npm run site:look [-- FOLDER]`, with pictures into the folder.
 *
 * Each page, on a desk and on a phone, light and dark: no fault of accessibility (axe), nothing that makes the page
 * scroll sideways, no table that is cut, no error in the console, no request to another host. The search finds a word.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join, resolve } from 'node:path';
import { chromium } from 'playwright-core';

const dist = resolve(import.meta.dirname, '../dist');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** One of each kind, and those with the widest tables. */
const paths = ['', 'overview.html', 'performance.html', 'proxy.html', 'options.html', 'reference/memfleet/cache.html'];
/** For a busy machine, in ms. */
const patience = 120_000;

const screens = [
  { name: 'desk', width: 1280, height: 900, dark: false },
  { name: 'phone', width: 390, height: 844, dark: true },
];

/** @type {Readonly<Record<string, string>>} */
const types = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' };

/** A server of files on a free port; gives it and its origin. */
async function serveFiles() {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = pathname.endsWith('/') ? `${pathname}index.html` : pathname;
    try {
      const body = readFileSync(join(dist, path));
      response.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', () => listening(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { server, origin: `http://127.0.0.1:${port}/` };
}

/** @param {readonly string[]} words */
export async function run([pictures]) {
  const { server, origin } = await serveFiles();
  const browser = await chromium.launch({
    executablePath: process.env['MEMFLEET_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  const faults = [];
  for (const screen of screens) faults.push(...(await lookAt(browser, origin, screen, pictures)));
  await search(browser, origin);
  await browser.close();
  server.close();
  for (const fault of faults) console.error(fault);
  console.log(`${paths.length} pages on ${screens.length} screens, ${faults.length} faults`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}

/**
 * @param {import('playwright-core').Browser} browser @param {string} origin @param {typeof screens[number]} screen
 * @param {string | undefined} pictures the folder for them
 */
async function lookAt(browser, origin, { name, dark, width, height }, pictures) {
  const colorScheme = dark ? 'dark' : 'light';
  const page = await browser.newPage({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
  page.setDefaultTimeout(patience);
  /** @type {string[]} */
  const faults = [];
  page.on('console', (message) => message.type() === 'error' && faults.push(`${page.url()}: ${message.text()}`));
  page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`));
  page.on('request', (request) => request.url().startsWith(origin) || faults.push(`asks ${request.url()}`));
  for (const path of paths) {
    await page.goto(origin + path, { waitUntil: 'networkidle' });
    // Until then the server's HTML has no scripts.
    await page.locator('.VPSwitchAppearance[title^="Switch"]').first().waitFor({ state: 'attached' });
    for (const fault of await faultsOf(page)) faults.push(`/${path}, ${name}: ${fault}`);
    if (pictures === undefined) continue;
    mkdirSync(pictures, { recursive: true });
    const picture = `${path.replaceAll('/', '-').replace('.html', '') || 'home'}-${name}.png`;
    await page.screenshot({ path: join(pictures, picture), fullPage: true });
  }
  await page.close();
  return faults;
}

/** @param {import('playwright-core').Page} page @returns {Promise<string[]>} */
async function faultsOf(page) {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe, document } = /** @type {any} */ (globalThis);
    const { violations } = await axe.run();
    const all = violations.map(
      /** @param {{ id: string, nodes: { html: string, target: string[] }[] }} violation */
      ({ id, nodes }) => `${id}, ${nodes.length} times, first at ${nodes[0]?.target.join(' ')}: ${nodes[0]?.html}`,
    );
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) all.push(`it scrolls sideways: ${scrollWidth} of ${clientWidth} pixels`);
    for (const table of document.querySelectorAll('.vp-doc table')) {
      const { right } = table.getBoundingClientRect();
      const room = table.parentElement?.getBoundingClientRect().right ?? 0;
      if (table.scrollWidth > table.clientWidth + 2 || right > room + 2)
        all.push(`a table is cut, it begins with ${table.textContent?.trim().slice(0, 60)}`);
    }
    return all;
  });
}

/** The search finds a word of the guides. @param {import('playwright-core').Browser} browser @param {string} origin */
async function search(browser, origin) {
  const page = await browser.newPage();
  page.setDefaultTimeout(patience);
  await page.goto(origin, { waitUntil: 'networkidle' });
  await page.locator('.DocSearch-Button').first().click();
  await page.locator('#localsearch-input').fill('ejection');
  await page.locator('#localsearch-list .result').first().waitFor();
  await page.close();
}
