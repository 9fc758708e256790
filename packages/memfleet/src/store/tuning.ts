/**
 * The settings of memcached that admin requests change and `stats settings` shows. The store has one LRU and no slab
 * pages, so most settings are only stored and shown; the defaults are memcached's.
 */
export class Tuning {
  verbosity = 0;
  /** `stats detail on`. */
  detail = false;
  slabAutomove = 1;
  slabAutomoveRatio = 0.8;
  lruCrawlerSleep = 100;
  lruCrawlerToCrawl = 0;
  lruSegmented = true;
  hotLruPct = 20;
  warmLruPct = 40;
  hotMaxFactor = 0.2;
  warmMaxFactor = 2;
  tempLru = false;
  temporaryTtl = 61;
  extItemSize = 512;
  extItemAge = 0xffffffff;
  extLowTtl = 0;
  extRecacheRate = 2000;
  extCompactUnder = 0;
  extDropUnder = 0;
  extMaxSleep = 1_000_000;
  extMaxFrag = 0.8;
  extDropUnread = false;
}
