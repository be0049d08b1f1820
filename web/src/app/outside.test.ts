import { expect, test } from 'vitest';
import type { ModelAsked } from '../generated/protocol';
import { sentSays, totalSent } from './outside';

const asked = (more: Partial<ModelAsked>): ModelAsked => ({
  type: 'model.asked',
  model: 'house/small',
  to: 'models.example',
  data: 'samples',
  ...more,
});

test('what left is told with where it went and how much of the data it was', () => {
  const total = totalSent([
    asked({ tables: ['orders'], samples: 12, size: 4000 }),
    asked({ tables: ['orders', 'customers'], samples: 20, size: 5000 }),
  ]);
  expect(sentSays(total)).toBe(
    'Sent to models.example 2 times: the question, 2 tables by name, 20 sample values, no row (9.0 kB).',
  );
  expect(sentSays(totalSent([asked({})]))).toBe(
    'Sent to models.example once: the question, no table, no sample value, no row.',
  );
});
