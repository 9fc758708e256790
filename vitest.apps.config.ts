import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

const { projects: _, ...common } = config.test ?? {};

/** `npm run test:apps`: applications of frameworks that are installed and built for these tests only. */
export default defineConfig({ ...config, test: { ...common, include: ['packages/memfleet/test/apps/*.app.ts'] } });
