/// <reference types="vitest/config" />
import react from '@vitejs/plugin-react';
import { defineConfig, type ProxyOptions } from 'vite';

/**
 * In development the API is another process (`EPHOR_SERVER`), and the proxy signs its requests in with
 * the access token in `EPHOR_TOKEN`: so no token ever reaches the page's script.
 */
const api: ProxyOptions = {
  target: process.env.EPHOR_SERVER ?? 'http://localhost:8080',
  changeOrigin: true,
  headers: process.env.EPHOR_TOKEN ? { authorization: `Bearer ${process.env.EPHOR_TOKEN}` } : {},
};

const proxy = Object.fromEntries(
  ['/v1.0', '/beta', '/ephor', '/demo', '/readyz', '/version', '/signin', '/signout', '/account'].map((path) => [path, api]),
);

export default defineConfig({
  plugins: [react()],
  server: { proxy },
  preview: { proxy },
  build: {
    target: 'es2022',
    // The content security policy has no `data:` for scripts or fonts: everything is a file of its own.
    assetsInlineLimit: 0,
    sourcemap: false,
    modulePreload: { polyfill: false },
    manifest: true,
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['src/testing.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
  },
});
