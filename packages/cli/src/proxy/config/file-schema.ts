/** The whole of a configuration file. */
import type { ProxyOptions } from 'memfleet/proxy';
import type { z } from 'zod';
import { logFormats, logLevels, type ProxySettings, settingsDefaults } from '../settings.ts';
import type { ReadContext } from './context.ts';
import { fleetSchema } from './fleet-schema.ts';
import { address, listenerSchema } from './listener-schema.ts';
import { route } from './route-schema.ts';
import { listOf, named, table } from './tables.ts';
import { flag, ms, oneOf, text, whole, word } from './values.ts';

/** The schema of a configuration file. */
export function fileSchema(context: ReadContext): z.ZodType<ProxySettings> {
  return table({
    listeners: listOf(listenerSchema(context), 1),
    clusters: named(fleetSchema(context)),
    routes: named(route).optional(),
    closeTimeout: ms(0).optional(),
    version: word.optional(),
    timings: flag.optional(),
    admin: address.optional(),
    adminHosts: listOf(text).optional(),
    workers: whole(1, 1024).optional(),
    log: table({ level: oneOf(...logLevels).optional(), format: oneOf(...logFormats).optional() }).optional(),
    watch: flag.optional(),
  }).transform(({ admin, adminHosts, workers, log, watch, ...proxy }): ProxySettings => ({
    proxy: proxy satisfies ProxyOptions,
    admin,
    adminHosts: adminHosts ?? settingsDefaults.adminHosts,
    workers: workers ?? settingsDefaults.workers,
    log: {
      level: log?.level ?? settingsDefaults.log.level,
      format: log?.format ?? settingsDefaults.log.format,
    },
    watch: watch ?? settingsDefaults.watch,
  }));
}
