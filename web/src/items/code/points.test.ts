import { expect, test } from 'vitest';
import { charactersBefore, placeOf } from './points';

test('a place survives the way to Python and back, also behind an emoji', () => {
  const code = 'name = "😀 ö"; name.up';
  for (const place of [0, 8, 10, code.length]) {
    expect(placeOf(code, charactersBefore(code, place))).toBe(place);
  }
  expect(charactersBefore(code, code.length)).toBe(code.length - 1);
  expect(placeOf('abc', 99)).toBe(3);
});
