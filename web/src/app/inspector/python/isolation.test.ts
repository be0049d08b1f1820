import { expect, test } from 'vitest';
import { isolationSays } from './isolation';

test('a level is said in words, and a weak one as such', () => {
  expect(isolationSays('L4: bubblewrap namespaces, own uid')).toMatchObject({
    level: 4,
    by: 'bubblewrap namespaces, own uid',
    weak: false,
  });
  expect(isolationSays('L0: nothing')?.weak).toBe(true);
  expect(isolationSays('not measured yet')).toBeUndefined();
  expect(isolationSays(undefined)).toBeUndefined();
});
