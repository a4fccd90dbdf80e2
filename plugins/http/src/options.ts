import { byteSize, duration, secret } from '@dayfold/sdk';
import { expression, seriesFields } from '@dayfold/sdk/picking';
import { z } from 'zod';

export const itemsOption = expression().optional().meta({
  title: 'Items',
  description: 'Which records the document holds; default: its elements, those of "items", or the document itself',
});

export const seriesOption = z
  .record(z.string().min(1), z.strictObject({ items: itemsOption, ...seriesFields }))
  .meta({ title: 'Series', description: 'What to pick from each item' });

const most = z.int().min(1).max(1000).default(100).meta({ title: 'Most pages', description: 'Of one poll' });

const paging = z.union([
  z.strictObject({
    next: expression().meta({ title: 'Next', description: 'Where the link to the next page stands' }),
    most,
  }),
  z.strictObject({
    page: z.string().min(1).meta({ title: 'Page', description: 'Name of the query parameter' }),
    from: z.int().min(0).default(1).meta({ title: 'From', description: 'The first page' }),
    step: z
      .int()
      .min(1)
      .default(1)
      .meta({ title: 'Step', description: 'From page to page; the page size where the parameter is an offset' }),
    most,
  }),
]);

const auth = z.union([
  z.strictObject({ bearer: secret().meta({ title: 'Token' }) }),
  z.strictObject({ user: z.string().min(1).meta({ title: 'User' }), password: secret().meta({ title: 'Password' }) }),
]);

export const httpOptions = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'expected a URL with http or https' })
      .meta({ title: 'URL', description: 'Of the API' }),
    every: duration({ least: '10s' })
      .optional()
      .meta({ title: 'Every', description: 'Interval of the polls; default 1h' }),
    cron: z
      .string()
      .min(9)
      .optional()
      .meta({ title: 'Cron', description: 'When to poll instead, in your time zone', examples: ['15 6 * * *'] }),
    method: z.enum(['GET', 'POST']).default('GET').meta({ title: 'Method', description: 'Of the request' }),
    headers: z
      .record(z.string(), z.string())
      .optional()
      .meta({ title: 'Headers', description: 'Added to the request', secret: true }),
    body: z
      .union([z.string(), z.record(z.string(), z.json())])
      .optional()
      .meta({ title: 'Body', description: 'Text, or an object that is sent as JSON' }),
    auth: auth.optional().meta({ title: 'Login', description: 'A bearer token, or user and password' }),
    items: itemsOption,
    paging: paging.optional().meta({ title: 'Paging', description: 'How to come to further pages' }),
    timeout: duration({ least: '1s', most: '5m' })
      .optional()
      .meta({ title: 'Timeout', description: 'Of one request; default 30s' }),
    max_size: byteSize().optional().meta({ title: 'Largest answer', description: 'Default 10MB' }),
    allow_private: z
      .boolean()
      .default(false)
      .meta({ title: 'Private addresses', description: 'Allow devices of the home network' }),
    series: seriesOption,
  })
  .refine(({ every, cron }) => every === undefined || cron === undefined, {
    error: 'expected "every" or "cron", not both',
    path: ['cron'],
  })
  .refine(({ method, body }) => method === 'POST' || body === undefined, {
    error: 'a body needs "method: POST"',
    path: ['body'],
  });

export type HttpOptions = z.output<typeof httpOptions>;
