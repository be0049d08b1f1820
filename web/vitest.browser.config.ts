import { defineConfig } from 'vitest/config';

// A real Chromium before a real server: `npm run build` first. CHROMIUM names another browser,
// SERVER another askwire command; SHOTS=1 leaves pictures in test-results.
export default defineConfig({
  test: {
    environment: 'node',
    include: ['tests/browser/**/*.test.ts'],
    // Each file has a browser and a server of its own: two of them fill two cores.
    maxWorkers: 2,
    // For a machine that is slow and busy; nothing here waits for longer than it must.
    testTimeout: 180_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
