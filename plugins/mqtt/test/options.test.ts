import mqtt from '@dayfold/plugin-mqtt';
import { expect, test } from 'vitest';
import { z } from 'zod';

test('the schema says which options are paths, so that they can be made absolute', () => {
  const { properties } = z.toJSONSchema(mqtt.config, { io: 'input', unrepresentable: 'any' });
  expect(properties?.['tls']).toMatchObject({
    properties: {
      ca: { type: 'string', path: true, title: 'Authority' },
      cert: { type: 'string', path: true, title: 'Certificate' },
      key: { type: 'string', path: true, title: 'Key' },
    },
  });
  expect(JSON.stringify(properties).match(/"path":true/g)).toHaveLength(3);
});
