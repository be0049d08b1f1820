import { expect, test } from 'vitest';
import { bytes, count, dollars, duration, until } from './amounts';

test('numbers carry separators and units', () => {
  expect(count(1, 'row')).toBe('1 row');
  expect(count(1200, 'row')).toBe('1,200 rows');
  expect(count(0, 'entry', 'entries')).toBe('0 entries');
  expect(bytes(1)).toBe('1 byte');
  expect(bytes(482_133)).toBe('470.8 KB');
  expect(bytes(-1)).toBe('');
  expect(dollars(0.004)).toBe('under $0.01');
  expect(dollars(1234.5)).toBe('$1,234.50');
});

test('durations are said as a person would', () => {
  expect(duration(0.4)).toBe('under 1 ms');
  expect(duration(34)).toBe('34 ms');
  expect(duration(1240)).toBe('1.2 s');
  expect(duration(59_999)).toBe('59.9 s');
  expect(duration(61_000)).toBe('1 min 1 s');
  expect(duration(3_780_000)).toBe('1 h 3 min');
  expect(duration(Number.NaN)).toBe('');
});

test('a time that is past or no time has no rest', () => {
  const now = Date.parse('2026-11-22T10:00:00Z');
  expect(until('2026-11-22T10:08:30Z', now)).toBe('9 minutes');
  expect(until('2026-11-22T10:00:20Z', now)).toBe('20 seconds');
  expect(until('2026-11-22T13:00:00Z', now)).toBe('3 hours');
  expect(until('2026-11-29T10:00:00Z', now)).toBe('7 days');
  expect(until('2026-11-22T09:00:00Z', now)).toBe('');
  expect(until('soon', now)).toBe('');
});
