import { expect, test } from 'vitest';
import { configOf, fieldsOf, startOf, wrongWith, worded } from './fields';

const SCHEMA = {
  required: ['database'],
  properties: {
    host: { type: 'string', default: 'localhost' },
    port: { type: 'integer', default: 5432, minimum: 1, maximum: 65_535 },
    database: { type: 'string' },
    password: { anyOf: [{ type: 'string' }, { type: 'null' }], default: null, format: 'password' },
    tls: { enum: ['prefer', 'require'], default: 'prefer' },
    compress: { type: 'boolean', default: false },
    models: { type: 'array', items: { type: 'string' }, default: [] },
    silence: { type: 'number', exclusiveMinimum: 0, default: 10 },
    prices: { type: 'object', default: {} },
  },
};

test('each part of a schema becomes the field that fits; what fits none is left alone', () => {
  const fields = fieldsOf(SCHEMA, { tls: { choices: { require: 'always' } } });
  expect(fields.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    'host text',
    'port number',
    'database text',
    'password secret',
    'tls choice',
    'compress switch',
    'models lines',
    'silence number',
  ]);
  expect(fields.find((field) => field.name === 'tls')?.choices).toEqual([
    { value: 'prefer', says: 'prefer' },
    { value: 'require', says: 'always' },
  ]);
  expect(worded('base_url')).toBe('Base URL');
});

test('what is sent is what was typed: no empty texts, numbers as numbers, secrets to the letter', () => {
  const fields = fieldsOf(SCHEMA);
  const kept = { host: 'db', port: 1, database: 'old', prices: { a: 1 }, models: ['x'] };
  const typed = startOf(fields, kept);
  expect(typed).toMatchObject({ host: 'db', port: '1', password: '', models: 'x' });
  const sent = configOf(
    fields,
    { ...typed, host: ' ', database: ' sales ', password: ' s p ', models: 'a\n\n b ' },
    kept,
  );
  expect(sent).toEqual({
    port: 1,
    database: 'sales',
    password: ' s p ',
    tls: 'prefer',
    compress: false,
    models: ['a', 'b'],
    silence: 10,
    prices: { a: 1 },
  });
});

test('what is wrong is said in words', () => {
  const fields = fieldsOf(SCHEMA);
  const wrong = (name: string, value: string) => {
    const field = fields.find((one) => one.name === name);
    return field ? wrongWith(field, { [name]: value }) : 'no such field';
  };
  expect(wrong('database', ' ')).toBe('Database is needed.');
  expect(wrong('port', 'many')).toBe('Port must be a number.');
  expect(wrong('port', '0')).toBe('Port must be at least 1.');
  expect(wrong('port', '70000')).toBe('Port must be at most 65535.');
  expect(wrong('silence', '0')).toBe('Silence must be more than 0.');
  expect(wrong('port', '')).toBe('');
});
