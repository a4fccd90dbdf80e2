import file from '@dayfold/plugin-file';
import { expect, test } from 'vitest';
import { z } from 'zod';

test('the schema says which options are paths, so that they can be made absolute', () => {
  const { properties } = z.toJSONSchema(file.config, { io: 'input', unrepresentable: 'any' });
  expect(properties?.['path']).toMatchObject({
    anyOf: [
      { type: 'string', path: true },
      { type: 'array', items: { type: 'string', path: true } },
    ],
    title: 'Path',
  });
  expect(JSON.stringify(properties).match(/"path":true/g)).toHaveLength(2);
});
