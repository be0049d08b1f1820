/**
 * The code editor, with the change against what was proposed marked in it. A large lazy chunk: it is
 * imported when somebody is about to edit.
 */
import {
  acceptCompletion,
  autocompletion,
  type CompletionContext,
  type CompletionResult,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { python } from '@codemirror/lang-python';
import { PostgreSQL, sql } from '@codemirror/lang-sql';
import { yaml } from '@codemirror/lang-yaml';
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
} from '@codemirror/language';
import { unifiedMergeView } from '@codemirror/merge';
import { EditorState, StateEffect, StateField, type Extension } from '@codemirror/state';
import {
  Decoration,
  drawSelection,
  type DecorationSet,
  EditorView,
  highlightActiveLine,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { Language } from '../../generated/protocol';
import type { ItemActions } from '../props';
import { charactersBefore, placeOf } from './points';

export type Written = Language | 'yaml';

export interface Editing {
  /** What was proposed: changes against it are marked. */
  original?: string | undefined;
  /** What stands in it at first. */
  text: string;
  language: Written;
  label: string;
  /** Says what could stand at a place; without it nothing is offered. */
  complete?: ItemActions['complete'] | undefined;
  onchange: (text: string) => void;
}

/** A line, from 1, of which something is said beside the editor. */
export interface Mark {
  line: number;
  severity: 'error' | 'warning';
}

export interface CodeEditor {
  focus(): void;
  mark(lines: readonly Mark[]): void;
  /** Put the cursor at the beginning of a line, and show it. */
  go(line: number): void;
  end(): void;
}

const LANGUAGES: Record<Written, () => Extension> = {
  sql: () => sql({ dialect: PostgreSQL, upperCaseKeywords: true }),
  python,
  yaml,
};

const setMarks = StateEffect.define<readonly Mark[]>();
const MARKS = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let now = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setMarks)) continue;
      const { doc } = transaction.state;
      const lines = effect.value.filter(({ line }) => line >= 1 && line <= doc.lines);
      now = Decoration.set(
        lines.map(({ line, severity }) =>
          Decoration.line({ class: `cm-${severity}` }).range(doc.line(line).from),
        ),
        true,
      );
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const COLORS = HighlightStyle.define([
  {
    tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.definitionKeyword],
    color: 'var(--accent)',
    fontWeight: '600',
  },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--done)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--waiting)' },
  { tag: tags.definition(tags.propertyName), color: 'var(--accent)' },
  { tag: tags.comment, color: 'var(--ink-quiet)', fontStyle: 'italic' },
  { tag: [tags.operator, tags.punctuation], color: 'var(--ink-quiet)' },
]);

const LOOK = EditorView.theme({
  '&': {
    color: 'var(--ink)',
    backgroundColor: 'var(--ground)',
    fontSize: 'var(--size-13)',
    maxHeight: '420px',
  },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-scroller': {
    fontFamily: 'var(--font-mono)',
    lineHeight: 'var(--leading-code)',
    overflow: 'auto',
  },
  '.cm-content': { caretColor: 'var(--ink)', padding: '8px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--ink-quiet)', border: 'none' },
  '.cm-activeLine': { backgroundColor: 'var(--hover)' },
  '.cm-activeLineGutter': { backgroundColor: 'transparent', color: 'var(--ink)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground':
    {
      background: 'color-mix(in oklab, var(--accent) 26%, transparent)',
    },
  '&.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--accent-soft)',
    outline: '1px solid var(--accent)',
  },
  '.cm-error': { boxShadow: 'inset 3px 0 var(--failed)', backgroundColor: 'var(--failed-soft)' },
  '.cm-warning': {
    boxShadow: 'inset 3px 0 var(--waiting)',
    backgroundColor: 'var(--waiting-soft)',
  },
  '.cm-specialChar': { color: 'var(--failed)', fontWeight: '700' },
  // A change is told by a sign and a strike as well as by its colour.
  '.cm-changedLine, &.cm-merge-b .cm-changedLine': { backgroundColor: 'var(--done-soft)' },
  '.cm-changedText, &.cm-merge-b .cm-changedText': {
    background: 'none',
    borderBottom: '2px solid var(--done)',
  },
  '.cm-deletedChunk': { backgroundColor: 'var(--failed-soft)', paddingLeft: '6px' },
  '.cm-deletedChunk .cm-deletedText': {
    background: 'none',
    textDecoration: 'line-through',
  },
  '.cm-deletedLine, .cm-deletedLine del': {
    textDecoration: 'line-through',
    textDecorationThickness: '1px',
  },
  '.cm-changeGutter': { width: '4px', paddingLeft: '0' },
  '&.cm-merge-b .cm-changedLineGutter, .cm-changedLineGutter': { background: 'var(--done)' },
  '.cm-deletedLineGutter': { background: 'var(--failed)' },
});

const CHANGES = {
  mergeControls: false,
  gutter: true,
  highlightChanges: true,
  allowInlineDiffs: true,
};

/** What the session's Python offers: behind a dot or a letter, or when it is asked for. */
function offered(complete: NonNullable<ItemActions['complete']>) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    if (!context.explicit && !context.matchBefore(/[\w.]$/)) return null;
    const code = context.state.doc.toString();
    try {
      const found = await complete(code, charactersBefore(code, context.pos));
      if (context.aborted || !found.matches.length) return null;
      return {
        from: placeOf(code, found.start),
        to: placeOf(code, found.end),
        options: found.matches.slice(0, 200).map((label) => ({ label })),
        validFor: /^\w*$/,
      };
    } catch {
      // An editor that cannot help is still an editor.
      return null;
    }
  };
}

/**
 * Open an editor in `place`. It stands in a shadow root, because there the editor's styles are adopted
 * sheets; in the page itself they would be an inline style, which the page's policy refuses.
 */
export function openEditor(
  place: HTMLElement,
  { original, text, language, label, complete, onchange }: Editing,
): CodeEditor {
  const root = place.shadowRoot ?? place.attachShadow({ mode: 'open' });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        highlightSpecialChars(),
        highlightActiveLine(),
        indentOnInput(),
        bracketMatching(),
        LANGUAGES[language](),
        MARKS,
        syntaxHighlighting(COLORS),
        ...(complete ? [autocompletion({ override: [offered(complete)] })] : []),
        original === undefined ? [] : unifiedMergeView({ original, ...CHANGES }),
        EditorView.lineWrapping,
        LOOK,
        EditorView.contentAttributes.of({ 'aria-label': label }),
        // Tab indents; Escape leaves the editor, so nobody is caught in it.
        keymap.of([
          ...defaultKeymap.filter((binding) => binding.key !== 'Mod-Enter'),
          ...historyKeymap,
          { key: 'Tab', run: acceptCompletion },
          indentWithTab,
        ]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onchange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    focus: () => view.focus(),
    mark: (lines) => view.dispatch({ effects: setMarks.of(lines) }),
    go(line) {
      const { doc } = view.state;
      const { from } = doc.line(Math.min(Math.max(line, 1), doc.lines));
      view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
      view.focus();
    },
    end: () => view.destroy(),
  };
}
