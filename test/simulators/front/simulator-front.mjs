/** What every simulator's program is: it listens on 127.0.0.1, says where in one line, is steered under /control, and ends when it is told to. */
import { createServer } from 'node:http';
import { answer, bodyOf, parsed } from './http-exchange.mjs';

/**
 * `routes` are asked in turn for each exchange until one answers; `control` first, so that a silent simulator can still be steered.
 * PORT in the environment; a free one without it.
 */
export function listen({ control, weather, routes }) {
  const serve = async (request, response) => {
    const url = new URL(request.url, 'http://simulator');
    const exchange = { request, response, url, body: await bodyOf(request) };
    if (await steered(control, exchange)) return;
    if (weather.isSilent) return;
    for (const each of routes) if (await each.handle(exchange)) return;
    answer(response, 404, { code: 'NO_SUCH_ROUTE' });
  };
  const server = createServer((request, response) => {
    // A client that was dropped on purpose, or that gave up, is no news.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    void serve(request, response).catch(() => request.socket.destroy());
  });
  server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
    console.log(`listening ${server.address().port}`);
  });
  process.once('SIGTERM', () => process.exit(0));
}

/** `control.act('PUT plans', body, 'name')` for `PUT /control/plans/name`; what it answers undefined is no control of this simulator. */
async function steered(control, { request, response, url, body }) {
  const [, root, what, name = ''] = url.pathname.split('/');
  if (root !== 'control') return false;
  const done = await control.act(`${request.method} ${what}`, parsed(body) ?? {}, decodeURIComponent(name));
  if (done === undefined) answer(response, 404, { code: 'NO_SUCH_CONTROL' });
  else answer(response, 200, done);
  return true;
}
