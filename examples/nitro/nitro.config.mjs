/** The route /offers is cached by a rule; /products/:id says itself that it is. */
export default {
  compatibilityDate: '2026-11-01',
  esbuild: { options: { target: 'es2022' } }, // memfleet has bigints
  routeRules: { '/offers': { cache: { maxAge: 60, swr: false } } },
};
