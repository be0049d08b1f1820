/** What the parts of a provider are called, and what a trial of it gave. */
import type { ProviderTested } from '../../wire/providers';
import type { Words } from '../form/fields';
import { POLICIES } from '../outside';
import { seconds } from '../times';
import { count } from '../words';

/** What nearly everybody fills in. */
export const FIRST = ['base_url', 'api_key', 'model', 'data'] as const;

/** The parts that say where a key goes: it is kept for no other place. */
export const WAY = ['base_url'] as const;

export const WORDS: Words = {
  base_url: {
    label: 'Address',
    help: 'Empty for the provider’s own. Such as http://localhost:11434/v1 for Ollama.',
  },
  api_key: { label: 'Key', help: 'Kept encrypted on the server and never shown again.' },
  model: { label: 'Model', help: 'Which one is meant when nobody chooses.' },
  models: { label: 'Models to choose from', help: 'One in each line; empty for all it has.' },
  data: {
    label: 'It may see',
    unsaid: 'what the server allows',
    help: 'How much of the data goes out with a question, unless a session says otherwise.',
    choices: Object.fromEntries(POLICIES.map(({ data, says }) => [data, says])),
  },
  tools: {
    label: 'How it asks for steps',
    help: 'Calls of tools where the model knows them, else tags in its text.',
    choices: { auto: 'find out', calls: 'by calls', tags: 'by tags' },
  },
  context_tokens: { label: 'Tokens it can read' },
  answer_tokens: { label: 'Tokens it may write' },
  catalogue_tokens: { label: 'Tokens for the description of the data' },
  connect_seconds: { label: 'Seconds to wait for a connection' },
  silence_seconds: { label: 'Seconds of silence to bear' },
};

export function triedSays({ ok, models = 0, model, answered_ms, error }: ProviderTested) {
  if (!ok) {
    const says = error?.message ?? 'It does not answer.';
    return { ok, says, hint: error?.hint, code: error?.code };
  }
  const parts = [
    model && typeof answered_ms === 'number'
      ? `The model ${model} answered in ${seconds(answered_ms)}.`
      : 'It answers.',
    models ? `It has ${count(models, 'model')}.` : '',
  ];
  return { ok, says: parts.filter(Boolean).join(' ') };
}
