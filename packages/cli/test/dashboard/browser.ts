/** A browser without a screen, for the pages of this package. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { findBinary } from '../../../memfleet/test/support/real-memcached.ts';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** A page with what went wrong on it. */
export interface Viewed {
  readonly page: Page;
  /** Errors and warnings of the page's console, and requests to other hosts. */
  readonly faults: readonly string[];
}

/** Starts the browser once for the tests of a file. Gives the function that opens a page. */
export function withBrowser(): (url: string, options?: BrowserContextOptions) => Promise<Viewed> {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: findBinary('chromium') ?? 'chromium',
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    });
  });
  afterAll(() => browser?.close());
  return async (url, options = {}) => {
    const context = await (browser as Browser).newContext(options);
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) faults.push(message.text());
    });
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('request', (request) => {
      if (new URL(request.url()).host !== new URL(url).host) faults.push(`asked ${request.url()}`);
    });
    await page.goto(url);
    return { page, faults };
  };
}

/** What axe finds wrong with the page as it is now. */
export async function violations(page: Page): Promise<readonly string[]> {
  // A script tag would fall under the policy of the page.
  await page.evaluate(readFileSync(axe, 'utf8'));
  const found = await page.evaluate(() =>
    (
      globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[]; passes: unknown[] }> };
      }
    ).axe.run(),
  );
  expect(found.passes.length).toBeGreaterThan(20);
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

/** The numbers of a table of the page: by row, then by the title of the column. */
export async function figuresOf(page: Page, table: string): Promise<Record<string, Record<string, number>>> {
  const cells = await page.locator(`#table-${table} td[data-value]`).evaluateAll((elements) =>
    elements.map((element) => {
      const { dataset, parentElement } = element as unknown as {
        dataset: Record<string, string>;
        parentElement: { dataset: Record<string, string> };
      };
      return [parentElement.dataset['key'], dataset['column'], dataset['value']] as [string, string, string];
    }),
  );
  const rows: Record<string, Record<string, number>> = {};
  for (const [row, column, value] of cells) (rows[row] ??= {})[column] = Number(value);
  return rows;
}
