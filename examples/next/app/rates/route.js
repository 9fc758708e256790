/** The response of a service, which all processes share until the tag `rates` is revalidated. */
export async function GET(request) {
  const source = process.env.RATES ?? new URL('/rates/source', request.url);
  const response = await fetch(source, { cache: 'force-cache', next: { revalidate: 3600, tags: ['rates'] } });
  return new Response(await response.text());
}
