import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Runs axe in a page. The debugger may put it there although the page's policy lets no script in. */
export class AxeBuilder {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** What is wrong in the page, or in the parts of it that a selector names. */
  async violations(within?: string): Promise<string[]> {
    await this.#page.evaluate(source);
    const results = await this.#page.evaluate(async (selector) => {
      const { axe } = window as unknown as { axe: { run(where: unknown): Promise<AxeResults> } };
      return axe.run(selector ?? document);
    }, within);
    return results.violations.flatMap((violation) =>
      violation.nodes.map((node) => `${violation.id}: ${node.html} (${node.failureSummary ?? ''})`),
    );
  }
}
