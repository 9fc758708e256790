import { defineConfig } from 'vitest/config';

// One server for all test files, in MEMFLEET_URL. Tests that let it fail start one of their own.
export default defineConfig({ test: { globalSetup: 'memfleet/testing/setup' } });
