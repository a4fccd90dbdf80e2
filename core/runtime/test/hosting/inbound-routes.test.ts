import { expect, test } from 'vitest';
import { InboundRoutes } from '../../src/hosting/inbound-routes.ts';

const answer = async () => await Promise.resolve({ status: 204 });

test('a route answers until its signal aborts, and its name is free again then', async () => {
  const routes = new InboundRoutes();
  const first = new AbortController();
  routes.listen('scale', first.signal, answer);
  expect(await routes.answerOf('scale')?.({ method: 'POST', headers: {}, query: {}, body: '' })).toEqual({
    status: 204,
  });
  first.abort();
  expect(routes.answerOf('scale')).toBeUndefined();
  routes.listen('scale', new AbortController().signal, answer);
  expect(routes.answerOf('scale')).toBe(answer);
});

test('a name that is taken is refused with the next step', () => {
  const routes = new InboundRoutes();
  routes.listen('scale', new AbortController().signal, answer);
  expect(() => routes.listen('scale', new AbortController().signal, answer)).toThrow(
    expect.objectContaining({
      code: 'plugin.config_invalid',
      message: 'another source listens on /in/scale; choose another name',
    }) as Error,
  );
});

test('who has ended before he listens takes no name', () => {
  const routes = new InboundRoutes();
  routes.listen('scale', AbortSignal.abort(), answer);
  expect(routes.answerOf('scale')).toBeUndefined();
});
