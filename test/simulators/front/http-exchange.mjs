/** Reading and answering requests by hand: a framework would mend what this program breaks on purpose. */

export async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function answer(response, status, body, headers = {}) {
  if (response.destroyed) return;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(text);
}

/** As a network that breaks: the peer sees a reset, and never an answer. */
export function drop(request) {
  request.socket.destroy();
}

export const pause = (ms) => (ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : Promise.resolve());

export const parsed = (body) => {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
};

/**
 * Plays `step` around `work`: delays, loses the request, loses the answer, breaks. `work` returns `{ status, body }`; `faulty` answers for
 * the protocol at hand.
 */
export async function play({ request, response }, step, work, faulty) {
  await pause(step.delayMs);
  if (step.before === 'drop') return drop(request);
  if (step.before === 'hang') return undefined;
  if (step.before === 'fault') return answer(response, 500, faulty('fault'));
  if (step.before === 'rate-limit') return answer(response, 429, faulty('rate-limit'), { 'retry-after': '1' });
  const done = await work(step.before.startsWith('refuse:') ? step.before.slice('refuse:'.length) : undefined);
  if (step.after === 'drop') return drop(request);
  if (step.after === 'hang') return undefined;
  if (step.after === 'fault') return answer(response, 500, faulty('fault'));
  if (step.after === 'garbage') return answer(response, 200, '<html>maintenance</html>');
  return answer(response, done.status, done.body, done.headers);
}
