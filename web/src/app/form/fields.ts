/** A form's fields from a JSON Schema, and what was typed as the config that the schema asks for. */
import type { Schema } from '../../wire/schema';

export type Value = string | number | boolean | null | string[];

export interface Field {
  name: string;
  label: string;
  help: string;
  /** `lines` is a list of texts, one in each line. */
  kind: 'text' | 'secret' | 'number' | 'choice' | 'switch' | 'lines' | 'long';
  required: boolean;
  /** What holds when nothing is typed. */
  standard: Value;
  choices: { value: string; says: string }[];
  /** What choosing none of them means. */
  unsaid: string;
  minimum?: number;
  maximum?: number;
  /** It must be more than `minimum`. */
  above?: boolean;
  /** How many of the six columns it takes where there is room. */
  wide: number;
}

/** What a form says where its schema has no words of its own. */
export type Words = Record<
  string,
  | {
      label?: string;
      help?: string;
      choices?: Record<string, string>;
      unsaid?: string;
      long?: boolean;
      wide?: number;
    }
  | undefined
>;

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

/** The fields that a person can fill in; what is neither text nor number nor choice is left alone. */
export function fieldsOf(schema: Schema, words: Words = {}): Field[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(
    ([name, part]) => fieldOf(name, part, required.has(name), words[name]) ?? [],
  );
}

function fieldOf(
  name: string,
  part: Schema,
  required: boolean,
  words: Words[string],
): Field | undefined {
  // `anyOf [string, null]` is how an optional text is written.
  const told = part.anyOf?.find((one) => one.type !== 'null') ?? part;
  const type = Array.isArray(told.type) ? told.type.find((one) => one !== 'null') : told.type;
  const lines = type === 'array' && told.items?.type === 'string';
  if (type === 'object' || (type === 'array' && !lines)) return undefined;
  const choices = (told.enum ?? part.enum ?? []).map((one) => ({
    value: String(one),
    says: words?.choices?.[String(one)] ?? String(one),
  }));
  const standard = part.default as Value | undefined;
  const field: Field = {
    name,
    label: words?.label ?? part.title ?? worded(name),
    help: words?.help ?? part.description ?? '',
    kind: 'text',
    required,
    standard: standard ?? null,
    choices,
    unsaid: words?.unsaid ?? 'not said',
    wide: words?.wide ?? 6,
  };
  if (lines) field.kind = 'lines';
  else if (part.format === 'password' || told.format === 'password') field.kind = 'secret';
  else if (words?.long) field.kind = 'long';
  else if (choices.length) field.kind = 'choice';
  else if (type === 'boolean') field.kind = 'switch';
  else if (type === 'integer' || type === 'number') field.kind = 'number';
  if (told.minimum !== undefined) field.minimum = told.minimum;
  if (told.exclusiveMinimum !== undefined) {
    field.minimum = told.exclusiveMinimum;
    field.above = true;
  }
  if (told.maximum !== undefined) field.maximum = told.maximum;
  return field;
}

/** What the fields begin with: what is kept, else what holds by itself. Secrets are never there. */
export function startOf(fields: readonly Field[], kept: Record<string, unknown> = {}): Typed {
  const typed: Typed = {};
  for (const { name, kind, standard } of fields) {
    const value = (kept[name] ?? standard) as Value;
    if (kind === 'switch') typed[name] = value === true;
    else if (Array.isArray(value)) typed[name] = value.join('\n');
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
  const { minimum, above } = field;
  if (minimum !== undefined && above && number <= minimum)
    return `${field.label} must be more than ${minimum}.`;
  if (minimum !== undefined && number < minimum)
    return `${field.label} must be at least ${minimum}.`;
  if (field.maximum !== undefined && number > field.maximum)
    return `${field.label} must be at most ${field.maximum}.`;
  return '';
}

/**
 * What the server is sent. What was left empty is left out, so that what is usual holds; what is kept
 * and has no field goes back as it came.
 */
export function configOf(
  fields: readonly Field[],
  typed: Typed,
  kept: Record<string, unknown> = {},
): Record<string, unknown> {
  const config: Record<string, unknown> = { ...kept };
  for (const { name } of fields) delete config[name];
  for (const { name, kind } of fields) {
    const value = typed[name];
    if (typeof value === 'boolean') config[name] = value;
    // A password may well begin or end with a space.
    else if (kind === 'secret' && value) config[name] = value;
    else if (kind === 'lines') config[name] = linesOf(value ?? '');
    else if (value !== undefined && value.trim() !== '')
      config[name] = kind === 'number' ? Number(value) : value.trim();
  }
  return config;
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}
