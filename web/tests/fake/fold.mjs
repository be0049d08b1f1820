// The page's own fold, made readable for Node.
import { build } from 'vite';

const { output } = await build({
  configFile: false,
  logLevel: 'silent',
  build: {
    write: false,
    minify: false,
    lib: { entry: new URL('./folds.ts', import.meta.url).pathname, formats: ['es'] },
  },
}).then((made) => (Array.isArray(made) ? made[0] : made));
const text = Buffer.from(output[0].code).toString('base64');
const { screenOf, inboxOf } = await import(`data:text/javascript;base64,${text}`);

export const fold = (session, records) =>
  session.startsWith('inbox:') ? inboxOf(session, records) : screenOf(session, records);
