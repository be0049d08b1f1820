import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// Where a gateway listens while the page is being developed.
const gateway = process.env.GATEWAY_URL ?? 'http://127.0.0.1:8000';
const passed = ['/api', '/health', '/schema.json', '/asyncapi.json', '/openapi.json', '/docs'];

export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: '../gateway/page',
    emptyOutDir: true,
    target: 'es2023',
    // Under the strict CSP an inlined asset would be refused: data: URLs are not 'self'.
    assetsInlineLimit: 0,
    // Preloading would fetch editor and charts before anybody needs them.
    modulePreload: { polyfill: false },
    manifest: 'manifest.json',
    chunkSizeWarningLimit: 1200,
  },
  server: {
    proxy: {
      ...Object.fromEntries(passed.map((path) => [path, { target: gateway, changeOrigin: true }])),
      '/ws': { target: gateway.replace(/^http/, 'ws'), ws: true, changeOrigin: true },
    },
  },
});
