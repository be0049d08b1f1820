/** A form's fields from a JSON Schema, and what was typed as the config that the schema asks for. */
import type { Schema } from '../../wire/schema';

export type Value = string | number | boolean | null;

export interface Field {
  name: string;
  label: string;
  help: string;
  kind: 'text' | 'secret' | 'number' | 'choice' | 'switch';
  required: boolean;
  /** What holds when nothing is typed. */
  standard: Value;
  choices: string[];
  minimum?: number;
  maximum?: number;
}

/** What stands in the fields, by name: texts as typed, switches as they are. */
export type Typed = Record<string, string | boolean>;

const CAPITALS: Record<string, string> = {
  api: 'API',
  url: 'URL',
  tls: 'TLS',
  ssl: 'SSL',
  id: 'ID',
  ca: 'CA',
};

/** `base_url` as "Base URL". */
export function worded(name: string): string {
  const words = name.split('_').map((word) => CAPITALS[word] ?? word);
  const [first = '', ...rest] = words;
  return [first.charAt(0).toUpperCase() + first.slice(1), ...rest].join(' ');
}

export function fieldsOf(schema: Schema): Field[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).map(([name, part]) =>
    fieldOf(name, part, required.has(name)),
  );
}

function fieldOf(name: string, part: Schema, required: boolean): Field {
  // `anyOf [string, null]` is how an optional text is written.
  const told = part.anyOf?.find((one) => one.type !== 'null') ?? part;
  const type = Array.isArray(told.type) ? told.type.find((one) => one !== 'null') : told.type;
  const choices = (told.enum ?? part.enum ?? []).map(String);
  const standard = part.default as Value | undefined;
  const field: Field = {
    name,
    label: part.title ?? worded(name),
    help: part.description ?? '',
    kind: 'text',
    required,
    standard: standard ?? null,
    choices,
  };
  if (part.format === 'password' || told.format === 'password') field.kind = 'secret';
  else if (choices.length) field.kind = 'choice';
  else if (type === 'boolean') field.kind = 'switch';
  else if (type === 'integer' || type === 'number') field.kind = 'number';
  if (told.minimum !== undefined) field.minimum = told.minimum;
  if (told.maximum !== undefined) field.maximum = told.maximum;
  return field;
}

/** What the fields begin with: what is kept, else what holds by itself. Secrets are never there. */
export function startOf(fields: readonly Field[], kept: Record<string, unknown> = {}): Typed {
  const typed: Typed = {};
  for (const { name, kind, standard } of fields) {
    const value = kept[name] ?? standard;
    if (kind === 'switch') typed[name] = value === true;
    else typed[name] = kind === 'secret' || value === null ? '' : String(value);
  }
  return typed;
}

/** What is wrong with a field as it stands, in words; empty when nothing is. */
export function wrongWith(field: Field, typed: Typed): string {
  const value = typed[field.name];
  if (typeof value !== 'string') return '';
  const text = value.trim();
  if (text === '') return field.required ? `${field.label} is needed.` : '';
  if (field.kind !== 'number') return '';
  const number = Number(text);
  if (!Number.isFinite(number)) return `${field.label} must be a number.`;
  if (field.minimum !== undefined && number < field.minimum)
    return `${field.label} must be at least ${field.minimum}.`;
  if (field.maximum !== undefined && number > field.maximum)
    return `${field.label} must be at most ${field.maximum}.`;
  return '';
}

/** What the server is sent. What was left empty is left out, so that what is kept or usual holds. */
export function configOf(fields: readonly Field[], typed: Typed): Record<string, Value> {
  const config: Record<string, Value> = {};
  for (const { name, kind } of fields) {
    const value = typed[name];
    if (typeof value === 'boolean') config[name] = value;
    // A password may well begin or end with a space.
    else if (kind === 'secret' && value) config[name] = value;
    else if (value !== undefined && value.trim() !== '')
      config[name] = kind === 'number' ? Number(value) : value.trim();
  }
  return config;
}
