import { defineConfig } from 'vitest/config';

// A real Chromium before a real server: `npm run build` first. CHROMIUM names another browser,
// SERVER another askwire command.
export default defineConfig({
  test: {
    environment: 'node',
    include: ['tests/browser/**/*.test.ts'],
    // One browser and one server at a time: they are the whole machine's work.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
