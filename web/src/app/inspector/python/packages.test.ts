import { expect, test } from 'vitest';
import { packagesOf } from './packages';

test('packages are told with their versions', () => {
  expect(packagesOf('its own: pandas 3.1.1, scikit-learn 1.9.1')).toEqual({
    says: 'An environment of its own, apart from the server’s.',
    names: [
      { name: 'pandas', version: '3.1.1' },
      { name: 'scikit-learn', version: '1.9.1' },
    ],
  });
});

test('words that are no list are left as they are', () => {
  expect(packagesOf('that of https://hub.example')).toEqual({
    says: 'that of https://hub.example',
    names: [],
  });
  expect(packagesOf('')).toBeUndefined();
});
