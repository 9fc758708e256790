/** `npm run monitoring`: writes the Grafana dashboard into examples/proxy/monitoring. */
import { writeFileSync } from 'node:fs';
import { dashboardJson } from './dashboard.mjs';

writeFileSync(new URL('../../examples/proxy/monitoring/dashboard.json', import.meta.url), dashboardJson());
