import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Asked {
  /** The parts of the page that a selector names; all of it without one. */
  within?: string | undefined;
  /** Colours only: for a page that was looked at in whole in another theme. */
  colours?: boolean;
}

/**
 * What axe finds wrong in a page, as lines that name the rule and the place. The debugger may put it there
 * although the page's policy lets no script in; it stays until the page is left.
 */
export async function violations(page: Page, { within, colours }: Asked): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(source);
  const options: RunOptions = { resultTypes: ['violations'] };
  if (colours) options.runOnly = ['color-contrast'];
  return page.evaluate(
    async ({ selector, how }) => {
      const { axe } = window as unknown as {
        axe: { run(where: unknown, how: unknown): Promise<AxeResults> };
      };
      const results = await axe.run(selector ?? document, how);
      return results.violations.flatMap((violation) =>
        violation.nodes.map(
          (node) => `${violation.id}: ${node.html} (${node.failureSummary ?? ''})`,
        ),
      );
    },
    { selector: within, how: options },
  );
}
