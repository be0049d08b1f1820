import { expect, test } from 'vitest';
import { Markdown, renderMarkdown } from './markdown';
import { growth, LINEAR } from '../../../tests/unit/growth';

// The test DOM loses some outermost paragraphs in the sanitiser, which a browser does not; what is
// safe and what is not is tested in a real one, in tests/browser.
const flat = (html: string) => html.replace(/<\/?p>|\n/g, '');
const html = (text: string, leading = false) =>
  renderMarkdown(text, leading)
    .map((block) => (block.lead ? `[${flat(block.html)}]` : flat(block.html)))
    .join('');

const TRICKY: Record<string, string> = {
  'lists that turn loose':
    '- a\n- b\n\n- c\n\n  more of c\n\ntext\n\n1. x\n2. y\n\n   z\n\nend\n\nend\n',
  'nested lists and code':
    '- a\n\n  ```js\n  let x = 1;\n\n  let y;\n  ```\n\n- b\n    - c\n\n\n- d\n\nafter\n\nafter\n',
  'open fences':
    'text\n\n```python\nprint(1)\n\n# not a heading\n\nprint(2)\n```\n\n~~~\nopen\n\nstill',
  'setext headings': 'A line\nthat becomes\n===\n\nAnother\n---\n\npara\n\npara\n',
  'late definitions':
    'See [one][1] and [two][2].\n\npara\n\npara\n\n[1]: https://a.example\n\npara\n\n[2]: https://b.example "t"\n\nend\n',
  tables:
    '| a | b |\n|---|--:|\n| 1 | 2 |\n| 3 | 4 |\n\ntext\n\n| x |\n| - |\n| `a|b` |\n\nend\n\nend',
  quotes: '> a\nlazy\n\n> b\n>\n> c\n\nd\n\ne\n\n> > deep\n',
  'indented code': 'a\n\n    code\n\n    more\n\nb\n\nc\n\n    again\n',
  'raw html':
    'a <b>bold</b>\n\n<div>\n\ntext **x**\n\n</div>\n\n<!-- a\n\nb -->\n\n<script>\nalert(1)\n\n</script>\n\nend\n',
  'emphasis cut anywhere':
    'a **bo\nld** b *it* `co``de` ~~no~~ [link](https://x.example "a title") ![alt](data:x)\n\nb\n\nc\n',
  'line ends of Windows': 'a\r\n\r\n- b\r\n- c\r\n\r\nd\r\n\r\ne\r\n',
  'tabs and breaks': 'a  \nb\\\nc\n\n-\tx\n\n\ty\n\n***\n\n- - -\n\nz\n',
  'task lists': '- [ ] a\n- [x] b\n\nc\n\nd\n',
  'hidden and wide characters': '\u202eabc\u202c 😀👩‍🚀 é\n\nb\u0007\n\nc\n',
};

for (const [name, text] of Object.entries(TRICKY)) {
  test(`every prefix reads as if it had come at once: ${name}`, () => {
    for (const leading of [false, true]) {
      const growing = new Markdown(leading);
      for (let end = 1; end <= text.length; end += 1) {
        const prefix = text.slice(0, end);
        const grown = growing
          .update(prefix)
          .map((block) => (block.lead ? `[${flat(block.html)}]` : flat(block.html)))
          .join('');
        expect(grown, JSON.stringify(prefix)).toBe(html(prefix, leading));
      }
    }
  });
}

test('chunks of any size give the same', () => {
  const text = Object.values(TRICKY).join('\n\n');
  for (const step of [3, 7, 64, 1000]) {
    const growing = new Markdown();
    for (let end = step; end < text.length; end += step) growing.update(text.slice(0, end));
    expect(
      growing
        .update(text)
        .map((block) => flat(block.html))
        .join(''),
    ).toBe(html(text));
  }
});

test('a text that is not a continuation is read anew', () => {
  const markdown = new Markdown();
  markdown.update('one\n\ntwo\n\nthree\n\nfour');
  expect(markdown.update('other').map((block) => flat(block.html))).toEqual(['other']);
});

test('blocks that are done are the same objects, so the page leaves them alone', () => {
  const markdown = new Markdown();
  const before = markdown.update('one\n\ntwo\n\nthree\n\nfour');
  const after = markdown.update('one\n\ntwo\n\nthree\n\nfour and more');
  expect(after[0]).toBe(before[0]);
  expect(after[2]).toBe(before[2]);
  expect(after[3]).not.toBe(before[3]);
});

test('the first sentence stands apart, at whole sentences and closed marks only', () => {
  expect(html('It took **3.5 million** rows. The rest is detail.', true)).toBe(
    '[It took <strong>3.5 million</strong> rows.]The rest is detail.',
  );
  expect(html('**Not yet. Still bold** here. Then more.', true)).toContain(
    '[<strong>Not yet. Still bold</strong> here.',
  );
  expect(html('# Heading\n\nText.', true)).not.toContain('[');
  expect(html(`${'word '.repeat(80)}. More.`, true)).not.toContain('[');
});

test('raw HTML is shown as written', () => {
  expect(html('a <b>x</b>')).toBe('a &lt;b&gt;x&lt;/b&gt;');
  expect(html('a<br>b')).toContain('<br>');
});

test('a long answer costs what its end costs', async () => {
  const grows = (paragraphs: number) => {
    const markdown = new Markdown();
    let text = '';
    for (let i = 0; i < paragraphs; i += 1) {
      text += `Paragraph ${i} with **bold** and a [link](https://x.example/${i}).\n\n- a\n- b\n\n`;
      markdown.update(text);
    }
  };
  expect(await growth(grows, 75, 3)).toBeLessThan(LINEAR);
});
