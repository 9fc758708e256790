/** The code under test: a product is read from the cache, and loaded where the cache has none, or is out. */
export function createProducts(cache, load) {
  return {
    async find(id) {
      const key = `product:${id}`;
      const cached = await cache.get(key).catch(() => undefined);
      if (cached !== undefined) return cached;
      const product = await load(id);
      await cache.set(key, product, { ttl: 60 }).catch(() => {});
      return product;
    },
    async change(id, product, save) {
      await save(id, product);
      await cache.delete(`product:${id}`);
    },
  };
}
