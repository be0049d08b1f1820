/** The smaller items, and what a run asks of a person. */
import type { RunSeen } from '../../generated/protocol';
import { ESC, svg } from './coding';
import { approval, item, type Wing } from './sights';

const TRACE = `${ESC}[31mTraceback (most recent call last)${ESC}[39m:\n  File ${ESC}[32m"<cell 3>"${ESC}[39m, line ${ESC}[32m4${ESC}[39m, in <module>\n    growth(orders)\n${ESC}[31mKeyError${ESC}[39m: 'orders'`;
const ran: RunSeen = {
  run: 'r_1',
  text: 'How fast do orders grow?',
  by: 'local',
  outcome: 'failed',
};

export const others: Wing = {
  name: 'Other items',
  sights: [
    {
      name: 'Thought',
      item: item('thought', {
        text: 'The question asks for months, so the date must be cut to its month first.',
      }),
    },
    {
      name: 'Thought, done',
      item: item('thought', {
        content: {
          kind: 'thought',
          text: 'The question asks for months, so the date must be cut to its month first.',
        },
      }),
    },
    {
      name: 'Error',
      run: ran,
      item: item('error', {
        content: { kind: 'error', name: 'KeyError', message: "'orders'", traceback: TRACE },
        outcome: 'failed',
        error: {
          code: 'python_failed',
          message: 'KeyError',
          hint: 'The frame has no column “orders”. It has: month, n.',
        },
      }),
    },
    {
      name: 'Error at a gate',
      item: item('error', {
        content: {
          kind: 'error',
          name: 'TimeoutError',
          message: 'The query took longer than 30 s and was stopped.',
        },
      }),
      approval: approval({
        subject: 'error',
        options: ['retry', 'edit', 'skip', 'feedback', 'reject'],
      }),
    },
    {
      name: 'Tool',
      item: item('tool', {
        content: {
          kind: 'tool',
          name: 'weather.lookup',
          arguments: { city: 'Wien', days: 3 },
          result: { days: [{ max: 12 }] },
        },
        elapsed_ms: 410,
      }),
    },
    {
      name: 'Tool at a gate',
      item: item('tool', {
        name: 'mail.send',
        arguments: { to: 'team@example.org', subject: 'Report' },
      }),
      approval: approval({
        subject: 'tool',
        options: ['approve', 'reject'],
        remembers: 'Use mail.send in this session without asking',
      }),
    },
    {
      name: 'Picture',
      item: item('image', {
        content: { kind: 'image', mime: 'image/svg+xml', data: svg, title: 'Orders by weekday' },
      }),
    },
    {
      name: 'Damaged picture',
      item: item('image', { content: { kind: 'image', mime: 'image/png', data: '<script>' } }),
    },
    {
      name: 'File',
      item: item('artifact', {
        content: {
          kind: 'artifact',
          name: 'orders-2024.xlsx',
          mime: 'application/x',
          size: 482_133,
          url: '/api/v1/files/f_1',
        },
      }),
    },
    { name: 'Something new', item: item('hologram' as never, { text: 'x' }) },
    {
      name: 'Question',
      question: {
        type: 'question.asked',
        question: 'q_1',
        prompts: [
          {
            title: 'Which year do you mean?',
            text: 'The data holds three.',
            options: ['2022', '2023', '2024'],
          },
        ],
      },
    },
    {
      name: 'Question with parts',
      question: {
        type: 'question.asked',
        question: 'q_2',
        prompts: [
          { title: 'Which regions?', options: ['North', 'South', 'East'], multiple: true },
          { title: 'What should the file be called?' },
        ],
      },
    },
    {
      name: 'Input',
      input: { type: 'input.requested', input: 'in_1', prompt: 'How many months? ' },
    },
    {
      name: 'Password',
      input: {
        type: 'input.requested',
        input: 'in_2',
        prompt: 'Database password: ',
        password: true,
      },
    },
    {
      name: 'Settled elsewhere',
      item: item('chart', { content: { kind: 'chart', spec: { mark: 'bar' } } }),
      approval: approval(
        { subject: 'sql' },
        { verdict: 'reject', by: 'ana', text: 'Not on the live database, please.' },
      ),
    },
  ],
};
