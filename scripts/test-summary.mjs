/**
 * `node scripts/test-summary.mjs REPORT`: names the tests that were skipped or failed in a JSON report of vitest, and
 * closes with `N passed, N failed`. Fails when no test ran.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/**
 * @typedef {{ status: string, fullName: string }} Test
 * @typedef {{ name: string, status: string, message: string, assertionResults: Test[] }} File
 */

/** @param {string} path @returns {File[]} */
function files(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).testResults;
  } catch {
    console.log('The tests left no report: they did not run to their end.');
    return [];
  }
}

const counts = { passed: 0, failed: 0, skipped: 0 };

for (const file of files(process.argv[2] ?? '')) {
  const name = relative(process.cwd(), file.name);
  for (const test of file.assertionResults) {
    if (test.status === 'passed') counts.passed++;
    else if (test.status === 'failed') {
      counts.failed++;
      console.log(`failed: ${name}: ${test.fullName}`);
    } else {
      counts.skipped++;
      console.log(`skipped: ${name}: ${test.fullName}`);
    }
  }
  // A file that could not be loaded, or whose hooks failed, has no test to blame.
  if (file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed')) {
    counts.failed++;
    console.log(`failed: ${name}: ${file.message}`);
  }
}

const { passed, failed, skipped } = counts;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
if (passed === 0 || failed > 0) process.exitCode = 1;
