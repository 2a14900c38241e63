import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { precompress } from './vite-precompress.ts';

const board = process.env.BOARD_URL ?? 'http://127.0.0.1:9230';

export default defineConfig({
  // Every page is one path segment deep, so relative asset URLs work below any prefix (see src/api/base.ts).
  base: './',
  plugins: [react(), tailwindcss(), precompress()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: { target: 'es2022', sourcemap: false, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  worker: { format: 'es' },
  server: { host: '127.0.0.1', proxy: { '/api': board } },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
});
